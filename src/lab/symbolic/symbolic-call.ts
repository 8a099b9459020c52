/**
 * A call over terms: HVC from a call site with every register, flag and free system state symbolic. What comes
 * out are all paths, each with the condition under which it is taken, what became of it, and its final state.
 *
 * The state before the call is named by state slots: the variable `R0` is the word of slot R0 at the HVC (of
 * one bit for N, Z, C, V, Q, A, I and F, of four for GE). Initial memory outside of the occupant's image is
 * the array `memory`, by physical word index.
 */
import {
  MODE,
  modeOf,
  registerSlot,
  SLOT,
  SLOT_NAMES,
  slotNamed,
  spsrSlot,
  systemSlot,
  type ModeName,
} from "../../arch/index.js";
import {
  Terms,
  type InitialMemory,
  type MemoryWrite,
  type Model,
  type Solver,
  type Term,
  type TracePoint,
} from "../../engines/index.js";
import {
  STANDING_ASSUMPTIONS,
  SymbolicMachine,
  type Feasibility,
  type HypEntryEvent,
  type MachinePath,
  type TableMode,
} from "../../machine/index.js";
import type { UnpredictablePolicy } from "../../isa/index.js";
import { FIRMWARE_CALL } from "../../occupants/index.js";
import type { CallResult, CallSite } from "../call-site.js";
import { MARK } from "../layout.js";
import type { InstructionSetName, Outcome } from "../outcome.js";
import { plainOutcome } from "../plain-outcome.js";
import { freeStateAt, type FreeState } from "../system-settings.js";

/** Name of the array of initial memory. */
export const MEMORY_ARRAY = "memory";

/** `Outcome` over terms: addresses and syndromes may depend on the input. */
export type SymbolicOutcome =
  | Exclude<Outcome, { kind: "entered" | "exception-in-hyp" | "ran-away" | "exceeded-budget" }>
  /**
   * Control is at `address`, with bit 0 clear: at the laboratory's mark for a target, or at any place
   * that the input decides. `marked` tells the first: the mark's SMC was then run.
   */
  | {
      readonly kind: "entered";
      readonly address: Term;
      readonly mode: ModeName;
      readonly instructionSet: InstructionSetName;
      readonly marked: boolean;
    }
  | {
      readonly kind: "exception-in-hyp";
      readonly vector: number;
      readonly hsr: Term;
      readonly address: Term;
      /** The address that faulted, with bit 0 set for a branch to T32 code. */
      readonly target: Term;
      readonly instructionSet: InstructionSetName;
    }
  | {
      readonly kind: "ran-away";
      readonly address: Term;
      readonly mode: ModeName;
      readonly what: string;
    }
  /** It never ends, by more than one instruction. */
  | { readonly kind: "exceeded-budget"; readonly address: number; readonly mode: ModeName }
  /** A bound of the exploration was reached: nothing is known. */
  | { readonly kind: "unknown"; readonly what: string; readonly address: number };

export interface CallPath {
  readonly outcome: SymbolicOutcome;
  /** Conjuncts under which the path is taken. */
  readonly condition: readonly Term[];
  /** State slots at the end, 32 bits each. After a mark PC is behind the mark's SMC. */
  readonly after: readonly Term[];
  readonly writes: readonly MemoryWrite[];
  readonly trace: readonly TracePoint[];
  /** Instructions that ran, fetches that faulted among them: what a machine's `run` counts. */
  readonly instructions: number;
  /** What was assumed, in words: of every path, and of this one. */
  readonly assumptions: readonly string[];
  /** Exceptions taken to HYP mode; the first is the call. */
  readonly hypEntries: readonly HypEntryEvent[];
  /** A PSCI CPU_ON that the occupant made of the call. */
  readonly cpuOn: { readonly cpu: Term; readonly entry: Term } | undefined;
}
export interface SymbolicCall {
  readonly terms: Terms;
  /** State slots at the HVC. */
  readonly before: readonly Term[];
  readonly paths: readonly CallPath[];
}
export interface SymbolicCallOptions {
  /** Makes the terms; a new factory when absent. */
  readonly terms?: Terms;
  /** What is done where the architecture leaves it open; the site's own policy when absent. */
  readonly policy?: UnpredictablePolicy;
  /** Translation with the HYP MMU on; "as-found" when absent. */
  readonly tables?: TableMode;
  /** More state that is symbolic, by slot name, with the bits that are. */
  readonly free?: readonly { readonly name: string; readonly mask: number }[];
  /** What is known of the state before the call: conjuncts that every path begins with. */
  readonly given?: (terms: Terms, before: readonly Term[]) => readonly Term[];
  /** Prunes paths that cannot be taken; without it those stay that the simplifier does not see through. */
  readonly feasible?: Feasibility;
  /** Follow the faults of a branch to an address that the input decides (see SymbolicMachineOptions). */
  readonly targetFaults?: boolean;
  readonly instructions?: number;
}
/** Feasibility as a solver says; what it cannot tell counts as feasible. */
export const feasibleBy =
  (solver: Solver, timeoutMs: number): Feasibility =>
  async (condition) => {
    const answer = await solver.check({ assertions: condition }, { timeoutMs });
    return answer.kind === "unknown" ? "unknown" : answer.kind === "sat";
  };

