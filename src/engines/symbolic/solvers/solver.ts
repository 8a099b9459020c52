import { falsified, printShort, type Model, type Term } from "../terms/index.js";

/** Are all assertions true at once, under some values of variables and memory? */
export interface Query {
  /** Bools of one factory. */
  readonly assertions: readonly Term[];
}

/** A refutation of the query's clauses that `src/certificates` checks. */
export interface Refutation {
  /** The clauses, in DIMACS. */
  readonly cnf: string;
  /** Added and deleted clauses with hints, in LRAT. */
  readonly lrat: string;
}

/** The back end that found an answer. */
export interface Answerer {
  readonly name: string;
  readonly version: string;
}

/** `by` is the back end that answered; a portfolio's answer is not its own. */
export type Answer =
  | { readonly kind: "unsat"; readonly by: Answerer; readonly refutation?: Refutation }
  | { readonly kind: "sat"; readonly by: Answerer; readonly model: Model }
  | { readonly kind: "unknown"; readonly why: string };

export interface Limits {
  /** Wall-clock time for this query; at its end the answer is `unknown`. */
  readonly timeoutMs: number;
}

/** A back end. One that is asked while it still answers takes the queries one after the other. */
export interface Solver {
  readonly name: string;
  readonly version: string;
  /** @throws SolverError where the solver fails or answers wrongly; never for a time limit. */
  check(query: Query, limits: Limits): Promise<Answer>;
  /** Ends its processes. */
  close(): Promise<void>;
}

/** A back end that fails: it does not start, ends early, or says what cannot be read. */
export class SolverError extends Error {
  override readonly name: string = "SolverError";
}

/** A back end's model under which an assertion is false. */
export class WrongModelError extends SolverError {
  override readonly name = "WrongModelError";
}

/** Two back ends contradict each other: no verdict of this run can be trusted. */
export class SolverDisagreementError extends SolverError {
  override readonly name = "SolverDisagreementError";
}

/** The answer that there is no model. */
export const unsatisfiable = (by: Answerer, refutation?: Refutation): Answer => ({
  kind: "unsat",
  by: { name: by.name, version: by.version },
  ...(refutation === undefined ? {} : { refutation }),
});

/**
 * The answer of a model that holds.
 *
 * @throws WrongModelError for a model under which an assertion is false.
 */
export const satisfiable = (by: Answerer, query: Query, model: Model): Answer => {
  const wrong = falsified(query.assertions, model);
  if (wrong === undefined)
    return { kind: "sat", by: { name: by.name, version: by.version }, model };
  const text = printShort(wrong);
  throw new WrongModelError(
    `${by.name} answered sat with a model under which ${text.slice(0, 300)} is false`,
  );
};
