/** An occupant or an image, clause by clause, for every state: results as the checker's, with proofs in them. */
import type { Contract } from "../../contract/index.js";
import type { Solver } from "../../engines/index.js";
import type { LoadedImage } from "../../images/index.js";
import type { TableMode } from "../../machine/index.js";
import type { Occupant } from "../../occupants/index.js";
import type { ContractResult } from "../check.js";
import type { ClauseVerdict, ProofVerdict } from "../verdict.js";
import type { CallSite } from "../call-site.js";
import {
  imagePhases,
  occupantPhases,
  subjectOf,
  type PhaseResult,
  type SitedPhase,
  type SubjectPhase,
  type SitedSubject,
  type SubjectResult,
} from "../check-subject.js";
import { symbolicCall, type SymbolicCall } from "../symbolic/symbolic-call.js";
import { plainCall } from "./plain-call.js";
import { assumptionBroken } from "./kept-assumptions.js";
import { proveContract, type AskedQuery, type CallPaths } from "./prove.js";

export interface ProveSubjectOptions {
  readonly solver: Solver;
  /** Wall-clock milliseconds for each query; 10,000 when absent. */
  readonly timeoutMs?: number;
  /** Translation with the HYP MMU on: by the tables as found, or by any that map the occupant's pages as they are. */
  readonly tables?: TableMode;
  /** One contract in place of the generation's and its documentation's. */
  readonly contract?: Contract;
  /** Ids of the clauses to be proved; all when absent. */
  readonly only?: ReadonlySet<string>;
  /** Instructions that an image gets to install its stub. */
  readonly budget?: number;
  readonly progress?: (what: string) => void;
  /** Questions are put as they are, for a certificate, where else the rules of the terms answer most. */
  readonly plain?: boolean;
  /** Told of every query that was answered, with where it was asked. */
  readonly asked?: (query: AskedQuery, subject: string, phase: string) => void;
}
const TIMEOUT = 10_000;
const NOT_TRIED = { kind: "not-tried", why: "the prover asks no cases" } as const;

/** All paths of a call at a site, explored when they are first asked for. */
export const pathsAt = async (
  site: CallSite,
  tables: TableMode,
  plain = false,
): Promise<CallPaths> => {
  const form = (call: SymbolicCall): SymbolicCall => (plain ? plainCall(call) : call);
  // Both are small: the paths of the strict one differ only where something is UNPREDICTABLE.
  const usual = form(await symbolicCall(site, { tables }));
  const strict = form(await symbolicCall(site, { tables, policy: "stop" }));
  return { usual: () => usual, strict: () => strict };
};

const withProofs = (
  contract: Contract,
  proofs: ReadonlyMap<unknown, ProofVerdict>,
): ContractResult => ({
  contract,
  cases: 0,
  seed: 0,
  verdicts: contract.clauses.flatMap((clause): ClauseVerdict[] => {
    const proof = proofs.get(clause);
    return proof === undefined ? [] : [{ clause, verdict: NOT_TRIED, proof }];
  }),
});

const provePhase = async (
  subject: string,
  phase: SubjectPhase,
  options: ProveSubjectOptions,
): Promise<SitedPhase> => {
  const paths = await pathsAt(phase.site, options.tables ?? "as-found", options.plain);
  const prove = async (contract: Contract): Promise<ContractResult> =>
    withProofs(
      contract,
      await proveContract(contract, phase.site, paths, {
        solver: options.solver,
        timeoutMs: options.timeoutMs ?? TIMEOUT,
        ...(options.only === undefined ? {} : { only: options.only }),
        ...(phase.installed === undefined ? {} : { installed: phase.installed }),
        progress: (what) => options.progress?.(`${phase.phase}: ${what}`),
        asked: (query) => options.asked?.(query, subject, phase.phase),
      }),
    );
  const contracts =
    options.contract === undefined ? [phase.contract, ...phase.documents] : [options.contract];
  const results: ContractResult[] = [];
  for (const contract of contracts) results.push(await prove(contract));
  const [implementation, ...documentation] = results;
  return { ...phase, implementation: implementation!, documentation };
};

const proveAll = async (
  subject: string,
  phases: readonly SubjectPhase[],
  options: ProveSubjectOptions,
): Promise<SitedSubject> => {
  const proved: SitedPhase[] = [];
  for (const phase of phases) proved.push(await provePhase(subject, phase, options));
  return subjectOf(subject, proved);
};

/** Proves one of our own occupants in every setup. */
export const proveOccupant = (
  occupant: Occupant,
  options: ProveSubjectOptions,
): Promise<SitedSubject> => proveAll(occupant.id, occupantPhases(occupant), options);

/** Proves every phase of a real image. Throws PhaseError. */
export const proveImage = (
  image: LoadedImage,
  subject: string,
  options: ProveSubjectOptions,
): Promise<SitedSubject> =>
  proveAll(
    subject,
    imagePhases(image, options.budget === undefined ? {} : { budget: options.budget }),
    options,
  );

/** The checker's results with the prover's findings beside them; both are of the same subject. */
export const joinResults = <P extends PhaseResult>(
  checked: Omit<SubjectResult, "phases"> & { readonly phases: readonly P[] },
  proved: SitedSubject,
): SubjectResult & { readonly phases: readonly P[] } => {
  const join = (
    a: ContractResult,
    b: ContractResult | undefined,
    site: CallSite | undefined,
  ): ContractResult => ({
    ...a,
    verdicts: a.verdicts.map((v) => {
      const proof = b?.verdicts.find((w) => w.clause.id === v.clause.id)?.proof;
      if (proof === undefined) return v;
      const outside =
        v.verdict.kind === "violated" && v.clause.about.kind === "call" && site !== undefined
          ? assumptionBroken(proof, v.verdict.counterexample, site)
          : undefined;
      return outside === undefined ? { ...v, proof } : { ...v, proof, outside };
    }),
  });
  return subjectOf(
    checked.subject,
    checked.phases.map((p): P => {
      const other = proved.phases.find((q) => q.phase === p.phase);
      const all = other === undefined ? [] : [other.implementation, ...other.documentation];
      const proofOf = (r: ContractResult): ContractResult | undefined =>
        all.find((q) => q.contract.id === r.contract.id);
      return {
        ...p,
        implementation: join(p.implementation, proofOf(p.implementation), other?.site),
        documentation: p.documentation.map((d) => join(d, proofOf(d), other?.site)),
      };
    }),
  );
};