const NARROW: ReadonlyMap<string, number> = new Map([
  ...["N", "Z", "C", "V", "Q", "A", "I", "F"].map((name) => [name, 1] as const),
  ["GE", 4] as const,
]);
const CALLER_REGISTERS = Array.from({ length: 15 }, (_, n) => registerSlot(n, MODE.svc));
const HDFAR_VECTOR = 0x10,
  HIFAR_VECTOR = 0x0c;

/** State that is symbolic at a site's HVC. */
export const symbolicStateAt = (
  site: CallSite,
  more: SymbolicCallOptions["free"] = [],
): readonly FreeState[] => {
  const free = new Map<string, FreeState>();
  const flags = ["N", "Z", "C", "V", "Q"].map((name) => ({ name, mask: 1 }));
  const all = [
    ...freeStateAt(site),
    ...CALLER_REGISTERS.map((slot) => ({ name: SLOT_NAMES[slot]!, mask: -1 })),
    ...flags,
    { name: "GE", mask: 15 },
    ...more,
  ];
  for (const { name, mask } of all) {
    const slot = slotNamed(name);
    if (slot === undefined) throw new RangeError(`no state is named ${name}`);
    free.set(name, { name, slot, mask, fixed: site.saved(name) & ~mask });
  }
  return [...free.values()];
};
const freeWord = (terms: Terms, { name, mask, fixed }: FreeState): Term => {
  const width = NARROW.get(name);
  if (width !== undefined) return terms.zeroExtend(32 - width, terms.var(name, width));
  const word = terms.var(name, 32);
  if (mask === -1) return word;
  return terms.bvor(terms.bvand(word, terms.const(mask, 32)), terms.const(fixed, 32));
};
const stateBefore = (terms: Terms, site: CallSite, free: readonly FreeState[]): Term[] => {
  const saved = site.machine.savedState(0);
  const before = SLOT_NAMES.map((_, slot) => terms.const(saved[slot]!, 32));
  for (const state of free) before[slotNamed(state.name)!] = freeWord(terms, state);
  return before;
};

/** Memory of a site as its snapshot has it: the image and the laboratory's own code are known. */
const initialMemory = (site: CallSite): InitialMemory => {
  const known = initialMemories.get(site);
  if (known !== undefined) return known;
  const { layout, options, machine } = site;
  machine.restore();
  const copies = [
    ...(options.image ?? []),
    { from: layout.caller, to: layout.hostVectors + 0x20, data: false },
  ].map(({ from, to, data = false }) => ({
    from,
    to,
    data,
    words: new Int32Array(machine.memory.read(from, to - from).slice().buffer),
  }));
  const made: InitialMemory = {
    regions: copies,
    word: (address) => {
      const copy = copies.find((c) => address >= c.from && address < c.to)!;
      return copy.words[(address - copy.from) >> 2]!;
    },
    array: MEMORY_ARRAY,
  };
  initialMemories.set(site, made);
  return made;
};
const initialMemories = new WeakMap<CallSite, InitialMemory>();
const PAGE = 0x1000;
const pagesOf = (r: { from: number; to: number }): { from: number; to: number } => ({
  from: r.from - (r.from % PAGE),
  to: Math.ceil(r.to / PAGE) * PAGE,
});

/** Makes the HVC of a site over terms. Throws RangeError for state in `free` that does not exist. */
export const symbolicCall = async (
  site: CallSite,
  options: SymbolicCallOptions = {},
): Promise<SymbolicCall> => {
  const terms = options.terms ?? new Terms();
  const { model = "cortex-a15" } = site.machine.options;
  const policy = options.policy ?? site.machine.options.policy ?? "cortex-a15";
  const own = site.options.ownMemory;
  const machine = new SymbolicMachine({
    terms,
    model,
    policy,
    initial: initialMemory(site),
    translation: {
      ram: site.machine.memory.banks.map(({ base, size }) => ({ from: base, to: base + size })),
      own: [...(site.options.image ?? []), ...(own === undefined ? [] : [own])].map(pagesOf),
      mode: options.tables ?? "as-found",
    },
    firmware: (immediate) => (immediate === FIRMWARE_CALL.cpuOn ? "goes-on" : "stops"),
    ...(options.targetFaults === undefined ? {} : { targetFaults: options.targetFaults }),
    ...(options.instructions === undefined ? {} : { instructions: options.instructions }),
  });
  const before = stateBefore(terms, site, symbolicStateAt(site, options.free));
  const start = machine.start(before);
  for (const condition of options.given?.(terms, before) ?? []) start.assume(condition);
  const ended = await machine.explore(start, options.feasible);
  return { terms, before, paths: ended.map((path) => callPath(terms, path)) };
};

