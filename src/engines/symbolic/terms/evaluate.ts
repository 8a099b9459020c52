import { meaningOf } from "./meaning.js";
import { subterms, type Term } from "./term.js";

/** Values under which assertions hold. What is not named has the value 0. */
export interface Model {
  /** Of variables; a Bool is 0n or 1n. */
  readonly variables: ReadonlyMap<string, bigint>;
  /** Of arrays: words by word index (address bits 31:2). */
  readonly words: ReadonlyMap<string, ReadonlyMap<bigint, bigint>>;
}

export const EMPTY_MODEL: Model = { variables: new Map(), words: new Map() };

/** The values of terms under a model, by `meaningOf` alone; a Bool is 0n or 1n. */
export const evaluate = (roots: readonly Term[], model: Model): Map<Term, bigint> => {
  const values = new Map<Term, bigint>();
  for (const term of subterms(roots)) values.set(term, valueOf(term, values, model));
  return values;
};

const valueOf = (term: Term, values: ReadonlyMap<Term, bigint>, model: Model): bigint => {
  switch (term.op) {
    case "const":
      return term.value;
    case "var":
      return model.variables.get(term.name) ?? 0n;
    case "read": {
      const [index] = term.args;
      const at = index === undefined ? 0n : (values.get(index) ?? 0n);
      return model.words.get(term.name)?.get(at) ?? 0n;
    }
    default:
      return meaningOf(
        term,
        term.args.map((arg) => values.get(arg) ?? 0n),
      );
  }
};

/** The value of one term. */
export const valueUnder = (term: Term, model: Model): bigint =>
  evaluate([term], model).get(term) ?? 0n;

/** The first assertion that is false under the model. */
export const falsified = (assertions: readonly Term[], model: Model): Term | undefined => {
  const values = evaluate(assertions, model);
  return assertions.find((assertion) => values.get(assertion) !== 1n);
};
