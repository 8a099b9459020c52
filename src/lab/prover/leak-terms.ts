/** Non-interference: what the caller sees after a return does not depend on HYP mode's own registers. */
import { SLOT_NAMES } from "../../arch/index.js";
import { subterms, type Term, type Terms } from "../../engines/index.js";
import { VISIBLE_SLOTS } from "../path-check.js";
import { isHypOwn } from "../system-settings.js";
import type { SymbolicCall } from "../symbolic/symbolic-call.js";
import { conditionOf } from "./violation-terms.js";

const variables = (roots: readonly Term[]): Set<string> =>
  new Set(subterms(roots).flatMap((t) => (t.op === "var" ? [t.name] : [])));

/** The term with some variables replaced by others of a second state. */
const inSecondState = (terms: Terms, root: Term, secrets: ReadonlySet<string>): Term => {
  const made = new Map<Term, Term>();
  for (const t of subterms([root]))
    made.set(
      t,
      t.op === "var" && secrets.has(t.name)
        ? terms.var(`${t.name}!second`, t.width)
        : terms.apply(
            t,
            t.args.map((a) => made.get(a)!),
          ),
    );
  return made.get(root)!;
};

/**
 * Conditions of a leak: two states that differ in HYP mode's own registers alone, both return, and the caller sees
 * a difference. One for each pair of paths; those whose form shows that nothing leaks are left out.
 */
export const leakConditions = (call: SymbolicCall): readonly Term[] => {
  const { terms, before } = call;
  const secretSlots = SLOT_NAMES.flatMap((name, slot) => (isHypOwn(name) ? [slot] : []));
  const seen = variables(VISIBLE_SLOTS.map((slot) => before[slot]!));
  const secrets = new Set(
    [...variables(secretSlots.map((slot) => before[slot]!))].filter((name) => !seen.has(name)),
  );
  const touched = (root: Term): boolean => [...variables([root])].some((name) => secrets.has(name));
  const returned = call.paths.filter((p) => p.outcome.kind === "returned");
  const conditions: Term[] = [];
  returned.forEach((p, i) => {
    for (const q of returned.slice(i)) {
      const differing = VISIBLE_SLOTS.filter((slot) => {
        const a = p.after[slot]!;
        const b = q.after[slot]!;
        return a !== b || touched(a);
      });
      if (differing.length === 0) continue;
      // Two paths that the caller's own state tells apart: no state is on both.
      const other = inSecondState(terms, conditionOf(terms, q), secrets);
      const both = terms.and(conditionOf(terms, p), other);
      if (both.op === "false") continue;
      const difference = terms.or(
        ...differing.map((slot) =>
          terms.distinct(p.after[slot]!, inSecondState(terms, q.after[slot]!, secrets)),
        ),
      );
      if (difference.op !== "false") conditions.push(terms.and(both, difference));
    }
  });
  return conditions;
};
