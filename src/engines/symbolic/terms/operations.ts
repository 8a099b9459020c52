import { constantArms } from "./bitwise.js";
import type { Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Rules of shifts, divisions and of `ite` between bit vectors. */

export const wordIte = (terms: TermMaker, c: Term, a: Term, b: Term): Term => {
  if (c.op === "true" || a === b) return a;
  if (c.op === "false") return b;
  const [opposite] = c.args;
  if (c.op === "not" && opposite !== undefined) return wordIte(terms, opposite, b, a);
  // The inner choice by the same condition is made already.
  const first = a.op === "ite" && a.args[0] === c ? a.args[1] : undefined;
  const second = b.op === "ite" && b.args[0] === c ? b.args[2] : undefined;
  if (first !== undefined || second !== undefined)
    return wordIte(terms, c, first ?? a, second ?? b);
  // if c then a else (if d then a else e) is if (c or d) then a else e.
  const [d, inner, rest] = b.args;
  if (b.op === "ite" && inner === a && d !== undefined && rest !== undefined)
    return wordIte(terms, terms.or(c, d), a, rest);
  // x if x = k else k' needs no change; k if x = k else x is x.
  if (c.op === "eq" && c.args[0] === b && c.args[1] === a) return b;
  return terms.make("ite", a.width, [c, a, b]);
};

export const shift = (
  terms: TermMaker,
  op: "bvshl" | "bvlshr" | "bvashr",
  a: Term,
  b: Term,
): Term => {
  const { width } = a;
  if (a.op === "const" && a.value === 0n) return a;
  const arms = constantArms(b);
  if (arms !== undefined)
    return terms.ite(arms.condition, shift(terms, op, a, arms.a), shift(terms, op, a, arms.b));
  if (b.op !== "const") {
    if (terms.known(b).ones >= BigInt(width)) return shift(terms, op, a, terms.const(width, width));
    return terms.make(op, width, [a, b]);
  }
  const by = b.value >= BigInt(width) ? width : Number(b.value);
  if (by === 0) return a;
  if (op === "bvashr") {
    const kept = Math.min(by, width - 1);
    return terms.signExtend(kept, terms.extract(width - 1, kept, a));
  }
  if (by === width) return terms.const(0n, width);
  if (op === "bvlshr") return terms.zeroExtend(by, terms.extract(width - 1, by, a));
  return terms.concat(terms.extract(width - 1 - by, 0, a), terms.const(0n, by));
};

export const quotient = (
  terms: TermMaker,
  op: "bvudiv" | "bvurem" | "bvsdiv" | "bvsrem",
  a: Term,
  b: Term,
): Term => {
  const { width } = a;
  const folded = terms.folded(op, width, [a, b]);
  if (folded !== undefined) return folded;
  if (b.op === "const" && b.value === 1n) {
    if (op === "bvudiv" || op === "bvsdiv")
      return width === 1 && op === "bvsdiv" ? terms.make(op, width, [a, b]) : a;
    if (op === "bvurem") return terms.const(0n, width);
  }
  const powerOfTwo = b.op === "const" && b.value !== 0n && (b.value & (b.value - 1n)) === 0n;
  if (powerOfTwo && (op === "bvudiv" || op === "bvurem")) {
    const by = b.value.toString(2).length - 1;
    if (op === "bvudiv") return shift(terms, "bvlshr", a, terms.const(by, width));
    return terms.bvand(a, terms.const(b.value - 1n, width));
  }
  return terms.make(op, width, [a, b]);
};
