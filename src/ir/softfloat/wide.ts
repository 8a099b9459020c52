/**
 * 128-bit unsigned numbers as four words of an Int32Array, most significant first, and 64-bit products.
 * Scratch for exact intermediate results.
 */
import { runtime } from "../runtime.js";

/** Carry out of the 32-bit sum `sum` of `a` and some b. */
const carried = (sum: number, a: number): number => (sum >>> 0 < a >>> 0 ? 1 : 0);

/** w[at..] := the product of two 64-bit numbers. */
export const multiply64 = (
  w: Int32Array,
  at: number,
  aHigh: number,
  aLow: number,
  bHigh: number,
  bLow: number,
): void => {
  const low = Math.imul(aLow, bLow);
  const crossA = Math.imul(aHigh, bLow);
  const crossB = Math.imul(aLow, bHigh);
  const high = Math.imul(aHigh, bHigh);
  let w2 = (runtime.mulHighUnsigned(aLow, bLow) + crossA) | 0;
  let carry = carried(w2, crossA);
  w2 = (w2 + crossB) | 0;
  carry += carried(w2, crossB);
  let w1 = (high + carry) | 0;
  let w0 = runtime.mulHighUnsigned(aHigh, bHigh) + carried(w1, high);
  const highA = runtime.mulHighUnsigned(aHigh, bLow);
  w1 = (w1 + highA) | 0;
  w0 += carried(w1, highA);
  const highB = runtime.mulHighUnsigned(aLow, bHigh);
  w1 = (w1 + highB) | 0;
  w0 += carried(w1, highB);
  w[at] = w0;
  w[at + 1] = w1;
  w[at + 2] = w2;
  w[at + 3] = low;
};

/** Number of leading zeros, 128 for 0. */
export const leadingZeros = (w: Int32Array, at: number): number => {
  for (let i = 0; i < 4; i++) if (w[at + i] !== 0) return 32 * i + Math.clz32(w[at + i]!);
  return 128;
};

/** w[at..] <<= n, 0 to 127. */
export const shiftLeft = (w: Int32Array, at: number, n: number): void => {
  const words = n >>> 5;
  const bits = n & 31;
  for (let i = 0; i < 4; i++) {
    const here = i + words < 4 ? w[at + i + words]! : 0;
    const below = i + words + 1 < 4 ? w[at + i + words + 1]! : 0;
    w[at + i] = bits === 0 ? here : (here << bits) | (below >>> (32 - bits));
  }
};

/** w[at..] >>= n; bits that fall out leave a 1 in the lowest bit. */
export const shiftRightJam = (w: Int32Array, at: number, n: number): void => {
  if (n === 0) return;
  let lost = 0;
  if (n >= 128) {
    for (let i = 0; i < 4; i++) {
      lost |= w[at + i]!;
      w[at + i] = 0;
    }
    if (lost !== 0) w[at + 3] = 1;
    return;
  }
  const words = n >>> 5;
  const bits = n & 31;
  for (let i = 4 - words; i < 4; i++) lost |= w[at + i]!;
  if (bits !== 0) lost |= w[at + 3 - words]! << (32 - bits);
  for (let i = 3; i >= 0; i--) {
    const here = i - words >= 0 ? w[at + i - words]! : 0;
    const above = i - words - 1 >= 0 ? w[at + i - words - 1]! : 0;
    w[at + i] = bits === 0 ? here : (here >>> bits) | (above << (32 - bits));
  }
  if (lost !== 0) w[at + 3] = w[at + 3]! | 1;
};

/** w[to..] := w[a..] + w[b..]; gives the carry out. */
export const add128 = (w: Int32Array, to: number, a: number, b: number): number => {
  let carry = 0;
  for (let i = 3; i >= 0; i--) {
    const x = w[a + i]! >>> 0;
    const sum = x + (w[b + i]! >>> 0) + carry;
    w[to + i] = sum | 0;
    carry = sum >= 0x1_0000_0000 ? 1 : 0;
  }
  return carry;
};

/** w[to..] := w[a..] - w[b..], for a not below b. */
export const subtract128 = (w: Int32Array, to: number, a: number, b: number): void => {
  let borrow = 0;
  for (let i = 3; i >= 0; i--) {
    const difference = (w[a + i]! >>> 0) - (w[b + i]! >>> 0) - borrow;
    w[to + i] = difference | 0;
    borrow = difference < 0 ? 1 : 0;
  }
};

/** Is w[a..] below w[b..]? */
export const below128 = (w: Int32Array, a: number, b: number): boolean => {
  for (let i = 0; i < 4; i++) {
    const x = w[a + i]! >>> 0;
    const y = w[b + i]! >>> 0;
    if (x !== y) return x < y;
  }
  return false;
};
