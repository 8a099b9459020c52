/**
 * A CPU over terms: from a state in which registers and system state may be symbolic it follows every path
 * until control leaves the occupant, stands still, or a bound is reached. No path is dropped: what cannot
 * be followed ends by name.
 */
import { modeOf, SLOT } from "../../arch/index.js";
import {
  constantOf,
  runBlock,
  SymbolicMemory,
  SymbolicPath,
  type InitialMemory,
  type SymbolicBlock,
  type SymbolicHost,
  type Term,
  type Terms,
} from "../../engines/index.js";
import { PAGE_SHIFT, type HintName } from "../../ir/index.js";
import { DECODER, translateBlock } from "../../isa/index.js";
import { SymbolicDataAccess } from "./data-access.js";
import { SymbolicExceptions, type FirmwareAnswer } from "./exceptions.js";
import {
  branch,
  endPath,
  MachineLocal,
  modeBits,
  stops,
  type MachineContinuation,
  type MachinePath,
  type PathEnd,
} from "./machine-path.js";
import { SymbolicSystemAccess, type SymbolicCpuOptions } from "./system-access.js";
import {
  pieceOf,
  SymbolicTranslation,
  type Piece,
  type TranslationSurroundings,
} from "./translation.js";

export interface SymbolicMachineOptions extends SymbolicCpuOptions {
  readonly terms: Terms;
  readonly initial: InitialMemory;
  readonly translation: Omit<TranslationSurroundings, "regions">;
  /** What Secure firmware does with an SMC. */
  readonly firmware: (immediate: number) => FirmwareAnswer;
  /**
   * Also follow the faults of a fetch at an address that the input decides. False: such a path ends as it
   * branches, whatever its address leads to.
   */
  readonly targetFaults?: boolean;
  /** Instructions of a path at most; 512 when absent. */
  readonly instructions?: number;
  /** Times that a path may begin a block in the same mode at the same address; 64 when absent. */
  readonly visits?: number;
  /** Paths at most, a guard against an explosion: those that are left over end by it. 4096 when absent. */
  readonly paths?: number;
}
/** Whether a path's conjuncts can be met together. "unknown" counts as yes. */
export type Feasibility = (
  condition: readonly Term[],
) => boolean | "unknown" | Promise<boolean | "unknown">;

const INSTRUCTIONS = 512,
  VISITS = 64,
  PATHS = 4096,
  BLOCK_LIMIT = 48;
/** Whatever runs, this is taken for granted of every path. */
export const STANDING_ASSUMPTIONS: readonly string[] = [
  "no interrupt and no asynchronous abort is taken during the call",
  "translations are those of the tables: no stale TLB entry is used",
  "the bytes of the occupant's image are those that are in memory at this phase",
];

export class SymbolicMachine implements SymbolicHost<MachineLocal> {
  readonly terms: Terms;
  readonly #options: SymbolicMachineOptions;
  readonly #exceptions: SymbolicExceptions;
  readonly #system: SymbolicSystemAccess;
  readonly #data: SymbolicDataAccess;
  readonly #translation: SymbolicTranslation;
  readonly #blocks = new Map<string, SymbolicBlock>();

