/**
 * Single-precision functions that Advanced SIMD alone has (DDI 0406C, A2.7.8 and A2.7.9): maximum and
 * minimum, reciprocal estimates and steps. `control` is the caller's; the instructions pass
 * `standardFpscr(FPSCR)`.
 */
import { compareUnpacked, COMPARED, packNaNOfTwo } from "./arithmetic.js";
import { CONTROL_BITS, raise, RAISE } from "./control.js";
import { AT, FIRST, KIND, packNaN, result, SECOND, u, unpack32 } from "./operand.js";
import { mul32, sub32 } from "./single.js";

const INFINITY = 0x7f80_0000;
const DEFAULT_NAN = 0x7fc0_0000;
const SIGN = -0x8000_0000;

const extreme = (a: number, b: number, maximum: boolean, control: number): number => {
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  if (packNaNOfTwo(32, FIRST, SECOND, control)) return result[0]!;
  const bothZero = u[FIRST + AT.kind] === KIND.zero && u[SECOND + AT.kind] === KIND.zero;
  // Of two zeros the positive one is the larger.
  if (bothZero) return maximum ? a & b & SIGN : (a | b) & SIGN;
  const greater = compareUnpacked(false) === COMPARED.greater;
  const first = greater === maximum;
  // A denormal that was flushed is a zero of its sign.
  if (u[(first ? FIRST : SECOND) + AT.kind] === KIND.zero) return (first ? a : b) & SIGN;
  return first ? a : b;
};
/** FPMax. */
export const max32 = (a: number, b: number, control: number): number =>
  extreme(a, b, true, control);
/** FPMin. */
export const min32 = (a: number, b: number, control: number): number =>
  extreme(a, b, false, control);

/** recip_estimate of a number from 0.5 up to 1, given and returned in units of 1/512 and 1/256. */
const recipEstimate = (q: number): number => Math.floor(256 / ((q + 0.5) / 512) + 0.5);
/** recip_sqrt_estimate of a number from 0.25 up to 1, given as a fraction, returned in units of 1/256. */
const rsqrtEstimate = (a: number): number => {
  const scale = a < 0.5 ? 512 : 256;
  const q = Math.floor(a * scale);
  return Math.floor(256 / Math.sqrt((q + 0.5) / scale) + 0.5);
};

/** FPRecipEstimate (VRECPE.F32). */
export const recipEstimate32 = (a: number, control: number): number => {
  unpack32(FIRST, a, control);
  const kind = u[FIRST + AT.kind]!;
  const sign = a & SIGN;
  if (kind >= KIND.quiet) {
    packNaN(32, FIRST, control);
    return result[0]!;
  }
  if (kind === KIND.infinity) return sign;
  if (kind === KIND.zero) {
    raise(RAISE.DZC);
    return sign | INFINITY;
  }
  const exponent = (a >>> 23) & 0xff;
  if (exponent >= 253) {
    raise(RAISE.UFC);
    return sign;
  }
  const estimate = recipEstimate(256 + ((a >>> 15) & 0xff));
  return sign | ((253 - exponent) << 23) | ((estimate & 0xff) << 15);
};
/** FPRSqrtEstimate (VRSQRTE.F32). */
export const rsqrtEstimate32 = (a: number, control: number): number => {
  unpack32(FIRST, a, control);
  const kind = u[FIRST + AT.kind]!;
  if (kind >= KIND.quiet) {
    packNaN(32, FIRST, control);
    return result[0]!;
  }
  if (kind === KIND.zero) {
    raise(RAISE.DZC);
    return (a & SIGN) | INFINITY;
  }
  if (a < 0) {
    raise(RAISE.IOC);
    return DEFAULT_NAN;
  }
  if (kind === KIND.infinity) return 0;
  const exponent = (a >>> 23) & 0xff;
  const significand = (0x80_0000 | (a & 0x7f_ffff)) / 2 ** 24;
  const estimate = rsqrtEstimate((exponent & 1) === 0 ? significand : significand / 2);
  return (((380 - exponent) >> 1) << 23) | ((estimate & 0xff) << 15);
};
/** UnsignedRecipEstimate (VRECPE.U32). */
export const recipEstimateUnsigned = (a: number): number =>
  a >= 0 ? -1 : recipEstimate(a >>> 23) << 23;
/** UnsignedRSqrtEstimate (VRSQRTE.U32). */
export const rsqrtEstimateUnsigned = (a: number): number =>
  a >>> 30 === 0 ? -1 : rsqrtEstimate((a >>> 0) / 2 ** 32) << 23;

const TWO = 0x4000_0000;
const THREE = 0x4040_0000;
const HALF = 0x3f00_0000;
/** Is one factor an infinity and the other a zero, denormals flushed as `control` says? */
const infinityTimesZero = (a: number, b: number, control: number): boolean => {
  const zero = (x: number): boolean =>
    (control & CONTROL_BITS.FZ) !== 0 ? (x & INFINITY) === 0 : (x & ~SIGN) === 0;
  const x = a & ~SIGN;
  const y = b & ~SIGN;
  return (x === INFINITY && zero(y)) || (y === INFINITY && zero(x));
};
/** FPRecipStep (VRECPS): 2 - a * b, rounded twice; infinity times zero counts as zero. */
export const recipStep32 = (a: number, b: number, control: number): number =>
  step(a, b, TWO, TWO, control);
/** FPRSqrtStep (VRSQRTS): (3 - a * b) / 2. */
export const rsqrtStep32 = (a: number, b: number, control: number): number => {
  const difference = step(a, b, THREE, THREE, control);
  return (difference & INFINITY) === INFINITY ? difference : mul32(difference, HALF, control);
};
const step = (a: number, b: number, from: number, whenZero: number, control: number): number => {
  if (infinityTimesZero(a, b, control)) {
    // The flush of a denormal is still an exception.
    unpack32(FIRST, a, control);
    unpack32(SECOND, b, control);
    return whenZero;
  }
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  if (packNaNOfTwo(32, FIRST, SECOND, control)) return result[0]!;
  return sub32(from, mul32(a, b, control), control);
};
