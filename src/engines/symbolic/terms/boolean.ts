import type { Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Rules of `not`, `and`, `or`, `xor` and `ite` over Bool. */

export const boolNot = (terms: TermMaker, a: Term): Term => {
  if (a.op === "true") return terms.false;
  if (a.op === "false") return terms.true;
  if (a.op === "not") return a.args[0] ?? a;
  return terms.make("not", 0, [a]);
};

const negated = (a: Term): Term | undefined => (a.op === "not" ? a.args[0] : undefined);

export const boolAnd = (terms: TermMaker, args: readonly Term[]): Term =>
  junction(terms, "and", args);

export const boolOr = (terms: TermMaker, args: readonly Term[]): Term =>
  junction(terms, "or", args);

/** A conjunction, or its dual: flat, without doubles, in order of ids. */
const junction = (terms: TermMaker, op: "and" | "or", args: readonly Term[]): Term => {
  const neutral = op === "and" ? terms.true : terms.false;
  const absorbing = op === "and" ? terms.false : terms.true;
  const dual = op === "and" ? "or" : "and";
  const parts = new Set<Term>();
  for (const arg of args) for (const part of arg.op === op ? arg.args : [arg]) parts.add(part);
  parts.delete(neutral);
  if (parts.has(absorbing)) return absorbing;
  for (const part of parts) {
    const opposite = negated(part);
    if (opposite !== undefined && parts.has(opposite)) return absorbing;
  }
  for (const part of [...parts]) {
    if (part.op !== dual || !parts.has(part)) continue;
    // x and (x or y) is x; x and (not x or y) is x and y.
    if (part.args.some((inner) => parts.has(inner))) {
      parts.delete(part);
      continue;
    }
    const rest = part.args.filter((inner) => !parts.has(boolNot(terms, inner)));
    if (rest.length === part.args.length) continue;
    parts.delete(part);
    return junction(terms, op, [...parts, junction(terms, dual, rest)]);
  }
  const clash = knownValues(terms, op, parts);
  if (clash) return absorbing;
  const sorted = [...parts].sort((a, b) => a.id - b.id);
  const [first] = sorted;
  if (first === undefined) return neutral;
  return sorted.length === 1 ? first : terms.make(op, 0, sorted);
};

/**
 * x = 1 and x = 2 contradict; beside x = 1 the part x != 2 says nothing and is dropped. For `or` the same with the
 * negations. True if there is a contradiction.
 */
const knownValues = (terms: TermMaker, op: "and" | "or", parts: Set<Term>): boolean => {
  const values = new Map<Term, Term>();
  const others: [equation: Term, part: Term][] = [];
  for (const part of parts) {
    const inner = negated(part);
    const equation = inner ?? part;
    const [x, k] = equation.args;
    if (equation.op !== "eq" || x === undefined || k?.op !== "const") continue;
    if ((inner === undefined) !== (op === "and")) {
      others.push([equation, part]);
      continue;
    }
    const present = values.get(x);
    if (present !== undefined && present !== k) return true;
    values.set(x, k);
  }
  for (const [equation, part] of others) {
    const [x, k] = equation.args;
    const value = x === undefined ? undefined : values.get(x);
    if (value !== undefined && value !== k) parts.delete(part);
  }
  return false;
};

export const boolXor = (terms: TermMaker, a: Term, b: Term): Term => {
  if (a === b) return terms.false;
  if (a.op === "false") return b;
  if (b.op === "false") return a;
  if (a.op === "true") return boolNot(terms, b);
  if (b.op === "true") return boolNot(terms, a);
  const notA = negated(a);
  const notB = negated(b);
  if (notA !== undefined || notB !== undefined) {
    const inner = boolXor(terms, notA ?? a, notB ?? b);
    return notA !== undefined && notB !== undefined ? inner : boolNot(terms, inner);
  }
  return terms.make("xor", 0, a.id < b.id ? [a, b] : [b, a]);
};

export const boolIte = (terms: TermMaker, c: Term, a: Term, b: Term): Term => {
  if (c.op === "true" || a === b) return a;
  if (c.op === "false") return b;
  const opposite = negated(c);
  if (opposite !== undefined) return boolIte(terms, opposite, b, a);
  if (a.op === "true" || a === c) return terms.or(c, b);
  if (a.op === "false") return terms.and(boolNot(terms, c), b);
  if (b.op === "false" || b === c) return terms.and(c, a);
  if (b.op === "true") return terms.or(boolNot(terms, c), a);
  if (boolNot(terms, a) === b) return boolNot(terms, boolXor(terms, c, a));
  return terms.make("ite", 0, [c, a, b]);
};
