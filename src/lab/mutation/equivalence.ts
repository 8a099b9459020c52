/** Whether two programs' calls do the same from every state: outcome, final state and memory. */
import type { Solver, Term, Terms } from "../../engines/index.js";
import type { CallPath, SymbolicCall, SymbolicOutcome } from "../symbolic/symbolic-call.js";

/** Terms that an outcome has, and the rest of it as text. */
const outcomeParts = (outcome: SymbolicOutcome): { text: string; terms: Term[] } => {
  const terms: Term[] = [];
  const text = JSON.stringify(outcome, (_key, value: unknown) => {
    if (!isTerm(value)) return value;
    terms.push(value);
    return "term";
  });
  return { text, terms };
};
const isTerm = (value: unknown): value is Term =>
  typeof value === "object" && value !== null && "op" in value && "args" in value;

/** The condition under which two paths do something different; both begin in the same state. */
const difference = (terms: Terms, a: CallPath, b: CallPath): Term => {
  const one = outcomeParts(a.outcome);
  const two = outcomeParts(b.outcome);
  if (one.text !== two.text || a.writes.length !== b.writes.length) return terms.true;
  const pairs: (readonly [Term, Term])[] = [
    ...one.terms.map((t, i) => [t, two.terms[i]!] as const),
    ...a.after.map((t, slot) => [t, b.after[slot]!] as const),
    // The same words in the same order: a rule that is sometimes too strict, never too weak.
    ...a.writes.flatMap((w, i) => [
      [w.address, b.writes[i]!.address] as const,
      [w.value, b.writes[i]!.value] as const,
    ]),
  ];
  return terms.or(...pairs.map(([x, y]) => terms.distinct(x, y)));
};

/** Two calls whose terms are of one factory. False also where the solver cannot tell. */
export const doTheSame = async (
  a: SymbolicCall,
  b: SymbolicCall,
  solver: Solver,
  timeoutMs: number,
): Promise<boolean> => {
  const { terms } = a;
  for (const p of a.paths) {
    for (const q of b.paths) {
      const differ = terms.and(...p.condition, ...q.condition, difference(terms, p, q));
      if (differ.op === "false") continue;
      const answer = await solver.check({ assertions: [differ] }, { timeoutMs });
      if (answer.kind !== "unsat") return false;
    }
  }
  return true;
};
