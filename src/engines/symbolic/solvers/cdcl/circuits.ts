import type { Gates } from "./gates.js";

/** A bit vector as literals, bit 0 first. */
export type Bits = readonly number[];

export const invert = (a: Bits): Bits => a.map((bit) => -bit);

export const chooseBits = (g: Gates, c: number, a: Bits, b: Bits): Bits =>
  a.map((bit, i) => g.choose(c, bit, b[i] ?? g.false));

/** a + b + carry. */
export const addBits = (g: Gates, a: Bits, b: Bits, carryIn: number): Bits => {
  let carry = carryIn;
  return a.map((x, i) => {
    const y = b[i] ?? g.false;
    const sum = g.xor(g.xor(x, y), carry);
    carry = g.majority(x, y, carry);
    return sum;
  });
};

export const negateBits = (g: Gates, a: Bits): Bits =>
  addBits(
    g,
    a.map(() => g.false),
    invert(a),
    g.true,
  );

export const equalBits = (g: Gates, a: Bits, b: Bits): number =>
  g.all(a.map((bit, i) => -g.xor(bit, b[i] ?? g.false)));

/** a < b as numbers without sign: the highest bit in which they differ decides. */
export const lessBits = (g: Gates, a: Bits, b: Bits): number => {
  let less = g.false;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? g.false;
    // The borrow of a - b.
    less = g.majority(-x, y, less);
  }
  return less;
};

/** As numbers with sign: the top bits change places. */
export const lessSignedBits = (g: Gates, a: Bits, b: Bits): number => {
  const top = a.length - 1;
  const flipped = (x: Bits): Bits => x.map((bit, i) => (i === top ? -bit : bit));
  return lessBits(g, flipped(a), flipped(b));
};

/** The low bits of the product: rows shifted and added. The factor with more known bits makes the rows. */
export const multiplyBits = (g: Gates, a: Bits, b: Bits): Bits => {
  const known = (x: Bits): number => x.filter((bit) => Math.abs(bit) === g.true).length;
  const [rows, other] = known(a) >= known(b) ? [a, b] : [b, a];
  let sum: Bits = a.map(() => g.false);
  for (const [i, row] of rows.entries()) {
    if (row === g.false) continue;
    const shifted = other.map((_, k) => (k < i ? g.false : g.and(row, other[k - i] ?? g.false)));
    sum = addBits(g, sum, shifted, g.false);
  }
  return sum;
};

/**
 * Quotient and remainder by long division. With a divisor of zero every step subtracts, which gives all ones and the
 * dividend, as SMT-LIB has it.
 */
export const divideBits = (
  g: Gates,
  a: Bits,
  b: Bits,
): { readonly quotient: Bits; readonly remainder: Bits } => {
  const width = a.length;
  const divisor = [...b, g.false];
  let remainder: Bits = divisor.map(() => g.false);
  const quotient: number[] = Array.from({ length: width }, () => g.false);
  for (let i = width - 1; i >= 0; i--) {
    const shifted = [a[i] ?? g.false, ...remainder.slice(0, width)];
    const fits = -lessBits(g, shifted, divisor);
    quotient[i] = fits;
    remainder = chooseBits(g, fits, addBits(g, shifted, invert(divisor), g.true), shifted);
  }
  return { quotient, remainder: remainder.slice(0, width) };
};

/** Division with signs: of absolute values, the quotient negated if the signs differ, the remainder if a < 0. */
export const divideSignedBits = (
  g: Gates,
  a: Bits,
  b: Bits,
): { readonly quotient: Bits; readonly remainder: Bits } => {
  const signA = a.at(-1) ?? g.false;
  const signB = b.at(-1) ?? g.false;
  const { quotient, remainder } = divideBits(
    g,
    chooseBits(g, signA, negateBits(g, a), a),
    chooseBits(g, signB, negateBits(g, b), b),
  );
  return {
    quotient: chooseBits(g, g.xor(signA, signB), negateBits(g, quotient), quotient),
    remainder: chooseBits(g, signA, negateBits(g, remainder), remainder),
  };
};

/** A shift by a variable amount, one stage per bit of it; `fill` comes in. */
export const shiftBits = (
  g: Gates,
  a: Bits,
  amount: Bits,
  direction: "left" | "right",
  fill: number,
): Bits => {
  const width = a.length;
  let bits = a;
  const beyond: number[] = [];
  for (const [stage, bit] of amount.entries()) {
    const by = 2 ** stage;
    if (by >= width) {
      beyond.push(bit);
      continue;
    }
    const from = direction === "left" ? -by : by;
    const shifted = bits.map((_, i) => bits[i + from] ?? fill);
    bits = chooseBits(g, bit, shifted, bits);
  }
  const out = g.any(beyond);
  return bits.map((bit) => g.choose(out, fill, bit));
};
