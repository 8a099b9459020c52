import { constantArms } from "./bitwise.js";
import { isLinear, linearOf, termOf, type Linear } from "./linear.js";
import { signed } from "./meaning.js";
import { ones, type Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Rules of `eq`, `bvult` and `bvslt`. */

export const equal = (terms: TermMaker, a: Term, b: Term): Term => {
  if (a === b) return terms.true;
  if (a.width === 0) return terms.not(terms.xor(a, b));
  const left = terms.known(a);
  const right = terms.known(b);
  if (((left.zeros & right.ones) | (left.ones & right.zeros)) !== 0n) return terms.false;
  if (b.op === "const") return equalsConstant(terms, a, b);
  if (a.op === "const") return equalsConstant(terms, b, a);
  const [x] = a.args;
  const [y] = b.args;
  if (
    (a.op === "zero_extend" || a.op === "sign_extend") &&
    a.op === b.op &&
    a.hi === b.hi &&
    x !== undefined &&
    y !== undefined
  )
    return terms.eq(x, y);
  if (a.op === "concat" && b.op === "concat") {
    const parts = pairs(a, b);
    if (parts !== undefined) return terms.and(...parts.map(([p, q]) => terms.eq(p, q)));
  }
  if (isLinear(a) || isLinear(b)) {
    const difference = linearOf(a.width, [
      [a, 1n],
      [b, -1n],
    ]);
    return vanishes(terms, difference);
  }
  return ordered(terms, a, b);
};

const ordered = (terms: TermMaker, a: Term, b: Term): Term =>
  terms.make("eq", 0, b.op === "const" || (a.op !== "const" && a.id < b.id) ? [a, b] : [b, a]);

/** The parts of two concatenations side by side, if they are cut alike. */
const pairs = (a: Term, b: Term): readonly (readonly [Term, Term])[] | undefined => {
  if (a.args.length !== b.args.length) return undefined;
  const result: [Term, Term][] = [];
  for (const [i, p] of a.args.entries()) {
    const q = b.args[i];
    if (q === undefined || p.width !== q.width) return undefined;
    result.push([p, q]);
  }
  return result;
};

/** A linear form equal to zero: positive coefficients on the left, negative ones and the constant on the right. */
const vanishes = (terms: TermMaker, form: Linear): Term => {
  const { width } = form;
  const half = 1n << BigInt(width - 1);
  const atoms = [...form.coefficients].sort(([a], [b]) => a.id - b.id);
  const [first] = atoms;
  if (first === undefined) return terms.bool(form.constant === 0n);
  const sign = first[1] >= half ? -1n : 1n;
  const side = (): Linear => ({ width, coefficients: new Map(), constant: 0n });
  const left = side();
  const right = side();
  for (const [atom, coefficient] of atoms) {
    const factor = BigInt.asUintN(width, coefficient * sign);
    if (factor <= half) left.coefficients.set(atom, factor);
    else right.coefficients.set(atom, BigInt.asUintN(width, -factor));
  }
  right.constant = BigInt.asUintN(width, -form.constant * sign);
  const a = termOf(terms, left);
  const b = termOf(terms, right);
  if (b.op !== "const")
    return a.op === "const" ? equalsConstant(terms, b, a) : ordered(terms, a, b);
  return isLinear(a) ? ofSum(terms, a, b) : equalsConstant(terms, a, b);
};

/** A sum of more than one atom, or a multiple, equal to a constant: the form that stays. */
const ofSum = (terms: TermMaker, a: Term, b: Term): Term => {
  if (a.op === "const") return terms.bool(a === b);
  return terms.make("eq", 0, [a, b]);
};

/** An equation with a constant goes inwards as far as the op can be undone. */
const equalsConstant = (terms: TermMaker, a: Term, k: Term): Term => {
  const { width } = a;
  const { value } = k;
  const { zeros, ones: set } = terms.known(a);
  if (a.op === "const") return terms.bool(value === a.value);
  if ((value & zeros) !== 0n || (set & ~value) !== 0n) return terms.false;
  const [x, y, z] = a.args;
  const last = a.args.at(-1);
  if (x === undefined) return bitEquation(terms, a, k);
  switch (a.op) {
    case "ite": {
      if (y === undefined || z === undefined || (y.op !== "const" && z.op !== "const")) break;
      const first = terms.eq(y, k);
      const second = terms.eq(z, k);
      return terms.ite(x, first, second);
    }
    case "bvnot":
      if (!isLinear(x)) return terms.eq(x, terms.const(~value, width));
      break;
    case "zero_extend":
      return terms.eq(x, terms.const(value, x.width));
    case "sign_extend": {
      const low = terms.const(value, x.width);
      if (BigInt.asUintN(width, signed(low.value, x.width)) !== value) return terms.false;
      return terms.eq(x, low);
    }
    case "concat": {
      let at = width;
      return terms.and(
        ...a.args.map((part) => {
          at -= part.width;
          return terms.eq(part, terms.const(value >> BigInt(at), part.width));
        }),
      );
    }
    case "bvxor": {
      if (last?.op === "const") {
        const inner = a.args.slice(0, -1);
        const [only] = inner;
        const rest =
          inner.length === 1 && only !== undefined ? only : terms.make("bvxor", width, inner);
        return terms.eq(rest, terms.const(value ^ last.value, width));
      }
      if (value === 0n && y !== undefined && a.args.length === 2) return terms.eq(x, y);
      break;
    }
    case "bvand": {
      const field = last?.op === "const" && a.args.length === 2 ? fieldOf(last.value) : undefined;
      if (field === undefined) break;
      return terms.eq(
        terms.extract(field.hi, field.lo, x),
        terms.const(value >> BigInt(field.lo), field.hi - field.lo + 1),
      );
    }
    default:
  }
  if (isLinear(a))
    return vanishes(
      terms,
      linearOf(width, [
        [a, 1n],
        [k, -1n],
      ]),
    );
  return bitEquation(terms, a, k);
};

/** hi and lo of a mask that is one run of ones. */
const fieldOf = (mask: bigint): { readonly hi: number; readonly lo: number } | undefined => {
  const text = mask.toString(2);
  const run = text.indexOf("0") === -1 ? text.length : text.indexOf("0");
  if (/1/.test(text.slice(run))) return undefined;
  return { hi: text.length - 1, lo: text.length - run };
};

/** A single bit is compared with 1, and logic on single bits is logic on Bools. */
const bitEquation = (terms: TermMaker, a: Term, k: Term): Term => {
  if (a.width !== 1) return ordered(terms, a, k);
  if (k.value === 0n) return terms.not(equalsConstant(terms, a, terms.const(1n, 1)));
  const isSet = (arg: Term): Term => terms.eq(arg, k);
  switch (a.op) {
    case "bvand":
      return terms.and(...a.args.map(isSet));
    case "bvor":
      return terms.or(...a.args.map(isSet));
    case "bvxor":
      return a.args.map(isSet).reduce((x, y) => terms.xor(x, y));
    default:
      return ordered(terms, a, k);
  }
};

/** Least and greatest value that the known bits allow. */
const range = (terms: TermMaker, a: Term): { readonly min: bigint; readonly max: bigint } => {
  const known = terms.known(a);
  return { min: known.ones, max: ones(a.width) & ~known.zeros };
};

export const lessUnsigned = (terms: TermMaker, a: Term, b: Term): Term => {
  const left = range(terms, a);
  const right = range(terms, b);
  if (a === b || left.min >= right.max) return terms.false;
  if (left.max < right.min) return terms.true;
  const { width } = a;
  const arms = overArms(terms, a, b, (x, y) => terms.bvult(x, y));
  if (arms !== undefined) return arms;
  // Next to an end of the range an order is an equation.
  if (b.op === "const" && b.value === left.min + 1n && left.min === 0n)
    return terms.eq(a, terms.const(0n, width));
  if (b.op === "const" && b.value === ones(width)) return terms.distinct(a, b);
  if (a.op === "const" && a.value === 0n) return terms.distinct(b, a);
  if (a.op === "const" && a.value === ones(width) - 1n)
    return terms.eq(b, terms.const(ones(width), width));
  const narrow = withoutExtension(a, b);
  if (narrow !== undefined)
    return terms.bvult(terms.extract(narrow - 1, 0, a), terms.extract(narrow - 1, 0, b));
  return terms.make("bvult", 0, [a, b]);
};

/** The width that holds both sides if they are extensions with zeros of it, or constants. */
const withoutExtension = (a: Term, b: Term): number | undefined => {
  const need = (term: Term): number =>
    term.op === "zero_extend"
      ? term.width - term.hi
      : term.op === "const"
        ? Math.max(1, term.value.toString(2).length)
        : term.width;
  const width = Math.max(need(a), need(b));
  return width < a.width ? width : undefined;
};

export const lessSigned = (terms: TermMaker, a: Term, b: Term): Term => {
  if (a === b) return terms.false;
  const { width } = a;
  const folded = terms.folded("bvslt", 0, [a, b]);
  if (folded !== undefined) return folded;
  const sign = 1n << BigInt(width - 1);
  const left = terms.known(a);
  const right = terms.known(b);
  const arms = overArms(terms, a, b, (x, y) => terms.bvslt(x, y));
  if (arms !== undefined) return arms;
  // Of known signs.
  if ((left.ones & right.zeros & sign) !== 0n) return terms.true;
  if ((left.zeros & right.ones & sign) !== 0n) return terms.false;
  if (((left.zeros & right.zeros) | (left.ones & right.ones)) & sign) return terms.bvult(a, b);
  const isSet = (x: Term): Term =>
    terms.eq(terms.extract(width - 1, width - 1, x), terms.const(1n, 1));
  if (b.op === "const" && b.value === 0n) return isSet(a);
  if (a.op === "const" && a.value === ones(width)) return terms.not(isSet(b));
  return terms.make("bvslt", 0, [a, b]);
};

/** A comparison of a choice between constants with a constant is decided in each arm. */
const overArms = (
  terms: TermMaker,
  a: Term,
  b: Term,
  compare: (x: Term, y: Term) => Term,
): Term | undefined => {
  const left = constantArms(a);
  if (left !== undefined && b.op === "const")
    return terms.ite(left.condition, compare(left.a, b), compare(left.b, b));
  const right = constantArms(b);
  if (right !== undefined && a.op === "const")
    return terms.ite(right.condition, compare(a, right.a), compare(a, right.b));
  return undefined;
};
