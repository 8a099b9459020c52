/** The first case that breaks one of some clauses: what a mutant is tried with, cheapest questions first. */
import { contractNamed, type Clause, type Contract } from "../../contract/index.js";
import type { Occupant } from "../../occupants/index.js";
import { inapplicable, kernelCodeCalls, standing } from "../check.js";
import type { Counterexample } from "../verdict.js";
import type { CallSite } from "../call-site.js";
import { casesOf, type Case } from "../cases.js";
import { violation } from "../expectation.js";
import { pathViolation, PathWalks } from "../path-check.js";

/** A clause that is broken, and by what. */
export interface Found {
  readonly clause: Clause;
  readonly counterexample: Counterexample;
}
interface Question {
  readonly cases: readonly Case[];
  readonly ends: readonly Clause[];
  readonly paths: readonly Clause[];
}
/** What is asked of every mutant of an occupant at a site. */
export interface Questionnaire {
  readonly standing: readonly Clause[];
  readonly questions: readonly Question[];
  readonly seed: number;
}
export interface QuestionnaireOptions {
  readonly seed: number;
  /** Cases for each call. */
  readonly cases: number;
}
/** Cases of a call that are stepped. */
const STEPPED = 12;

/** Contracts that an occupant's mutants are held against: its generation's and the documentation's. */
export const contractsOf = (occupant: Occupant): readonly Contract[] => {
  const own = contractNamed(occupant.contract)!;
  return [own, ...own.documentedBy.map((id) => contractNamed(id)!)].concat(
    (occupant.alsoKeeps ?? []).map((id) => contractNamed(id)!),
  );
};

/** Questions out of contracts; clauses in `without`, which the occupant itself breaks, are left out. */
export const questionnaire = (
  contracts: readonly Contract[],
  site: CallSite,
  options: QuestionnaireOptions,
  without: ReadonlySet<string> = new Set(),
): Questionnaire => {
  const asked = (c: Clause): boolean =>
    !without.has(c.id) && inapplicable(c, site) === undefined && c.about.kind !== "installation";
  return {
    seed: options.seed,
    standing: contracts.flatMap((k) =>
      k.clauses.filter((c) => c.about.kind === "vectors" && asked(c)),
    ),
    questions: contracts.flatMap((contract) =>
      contract.calls.map((call): Question => {
        const clauses = contract.clauses.filter(
          (c) => c.about.kind === "call" && c.about.call === call.id && asked(c),
        );
        return {
          cases: casesOf(contract, call, site, {
            seed: options.seed,
            count: options.cases,
            kernelCode: kernelCodeCalls(contract),
          }),
          ends: clauses.filter((c) => c.expect.kind !== "path"),
          paths: clauses.filter((c) => c.expect.kind === "path"),
        };
      }),
    ),
  };
};

/** The first clause that breaks, or undefined where all of them hold in every case. */
export const firstViolation = (asked: Questionnaire, site: CallSite): Found | undefined => {
  for (const clause of asked.standing) {
    const verdict = standing(clause, site, {}, asked.seed);
    if (verdict.kind === "violated") return { clause, counterexample: verdict.counterexample };
  }
  const walks = new PathWalks(site);
  const longest = Math.max(...asked.questions.map((q) => q.cases.length));
  // One case of every call, then the next of each: most mistakes show in the first.
  for (let n = 0; n < longest; n++) {
    for (const { cases, ends, paths } of asked.questions) {
      const one = cases[n];
      if (one === undefined) continue;
      const { registers, flags, system } = one;
      const result = site.call(registers, flags, system);
      for (const clause of ends) {
        const found = violation(clause.expect, result, site);
        if (found === undefined) continue;
        const { outcome } = result;
        return { clause, counterexample: { registers, flags, system, found, outcome } };
      }
      if (n >= STEPPED) continue;
      for (const clause of paths) {
        if (clause.expect.kind !== "path") continue;
        const found = pathViolation(clause.expect.rule, site, one, walks);
        if (found === undefined) continue;
        const { outcome } = site.call(registers, flags, system);
        return { clause, counterexample: { registers, flags, system, found, outcome } };
      }
    }
  }
  return undefined;
};
