/** Conversions between formats and to and from integers and fixed point (DDI 0406C, A2.7.10, A2.7.11). */
import { CONTROL_BITS, raise, RAISE, roundingModeOf } from "./control.js";
import {
  AT,
  dropBits,
  fillNormalised,
  FIRST,
  kept,
  KIND,
  pack,
  packDefaultNaN,
  packInfinity,
  packZero,
  result,
  roundsAway,
  u,
  unpack16,
  unpack32,
  unpack64,
  type Format,
} from "./operand.js";

const defaultNaN = (control: number): boolean => (control & CONTROL_BITS.DN) !== 0;
const noteSignalling = (): void => {
  if (u[FIRST + AT.kind] === KIND.signalling) raise(RAISE.IOC);
};

/** FPSingleToDouble: the result is in `result`. */
export const singleToDouble = (word: number, control: number): void => {
  unpack32(FIRST, word, control);
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  if (kind >= KIND.quiet) {
    noteSignalling();
    if (defaultNaN(control)) return packDefaultNaN(64);
    result[0] = word << 29;
    result[1] = (sign << 31) | 0x7ff8_0000 | ((word & 0x3f_ffff) >>> 3);
    return;
  }
  if (kind === KIND.infinity) return packInfinity(64, sign);
  if (kind === KIND.zero) return packZero(64, sign);
  pack(64, FIRST, control);
};
/** FPDoubleToSingle. */
export const doubleToSingle = (high: number, low: number, control: number): number => {
  unpack64(FIRST, high, low, control);
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  if (kind >= KIND.quiet) {
    noteSignalling();
    if (defaultNaN(control)) packDefaultNaN(32);
    else return (sign << 31) | 0x7fc0_0000 | ((high & 0x7_ffff) << 3) | (low >>> 29);
  } else if (kind === KIND.infinity) packInfinity(32, sign);
  else if (kind === KIND.zero) packZero(32, sign);
  else pack(32, FIRST, control);
  return result[0]!;
};
/** FPSingleToHalf: 16 bits, zero-extended. */
export const singleToHalf = (word: number, control: number): number => {
  unpack32(FIRST, word, control);
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  const alternative = (control & CONTROL_BITS.AHP) !== 0;
  if (kind >= KIND.quiet) {
    // The alternative format has no NaNs.
    if (alternative || kind === KIND.signalling) raise(RAISE.IOC);
    if (alternative) return sign << 15;
    if (defaultNaN(control)) return 0x7e00;
    return (sign << 15) | 0x7e00 | ((word >>> 13) & 0x1ff);
  }
  if (kind === KIND.infinity) {
    if (!alternative) return (sign << 15) | 0x7c00;
    raise(RAISE.IOC);
    return (sign << 15) | 0x7fff;
  }
  if (kind === KIND.zero) return sign << 15;
  pack(16, FIRST, control);
  return result[0]!;
};
/** FPHalfToSingle of bits 15:0. */
export const halfToSingle = (half: number, control: number): number => {
  unpack16(FIRST, half, control);
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  if (kind >= KIND.quiet) {
    noteSignalling();
    if (defaultNaN(control)) return 0x7fc0_0000;
    return (sign << 31) | 0x7fc0_0000 | ((half & 0x1ff) << 13);
  }
  if (kind === KIND.infinity) packInfinity(32, sign);
  else if (kind === KIND.zero) packZero(32, sign);
  else pack(32, FIRST, control);
  return result[0]!;
};

/** FPToFixed of FIRST: the integer nearest to its value times 2^fractionBits, saturated to `size` bits. */
const toFixed = (
  fractionBits: number,
  size: 16 | 32,
  unsigned: boolean,
  control: number,
): number => {
  const kind = u[FIRST + AT.kind]!;
  const sign = u[FIRST + AT.sign]!;
  const largest = unsigned ? 2 ** size - 1 : 2 ** (size - 1) - 1;
  const least = unsigned ? 0 : -largest - 1;
  if (kind === KIND.zero) return 0;
  if (kind >= KIND.quiet) {
    raise(RAISE.IOC);
    return 0;
  }
  const exponent = kind === KIND.infinity ? 64 : u[FIRST + AT.exponent]! + fractionBits;
  if (exponent >= 33) {
    raise(RAISE.IOC);
    return (sign === 1 ? least : largest) | 0;
  }
  dropBits(u[FIRST + AT.significand]!, u[FIRST + AT.significand + 1]!, Math.min(63 - exponent, 65));
  const inexact = kept.half || kept.sticky;
  const away = roundsAway(roundingModeOf(control), sign) ? 1 : 0;
  const magnitude = kept.high * 0x1_0000_0000 + (kept.low >>> 0) + away;
  const value = sign === 1 ? -magnitude : magnitude;
  if (value > largest || value < least) {
    raise(RAISE.IOC);
    return (value > 0 ? largest : least) | 0;
  }
  if (inexact) raise(RAISE.IXC);
  return value | 0;
};
/**
 * FPToFixed of a single: rounds as `control` says. 16-bit results are extended to a word. `fractionBits`
 * may be negative, as what is left UNPREDICTABLE has it.
 */
export const singleToFixed = (
  word: number,
  fractionBits: number,
  size: 16 | 32,
  unsigned: boolean,
  control: number,
): number => {
  unpack32(FIRST, word, control);
  return toFixed(fractionBits, size, unsigned, control);
};
/** FPToFixed of a double. */
export const doubleToFixed = (
  high: number,
  low: number,
  fractionBits: number,
  size: 16 | 32,
  unsigned: boolean,
  control: number,
): number => {
  unpack64(FIRST, high, low, control);
  return toFixed(fractionBits, size, unsigned, control);
};
/** FixedToFP: a word, already extended from 16 bits where it was so narrow, divided by 2^fractionBits. */
export const fixedToFloat = (
  format: Format,
  word: number,
  fractionBits: number,
  unsigned: boolean,
  control: number,
): void => {
  if (word === 0) return packZero(format, 0);
  const negative = !unsigned && word < 0;
  fillNormalised(FIRST, negative ? 1 : 0, 31 - fractionBits, negative ? -word : word, 0);
  pack(format, FIRST, control);
};
/** FixedToFP to single precision. */
export const fixedToSingle = (
  word: number,
  fractionBits: number,
  unsigned: boolean,
  control: number,
): number => {
  fixedToFloat(32, word, fractionBits, unsigned, control);
  return result[0]!;
};
