/** Differences between our machine and QEMU 7.2 that are meant to be, each with its reason. */
import type { Mismatch } from "./batch.js";

export interface KnownDifference {
  readonly reason: string;
  readonly matches: (mismatch: Mismatch) => boolean;
}
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [];

/** The reason of a mismatch that is known, or undefined. */
export const explain = (mismatch: Mismatch): string | undefined =>
  KNOWN_DIFFERENCES.find((known) => known.matches(mismatch))?.reason;
