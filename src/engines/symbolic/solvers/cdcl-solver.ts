import { bitBlast } from "./cdcl/bit-blaster.js";
import { TooLargeError } from "./cdcl/gates.js";
import { LratLog } from "./cdcl/lrat-log.js";
import { SatSolver } from "./cdcl/sat-solver.js";
import {
  satisfiable,
  unsatisfiable,
  type Answer,
  type Limits,
  type Query,
  type Solver,
} from "./solver.js";

export interface CdclOptions {
  /** Gives up after so many conflicts. */
  readonly maxConflicts?: number;
  /** Gives up on queries of more clauses. */
  readonly maxClauses?: number;
  /** Whether an answer `unsat` carries its refutation. */
  readonly certify?: boolean;
}

/**
 * Our own solver: bit-blasting and conflict-driven clause learning, in this process. The time limit is looked at
 * between conflicts and makes the answer `unknown`, never another one.
 */
export class CdclSolver implements Solver {
  readonly name = "hyplab-cdcl";
  readonly version = "1";
  readonly #options: Required<CdclOptions>;

  constructor(options: CdclOptions = {}) {
    this.#options = { maxConflicts: 1e9, maxClauses: 2_000_000, certify: false, ...options };
  }

  check(query: Query, limits: Limits): Promise<Answer> {
    return new Promise((resolve) => {
      resolve(this.checkNow(query, limits));
    });
  }

  /** The same without a turn of the event loop. */
  checkNow({ assertions }: Query, { timeoutMs }: Limits): Answer {
    const { maxClauses, maxConflicts, certify } = this.#options;
    if (assertions.some((assertion) => assertion.op === "false") && !certify)
      return unsatisfiable(this);
    const end = performance.now() + timeoutMs;
    try {
      const blasted = bitBlast(assertions, maxClauses);
      const { cnf } = blasted;
      const log = certify ? new LratLog() : undefined;
      const solver = new SatSolver(cnf, log);
      let late = false;
      const answer = solver.solve(maxConflicts, () => (late = performance.now() > end));
      if (answer === "unknown") {
        const why = late ? `no answer within ${timeoutMs} ms` : `${maxConflicts} conflicts`;
        return { kind: "unknown", why };
      }
      if (answer === "sat")
        return satisfiable(
          this,
          { assertions },
          blasted.model((v) => solver.value(v)),
        );
      if (log === undefined) return unsatisfiable(this);
      return unsatisfiable(this, { cnf: cnf.dimacs, lrat: log.text });
    } catch (error) {
      if (error instanceof TooLargeError) return { kind: "unknown", why: error.message };
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
