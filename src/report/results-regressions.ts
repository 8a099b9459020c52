/** Known bugs as results: the JSON document, and what JUnit and SARIF say of one. */
import type { RegressionResult } from "../lab/index.js";

/** Schema "hyplab-regressions", described in docs/results-json.md. */
export const renderRegressionsJson = (regressions: readonly RegressionResult[]): string =>
  `${JSON.stringify({ schema: "hyplab-regressions", version: 1, regressions }, undefined, 2)}\n`;

/** In words: why it could not be run, what was not as it should be, or what was found. */
export const describeRegression = ({ bug, verdict, findings }: RegressionResult): string => {
  if (bug.shown.kind === "not-expressible") return bug.shown.why;
  const clauses = bug.shown.clauses.join(", ");
  if (verdict === "shown")
    return `with the bug (${bug.shown.bug}) ${clauses} violated in ${findings.filter((f) => f.side === "bug").length} findings; with the fix (${bug.shown.fix}) all held`;
  const wrong = findings
    .filter((f) => f.held === (f.side === "bug"))
    .map((f) => `with the ${f.side} ${f.clause} [${f.setup}]: ${f.asked}: ${f.found}`);
  return `${verdict}: ${wrong.length === 0 ? `${clauses} not asked` : wrong.join("; ")}`;
};
