/** Results as JSON: schema "hyplab-results", version 1, described in docs/results-json.md. */
import { statusOf, violations, type ContractResult, type SubjectResult } from "../lab/index.js";

const contractJson = (r: ContractResult) => ({
  contract: r.contract.id,
  cases: r.cases,
  seed: r.seed,
  violated: violations(r).length,
  clauses: r.verdicts.map((v) => ({
    id: v.clause.id,
    statement: v.clause.statement,
    strength: v.clause.strength,
    sources: v.clause.sources,
    verdict: v.verdict,
    ...(v.proof === undefined ? {} : { proof: v.proof }),
    status: statusOf(v),
  })),
});

/** The document that `--json` writes, before it is put into text. */
export const resultsDocument = (results: readonly SubjectResult[]) => ({
  schema: "hyplab-results",
  version: 1,
  subjects: results.map((r) => ({
    subject: r.subject,
    violated: r.violated,
    drift: r.drift,
    cases: r.cases,
    seed: r.seed,
    phases: r.phases.map((p) => ({
      phase: p.phase,
      title: p.title,
      generation: p.contract.id,
      recognised: p.recognised,
      alsoFits: p.alsoFits,
      hvbar: p.hvbar,
      instructionsFromEntry: p.instructions,
      implementation: contractJson(p.implementation),
      documentation: p.documentation.map(contractJson),
    })),
  })),
});
export const renderResultsJson = (results: readonly SubjectResult[]): string =>
  `${JSON.stringify(resultsDocument(results), undefined, 2)}\n`;
