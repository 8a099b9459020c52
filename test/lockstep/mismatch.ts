/** A sequence that did not do the same on both machines. */
import type { Sequence } from "./sequences.js";

/** One word of the results that differs. */
export interface Difference {
  /** Number of the exception within the sequence, or -1 for what is recorded at its end. */
  readonly event: number;
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
}
export interface Mismatch {
  readonly index: number;
  readonly sequence: Sequence;
  readonly what: string;
  readonly differences: readonly Difference[];
}
