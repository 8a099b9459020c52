/** Runs the known bugs, each with the bug and with the fix. */
import { KNOWN_BUGS, type KnownBug } from "../../contract/index.js";
import { CALL_ROWS } from "./call-rows.js";
import { HAND_OVER_ROWS } from "./hand-over-rows.js";
import { INSTALLATION_ROWS } from "./installation-rows.js";
import type { Regression, RegressionFinding, RegressionResult, Side } from "./regression.js";

/** What is run, by the number of the row. */
export const REGRESSIONS: ReadonlyMap<number, Regression> = new Map(
  [...INSTALLATION_ROWS, ...HAND_OVER_ROWS, ...CALL_ROWS].map((r) => [r.number, r]),
);
const SIDES: readonly Side[] = ["bug", "fix"];

/** One known bug. Those that are not expressible are told, not run. */
export const runRegression = (
  bug: KnownBug,
  regression: Regression | undefined = REGRESSIONS.get(bug.number),
): RegressionResult => {
  const { shown } = bug;
  if (shown.kind === "not-expressible") return { bug, verdict: "not expressible", findings: [] };
  const findings = (regression?.experiments ?? []).flatMap(({ setup, run }) =>
    SIDES.flatMap((side) =>
      run(side).map((finding): RegressionFinding => ({ ...finding, setup, side })),
    ),
  );
  const of = (side: Side): RegressionFinding[] => findings.filter((f) => f.side === side);
  // A clause that the record names and nobody asked shows nothing.
  const asked = (side: Side): boolean =>
    shown.clauses.every((id) => of(side).some((f) => f.clause === id));
  const found = asked("bug") && of("bug").every((f) => !f.held);
  const clean = asked("fix") && of("fix").every((f) => f.held);
  return { bug, verdict: !found ? "bug not found" : clean ? "shown" : "fix not clean", findings };
};

/** All known bugs in their order; `progress` is told before each. */
export const runRegressions = (progress?: (bug: KnownBug) => void): RegressionResult[] =>
  KNOWN_BUGS.map((bug) => {
    progress?.(bug);
    return runRegression(bug);
  });
