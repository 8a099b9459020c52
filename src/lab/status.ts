/**
 * How a clause stands when all that is known of it is put together: what the checker saw in cases, and what the
 * prover says of every state (in the manner of Frama-C's consolidation of property statuses).
 */
import type { Counterexample, ProofVerdict, Verdict } from "./verdict.js";

export type Status =
  | { readonly kind: "proved"; readonly paths: number }
  | {
      readonly kind: "proved-under-assumptions";
      readonly paths: number;
      readonly assumptions: readonly string[];
    }
  | {
      readonly kind: "held";
      readonly cases: number;
      readonly seed: number;
      /** Why there is no proof, where one was sought. */
      readonly unproved?: string;
    }
  | { readonly kind: "violated"; readonly counterexample: Counterexample }
  | {
      readonly kind: "violated-under-assumptions";
      readonly counterexample: Counterexample;
      readonly assumptions: readonly string[];
    }
  | { readonly kind: "unreachable"; readonly why: string }
  | { readonly kind: "not-applicable"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "never-tried"; readonly why: string }
  /** Two findings that cannot both be right: a defect of the laboratory, and no other status counts any more. */
  | { readonly kind: "inconsistent"; readonly what: string };
export type StatusKind = Status["kind"];

/** From the best to the worst. */
export const STATUS_KINDS: readonly StatusKind[] = [
  "proved",
  "proved-under-assumptions",
  "held",
  "unreachable",
  "not-applicable",
  "unknown",
  "never-tried",
  "violated-under-assumptions",
  "violated",
  "inconsistent",
];
/** Whether the second of two statuses is worse than the first. */
export const isWorse = (before: StatusKind, now: StatusKind): boolean =>
  STATUS_KINDS.indexOf(now) > STATUS_KINDS.indexOf(before);

const inconsistent = (what: string): Status => ({ kind: "inconsistent", what });

/** The status by the prover alone. */
const byProof = (proof: ProofVerdict): Status => {
  switch (proof.kind) {
    case "proved":
      return proof.assumptions.length === 0
        ? { kind: "proved", paths: proof.paths }
        : {
            kind: "proved-under-assumptions",
            paths: proof.paths,
            assumptions: proof.assumptions,
          };
    case "refuted":
      if (proof.confirmed) return { kind: "violated", counterexample: proof.counterexample };
      return proof.assumptions.length > 0
        ? {
            kind: "violated-under-assumptions",
            counterexample: proof.counterexample,
            assumptions: proof.assumptions,
          }
        : inconsistent(
            "the prover gives a counterexample that keeps the clause when it is run: the engines differ",
          );
    case "not-tried":
      return { kind: "never-tried", why: proof.why };
    case "unreachable":
    case "unknown":
    case "not-applicable":
      return proof;
  }
};
/** The status by the checker alone. */
const byCheck = (verdict: Verdict): Status => {
  switch (verdict.kind) {
    case "held":
      return { kind: "held", cases: verdict.cases, seed: verdict.seed };
    case "violated":
      return { kind: "violated", counterexample: verdict.counterexample };
    case "not-applicable":
      return verdict;
    case "not-tried":
      return { kind: "never-tried", why: verdict.why };
  }
};

/**
 * Puts the two findings together. `outside` names the assumption of the proof that the checker's counterexample
 * does not keep: both findings then stand, and the violation counts.
 */
export const consolidate = (
  check: Verdict | undefined,
  proof: ProofVerdict | undefined,
  outside?: string,
): Status => {
  if (check === undefined && proof === undefined)
    return { kind: "never-tried", why: "neither cases nor a proof were asked for" };
  if (proof === undefined) return byCheck(check!);
  const proved = byProof(proof);
  if (check === undefined || proved.kind === "inconsistent") return proved;
  const checked = byCheck(check);
  if (checked.kind === "violated") {
    if (proof.kind === "proved" && outside === undefined)
      return inconsistent("the checker has a case that breaks the clause, the prover proves it");
    if (proof.kind === "unreachable")
      return inconsistent("the checker has a case where the prover says that no state gets there");
    return checked;
  }
  if (checked.kind === "held") {
    switch (proof.kind) {
      case "proved":
      case "refuted":
        return proved;
      case "unreachable":
        return inconsistent(
          "the checker asked cases where the prover says that no state gets there",
        );
      case "unknown":
        return { ...checked, unproved: proof.why };
      case "not-applicable":
      case "not-tried":
        return checked;
    }
  }
  // The checker saw nothing: what the prover says is all there is.
  return proof.kind === "not-tried" ||
    (proof.kind === "not-applicable" && checked.kind === proof.kind)
    ? checked
    : proved;
};
