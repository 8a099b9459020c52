import type { Block, Node } from "../../ir/index.js";

/** A block in the cache. */
export interface CachedBlock {
  readonly id: number;
  readonly pc: number;
  readonly key: number;
  /** Physical page number of its code. */
  readonly page: number;
  /** Page of its last halfword where that is another one, else -1. */
  readonly secondPage: number;
  readonly entry: number;
  /** How many instructions it has, and the number of the first in the cache's `instructions`. */
  readonly length: number;
  readonly first: number;
  /** Instructions that take the interpreter as long as the block's. */
  readonly weight: number;
  /** Without nodes, which are most of what a boot would keep, until they are asked for again to compile it. */
  source: Block;
  readonly calls: readonly Node[];
  stale: boolean;
  /** Some addresses that its jumps led to and that had to be looked up. */
  led: readonly number[];
  /** Instructions whose accesses compiled code leaves to the interpreter again and again. */
  missing: readonly number[];
  /** Whether `onDrop` wants to hear of it: compiled code was made of the block. */
  compiled: boolean;
}
