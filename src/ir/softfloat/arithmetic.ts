/**
 * Exact arithmetic on unpacked operands (DDI 0406C, A2.7.7 to A2.7.9): what single.ts and double.ts fall
 * back to where the host's own arithmetic does not give result and exceptions. Operands are in FIRST,
 * SECOND and THIRD; what is packed is in `result`.
 */
import { raise, RAISE, ROUND, roundingModeOf } from "./control.js";
import {
  AT,
  EXACT,
  FIRST,
  KIND,
  pack,
  packInfinity,
  packInvalid,
  packNaN,
  packZero,
  SECOND,
  THIRD,
  u,
  type Format,
} from "./operand.js";
import {
  add128,
  below128,
  leadingZeros,
  multiply64,
  shiftLeft,
  shiftRightJam,
  subtract128,
} from "./wide.js";

/** FPProcessNaNs: packs the NaN that a result of two operands is; false when neither is one. */
export const packNaNOfTwo = (format: Format, a: number, b: number, control: number): boolean => {
  const ka = u[a + AT.kind]!;
  const kb = u[b + AT.kind]!;
  if (ka < KIND.quiet && kb < KIND.quiet) return false;
  const signalling = ka === KIND.signalling || kb === KIND.signalling;
  const chosen = signalling ? (ka === KIND.signalling ? a : b) : ka === KIND.quiet ? a : b;
  packNaN(format, chosen, control);
  return true;
};
/** FPProcessNaNs3. */
const packNaNOfThree = (
  format: Format,
  a: number,
  b: number,
  c: number,
  control: number,
): boolean => {
  if (u[a + AT.kind] === KIND.signalling) packNaN(format, a, control);
  else if (u[b + AT.kind] === KIND.signalling) packNaN(format, b, control);
  else if (u[c + AT.kind] === KIND.signalling) packNaN(format, c, control);
  else if (u[a + AT.kind] === KIND.quiet) packNaN(format, a, control);
  else if (u[b + AT.kind] === KIND.quiet) packNaN(format, b, control);
  else if (u[c + AT.kind] === KIND.quiet) packNaN(format, c, control);
  else return false;
  return true;
};

/** Sign of a sum that is exactly zero. */
const zeroSign = (control: number): number => (roundingModeOf(control) === ROUND.down ? 1 : 0);

/** EXACT := the sum of two finite operands that are not both zero. False when the sum is zero. */
const sum = (a: number, b: number): boolean => {
  let large = a;
  let small = b;
  if (u[a + AT.kind] === KIND.zero) {
    large = b;
    small = a;
  } else if (u[b + AT.kind] !== KIND.zero) {
    const ea = u[a + AT.exponent]!;
    const eb = u[b + AT.exponent]!;
    if (ea < eb || (ea === eb && below128(u, a + AT.significand, b + AT.significand))) {
      large = b;
      small = a;
    }
  }
  let exponent = u[large + AT.exponent]!;
  const sign = u[large + AT.sign]!;
  const to = EXACT + AT.significand;
  const from = large + AT.significand;
  if (u[small + AT.kind] === KIND.zero) {
    for (let i = 0; i < 4; i++) u[to + i] = u[from + i]!;
  } else {
    const other = small + AT.significand;
    shiftRightJam(u, other, exponent - u[small + AT.exponent]!);
    if (sign === u[small + AT.sign]) {
      if (add128(u, to, from, other) === 1) {
        shiftRightJam(u, to, 1);
        u[to] = u[to]! | -0x8000_0000;
        exponent++;
      }
    } else {
      subtract128(u, to, from, other);
      const zeros = leadingZeros(u, to);
      if (zeros === 128) return false;
      shiftLeft(u, to, zeros);
      exponent -= zeros;
    }
  }
  u[EXACT + AT.kind] = KIND.finite;
  u[EXACT + AT.sign] = sign;
  u[EXACT + AT.exponent] = exponent;
  return true;
};

/** FPAdd(FIRST, SECOND). */
export const addUnpacked = (format: Format, control: number): void => {
  if (packNaNOfTwo(format, FIRST, SECOND, control)) return;
  addNumbers(format, control, FIRST, SECOND);
};
/** FPSub(FIRST, SECOND). */
export const subUnpacked = (format: Format, control: number): void => {
  if (packNaNOfTwo(format, FIRST, SECOND, control)) return;
  u[SECOND + AT.sign] = u[SECOND + AT.sign]! ^ 1;
  addNumbers(format, control, FIRST, SECOND);
};
const addNumbers = (format: Format, control: number, a: number, b: number): void => {
  const ka = u[a + AT.kind]!;
  const kb = u[b + AT.kind]!;
  const sa = u[a + AT.sign]!;
  const sb = u[b + AT.sign]!;
  if (ka === KIND.infinity || kb === KIND.infinity) {
    if (ka === kb && sa !== sb) return packInvalid(format);
    return packInfinity(format, ka === KIND.infinity ? sa : sb);
  }
  if (ka === KIND.zero && kb === KIND.zero) {
    return packZero(format, sa === sb ? sa : zeroSign(control));
  }
  if (sum(a, b)) pack(format, EXACT, control);
  else packZero(format, zeroSign(control));
};

