/** Results for other tools: JUnit XML and SARIF 2.1.0. */
import { describeCase, type SubjectResult } from "../lab/index.js";

const xml = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** One test suite a phase and contract, one test a clause; a drift from documentation is a failure of its suite. */
export const renderJunit = (results: readonly SubjectResult[]): string => {
  const suites = results.flatMap((r) =>
    r.phases.flatMap((p) =>
      [p.implementation, ...p.documentation].map((c) => {
        const failures = c.verdicts.filter((v) => v.verdict.kind === "violated").length;
        const skipped = c.verdicts.filter(
          (v) => v.verdict.kind === "not-applicable" || v.verdict.kind === "not-tried",
        ).length;
        const tests = c.verdicts.map(({ clause, verdict }) => {
          const open = `    <testcase classname="${xml(`${r.subject}.${p.phase}`)}" name="${xml(clause.id)}"`;
          if (verdict.kind === "held") return `${open}/>`;
          if (verdict.kind === "violated")
            return `${open}><failure message="${xml(clause.statement)}">${xml(`${describeCase(verdict.counterexample)}: ${verdict.counterexample.found}`)}</failure></testcase>`;
          return `${open}><skipped message="${xml(verdict.why)}"/></testcase>`;
        });
        return [
          `  <testsuite name="${xml(`${r.subject} ${p.phase} ${c.contract.id}`)}" tests="${c.verdicts.length}" failures="${failures}" skipped="${skipped}">`,
          ...tests,
          "  </testsuite>",
        ].join("\n");
      }),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hyplab">\n${suites.join("\n")}\n</testsuites>\n`;
};

/** Violations as SARIF results: an error for an implementation's promise, a warning for documentation drift. */
export const renderSarif = (results: readonly SubjectResult[]): string => {
  const found = results.flatMap((r) =>
    r.phases.flatMap((p) =>
      [p.implementation, ...p.documentation].flatMap((c) =>
        c.verdicts.flatMap(({ clause, verdict }) =>
          verdict.kind !== "violated"
            ? []
            : [
                {
                  clause,
                  result: {
                    ruleId: clause.id,
                    level: c === p.implementation ? "error" : "warning",
                    message: {
                      text: `${r.subject}, ${p.phase}: ${clause.statement} ${describeCase(verdict.counterexample)}: ${verdict.counterexample.found}`,
                    },
                    locations: [
                      {
                        logicalLocations: [
                          { fullyQualifiedName: `${r.subject}/${p.phase}`, kind: "module" },
                        ],
                      },
                    ],
                  },
                },
              ],
        ),
      ),
    ),
  );
  const rules = [
    ...new Map(
      found.map((f) => [
        f.clause.id,
        { id: f.clause.id, shortDescription: { text: f.clause.statement } },
      ]),
    ).values(),
  ];
  return `${JSON.stringify(
    {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "hyplab", version: "0.1.0", rules } },
          results: found.map((f) => f.result),
        },
      ],
    },
    undefined,
    2,
  )}\n`;
};
