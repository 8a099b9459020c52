/** Results on their way between threads: contracts and clauses go by their ids, and come back as the records. */
import {
  contractNamed,
  KNOWN_BUGS,
  LIFE_CLAUSES,
  type Clause,
  type Contract,
} from "../contract/index.js";
import type {
  ClauseVerdict,
  ContractResult,
  PhaseResult,
  RegressionResult,
  ScenarioResult,
  SitedPhase,
  SitedSubject,
  SubjectResult,
} from "../lab/index.js";

type PortableVerdict = Omit<ClauseVerdict, "clause"> & { readonly clause: string };
type PortableContract = Omit<ContractResult, "contract" | "verdicts"> & {
  readonly contract: string;
  readonly verdicts: readonly PortableVerdict[];
};
type PortablePhase = Omit<
  PhaseResult,
  "contract" | "documents" | "implementation" | "documentation"
> & {
  readonly contract: string;
  readonly documents: readonly string[];
  readonly implementation: PortableContract;
  readonly documentation: readonly PortableContract[];
};
export type PortableSubject = Omit<SubjectResult, "phases"> & {
  readonly phases: readonly PortablePhase[];
};
export type PortableRegression = Omit<RegressionResult, "bug"> & { readonly bug: number };

const packContract = (r: ContractResult): PortableContract => ({
  ...r,
  contract: r.contract.id,
  verdicts: r.verdicts.map((v) => ({ ...v, clause: v.clause.id })),
});
const unpackContract = (r: PortableContract): ContractResult => {
  const contract: Contract = contractNamed(r.contract)!;
  const clauses = new Map<string, Clause>(contract.clauses.map((c) => [c.id, c]));
  return {
    ...r,
    contract,
    verdicts: r.verdicts.map((v) => ({ ...v, clause: clauses.get(v.clause)! })),
  };
};

const packPhase = ({
  site: _site,
  nameOf: _nameOf,
  installed: _installed,
  ...p
}: SitedPhase): PortablePhase => ({
  ...p,
  contract: p.contract.id,
  documents: p.documents.map((c) => c.id),
  implementation: packContract(p.implementation),
  documentation: p.documentation.map(packContract),
});

export const packSubject = (s: SitedSubject): PortableSubject => ({
  ...s,
  phases: s.phases.map(packPhase),
});
export const unpackSubject = (s: PortableSubject): SubjectResult => ({
  ...s,
  phases: s.phases.map((p) => ({
    ...p,
    contract: contractNamed(p.contract)!,
    documents: p.documents.map((id) => contractNamed(id)!),
    implementation: unpackContract(p.implementation),
    documentation: p.documentation.map(unpackContract),
  })),
});

export const packRegression = (r: RegressionResult): PortableRegression => ({
  ...r,
  bug: r.bug.number,
});
export const unpackRegression = (r: PortableRegression): RegressionResult => ({
  ...r,
  bug: KNOWN_BUGS.find((b) => b.number === r.bug)!,
});

/** A scenario's result is data; its clauses are made the records again. */
export const unpackScenario = (r: ScenarioResult): ScenarioResult => ({
  ...r,
  stages: r.stages.map((s) => ({
    ...s,
    clause: LIFE_CLAUSES.find((c) => c.id === s.clause.id)!,
  })),
});