  constructor(options: SymbolicMachineOptions) {
    this.#options = options;
    this.terms = options.terms;
    this.#exceptions = new SymbolicExceptions(options.terms, options.policy, options.firmware);
    this.#system = new SymbolicSystemAccess(options.terms, options, this.#exceptions);
    this.#translation = new SymbolicTranslation(options.terms, {
      ...options.translation,
      regions: options.initial.regions,
    });
    this.#data = new SymbolicDataAccess(options.terms, options.policy, this.#translation);
  }

  /** A path at its start, with a word for every slot. */
  start(state: readonly Term[]): MachinePath {
    const memory = new SymbolicMemory(this.terms, this.#options.initial);
    return new SymbolicPath(this.terms, [...state], memory, new MachineLocal());
  }
  /** Every path from a start, each with its end, in an order that depends on nothing but the start. */
  async explore(start: MachinePath, feasible?: Feasibility): Promise<MachinePath[]> {
    const done: MachinePath[] = [];
    const open = [start];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (feasible !== undefined && path.condition.length > path.checked) {
        if ((await feasible(path.condition)) === false) continue;
        path.checked = path.condition.length;
      }
      if (path.local.end !== undefined) done.push(path);
      else if (done.length + open.length >= (this.#options.paths ?? PATHS))
        done.push(this.#bound(path, "paths"));
      else open.push(...this.step(path).toReversed());
    }
    return done;
  }
  #bound(path: MachinePath, what: string): MachinePath {
    return endPath(path, { kind: "bound", address: path.pc ?? 0, what });
  }

  /** Runs a path's next block, or takes the fault of its fetch, or ends it. */
  step(path: MachinePath): MachinePath[] {
    const { terms } = this;
    path.local.steps++;
    const one = terms.const(1, 32);
    // T is decided first: outcomes name the instruction set.
    if (path.constant(SLOT.T) === undefined)
      return branch(
        path,
        terms.eq(path.get(SLOT.T), one),
        (p) => [this.#with(p, SLOT.T, 1)],
        (p) => [this.#with(p, SLOT.T, 0)],
      );
    if (path.pc === undefined) return this.#atUnknownPc(path);
    if (path.constant(SLOT.E) === undefined)
      return branch(
        path,
        terms.eq(path.get(SLOT.E), one),
        (p) => [this.#with(p, SLOT.E, 1)],
        (p) => [this.#with(p, SLOT.E, 0)],
      );
    if (path.constant(SLOT.IT) === undefined)
      return branch(
        path,
        terms.eq(path.get(SLOT.IT), terms.const(0, 32)),
        (p) => [this.#with(p, SLOT.IT, 0)],
        (p) => [this.#stopped(p, "an ITSTATE that the input decides")],
      );
    const early = this.#boundsOrLoop(path, path.pc);
    if (early !== undefined) return [early];
    return this.#fetchAndRun(path, path.pc);
  }
  #with(path: MachinePath, slot: typeof SLOT.T, value: number): MachinePath {
    path.put(slot, this.terms.const(value, 32));
    return path;
  }
  #stopped(path: MachinePath, what: string): MachinePath {
    return endPath(path, {
      kind: "stopped",
      reason: "unmodelled",
      what,
      address: path.pc ?? path.trace.at(-1)?.pc ?? 0,
    });
  }
  /** A target that is one of a few constants is followed to each of them; another ends the path. */
  #atUnknownPc(path: MachinePath): MachinePath[] {
    const pc = path.get(SLOT.PC);
    const leaves = constantLeaves(pc);
    if (leaves !== undefined) {
      const out: MachinePath[] = [];
      let rest: MachinePath | undefined = path;
      for (const leaf of leaves) {
        if (rest === undefined) break;
        const parts: { holds: MachinePath | undefined; fails: MachinePath | undefined } =
          rest.split(this.terms.eq(pc, leaf));
        if (parts.holds !== undefined) {
          parts.holds.put(SLOT.PC, leaf);
          out.push(parts.holds);
        }
        rest = parts.fails;
      }
      return out;
    }
    const leave = (p: MachinePath): MachinePath => endPath(p, { kind: "branch", target: pc });
    if (this.#options.targetFaults !== true) return [leave(path)];
    return this.#translation.withPieces(path, "execute", (p, pieces) =>
      pieces === undefined
        ? [this.#stopped(p, LOWER_FETCH)]
        : this.#translation.atAddress(p, pc, pieces, (q, piece) => {
            if (piece.kind === "fault") return this.#fetchAbort(q, pc, piece.fault, piece.level);
            if (q.constant(SLOT.T) === 1) return [leave(q)];
            return branch(
              q,
              this.terms.eq(this.terms.extract(1, 1, pc), this.terms.const(1, 1)),
              (r) => this.#fetchAbort(r, pc, "alignment", 0),
              (r) => [leave(r)],
            );
          }),
    );
  }
  #boundsOrLoop(path: MachinePath, pc: number): MachinePath | undefined {
    const { local } = path;
    const limit = this.#options.instructions ?? INSTRUCTIONS;
    if (path.trace.length >= limit || local.steps > limit * 4)
      return this.#bound(path, `${limit} instructions`);
    const key = `${pc} ${this.#key(path)}`;
    const last = local.visits.get(key);
    if (last !== undefined) {
      const still =
        last.writes === path.memory.writes.length &&
        last.state.every((term, slot) => term === path.state[slot]);
      if (still)
        return endPath(path, {
          kind: "loop",
          address: pc,
          alone: path.trace.length - last.ran === 1 && path.trace.at(-1)?.pc === pc,
        });
      const most = this.#options.visits ?? VISITS;
      if (last.count >= most) return this.#bound(path, `${most} rounds of a loop`);
    }
    local.visits.set(key, {
      state: path.state.slice(),
      writes: path.memory.writes.length,
      ran: path.trace.length,
      count: (last?.count ?? 0) + 1,
    });
    return undefined;
  }
  #key(path: MachinePath): string {
    return [SLOT.M, SLOT.T, SLOT.E, SLOT.IT].map((slot) => path.constant(slot)).join(" ");
  }

  #fetchAndRun(path: MachinePath, pc: number): MachinePath[] {
    return this.#translation.withPieces(path, "execute", (p, pieces) => {
      if (pieces === undefined) return [this.#stopped(p, LOWER_FETCH)];
      const address = p.get(SLOT.PC);
      const piece = pieceOf(pieces, pc);
      if (piece.kind === "fault") return this.#fetchAbort(p, address, piece.fault, piece.level);
      if ((pc & 2) !== 0 && p.constant(SLOT.T) === 0)
        return this.#fetchAbort(p, address, "alignment", 0);
      if (piece.kind === "unknown" || piece.region === undefined || piece.region.data === true)
        return [endPath(p, { kind: "outside", address: pc })];
      const source = this.#translate(p, pc, piece.delta, pieces);
      if (typeof source === "string") return [this.#stopped(p, source)];
      return runBlock(this.terms, source, p, this);
    });
  }
  #fetchAbort(
    path: MachinePath,
    address: Term,
    fault: Extract<Piece, { kind: "fault" }>["fault"],
    level: number,
  ): MachinePath[] {
    path.local.fetchFaults++;
    path.local.pending = { kind: "prefetchAbort", fault, level, write: false, address };
    return this.#exceptions.takePending(path, 0, 4);
  }
  /** The block at a constant address, or why there is none. */
  #translate(
    path: MachinePath,
    pc: number,
    delta: number,
    pieces: readonly Piece[],
  ): SymbolicBlock | string {
    const thumb = path.constant(SLOT.T) === 1;
    const key = `${pc} ${delta} ${this.#key(path)}`;
    const cacheable = !path.local.imageWritten;
    const known = cacheable ? this.#blocks.get(key) : undefined;
    if (known !== undefined) return known;
    let problem: string | undefined;
    const fetch = (address: number): number => {
      const piece = pieceOf(pieces, address >>> 0);
      if (piece.kind !== "memory" || piece.region === undefined) return -1;
      const word = constantOf(
        path.memory.read(this.terms.const(((address & ~3) >>> 0) + piece.delta, 32)),
      );
      if (word === undefined) {
        problem = "code that the call has written";
        return -1;
      }
      return (word >>> ((address & 2) * 8)) & 0xffff;
    };
    const first = fetch(pc);
    if (first < 0) return problem ?? "code that is not known";
    const onePage = pc >>> PAGE_SHIFT === (pc + BLOCK_LIMIT * 4) >>> PAGE_SHIFT;
    const block = translateBlock(
      pc,
      {
        thumb,
        bigEndian: path.constant(SLOT.E) === 1,
        it: path.constant(SLOT.IT)!,
        mode: modeOf(modeBits(path))!,
      },
      {
        decoder: DECODER,
        cpu: this.#options.model,
        policy: this.#options.policy,
        fetch,
        // What lies across pages may differ with the translation: it is not kept.
        limit: onePage ? BLOCK_LIMIT : 1,
      },
    );
    if (problem !== undefined) return problem;
    const made = { block, thumb };
    if (cacheable && onePage) this.#blocks.set(key, made);
    return made;
  }

  // ---- SymbolicHost -------------------------------------------------------------------------------

  load(path: MachinePath, address: Term, access: number): MachineContinuation[] {
    return this.#data.load(path, address, access);
  }
  store(path: MachinePath, address: Term, value: Term, access: number): MachineContinuation[] {
    return this.#data.store(path, address, value, access);
  }
  sysRead(path: MachinePath, register: number, wide: boolean): MachineContinuation[] {
    return this.#system.read(path, register, wide);
  }
  sysReadHigh(path: MachinePath): Term {
    return path.local.high!;
  }
  sysWrite(
    path: MachinePath,
    register: number,
    low: Term,
    high: Term | undefined,
  ): MachineContinuation[] {
    return this.#system.write(path, register, low, high);
  }
  readCpsr(path: MachinePath): Term {
    return this.#system.readCpsr(path);
  }
  writeCpsr(path: MachinePath, value: Term, byteMask: number): MachineContinuation[] {
    return this.#system.writeCpsr(path, value, byteMask);
  }
  checkCoprocessor(
    path: MachinePath,
    coprocessor: number,
    advancedSimd: boolean,
  ): MachineContinuation[] {
    return this.#system.checkCoprocessor(path, coprocessor, advancedSimd);
  }
  trapCheck(path: MachinePath, trap: string): MachineContinuation[] {
    return this.#system.trapCheck(path, trap);
  }
  hint(path: MachinePath, hint: HintName): MachineContinuation[] {
    return this.#system.hint(path, hint);
  }
  vector(path: MachinePath, op: string): MachineContinuation[] {
    return [stops(path, "unmodelled", `the vector operation ${op}`)];
  }
  takePending(path: MachinePath, syndrome: number, size: number): MachinePath[] {
    return this.#exceptions.takePending(path, syndrome, size);
  }
  takeException(
    path: MachinePath,
    kind: Parameters<SymbolicExceptions["takeException"]>[1],
    immediate: number,
    nextPc: number,
  ): MachinePath[] {
    return this.#exceptions.takeException(path, kind, immediate, nextPc);
  }
  exceptionReturn(path: MachinePath, target: Term, psr: Term): MachinePath[] {
    return this.#exceptions.exceptionReturn(path, target, psr);
  }
  stop(path: MachinePath, reason: "unpredictable" | "unmodelled", what: string): MachinePath[] {
    const end: PathEnd = { kind: "stopped", reason, what, address: path.pc ?? 0 };
    return [endPath(path, end)];
  }
}
const LOWER_FETCH = "a fetch through the tables of PL1&0 or stage 2";

/** The constants that a tree of conditions chooses from, at most 16; undefined where it is no such tree. */
const constantLeaves = (term: Term): readonly Term[] | undefined => {
  const leaves = new Set<Term>();
  const visit = (t: Term): boolean => {
    if (t.op === "const") {
      leaves.add(t);
      return leaves.size <= 16;
    }
    return t.op === "ite" && visit(t.args[1]!) && visit(t.args[2]!);
  };
  return visit(term) ? [...leaves] : undefined;
};
