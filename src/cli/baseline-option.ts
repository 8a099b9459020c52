/** `--baseline` and `--write-baseline`: statuses held against those of an earlier run. */
import { readInputFile } from "../images/index.js";
import {
  baselineOf,
  parseBaseline,
  renderBaseline,
  worsenings,
  type Baseline,
  type SubjectResult,
} from "../lab/index.js";
import { colour, print, writeWhole } from "./output.js";

export interface BaselineFlags {
  readonly baseline?: string;
  readonly writeBaseline?: string;
}
const MOST_BASELINE_BYTES = 64 * 1024 * 1024;

/** The baseline that is asked for, read before anything runs for long. */
export const baselineFor = (flags: BaselineFlags): Baseline | undefined =>
  flags.baseline === undefined
    ? undefined
    : parseBaseline(
        flags.baseline,
        new TextDecoder().decode(
          readInputFile(flags.baseline, { expected: "a baseline", limit: MOST_BASELINE_BYTES }),
        ),
      );

/** Writes what is to be written and names what got worse. True when something did. */
export const holdAgainst = (
  before: Baseline | undefined,
  flags: BaselineFlags,
  results: readonly SubjectResult[],
  quiet: boolean,
): boolean => {
  const now = baselineOf(results);
  if (flags.writeBaseline !== undefined) writeWhole(flags.writeBaseline, renderBaseline(now));
  if (before === undefined) return false;
  const worse = worsenings(before, now);
  if (!quiet) {
    for (const w of worse)
      print(
        `${colour.red("worse")} ${w.subject}, ${w.phase}: ${w.clause} was ${w.before}, is ${w.now}`,
      );
    if (worse.length === 0) print(`nothing is worse than in ${flags.baseline!}`);
  }
  return worse.length > 0;
};
