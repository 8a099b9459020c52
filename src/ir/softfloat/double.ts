/**
 * Double precision: an operand is its high and its low word, the result is `result` (word 0 low, word 1
 * high). Rounding to nearest takes the host's arithmetic where exponents are far from the ends of the
 * range; what the host's result lost, which tells whether it is inexact, is itself computed exactly.
 */
import {
  addUnpacked,
  compareUnpacked,
  divUnpacked,
  fusedUnpacked,
  mulUnpacked,
  sqrtUnpacked,
  subUnpacked,
} from "./arithmetic.js";
import { CONTROL_BITS, raise, RAISE } from "./control.js";
import { FIRST, result, SECOND, THIRD, unpack64 } from "./operand.js";

const doubles = new Float64Array(3);
const words = new Int32Array(doubles.buffer);
const SIGN = -0x8000_0000;
/**
 * Zero, or an exponent within 400 of 1.0's: products and quotients of such numbers, and their errors, are
 * zero or normal.
 */
const middling = (high: number, low: number): boolean => {
  const exponent = (high >>> 20) & 0x7ff;
  return (exponent > 1023 - 400 && exponent < 1023 + 400) || ((high << 1) | low) === 0;
};
const nearest = (control: number): boolean => (control & CONTROL_BITS.roundingMode) === 0;
const load = (i: number, high: number, low: number): number => {
  words[2 * i] = low;
  words[2 * i + 1] = high;
  return doubles[i]!;
};
const done = (value: number, exact: boolean): void => {
  if (!exact) raise(RAISE.IXC);
  doubles[2] = value;
  result[0] = words[4]!;
  result[1] = words[5]!;
};
/** 2^27 + 1: splits a double in two halves whose products are exact (Dekker, Veltkamp). */
const SPLIT = 134217729;
/** a * b - p, exactly, where p is the rounded product. */
const productError = (a: number, b: number, p: number): number => {
  const ta = SPLIT * a;
  const aHigh = ta - (ta - a);
  const aLow = a - aHigh;
  const tb = SPLIT * b;
  const bHigh = tb - (tb - b);
  const bLow = b - bHigh;
  return aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
};

const unpackTwo = (ah: number, al: number, bh: number, bl: number, control: number): void => {
  unpack64(FIRST, ah, al, control);
  unpack64(SECOND, bh, bl, control);
};
/** FPAdd. */
export const add64 = (ah: number, al: number, bh: number, bl: number, control: number): void => {
  if (nearest(control) && middling(ah, al) && middling(bh, bl)) {
    const x = load(0, ah, al);
    const y = load(1, bh, bl);
    const sum = x + y;
    const part = sum - x;
    return done(sum, x - (sum - part) + (y - part) === 0);
  }
  unpackTwo(ah, al, bh, bl, control);
  addUnpacked(64, control);
};
/** FPSub. */
export const sub64 = (ah: number, al: number, bh: number, bl: number, control: number): void => {
  if (nearest(control) && middling(ah, al) && middling(bh, bl))
    return add64(ah, al, bh ^ SIGN, bl, control);
  unpackTwo(ah, al, bh, bl, control);
  subUnpacked(64, control);
};
/** FPMul. */
export const mul64 = (ah: number, al: number, bh: number, bl: number, control: number): void => {
  if (nearest(control) && middling(ah, al) && middling(bh, bl)) {
    const x = load(0, ah, al);
    const y = load(1, bh, bl);
    const product = x * y;
    return done(product, productError(x, y, product) === 0);
  }
  unpackTwo(ah, al, bh, bl, control);
  mulUnpacked(64, control);
};
/** FPDiv. */
export const div64 = (ah: number, al: number, bh: number, bl: number, control: number): void => {
  if (nearest(control) && middling(ah, al) && middling(bh, bl) && bh << 1 !== 0) {
    const x = load(0, ah, al);
    const y = load(1, bh, bl);
    const quotient = x / y;
    const back = quotient * y;
    return done(quotient, back === x && productError(quotient, y, back) === 0);
  }
  unpackTwo(ah, al, bh, bl, control);
  divUnpacked(64, control);
};
/** FPSqrt. */
export const sqrt64 = (ah: number, al: number, control: number): void => {
  if (nearest(control) && middling(ah, al) && ah >= 0) {
    const x = load(0, ah, al);
    const root = Math.sqrt(x);
    const back = root * root;
    return done(root, back === x && productError(root, root, back) === 0);
  }
  unpack64(FIRST, ah, al, control);
  sqrtUnpacked(64, control);
};
/** FPMulAdd: addend + a * b with one rounding. */
export const fma64 = (
  addendHigh: number,
  addendLow: number,
  ah: number,
  al: number,
  bh: number,
  bl: number,
  control: number,
): void => {
  if (nearest(control) && middling(ah, al) && middling(bh, bl) && middling(addendHigh, addendLow)) {
    const x = load(0, ah, al);
    const y = load(1, bh, bl);
    const product = x * y;
    // An exact product leaves one rounding, that of the sum.
    if (productError(x, y, product) === 0) {
      const c = load(2, addendHigh, addendLow);
      const sum = product + c;
      const part = sum - product;
      return done(sum, product - (sum - part) + (c - part) === 0);
    }
  }
  unpack64(THIRD, addendHigh, addendLow, control);
  unpackTwo(ah, al, bh, bl, control);
  fusedUnpacked(64, control);
};
/** FPCompare: N, Z, C, V in bits 3:0. `signalling`: a quiet NaN is an invalid operation as well. */
export const compare64 = (
  ah: number,
  al: number,
  bh: number,
  bl: number,
  signalling: boolean,
  control: number,
): number => {
  unpackTwo(ah, al, bh, bl, control);
  return compareUnpacked(signalling);
};
