/** Tells the generation of a stub by its answers: the contract of which nothing is violated. */
import { LINUX_STUBS, type Contract } from "../contract/index.js";
import type { CallSite } from "./call-site.js";
import { checkContract, violations, type CheckOptions } from "./check.js";

export interface Recognition {
  /** The generation, or the nearest one. */
  readonly contract: Contract;
  /** Violated clauses about calls, of the generation: 0 when it is recognised. */
  readonly distance: number;
  /** Other generations that the answers fit as well. */
  readonly also: readonly Contract[];
}

/** Cases for each call and candidate: every declared number, its neighbours, some random ones. */
const PROBES = 40;

/** A generation is told by where its calls end, not by how they get there. */
const answersOf = (contract: Contract): Contract => ({
  ...contract,
  clauses: contract.clauses.filter(({ expect }) => expect.kind !== "path"),
});

export const recogniseGeneration = (
  site: CallSite,
  options: CheckOptions = {},
  candidates: readonly Contract[] = LINUX_STUBS,
): Recognition => {
  const scored = candidates.map((contract) => {
    const result = checkContract(answersOf(contract), site, { ...options, cases: PROBES });
    return {
      contract,
      distance: violations(result).filter((v) => v.clause.about.kind === "call").length,
    };
  });
  const least = Math.min(...scored.map((s) => s.distance));
  const best = scored.filter((s) => s.distance === least).map((s) => s.contract);
  return { contract: best[0]!, distance: least, also: best.slice(1) };
};
