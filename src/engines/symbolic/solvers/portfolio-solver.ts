import type { CdclSolver } from "./cdcl-solver.js";
import {
  SolverDisagreementError,
  type Answer,
  type Limits,
  type Query,
  type Solver,
} from "./solver.js";

/** What a portfolio was asked, and who answered. */
export interface PortfolioCounts {
  /** Decided by the simplifier: an assertion is false, or all are true. */
  simplified: number;
  /** Decided by our own solver. */
  quick: number;
  /** Given to the second solver. */
  thorough: number;
}

/**
 * Our own solver in this process first, with a small budget; what it does not decide goes to a second one, which is
 * started when it is needed. An answer says by whom it is (`by`).
 */
export class PortfolioSolver implements Solver {
  readonly name = "portfolio";
  readonly version = "1";
  readonly counts: PortfolioCounts = { simplified: 0, quick: 0, thorough: 0 };
  readonly #quick: CdclSolver;
  readonly #start: () => Promise<Solver>;
  #thorough: Promise<Solver> | undefined;

  constructor(quick: CdclSolver, start: () => Promise<Solver>) {
    this.#quick = quick;
    this.#start = start;
  }

  async check(query: Query, limits: Limits): Promise<Answer> {
    const asked = { assertions: query.assertions.filter((a) => a.op !== "true") };
    const decided = asked.assertions.length === 0 || asked.assertions.some((a) => a.op === "false");
    const begun = performance.now();
    const answer = this.#quick.checkNow(asked, limits);
    if (answer.kind !== "unknown") {
      if (decided) this.counts.simplified++;
      else this.counts.quick++;
      return answer;
    }
    const timeoutMs = limits.timeoutMs - (performance.now() - begun);
    if (timeoutMs <= 0) return answer;
    this.counts.thorough++;
    this.#thorough ??= this.#start();
    return (await this.#thorough).check(asked, { timeoutMs });
  }

  async close(): Promise<void> {
    await this.#quick.close();
    await (await this.#thorough)?.close();
  }
}

/** Asks two back ends every query. An answer of one alone is taken; answers that contradict stop everything. */
export class AgreeingSolver implements Solver {
  readonly name: string;
  readonly version: string;
  readonly #solvers: readonly [Solver, Solver];

  constructor(first: Solver, second: Solver) {
    this.#solvers = [first, second];
    this.name = `${first.name} and ${second.name}`;
    this.version = `${first.version} and ${second.version}`;
  }

  /** @throws SolverDisagreementError if one answers sat and the other unsat. */
  async check(query: Query, limits: Limits): Promise<Answer> {
    const [first, second] = this.#solvers;
    const [a, b] = await Promise.all([first.check(query, limits), second.check(query, limits)]);
    if (a.kind === "unknown") return b;
    if (b.kind !== "unknown" && a.kind !== b.kind)
      throw new SolverDisagreementError(
        `${first.name} ${first.version} answers ${a.kind}, ${second.name} ${second.version} ${b.kind}: nothing that was proved in this run can be trusted`,
      );
    return a;
  }

  async close(): Promise<void> {
    await Promise.all(this.#solvers.map((solver) => solver.close()));
  }
}
