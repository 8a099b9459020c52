/** Violations as SARIF 2.1.0: an error, a warning for documentation drift, a note for an observation. */
import type { Clause } from "../contract/index.js";
import {
  describeCase,
  statusOf,
  type PhaseResult,
  type RegressionResult,
  type Status,
  type SubjectResult,
} from "../lab/index.js";
import { resultsOf, severityOf, type Severity } from "./model.js";
import { describeRegression } from "./results-regressions.js";
import { sourcesOf } from "./wording.js";

interface Finding {
  readonly clause: Clause;
  readonly severity: Severity;
  readonly subject: string;
  readonly phase: PhaseResult;
  readonly status: Extract<
    Status,
    { kind: "violated" | "violated-under-assumptions" | "inconsistent" }
  >;
}
const findings = (results: readonly SubjectResult[]): Finding[] =>
  results.flatMap((r) =>
    r.phases.flatMap((phase) =>
      resultsOf(phase).flatMap((c) =>
        c.verdicts.flatMap((v): Finding[] => {
          const status = statusOf(v);
          const { clause } = v;
          switch (status.kind) {
            case "violated":
            case "violated-under-assumptions":
            case "inconsistent":
              return [
                {
                  clause,
                  severity:
                    status.kind === "inconsistent" ? "error" : severityOf(c.contract, clause),
                  subject: r.subject,
                  phase,
                  status,
                },
              ];
            default:
              return [];
          }
        }),
      ),
    ),
  );

const wordsOf = (s: Finding["status"]): string =>
  s.kind === "inconsistent"
    ? `Inconsistent: ${s.what}`
    : `Case ${describeCase(s.counterexample)}: ${s.counterexample.found}`;

/** A known bug that shows is what is wanted of it. Any kind but "fail" has level "none" (SARIF, 3.27.9 and 10). */
const SARIF_KINDS = {
  shown: { kind: "pass", level: "none" },
  "not expressible": { kind: "notApplicable", level: "none" },
  "bug not found": { kind: "fail", level: "error" },
  "fix not clean": { kind: "fail", level: "error" },
} as const satisfies Record<RegressionResult["verdict"], object>;

/** `version` is hyplab's own; `regressions` are the known bugs that were run. */
export const renderSarif = (
  results: readonly SubjectResult[],
  version: string,
  regressions: readonly RegressionResult[] = [],
): string => {
  const found = findings(results);
  const rules = [...new Map(found.map((f) => [f.clause.id, f])).values()].map(
    ({ clause, severity }) => ({
      id: clause.id,
      shortDescription: { text: clause.statement },
      fullDescription: { text: `${clause.statement} Source: ${sourcesOf(clause.sources)}.` },
      defaultConfiguration: { level: severity },
      properties: { strength: clause.strength },
    }),
  );
  const bugRules = regressions.map(({ bug }) => ({
    id: `regression-${bug.id}`,
    shortDescription: { text: bug.title },
    fullDescription: { text: `${bug.symptom} Cause: ${bug.cause} Fix: ${bug.fix}` },
    defaultConfiguration: { level: "error" },
  }));
  const indices = new Map(rules.map((r, i) => [r.id, i]));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "hyplab", version, rules: [...rules, ...bugRules] } },
        columnKind: "utf16CodeUnits",
        results: [
          ...found.map((f) => ({
            ruleId: f.clause.id,
            ruleIndex: indices.get(f.clause.id)!,
            level: f.severity,
            message: {
              text: `${f.subject}, ${f.phase.phase}: ${f.clause.statement} ${wordsOf(f.status)}`,
            },
            locations: [
              {
                logicalLocations: [
                  { fullyQualifiedName: `${f.subject}/${f.phase.phase}`, kind: "module" },
                ],
              },
            ],
            // The same finding in another run, whatever its counterexample.
            partialFingerprints: {
              "hyplabClause/v1": `${f.subject}/${f.phase.phase}/${f.clause.id}`,
            },
            properties: { status: f.status.kind },
          })),
          ...regressions.map((r, n) => ({
            ruleId: `regression-${r.bug.id}`,
            ruleIndex: rules.length + n,
            ...SARIF_KINDS[r.verdict],
            message: { text: describeRegression(r) },
            locations: [
              {
                logicalLocations: [
                  { fullyQualifiedName: `known bugs/regression-${r.bug.id}`, kind: "module" },
                ],
              },
            ],
            partialFingerprints: { "hyplabRegression/v1": r.bug.id },
          })),
        ],
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};
