/** Results as JUnit XML. */
import {
  describeCase,
  type ContractResult,
  type PhaseResult,
  type RegressionResult,
  type SubjectResult,
  statusOf,
  type Status,
} from "../lab/index.js";
import { resultsOf, severityOf, type Severity } from "./model.js";
import { describeRegression } from "./results-regressions.js";
import { escapeMarkup } from "./render-html.js";

export interface JunitOptions {
  /** Promises of the documentation that are not kept are failures, as `check --strict-docs` takes them. */
  readonly strictDocs?: boolean;
  /** The known bugs that were run. */
  readonly regressions?: readonly RegressionResult[];
}
/** What a verdict is to a test runner. JUnit has no word for a warning: such a case is skipped, and says why. */
type TestState = { kind: "passed" } | { kind: "failed" | "skipped"; message: string; text: string };

const stateOf = (v: Status, severity: Severity, strictDocs: boolean): TestState => {
  switch (v.kind) {
    case "proved":
    case "proved-under-assumptions":
    case "held":
      return { kind: "passed" };
    case "inconsistent":
      return {
        kind: "failed",
        message: "inconsistent: a defect of the laboratory",
        text: v.what,
      };
    case "violated":
    case "violated-under-assumptions": {
      const failed = severity === "error" || (severity === "warning" && strictDocs);
      const why = {
        error: "promise violated",
        warning: "the documentation promises it, the generation does not",
        note: "differs from what was observed; nobody may rely on it",
      }[severity];
      return {
        kind: failed ? "failed" : "skipped",
        message: why,
        text: `${describeCase(v.counterexample)}: ${v.counterexample.found}${v.kind === "violated" ? "" : ` (assuming that ${v.assumptions.join("; ")})`}`,
      };
    }
    case "unreachable":
    case "unknown":
    case "not-applicable":
    case "never-tried":
      return { kind: "skipped", message: v.kind.replace("-", " "), text: v.why };
  }
};
const suite = (
  subject: string,
  phase: PhaseResult,
  r: ContractResult,
  strictDocs: boolean,
): string => {
  const tests = r.verdicts.map((v) => ({
    clause: v.clause,
    state: stateOf(statusOf(v), severityOf(r.contract, v.clause), strictDocs),
  }));
  const count = (kind: TestState["kind"]): number =>
    tests.filter((t) => t.state.kind === kind).length;
  const name = escapeMarkup(`${subject}, ${phase.phase}, ${r.contract.id}`);
  return [
    `  <testsuite name="${name}" tests="${tests.length}" failures="${count("failed")}" errors="0" skipped="${count("skipped")}">`,
    `    <properties><property name="cases" value="${r.cases}"/><property name="seed" value="${r.seed}"/></properties>`,
    ...tests.map(({ clause, state }) => {
      const open = `    <testcase classname="${escapeMarkup(`${subject}.${phase.phase}`)}" name="${escapeMarkup(`${clause.id}: ${clause.statement}`)}"`;
      if (state.kind === "passed") return `${open}/>`;
      const message = escapeMarkup(state.message);
      const text = escapeMarkup(state.text);
      return state.kind === "failed"
        ? `${open}><failure message="${message}" type="promise">${text}</failure></testcase>`
        : `${open}><skipped message="${escapeMarkup(`${state.message}: ${state.text}`)}"/></testcase>`;
    }),
    "  </testsuite>",
  ].join("\n");
};

/** One suite of the known bugs: a bug that is found and whose fix is clean is a test that passes. */
const regressionSuite = (regressions: readonly RegressionResult[]): string => {
  const count = (...verdicts: RegressionResult["verdict"][]): number =>
    regressions.filter((r) => verdicts.includes(r.verdict)).length;
  return [
    `  <testsuite name="known bugs" tests="${regressions.length}" failures="${count("bug not found", "fix not clean")}" errors="0" skipped="${count("not expressible")}">`,
    ...regressions.map((r) => {
      const open = `    <testcase classname="known bugs" name="${escapeMarkup(`regression-${r.bug.id}: ${r.bug.title}`)}"`;
      if (r.verdict === "shown") return `${open}/>`;
      const text = escapeMarkup(describeRegression(r));
      return r.verdict === "not expressible"
        ? `${open}><skipped message="${text}"/></testcase>`
        : `${open}><failure message="${r.verdict}" type="known bug">${text}</failure></testcase>`;
    }),
    "  </testsuite>",
  ].join("\n");
};

/** One suite a phase and contract, one test a clause; and one of the known bugs where they were run. */
export const renderJunit = (
  results: readonly SubjectResult[],
  options: JunitOptions = {},
): string => {
  const { regressions = [] } = options;
  const suites = results.flatMap((r) =>
    r.phases.flatMap((p) =>
      resultsOf(p).map((c) => suite(r.subject, p, c, options.strictDocs === true)),
    ),
  );
  if (regressions.length > 0) suites.push(regressionSuite(regressions));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hyplab">\n${suites.join("\n")}\n</testsuites>\n`;
};
