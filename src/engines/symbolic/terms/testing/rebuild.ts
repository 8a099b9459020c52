import { subterms, TermError, type Term } from "../term.js";
import type { Terms } from "../terms.js";

/** The same term made by the constructors of another factory. */
export const rebuild = (term: Term, into: Terms): Term => {
  const made = new Map<Term, Term>();
  for (const part of subterms([term])) {
    const args = part.args.map((arg) => made.get(arg) ?? part);
    made.set(part, into.apply(part, args));
  }
  const result = made.get(term);
  if (result === undefined) throw new TermError("no term");
  return result;
};