const callPath = (terms: Terms, path: MachinePath): CallPath => {
  const on = path.local.firmwareCalls.findLast((c) => c.immediate === FIRMWARE_CALL.cpuOn);
  return {
    outcome: outcomeOf(terms, path),
    condition: path.condition,
    after: path.state,
    writes: path.memory.writes,
    trace: path.trace,
    instructions: path.trace.length + path.local.fetchFaults,
    assumptions: [...STANDING_ASSUMPTIONS, ...path.assumptions],
    hypEntries: path.local.hypEntries,
    cpuOn: on === undefined ? undefined : { cpu: on.arguments[1]!, entry: on.arguments[2]! },
  };
};
const isaName = (thumb: number | undefined): InstructionSetName => (thumb === 1 ? "T32" : "A32");

/** The outcome that CallSite gives for the same run. */
const outcomeOf = (terms: Terms, path: MachinePath): SymbolicOutcome => {
  const { end, hypEntries } = path.local;
  if (end === undefined) throw new Error("a path without an end has no outcome");
  const mode: ModeName = modeOf(path.constant(SLOT.M)!)?.name ?? "usr";
  const instructionSet = isaName(path.constant(SLOT.T));
  if (end.kind === "firmware") return firmwareOutcome(terms, path, end.immediate, mode);
  if (end.kind === "stopped")
    return { kind: "stopped", reason: end.reason, what: end.what, address: end.address };
  if (end.kind === "bound")
    return { kind: "unknown", what: `bound: ${end.what}`, address: end.address };
  // What follows an exception in HYP mode is part of it, where control stays with the occupant.
  const own = hypEntries.find((e) => e.fromHyp);
  if (own !== undefined && end.kind !== "branch") return exceptionOutcome(terms, own);
  switch (end.kind) {
    case "branch":
      return { kind: "entered", address: end.target, mode, instructionSet, marked: false };
    case "outside":
      return {
        kind: "ran-away",
        address: terms.const(end.address, 32),
        mode,
        what: "code outside of the image",
      };
    case "loop":
      return { kind: end.alone ? "self-loop" : "exceeded-budget", address: end.address, mode };
  }
};
const exceptionOutcome = (terms: Terms, e: HypEntryEvent): SymbolicOutcome => {
  const at =
    e.vector === HDFAR_VECTOR
      ? e.dataFault
      : e.vector === HIFAR_VECTOR
        ? e.fetchFault
        : e.returnAddress;
  return {
    kind: "exception-in-hyp",
    vector: e.vector,
    hsr: e.hsr,
    address: e.returnAddress,
    target: e.vector === HIFAR_VECTOR ? terms.bvor(at, e.thumb) : at,
    instructionSet: isaName(e.thumb.op === "const" ? Number(e.thumb.value) : undefined),
  };
};
const firmwareOutcome = (
  terms: Terms,
  path: MachinePath,
  immediate: number,
  mode: ModeName,
): SymbolicOutcome => {
  const plain = plainOutcome(immediate);
  if (plain !== undefined) return plain;
  const instructionSet = isaName(path.constant(SLOT.T));
  const pc = path.get(SLOT.PC);
  const aborted = path.get(spsrSlot(MODE.abt)!);
  const m = terms.extract(4, 0, aborted);
  const from: ModeName = (m.op === "const" ? modeOf(Number(m.value))?.name : undefined) ?? "usr";
  switch (immediate) {
    case MARK.returned:
      return { kind: "returned", mode, instructionSet };
    case MARK.target:
      return {
        kind: "entered",
        address: terms.bvsub(pc, terms.const(4, 32)),
        mode,
        instructionSet,
        marked: true,
      };
    case MARK.hostPrefetchAbort:
      return {
        kind: "ran-away",
        address: path.get(systemSlot("IFAR")),
        mode: from,
        what: "a prefetch abort",
      };
    case MARK.hostDataAbort:
      return {
        kind: "ran-away",
        address: path.get(systemSlot("DFAR")),
        mode: from,
        what: "a data abort",
      };
    default:
      return { kind: "ran-away", address: pc, mode, what: "an exception in the host" };
  }
};

/** The model that a concrete call's state before it is; memory as in the site's snapshot. */
export const modelOfCall = (
  result: Pick<CallResult, "before">,
  words: Model["words"] = new Map(),
): Model => ({
  variables: new Map(
    SLOT_NAMES.map((name, slot) => [name, BigInt(result.before[slot]! >>> 0)] as const),
  ),
  words,
});
