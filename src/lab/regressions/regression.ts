/** A known bug as something that is run: experiments, each with the bug and with the fix. */
import type { KnownBug } from "../../contract/index.js";

/** Which of the two runs of a pair. */
export type Side = "bug" | "fix";

/** What one clause came out as in one run. */
export interface Finding {
  /** Id of the clause. */
  readonly clause: string;
  readonly held: boolean;
  /** What was asked or done, in words: the case that shows it. */
  readonly asked: string;
  /** What came of it. */
  readonly found: string;
}
/** One situation in which the bug shows and the fix does not. */
export interface Experiment {
  /** "T32, HYP MMU on". */
  readonly setup: string;
  readonly run: (side: Side) => readonly Finding[];
}
/** Row of section 11, by its number. */
export interface Regression {
  readonly number: number;
  readonly experiments: readonly Experiment[];
}

export interface RegressionFinding extends Finding {
  readonly setup: string;
  readonly side: Side;
}
export interface RegressionResult {
  readonly bug: KnownBug;
  /**
   * shown: every finding with the bug is a violation and every finding with the fix holds, and all clauses of
   * the record were asked.
   */
  readonly verdict: "shown" | "bug not found" | "fix not clean" | "not expressible";
  readonly findings: readonly RegressionFinding[];
}