/** EXACT := the product of two finite numbers, all of its bits. */
const product = (a: number, b: number, sign: number): void => {
  const to = EXACT + AT.significand;
  multiply64(
    u,
    to,
    u[a + AT.significand]!,
    u[a + AT.significand + 1]!,
    u[b + AT.significand]!,
    u[b + AT.significand + 1]!,
  );
  let exponent = u[a + AT.exponent]! + u[b + AT.exponent]!;
  if (u[to]! < 0) exponent++;
  else shiftLeft(u, to, 1);
  u[EXACT + AT.kind] = KIND.finite;
  u[EXACT + AT.sign] = sign;
  u[EXACT + AT.exponent] = exponent;
};

/** FPMul(FIRST, SECOND). */
export const mulUnpacked = (format: Format, control: number): void => {
  if (packNaNOfTwo(format, FIRST, SECOND, control)) return;
  const ka = u[FIRST + AT.kind]!;
  const kb = u[SECOND + AT.kind]!;
  const sign = u[FIRST + AT.sign]! ^ u[SECOND + AT.sign]!;
  if (ka === KIND.infinity || kb === KIND.infinity) {
    if (ka === KIND.zero || kb === KIND.zero) return packInvalid(format);
    return packInfinity(format, sign);
  }
  if (ka === KIND.zero || kb === KIND.zero) return packZero(format, sign);
  product(FIRST, SECOND, sign);
  pack(format, EXACT, control);
};

/** FPMulAdd: THIRD + FIRST * SECOND with one rounding. */
export const fusedUnpacked = (format: Format, control: number): void => {
  const k1 = u[FIRST + AT.kind]!;
  const k2 = u[SECOND + AT.kind]!;
  const k3 = u[THIRD + AT.kind]!;
  const infinityTimesZero =
    (k1 === KIND.infinity && k2 === KIND.zero) || (k1 === KIND.zero && k2 === KIND.infinity);
  if (k3 === KIND.quiet && infinityTimesZero) return packInvalid(format);
  if (packNaNOfThree(format, THIRD, FIRST, SECOND, control)) return;
  const sign = u[FIRST + AT.sign]! ^ u[SECOND + AT.sign]!;
  const s3 = u[THIRD + AT.sign]!;
  const infiniteProduct = k1 === KIND.infinity || k2 === KIND.infinity;
  if (infinityTimesZero || (k3 === KIND.infinity && infiniteProduct && sign !== s3))
    return packInvalid(format);
  if (k3 === KIND.infinity) return packInfinity(format, s3);
  if (infiniteProduct) return packInfinity(format, sign);
  if (k1 === KIND.zero || k2 === KIND.zero) {
    u[EXACT + AT.kind] = KIND.zero;
    u[EXACT + AT.sign] = sign;
  } else product(FIRST, SECOND, sign);
  addNumbers(format, control, THIRD, EXACT);
};

/** FPDiv(FIRST, SECOND). */
export const divUnpacked = (format: Format, control: number): void => {
  if (packNaNOfTwo(format, FIRST, SECOND, control)) return;
  const ka = u[FIRST + AT.kind]!;
  const kb = u[SECOND + AT.kind]!;
  const sign = u[FIRST + AT.sign]! ^ u[SECOND + AT.sign]!;
  if (ka === kb && ka !== KIND.finite) return packInvalid(format);
  if (ka === KIND.infinity || kb === KIND.zero) {
    if (ka !== KIND.infinity) raise(RAISE.DZC);
    return packInfinity(format, sign);
  }
  if (ka === KIND.zero || kb === KIND.infinity) return packZero(format, sign);
  quotient();
  u[EXACT + AT.sign] = sign;
  pack(format, EXACT, control);
};
/** EXACT := FIRST / SECOND, 64 bits and one that tells of a remainder. */
const quotient = (): void => {
  const a = FIRST + AT.significand;
  const b = SECOND + AT.significand;
  // One bit down, so that twice the remainder fits; the lowest bit of no format reaches that far.
  let high = u[a]! >>> 1;
  let low = ((u[a]! << 31) | (u[a + 1]! >>> 1)) >>> 0;
  const divisorHigh = u[b]! >>> 1;
  const divisorLow = ((u[b]! << 31) | (u[b + 1]! >>> 1)) >>> 0;
  let exponent = u[FIRST + AT.exponent]! - u[SECOND + AT.exponent]!;
  if (high < divisorHigh || (high === divisorHigh && low < divisorLow)) {
    exponent--;
    high = ((high << 1) | (low >>> 31)) >>> 0;
    low = (low << 1) >>> 0;
  }
  let qHigh = 0;
  let qLow = 0;
  for (let i = 0; i < 64; i++) {
    qHigh = (qHigh << 1) | (qLow >>> 31);
    qLow <<= 1;
    if (high > divisorHigh || (high === divisorHigh && low >= divisorLow)) {
      high -= divisorHigh + (low < divisorLow ? 1 : 0);
      low = (low - divisorLow) >>> 0;
      qLow |= 1;
    }
    high = ((high << 1) | (low >>> 31)) >>> 0;
    low = (low << 1) >>> 0;
  }
  if ((high | low) !== 0) qLow |= 1;
  setExact(exponent, qHigh, qLow);
};
const setExact = (exponent: number, high: number, low: number): void => {
  const to = EXACT + AT.significand;
  u[EXACT + AT.kind] = KIND.finite;
  u[EXACT + AT.exponent] = exponent;
  u[to] = high;
  u[to + 1] = low;
  u[to + 2] = 0;
  u[to + 3] = 0;
};

