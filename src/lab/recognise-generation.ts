/** Tells the generation of a stub by its answers: the contract of which nothing is violated. */
import { LINUX_STUBS, type Clause, type Contract } from "../contract/index.js";
import type { CallSite } from "./call-site.js";
import { DEFAULT_SEED, inapplicable, kernelCodeCalls, type CheckOptions } from "./check.js";
import { askCases } from "./fast/ask-cases.js";

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
const asked = (contract: Contract, call: string, site: CallSite): readonly Clause[] =>
  contract.clauses.filter(
    (clause) =>
      clause.about.kind === "call" &&
      clause.about.call === call &&
      clause.expect.kind !== "path" &&
      inapplicable(clause, site) === undefined,
  );

/** How far a site's answers are known to be from a contract. */
class Candidate {
  readonly contract: Contract;
  /** Violated clauses about the calls that were asked. */
  distance = 0;
  readonly #site: CallSite;
  readonly #options: CheckOptions;
  readonly #kernelCode: ReadonlySet<string>;
  #next = 0;

  constructor(contract: Contract, site: CallSite, options: CheckOptions) {
    this.contract = contract;
    this.#site = site;
    this.#options = options;
    this.#kernelCode = kernelCodeCalls(contract);
  }
  get finished(): boolean {
    return this.#next === this.contract.calls.length;
  }
  /** Asks the next call. */
  ask(): void {
    const call = this.contract.calls[this.#next++]!;
    const clauses = asked(this.contract, call.id, this.#site);
    if (clauses.length === 0) return;
    const { progress, loop, seed = DEFAULT_SEED } = this.#options;
    progress?.(`${this.contract.id}/${call.id}`);
    const cases = { seed, count: PROBES, kernelCode: this.#kernelCode };
    this.distance += askCases(this.contract, call, this.#site, clauses, cases, loop).broken.size;
  }
}

/** The nearest so far is asked on, until nothing that is not asked to its end can be as near. */
export const recogniseGeneration = (
  site: CallSite,
  options: CheckOptions = {},
  candidates: readonly Contract[] = LINUX_STUBS,
): Recognition => {
  const all = candidates.map((contract) => new Candidate(contract, site, options));
  for (;;) {
    const distance = Math.min(...all.map((c) => c.distance));
    const nearest = all.filter((c) => c.distance === distance);
    const next = nearest.find((c) => !c.finished);
    if (next !== undefined) next.ask();
    else {
      const [best, ...also] = nearest.map((c) => c.contract);
      return { contract: best!, distance, also };
    }
  }
};
