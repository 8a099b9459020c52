import type { Model } from "../evaluate.js";
import { ones, type Term } from "../term.js";
import type { Terms } from "../terms.js";

/** Mulberry32: numbers below n out of a seed. */
export const randomNumbers = (seed: number): ((n: number) => number) => {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
};

const WIDTHS = [1, 2, 3, 8, 30, 32, 33, 64];
const NAMES = ["x", "y", "z"];

/**
 * A random term over few variables and few constants, so that rules meet what they are about: the same term twice,
 * complements, neighbouring slices, masks. Models likewise prefer the values at which rules could go wrong.
 */
export const randomTerm = (
  terms: Terms,
  seed: number,
  options: { readonly maxWidth?: number; readonly hard?: boolean; readonly size?: number } = {},
): { readonly term: Term; readonly model: (round: number) => Model } => {
  const { maxWidth = 64, hard = true, size = 24 } = options;
  const below = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[below(from.length)];
    if (chosen === undefined) throw new RangeError("nothing to pick");
    return chosen;
  };
  const widths = WIDTHS.filter((w) => w <= maxWidth);
  const special = (width: number): bigint => {
    const all = ones(width);
    const bit = 1n << BigInt(below(width));
    const random =
      (BigInt(below(0x10000)) << 48n) | (BigInt(below(0x10000)) << 24n) | BigInt(below(0x10000));
    return (
      pick([
        0n,
        1n,
        all,
        all >> 1n,
        all ^ (all >> 1n),
        bit,
        bit - 1n,
        all ^ (bit - 1n),
        random,
        2n,
        3n,
        4n,
      ]) & all
    );
  };
  const pool = new Map<number, Term[]>();
  const put = (term: Term): Term => {
    const list = pool.get(term.width);
    if (list === undefined) pool.set(term.width, [term]);
    else list.push(term);
    return term;
  };
  const leaf = (width: number): Term => {
    if (width === 0)
      return below(6) === 0 ? terms.bool(below(2) === 1) : terms.var(`b${below(3)}`, 0);
    return below(3) === 0
      ? terms.const(special(width), width)
      : terms.var(`${pick(NAMES)}${width}`, width);
  };
  const any = (width: number): Term => {
    const list = pool.get(width);
    return list === undefined || below(4) === 0 ? leaf(width) : pick(list);
  };
  const operations: (() => Term)[] = [
    () => terms.not(any(0)),
    () => terms.and(any(0), any(0)),
    () => terms.or(any(0), any(0), any(0)),
    () => terms.xor(any(0), any(0)),
    () => terms.ite(any(0), any(0), any(0)),
    ...[0, 1, 2, 3].flatMap(() => [
      () => {
        const w = pick(widths);
        return terms.ite(any(0), any(w), any(w));
      },
      () => {
        const w = pick(widths);
        return terms.eq(any(w), any(w));
      },
      () => {
        const w = pick(widths);
        return pick([
          () => terms.bvnot(any(w)),
          () => terms.bvneg(any(w)),
          () => terms.bvand(any(w), any(w)),
          () => terms.bvor(any(w), any(w), any(w)),
          () => terms.bvxor(any(w), any(w)),
          () => terms.bvadd(any(w), any(w)),
          () => terms.bvadd(any(w), any(w), any(w)),
          () => terms.bvsub(any(w), any(w)),
          () => terms.bvmul(any(w), hard ? any(w) : terms.const(special(w), w)),
        ])();
      },
      () => {
        const w = pick(widths);
        const amount = below(2) === 0 ? terms.const(below(w + 2), w) : any(w);
        return pick([
          () => terms.bvshl(any(w), amount),
          () => terms.bvlshr(any(w), amount),
          () => terms.bvashr(any(w), amount),
        ])();
      },
      () => {
        const w = pick(widths);
        return pick([
          () => terms.bvult(any(w), any(w)),
          () => terms.bvule(any(w), any(w)),
          () => terms.bvslt(any(w), any(w)),
          () => terms.bvsle(any(w), any(w)),
        ])();
      },
      () => {
        const w = pick(widths);
        const lo = below(w);
        return terms.extract(lo + below(w - lo), lo, any(w));
      },
      () => {
        const a = any(pick(widths));
        const by = below(maxWidth - a.width + 1);
        return pick([() => terms.zeroExtend(by, a), () => terms.signExtend(by, a)])();
      },
      () => {
        const all = [...pool.values()].flat().filter((t) => t.width > 0);
        const a = all.length > 0 ? pick(all) : leaf(pick(widths));
        const fits = all.filter((t) => t.width + a.width <= maxWidth);
        return fits.length > 0 ? terms.concat(a, pick(fits)) : a;
      },
      () => {
        // AddWithCarry's carry, as lanes have it.
        const w = pick(widths.filter((width) => width < maxWidth));
        const longer = (t: Term): Term => terms.zeroExtend(1, t);
        const carry = terms.const(below(2), w + 1);
        const b = below(2) === 0 ? any(w) : terms.bvnot(any(w));
        return terms.extract(w, w, terms.bvadd(terms.bvadd(longer(any(w)), longer(b)), carry));
      },
    ]),
  ];
  if (hard)
    operations.push(
      () => {
        const w = pick(widths);
        return terms.divide(pick(["bvudiv", "bvurem", "bvsdiv", "bvsrem"]), any(w), any(w));
      },
      () => terms.read(pick(["m", "n"]), any(30)),
    );
  let term = put(leaf(pick(widths)));
  for (let i = 0; i < size; i++) term = put(pick(operations)());
  const model = (round: number): Model => {
    const variables = new Map<string, bigint>();
    for (let b = 0; b < 3; b++) variables.set(`b${b}`, BigInt((round + below(2)) % 2));
    for (const w of WIDTHS) for (const n of NAMES) variables.set(`${n}${w}`, special(w));
    const words = (): Map<bigint, bigint> =>
      new Map([0n, 1n, ones(30)].map((index) => [index, special(32)]));
    return {
      variables,
      words: new Map([
        ["m", words()],
        ["n", words()],
      ]),
    };
  };
  return { term, model };
};
