/** Differences between the two machines that are meant to be, each with its reason. */
import type { BootException } from "./events.js";

export interface TimeDifference {
  readonly reason: string;
  /** Exceptions at which our time runs ahead of QEMU's. */
  readonly exceptions: readonly BootException[];
  /** By so many instructions each time. */
  readonly instructions: number;
}
/**
 * Our machine's time is put back by these while it is compared, so that timer interrupts come at the same
 * instruction and everything else can be asked to be equal.
 */
export const TIME_DIFFERENCES: readonly TimeDifference[] = [
  {
    reason:
      "An instruction that aborts counts as one here, so that a guest whose vectors abort for ever uses up its budget; QEMU counts it when it completes",
    exceptions: ["dataAbort", "prefetchAbort"],
    instructions: 1,
  },
];

/** Instructions by which our time runs ahead at an exception. */
export const timeAhead = (name: BootException): number =>
  TIME_DIFFERENCES.reduce(
    (sum, d) => (d.exceptions.includes(name) ? sum + d.instructions : sum),
    0,
  );
