/** What the symbolic machine keeps for each path, and how a path ends. */
import { SLOT, type FaultKind, type Slot } from "../../arch/index.js";
import type { Continuation, Forkable, SymbolicPath, Term } from "../../engines/index.js";

/** A fault that was recorded and not taken yet. */
export type PendingFault =
  | { readonly kind: "undefined" }
  /** `syndrome` 0 stands for the instruction's own. */
  | { readonly kind: "hypTrap"; readonly syndrome: number }
  | {
      readonly kind: "dataAbort" | "prefetchAbort";
      readonly fault: Exclude<FaultKind, "none">;
      readonly level: number;
      readonly write: boolean;
      readonly address: Term;
      /** DFSC or IFSC where the tables are unknown: 6 bits. */
      readonly status?: Term;
    };

/** How a path ended. */
export type PathEnd =
  /** Firmware that does not come back answered an SMC. */
  | { readonly kind: "firmware"; readonly immediate: number }
  /** Control goes to an address that the input decides: the PC slot holds it, M and T are constant. */
  | { readonly kind: "branch"; readonly target: Term }
  /** Control goes to a constant address where no known code lies. */
  | { readonly kind: "outside"; readonly address: number }
  /** The state comes back to what it was: for ever. `alone`: by one instruction, a branch to itself. */
  | { readonly kind: "loop"; readonly address: number; readonly alone: boolean }
  /** A bound of the exploration was reached: nothing is known of what follows. */
  | { readonly kind: "bound"; readonly address: number; readonly what: string }
  /** Something that is not modelled, or UNPREDICTABLE under the policy that stops. */
  | {
      readonly kind: "stopped";
      readonly reason: "unpredictable" | "unmodelled";
      readonly what: string;
      readonly address: number;
    };

/** An exception that was taken to HYP mode. */
export interface HypEntryEvent {
  readonly vector: number;
  readonly fromHyp: boolean;
  readonly hsr: Term;
  /** ELR_hyp. */
  readonly returnAddress: Term;
  /** HDFAR or HIFAR as the entry left it. */
  readonly dataFault: Term;
  readonly fetchFault: Term;
  /** CPSR.T before, 0 or 1. */
  readonly thumb: Term;
}

/** Addresses from `from` to before `to`, which is 2^32 at most. */
export interface AddressRange {
  readonly from: number;
  readonly to: number;
}
interface Visit {
  readonly state: readonly Term[];
  readonly writes: number;
  readonly ran: number;
  readonly count: number;
}

export class MachineLocal implements Forkable<MachineLocal> {
  pending: PendingFault | undefined;
  end: PathEnd | undefined;
  /** Bits 63:32 of the last wide read. */
  high: Term | undefined;
  /** Times that the path was stepped: blocks begun, splits and faults of fetches included. */
  steps = 0;
  /** Fetches that faulted: each counts as an instruction. */
  fetchFaults = 0;
  /** Exceptions taken to HYP mode, oldest first. */
  readonly hypEntries: HypEntryEvent[] = [];
  /** SMCs that firmware answered and came back from, with r1 and r2. */
  readonly firmwareCalls: { readonly immediate: number; readonly arguments: readonly Term[] }[] =
    [];
  /** State at the last visit, by PC and key. */
  readonly visits: Map<string, Visit> = new Map();
  /** Fresh variables that the path made. */
  fresh = 0;
  /** Where an address without its constant part lies, as splits over parts of memory have shown. */
  readonly places: Map<Term, readonly AddressRange[]> = new Map();
  /** A store may have changed known memory: blocks are translated anew. */
  imageWritten = false;

  fork(): MachineLocal {
    const copy = new MachineLocal();
    copy.pending = this.pending;
    copy.end = this.end;
    copy.high = this.high;
    copy.steps = this.steps;
    copy.fetchFaults = this.fetchFaults;
    copy.hypEntries.push(...this.hypEntries);
    copy.firmwareCalls.push(...this.firmwareCalls);
    for (const [key, visit] of this.visits) copy.visits.set(key, visit);
    copy.fresh = this.fresh;
    copy.imageWritten = this.imageWritten;
    for (const [term, ranges] of this.places) copy.places.set(term, ranges);
    return copy;
  }
}
export type MachinePath = SymbolicPath<MachineLocal>;
export type MachineContinuation = Continuation<MachineLocal>;

export const goesOn = (path: MachinePath, value?: Term): MachineContinuation =>
  value === undefined ? { path, faulted: false } : { path, value, faulted: false };
/** Records a fault. */
export const faults = (path: MachinePath, pending: PendingFault): MachineContinuation => {
  path.local.pending = pending;
  return { path, faulted: true };
};
/** Ends a path. */
export const endPath = (path: MachinePath, end: PathEnd): MachinePath => {
  path.local.end = end;
  return path;
};
/** Ends a path in the middle of an instruction by name. */
export const stops = (
  path: MachinePath,
  reason: "unpredictable" | "unmodelled",
  what: string,
): MachineContinuation => {
  endPath(path, { kind: "stopped", reason, what, address: path.trace.at(-1)?.pc ?? 0 });
  return { path, faulted: true };
};
/** Does one thing where a condition holds and another where it does not; what cannot be is left out. */
export const branch = <R>(
  path: MachinePath,
  condition: Term,
  holds: (path: MachinePath) => readonly R[],
  fails: (path: MachinePath) => readonly R[],
): R[] => {
  const parts = path.split(condition);
  return [
    ...(parts.holds === undefined ? [] : holds(parts.holds)),
    ...(parts.fails === undefined ? [] : fails(parts.fails)),
  ];
};
/** Whether bit `n` of a slot is 1. */
export const bitSet = (path: MachinePath, slot: Slot, n: number): Term =>
  path.terms.eq(path.terms.extract(n, n, path.get(slot)), path.terms.const(1, 1));
/** Whether any bit of a mask is 1 in a slot. */
export const anySet = (path: MachinePath, slot: Slot, mask: number): Term =>
  path.terms.distinct(
    path.terms.bvand(path.get(slot), path.terms.const(mask, 32)),
    path.terms.const(0, 32),
  );
/** CPSR.M, which is constant on every path. */
export const modeBits = (path: MachinePath): number => {
  const m = path.constant(SLOT.M);
  if (m === undefined) throw new Error("symbolic machine: CPSR.M is not constant on a path");
  return m;
};
