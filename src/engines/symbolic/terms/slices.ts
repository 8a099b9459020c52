import { constantArms } from "./bitwise.js";
import { trailingZeros } from "./known-bits.js";
import { ones, type Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Rules of `extract`, `concat`, `zero_extend` and `sign_extend`. */

export const extract = (terms: TermMaker, hi: number, lo: number, a: Term): Term => {
  const width = hi - lo + 1;
  if (width === a.width) return a;
  const mask = ones(width) << BigInt(lo);
  const { zeros, ones: set } = terms.known(a);
  if (((zeros | set) & mask) === mask) return terms.const(set >> BigInt(lo), width);
  const [x, y] = a.args;
  if (x === undefined) return terms.make("extract", width, [a], { hi, lo });
  switch (a.op) {
    case "extract":
      return extract(terms, hi + a.lo, lo + a.lo, x);
    case "zero_extend":
      if (hi < x.width) return extract(terms, hi, lo, x);
      return terms.zeroExtend(hi - x.width + 1, extract(terms, x.width - 1, lo, x));
    case "sign_extend":
      if (hi < x.width) return extract(terms, hi, lo, x);
      return terms.signExtend(
        hi - Math.max(lo, x.width - 1),
        extract(terms, x.width - 1, Math.min(lo, x.width - 1), x),
      );
    case "concat":
      return ofConcat(terms, hi, lo, a);
    case "bvnot":
      return terms.bvnot(extract(terms, hi, lo, x));
    case "bvand":
    case "bvor":
    case "bvxor":
      return terms.apply(
        { ...a, width },
        a.args.map((arg) => extract(terms, hi, lo, arg)),
      );
    case "ite": {
      const [condition, b, c] = a.args;
      if (condition === undefined || b === undefined || c === undefined) break;
      const first = extract(terms, hi, lo, b);
      const second = extract(terms, hi, lo, c);
      if (first.op === "const" || second.op === "const") return terms.ite(condition, first, second);
      break;
    }
    case "bvneg":
    case "bvmul":
      // The low bits of a result depend on the low bits alone.
      if (lo === 0)
        return terms.apply(
          { ...a, width },
          a.args.map((arg) => extract(terms, hi, 0, arg)),
        );
      break;
    case "bvadd": {
      const carried = a.args.filter(
        (arg) => trailingZeros(terms.known(arg).zeros, a.width) < lo,
      ).length;
      // No carry comes out of the bits below if at most one argument has any set there.
      if (carried <= 1)
        return terms.apply(
          { ...a, width },
          a.args.map((arg) => extract(terms, hi, lo, arg)),
        );
      if (hi < a.width - 1 && lo > 0) return extract(terms, hi, lo, extract(terms, hi, 0, a));
      const carry = y !== undefined && width === 1 ? carryOut(terms, hi, a) : undefined;
      if (carry !== undefined) return terms.ite(carry, terms.const(1n, 1), terms.const(0n, 1));
      break;
    }
    default:
  }
  return terms.make("extract", width, [a], { hi, lo });
};

const ofConcat = (terms: TermMaker, hi: number, lo: number, a: Term): Term => {
  const pieces: Term[] = [];
  let at = a.width;
  for (const part of a.args) {
    at -= part.width;
    const top = Math.min(hi - at, part.width - 1);
    const bottom = Math.max(lo - at, 0);
    if (top >= bottom) pieces.push(extract(terms, top, bottom, part));
  }
  const [first, ...rest] = pieces;
  return first === undefined ? a : terms.concat(first, ...rest);
};

/**
 * The top bit of a sum of numbers one bit shorter, as a comparison: AddWithCarry's carry out. a + ~b + 1 carries
 * if a >= b, a + ~b if a > b, a + k if a >= 2^n - k.
 */
const carryOut = (terms: TermMaker, n: number, sum: Term): Term | undefined => {
  if (sum.width !== n + 1 || sum.args.length > 3) return undefined;
  let constant = 0n;
  const numbers: Term[] = [];
  for (const arg of sum.args) {
    const [x] = arg.args;
    if (arg.op === "const") constant = arg.value;
    else if (arg.op === "zero_extend" && arg.hi === 1 && x !== undefined) numbers.push(x);
    else return undefined;
  }
  const [a, b] = numbers;
  if (a === undefined || numbers.length > 2) return undefined;
  if (b === undefined) {
    const limit = (1n << BigInt(n)) - constant;
    if (limit <= 0n) return undefined;
    return terms.not(terms.bvult(a, terms.const(limit, n)));
  }
  const [from, complement] = b.op === "bvnot" ? [a, b] : [b, a];
  const [subtracted] = complement.args;
  if (complement.op !== "bvnot" || subtracted === undefined) return undefined;
  if (constant === 1n) return terms.not(terms.bvult(from, subtracted));
  return constant === 0n ? terms.bvult(subtracted, from) : undefined;
};

export const concatenate = (terms: TermMaker, args: readonly Term[]): Term => {
  const width = args.reduce((n, arg) => n + arg.width, 0);
  const parts: Term[] = [];
  for (const part of args.flatMap((arg) => flat(terms, arg))) {
    const last = parts.pop();
    if (last === undefined) parts.push(part);
    else parts.push(...joined(terms, last, part));
  }
  const shared = sharedCondition(terms, parts);
  if (shared !== undefined) return shared;
  const [first, ...rest] = parts;
  if (first === undefined || rest.length === 0) return first ?? terms.const(0n, width);
  if (first.op === "const") {
    const length = first.value === 0n ? 0 : first.value.toString(2).length;
    const zeros = first.width - length;
    if (zeros > 0) {
      const low = length > 0 ? [terms.const(first.value, length), ...rest] : rest;
      const [only] = low;
      const inner =
        low.length === 1 && only !== undefined ? only : terms.make("concat", width - zeros, low);
      return zeroExtend(terms, zeros, inner);
    }
  }
  return terms.make("concat", width, parts);
};

const flat = (terms: TermMaker, arg: Term): readonly Term[] => {
  const [x] = arg.args;
  if (arg.op === "concat") return arg.args;
  if (arg.op === "zero_extend" && x !== undefined)
    return [terms.const(0n, arg.hi), ...(x.op === "concat" ? x.args : [x])];
  return [arg];
};

/** Two neighbours as one, if they are constants or neighbouring slices of one term. */
const joined = (terms: TermMaker, high: Term, low: Term): readonly Term[] => {
  const width = high.width + low.width;
  if (high.op === "const" && low.op === "const")
    return [terms.const((high.value << BigInt(low.width)) | low.value, width)];
  if (
    high.op === "extract" &&
    low.op === "extract" &&
    high.args[0] !== undefined &&
    high.args[0] === low.args[0] &&
    high.lo === low.hi + 1
  )
    return [extract(terms, high.hi, low.lo, high.args[0])];
  const [condition, a, b] = high.args;
  const [sameCondition, c, d] = low.args;
  if (
    high.op === "ite" &&
    low.op === "ite" &&
    condition === sameCondition &&
    condition !== undefined &&
    a !== undefined &&
    b !== undefined &&
    c !== undefined &&
    d !== undefined
  )
    return [terms.ite(condition, terms.concat(a, c), terms.concat(b, d))];
  return [high, low];
};

/** Constants beside one choice between constants: one choice between longer constants. */
const sharedCondition = (terms: TermMaker, parts: readonly Term[]): Term | undefined => {
  const [choice, second] = parts.filter((part) => part.op !== "const");
  if (choice === undefined || second !== undefined || parts.length < 2) return undefined;
  const arms = constantArms(choice);
  if (arms === undefined) return undefined;
  const arm = (value: Term): Term => {
    const [first, ...rest] = parts.map((part) => (part === choice ? value : part));
    return first === undefined ? value : terms.concat(first, ...rest);
  };
  return terms.ite(arms.condition, arm(arms.a), arm(arms.b));
};

export const zeroExtend = (terms: TermMaker, by: number, a: Term): Term => {
  const width = a.width + by;
  if (a.op === "const") return terms.const(a.value, width);
  const [x] = a.args;
  if (a.op === "zero_extend" && x !== undefined) return zeroExtend(terms, by + a.hi, x);
  const arms = constantArms(a);
  if (arms !== undefined)
    return terms.ite(
      arms.condition,
      terms.const(arms.a.value, width),
      terms.const(arms.b.value, width),
    );
  return terms.make("zero_extend", width, [a], { hi: by });
};

export const signExtend = (terms: TermMaker, by: number, a: Term): Term => {
  if (by === 0) return a;
  const width = a.width + by;
  const folded = terms.folded("sign_extend", width, [a], by);
  if (folded !== undefined) return folded;
  const [x] = a.args;
  if (a.op === "sign_extend" && x !== undefined) return signExtend(terms, by + a.hi, x);
  const top = 1n << BigInt(a.width - 1);
  if ((terms.known(a).zeros & top) !== 0n) return zeroExtend(terms, by, a);
  const arms = constantArms(a);
  if (arms !== undefined)
    return terms.ite(arms.condition, signExtend(terms, by, arms.a), signExtend(terms, by, arms.b));
  return terms.make("sign_extend", width, [a], { hi: by });
};
