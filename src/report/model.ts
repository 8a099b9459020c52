/** What the documentation is made from, and how a clause stands in it. */
import { CONTRACTS, type Clause, type Contract } from "../contract/index.js";
import { statusOf, type Status } from "../lab/index.js";
import type {
  ClauseVerdict,
  ContractResult,
  MatrixCell,
  MutationResult,
  PhaseResult,
  RegressionResult,
  ScenarioResult,
  SubjectResult,
} from "../lab/index.js";

/** An occupant, as far as the documentation speaks of it. */
export interface OccupantInfo {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Contract that it implements. */
  readonly contract: string;
  readonly family: string;
  readonly needsStack: boolean;
  readonly resetsTo?: string;
}
/** All that a report is made from. Nothing in it depends on the time or the machine it was made on. */
export interface ReportModel {
  readonly subjects: readonly SubjectResult[];
  readonly matrix: readonly MatrixCell[];
  readonly occupants: readonly OccupantInfo[];
  /** The known bugs that were run; none when absent. */
  readonly regressions?: readonly RegressionResult[];
  /** Flips of bits of occupants' code; they have a page when there are any. */
  readonly mutation?: readonly MutationResult[];
  /** Lives that were played; they have a page when there are any. */
  readonly scenarios?: readonly ScenarioResult[];
}

/** A clause asked somewhere. */
export interface Sighting {
  readonly subject: string;
  readonly phase: string;
  readonly clause: Clause;
  readonly status: Status;
}
/**
 * What a violation counts for: `error`, a promise of the generation that the subject implements; `warning`,
 * a promise of the documentation alone; `note`, an observation.
 */
export type Severity = "error" | "warning" | "note";
export const severityOf = (contract: Contract, clause: Clause): Severity =>
  clause.strength === "observation"
    ? "note"
    : contract.kind === "documentation"
      ? "warning"
      : "error";

/** The results of a phase: the generation's first, then the documentation's. */
export const resultsOf = (phase: PhaseResult): readonly ContractResult[] => [
  phase.implementation,
  ...phase.documentation,
];
/** Every place where each clause was asked, by the clause's id. */
export const sightingsOf = (
  subjects: readonly SubjectResult[],
): ReadonlyMap<string, readonly Sighting[]> => {
  const found = new Map<string, Sighting[]>();
  for (const s of subjects) {
    for (const p of s.phases) {
      for (const v of resultsOf(p).flatMap((r) => r.verdicts)) {
        const own = found.get(v.clause.id) ?? [];
        own.push({ subject: s.subject, phase: p.phase, clause: v.clause, status: statusOf(v) });
        found.set(v.clause.id, own);
      }
    }
  }
  return found;
};

/** How many clauses came out each way. */
export interface Tally {
  readonly proved: number;
  /** Seen to hold in cases, and not proved. */
  readonly held: number;
  /** Promises violated, and observations that did not come out as noted. */
  readonly violated: number;
  readonly differing: number;
  readonly open: number;
}
/** Whether anything was found out: the clause is about the place, and was asked there. */
export const isJudged = (s: Status): boolean =>
  !["not-applicable", "never-tried", "unreachable"].includes(s.kind);
export const isProved = (s: Status): boolean =>
  s.kind === "proved" || s.kind === "proved-under-assumptions";
export const tally = (verdicts: readonly ClauseVerdict[]): Tally => {
  const count = (test: (v: ClauseVerdict) => boolean): number => verdicts.filter(test).length;
  const bad = (v: ClauseVerdict, strength: Clause["strength"]): boolean =>
    statusOf(v).kind === "violated" && v.clause.strength === strength;
  return {
    proved: count((v) => isProved(statusOf(v))),
    held: count((v) => statusOf(v).kind === "held"),
    violated: count((v) => bad(v, "promise")),
    differing: count((v) => bad(v, "observation")),
    open: count((v) => {
      const { kind } = statusOf(v);
      return !["proved", "proved-under-assumptions", "held", "violated"].includes(kind);
    }),
  };
};

export const contractPage = (id: string): string => `contract-${id}`;
export const occupantPage = (id: string): string => `occupant-${id}`;
/** Page of an image that was checked. */
export const imagePage = (subject: string): string =>
  `image-${subject.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^[-.]+|[-.]+$/g, "")}`;
/** Where a clause stands: its contract's page and the place there. */
export const clausePlace = (clause: Clause): { page: string; id: string } => {
  const [contract = "", ...rest] = clause.id.split("/");
  return { page: contractPage(contract), id: rest.join("-") };
};
export const FAMILIES: readonly (readonly [Contract["family"], string])[] = [
  ["linux-stub", "Linux's stub"],
  ["kvm", "KVM"],
  ["hypervisor", "Hypervisors below the kernel"],
  ["documentation", "The kernel's documentation"],
];
export const contractsOf = (family: Contract["family"]): readonly Contract[] =>
  CONTRACTS.filter((c) => c.family === family);
