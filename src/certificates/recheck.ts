import type { KeptProof, KeptQuery } from "./kept-proof.js";
import { checkLrat } from "./lrat.js";

/** Anything that answers a query which is a text. */
export interface TextSolver {
  readonly name: string;
  readonly version: string;
  checkText(
    text: string,
    limits: { readonly timeoutMs: number },
  ): Promise<"sat" | "unsat" | { readonly kind: "unknown"; readonly why: string }>;
}

/** What became of one query. `refuted`: its kept refutation does not hold; `differs`: another answer. */
export interface Rechecked {
  readonly query: number;
  readonly outcome: "confirmed" | "differs" | "unknown" | "refuted";
  readonly why: string;
  /** Whether a kept refutation was checked and accepted. */
  readonly refutation: boolean;
}

export interface Recheck {
  readonly queries: readonly Rechecked[];
  /** Names of the claims whose query was not confirmed, `clause (path)`. */
  readonly failed: readonly string[];
  /** Hashes of the subject that differ from what is there now. */
  readonly stale: readonly ("image" | "instructions" | "contract")[];
}

/**
 * Asks every query of a proof again and checks every refutation that is kept.
 *
 * @param current The hashes of the things as they are now; where one differs the proof is of something else.
 */
export const recheck = async (
  proof: KeptProof,
  solver: TextSolver,
  options: {
    readonly timeoutMs: number;
    readonly current?: Partial<Record<"image" | "instructions" | "contract", string>>;
  },
): Promise<Recheck> => {
  const queries: Rechecked[] = [];
  for (const [i, query] of proof.queries.entries())
    queries.push({ query: i, ...(await recheckQuery(query, solver, options.timeoutMs)) });
  const failed = proof.claims
    .filter((claim) => queries[claim.query]?.outcome !== "confirmed")
    .map((claim) => `${claim.clause} (${claim.path})`);
  const stale = (["image", "instructions", "contract"] as const).filter(
    (what) =>
      options.current?.[what] !== undefined && options.current[what] !== proof.subject[what],
  );
  return { queries, failed, stale };
};

const recheckQuery = async (
  query: KeptQuery,
  solver: TextSolver,
  timeoutMs: number,
): Promise<Omit<Rechecked, "query">> => {
  if (query.refutation !== undefined) {
    const verdict = checkLrat(query.refutation.cnf, query.refutation.lrat);
    if (verdict.kind === "refused")
      return { outcome: "refuted", why: `the kept refutation: ${verdict.why}`, refutation: false };
  }
  const refutation = query.refutation !== undefined;
  const answer = await solver.checkText(query.text, { timeoutMs });
  if (typeof answer !== "string") return { outcome: "unknown", why: answer.why, refutation };
  if (answer === query.answer) return { outcome: "confirmed", why: "", refutation };
  return {
    outcome: "differs",
    why: `${solver.name} ${solver.version} answers ${answer}, the proof says ${query.answer}`,
    refutation,
  };
};
