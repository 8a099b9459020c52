/**
 * What the symbolic executor needs from the machine: EngineHost over terms. A call may split its path; each
 * part comes back as a continuation of its own. Nothing here may drop a path.
 */
import type { Block, ExceptionKind, HintName } from "../../../ir/index.js";
import type { Forkable, SymbolicPath } from "./path.js";
import type { Term } from "../terms/term.js";

/** A path after a call. */
export interface Continuation<L extends Forkable<L>> {
  readonly path: SymbolicPath<L>;
  /** What a load or a read gave, 32 bits. */
  readonly value?: Term;
  /** The call could not be done; the host keeps what was recorded until takePending. */
  readonly faulted: boolean;
}
type Paths<L extends Forkable<L>> = SymbolicPath<L>[];
type Continuations<L extends Forkable<L>> = Continuation<L>[];

export interface SymbolicHost<L extends Forkable<L>> {
  load(path: SymbolicPath<L>, address: Term, access: number): Continuations<L>;
  store(path: SymbolicPath<L>, address: Term, value: Term, access: number): Continuations<L>;
  sysRead(path: SymbolicPath<L>, register: number, wide: boolean): Continuations<L>;
  /** Bits 63:32 of the last wide sysRead of the path. */
  sysReadHigh(path: SymbolicPath<L>): Term;
  sysWrite(
    path: SymbolicPath<L>,
    register: number,
    low: Term,
    high: Term | undefined,
  ): Continuations<L>;
  readCpsr(path: SymbolicPath<L>): Term;
  writeCpsr(path: SymbolicPath<L>, value: Term, byteMask: number): Continuations<L>;
  checkCoprocessor(
    path: SymbolicPath<L>,
    coprocessor: number,
    advancedSimd: boolean,
  ): Continuations<L>;
  trapCheck(path: SymbolicPath<L>, trap: string): Continuations<L>;
  hint(path: SymbolicPath<L>, hint: HintName): Continuations<L>;
  vector(path: SymbolicPath<L>, op: string): Continuations<L>;
  /** Takes the recorded fault; PC and IT slots hold the faulting instruction of `size` bytes. */
  takePending(path: SymbolicPath<L>, syndrome: number, size: number): Paths<L>;
  /** Takes an exception that the instruction at the PC slot asks for. */
  takeException(
    path: SymbolicPath<L>,
    kind: ExceptionKind,
    immediate: number,
    nextPc: number,
  ): Paths<L>;
  exceptionReturn(path: SymbolicPath<L>, target: Term, psr: Term): Paths<L>;
  /** Ends the path by name. */
  stop(path: SymbolicPath<L>, reason: "unpredictable" | "unmodelled", what: string): Paths<L>;
}

/** A block with what its translation depends on. */
export interface SymbolicBlock {
  readonly block: Block;
  readonly thumb: boolean;
}
