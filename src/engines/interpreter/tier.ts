/** Between the interpreter and a faster engine, whose functions its run function calls. */
import type { CachedBlock } from "./cached-block.js";
import type { InterpreterCpu } from "./interpreter-cpu.js";

/** A faster engine, for blocks that run often. */
export interface Tier {
  /**
   * Its functions: HEAD_COMPILED calls them by number. A function takes the byte offset of the CPU's region and
   * gives the key of the block at the PC slot, perhaps with WANTS_BUDGET, or a TIER_EXIT.
   */
  readonly table: WebAssembly.Table;
  /** Code of this CPU runs from now on. */
  begin(cpu: InterpreterCpu): void;
  /** A function of it came back, with this, and the interpreter has to see to it. */
  left(exit: number): void;
  /** The block ran as often as its countdown said: gives it another HEAD. */
  warm(cpu: InterpreterCpu, block: CachedBlock): void;
  /** A function left a block at this instruction for the interpreter, and did so often: once in PATIENCE times. */
  leftWithin(block: CachedBlock, instruction: number): void;
  /** All blocks are forgotten. */
  clear(): void;
  /** While compiled code calls out: whose instruction calls, else -1 (see whereOf). */
  readonly where: number;
}
/** Exits of compiled code, by what the control words `where`, `node`, `target` and `psr` then hold. */
export const TIER_EXIT = { fault: -1, exit: -2, exceptionReturn: -3 } as const;
/**
 * What a function gives to have the interpreter go on in the middle of a block, which the budget is charged with
 * already: control words `block` and `at` say where.
 */
export const GO_ON_WITHIN = -4;
/** How often that happens before the tier is told of one of them. */
export const PATIENCE = 256;
/** Added to a key that compiled code gives for want of budget, or at the end of a stretch. */
export const WANTS_BUDGET = 1 << 16;
/**
 * Instructions after which compiled code comes back: V8 puts better code in place of a running function at
 * its next call alone.
 */
export const STRETCH = 1 << 20;
/** An instruction of a block as one word. */
export const whereOf = (block: CachedBlock, mark: number): number => (block.id << 6) | mark;
