/** Results as JUnit XML. */
import {
  describeCase,
  type ContractResult,
  type PhaseResult,
  type SubjectResult,
  statusOf,
  type Status,
} from "../lab/index.js";
import { resultsOf, severityOf, type Severity } from "./model.js";
import { escapeMarkup } from "./render-html.js";

export interface JunitOptions {
  /** Promises of the documentation that are not kept are failures, as `check --strict-docs` takes them. */
  readonly strictDocs?: boolean;
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

/** One suite a phase and contract, one test a clause. */
export const renderJunit = (
  results: readonly SubjectResult[],
  options: JunitOptions = {},
): string => {
  const suites = results.flatMap((r) =>
    r.phases.flatMap((p) =>
      resultsOf(p).map((c) => suite(r.subject, p, c, options.strictDocs === true)),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hyplab">\n${suites.join("\n")}\n</testsuites>\n`;
};