/** FPSqrt(FIRST). */
export const sqrtUnpacked = (format: Format, control: number): void => {
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  if (kind >= KIND.quiet) return packNaN(format, FIRST, control);
  if (kind === KIND.zero) return packZero(format, sign);
  if (sign === 1) return packInvalid(format);
  if (kind === KIND.infinity) return packInfinity(format, 0);
  root();
  u[EXACT + AT.sign] = 0;
  pack(format, EXACT, control);
};
/** EXACT := the square root of FIRST, 56 bits and one that tells of a remainder. */
const root = (): void => {
  const a = FIRST + AT.significand;
  let high = u[a]!;
  let low = u[a + 1]!;
  const exponent = u[FIRST + AT.exponent]!;
  // The radicand has two integer bits: 1.xxx for an even exponent, twice that for an odd one.
  if ((exponent & 1) === 0) {
    low = (high << 31) | (low >>> 1);
    high >>>= 1;
  }
  let remainderHigh = 0;
  let remainderLow = 0;
  let rootHigh = 0;
  let rootLow = 0;
  for (let i = 0; i < 56; i++) {
    remainderHigh = ((remainderHigh << 2) | (remainderLow >>> 30)) >>> 0;
    remainderLow = ((remainderLow << 2) | (high >>> 30)) >>> 0;
    high = (high << 2) | (low >>> 30);
    low <<= 2;
    const trialHigh = ((rootHigh << 2) | (rootLow >>> 30)) >>> 0;
    const trialLow = ((rootLow << 2) | 1) >>> 0;
    rootHigh = (rootHigh << 1) | (rootLow >>> 31);
    rootLow <<= 1;
    if (remainderHigh > trialHigh || (remainderHigh === trialHigh && remainderLow >= trialLow)) {
      remainderHigh -= trialHigh + (remainderLow < trialLow ? 1 : 0);
      remainderLow = (remainderLow - trialLow) >>> 0;
      rootLow |= 1;
    }
  }
  const sticky = (remainderHigh | remainderLow) !== 0 ? 1 : 0;
  setExact(exponent >> 1, (rootHigh << 8) | (rootLow >>> 24), (rootLow << 8) | sticky);
};

/** FPCompare(FIRST, SECOND) as N, Z, C and V in bits 3:0. */
export const compareUnpacked = (signalling: boolean): number => {
  const ka = u[FIRST + AT.kind]!;
  const kb = u[SECOND + AT.kind]!;
  if (ka >= KIND.quiet || kb >= KIND.quiet) {
    if (signalling || ka === KIND.signalling || kb === KIND.signalling) raise(RAISE.IOC);
    return COMPARED.unordered;
  }
  if (ka === KIND.zero && kb === KIND.zero) return COMPARED.equal;
  const sa = u[FIRST + AT.sign]!;
  const sb = u[SECOND + AT.sign]!;
  if (ka === KIND.zero) return sb === 1 ? COMPARED.greater : COMPARED.less;
  if (kb === KIND.zero || sa !== sb) return sa === 1 ? COMPARED.less : COMPARED.greater;
  const bigger = magnitude(ka, kb);
  if (bigger === 0) return COMPARED.equal;
  return bigger > 0 === (sa === 0) ? COMPARED.greater : COMPARED.less;
};
/** Sign of |FIRST| - |SECOND|, neither of them zero. */
const magnitude = (ka: number, kb: number): number => {
  if (ka !== kb) return ka === KIND.infinity ? 1 : -1;
  if (ka === KIND.infinity) return 0;
  const exponents = u[FIRST + AT.exponent]! - u[SECOND + AT.exponent]!;
  if (exponents !== 0) return exponents;
  if (below128(u, FIRST + AT.significand, SECOND + AT.significand)) return -1;
  return below128(u, SECOND + AT.significand, FIRST + AT.significand) ? 1 : 0;
};
/** Results of a comparison as N, Z, C, V. */
export const COMPARED = { equal: 6, less: 8, greater: 2, unordered: 3 } as const;
