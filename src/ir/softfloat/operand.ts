/**
 * Operands unpacked (FPUnpack), and results packed with rounding (FPRound): DDI 0406C, A2.7.
 *
 * An operand lives in scratch memory: its kind, sign, exponent and a significand of 128 bits whose
 * leading one is bit 127, so that its value is 1.xxx times two to the exponent.
 */
import { CONTROL_BITS, raise, RAISE, ROUND, roundingModeOf } from "./control.js";

/** Width in bits of a floating-point format: half, single, double precision. */
export type Format = 16 | 32 | 64;

export const KIND = { zero: 0, finite: 1, infinity: 2, quiet: 3, signalling: 4 } as const;

/** Scratch of operands: four of them, `FIRST`, `SECOND`, `THIRD` and a result, `EXACT`. */
export const u = new Int32Array(64);
export const FIRST = 0;
export const SECOND = 16;
export const THIRD = 32;
export const EXACT = 48;
/** Offsets within an operand. The significand takes four words. */
export const AT = { kind: 0, sign: 1, exponent: 2, significand: 3, high: 7, low: 8 } as const;

/** The last result: word 0 is bits 31:0, word 1 bits 63:32 of a double. */
export const result = new Int32Array(2);

const fill = (
  at: number,
  kind: number,
  sign: number,
  exponent: number,
  high: number,
  low: number,
): void => {
  u[at + AT.kind] = kind;
  u[at + AT.sign] = sign;
  u[at + AT.exponent] = exponent;
  u[at + AT.significand] = high;
  u[at + AT.significand + 1] = low;
  u[at + AT.significand + 2] = 0;
  u[at + AT.significand + 3] = 0;
};
/** A finite number of 64 significant bits, not normalised: bit 63 weighs two to the exponent. */
export const fillNormalised = (
  at: number,
  sign: number,
  exponent: number,
  high: number,
  low: number,
): void => {
  const shift = high === 0 ? 32 + Math.clz32(low) : Math.clz32(high);
  const h =
    shift >= 32
      ? low << (shift - 32)
      : shift === 0
        ? high
        : (high << shift) | (low >>> (32 - shift));
  fill(at, KIND.finite, sign, exponent - shift, h, shift >= 32 ? 0 : low << shift);
};

/** Unpacks a single. Flushes a denormal to zero when FZ says so. */
export const unpack32 = (at: number, word: number, control: number): void => {
  u[at + AT.low] = word;
  u[at + AT.high] = 0;
  const sign = word >>> 31;
  const exponent = (word >>> 23) & 0xff;
  const fraction = word & 0x7f_ffff;
  if (exponent === 0) {
    if (fraction === 0) return fill(at, KIND.zero, sign, 0, 0, 0);
    if ((control & CONTROL_BITS.FZ) !== 0) {
      raise(RAISE.IDC);
      return fill(at, KIND.zero, sign, 0, 0, 0);
    }
    return fillNormalised(at, sign, -126, fraction << 8, 0);
  }
  if (exponent === 0xff) {
    if (fraction === 0) return fill(at, KIND.infinity, sign, 0, 0, 0);
    return fill(at, (fraction & 0x40_0000) !== 0 ? KIND.quiet : KIND.signalling, sign, 0, 0, 0);
  }
  fill(at, KIND.finite, sign, exponent - 127, (fraction | 0x80_0000) << 8, 0);
};
/** Unpacks a double. Flushes a denormal to zero when FZ says so. */
export const unpack64 = (at: number, high: number, low: number, control: number): void => {
  u[at + AT.low] = low;
  u[at + AT.high] = high;
  const sign = high >>> 31;
  const exponent = (high >>> 20) & 0x7ff;
  const top = high & 0xf_ffff;
  if (exponent === 0) {
    if ((top | low) === 0) return fill(at, KIND.zero, sign, 0, 0, 0);
    if ((control & CONTROL_BITS.FZ) !== 0) {
      raise(RAISE.IDC);
      return fill(at, KIND.zero, sign, 0, 0, 0);
    }
    return fillNormalised(at, sign, -1022, (top << 11) | (low >>> 21), low << 11);
  }
  if (exponent === 0x7ff) {
    if ((top | low) === 0) return fill(at, KIND.infinity, sign, 0, 0, 0);
    return fill(at, (top & 0x8_0000) !== 0 ? KIND.quiet : KIND.signalling, sign, 0, 0, 0);
  }
  fill(at, KIND.finite, sign, exponent - 1023, ((top | 0x10_0000) << 11) | (low >>> 21), low << 11);
};
/** Unpacks a half. FZ does not reach half precision; with AHP there are no infinities and NaNs. */
export const unpack16 = (at: number, half: number, control: number): void => {
  u[at + AT.low] = half & 0xffff;
  u[at + AT.high] = 0;
  const sign = (half >>> 15) & 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) {
    if (fraction === 0) return fill(at, KIND.zero, sign, 0, 0, 0);
    return fillNormalised(at, sign, -14, fraction << 21, 0);
  }
  if (exponent === 0x1f && (control & CONTROL_BITS.AHP) === 0) {
    if (fraction === 0) return fill(at, KIND.infinity, sign, 0, 0, 0);
    return fill(at, (fraction & 0x200) !== 0 ? KIND.quiet : KIND.signalling, sign, 0, 0, 0);
  }
  fill(at, KIND.finite, sign, exponent - 15, (fraction | 0x400) << 21, 0);
};

// ---- packing ----------------------------------------------------------------------------------------

const put = (high: number, low: number): void => {
  result[0] = low;
  result[1] = high;
};
export const packZero = (format: Format, sign: number): void => {
  if (format === 64) put(sign << 31, 0);
  else put(0, sign << (format - 1));
};
export const packInfinity = (format: Format, sign: number): void => {
  if (format === 64) put((sign << 31) | 0x7ff0_0000, 0);
  else if (format === 32) put(0, (sign << 31) | 0x7f80_0000);
  else put(0, (sign << 15) | 0x7c00);
};
const packMaxNormal = (format: Format, sign: number): void => {
  if (format === 64) put((sign << 31) | 0x7fef_ffff, -1);
  else if (format === 32) put(0, (sign << 31) | 0x7f7f_ffff);
  else put(0, (sign << 15) | 0x7bff);
};
export const packDefaultNaN = (format: Format): void => {
  if (format === 64) put(0x7ff8_0000, 0);
  else put(0, format === 32 ? 0x7fc0_0000 : 0x7e00);
};
/** FPProcessNaN: a NaN operand of single or double precision as the result of its own format. */
export const packNaN = (format: Format, at: number, control: number): void => {
  if (u[at + AT.kind] === KIND.signalling) raise(RAISE.IOC);
  if ((control & CONTROL_BITS.DN) !== 0) return packDefaultNaN(format);
  if (format === 64) put(u[at + AT.high]! | 0x8_0000, u[at + AT.low]!);
  else put(0, u[at + AT.low]! | 0x40_0000);
};
/** The default NaN of an invalid operation. */
export const packInvalid = (format: Format): void => {
  raise(RAISE.IOC);
  packDefaultNaN(format);
};

/** Result of `dropBits`: integer part, high and low word, the first bit dropped, whether others were 1. */
export const kept = { high: 0, low: 0, half: false, sticky: false };
/** Drops the `n` lowest bits (1 or more) of a 64-bit number. */
export const dropBits = (high: number, low: number, n: number): void => {
  if (n > 64) {
    kept.high = 0;
    kept.low = 0;
    kept.half = false;
    kept.sticky = (high | low) !== 0;
  } else if (n > 32) {
    const k = n - 32;
    kept.high = 0;
    kept.low = k === 32 ? 0 : high >>> k;
    kept.half = ((high >>> (k - 1)) & 1) === 1;
    kept.sticky = low !== 0 || (k > 1 && high << (33 - k) !== 0);
  } else {
    kept.high = n === 32 ? 0 : high >>> n;
    kept.low = n === 32 ? high : (high << (32 - n)) | (low >>> n);
    kept.half = ((low >>> (n - 1)) & 1) === 1;
    kept.sticky = n > 1 && low << (33 - n) !== 0;
  }
};
/** Is the number in `kept` rounded away from zero? */
export const roundsAway = (mode: number, sign: number): boolean => {
  switch (mode) {
    case ROUND.nearest:
      return kept.half && (kept.sticky || (kept.low & 1) === 1);
    case ROUND.up:
      return sign === 0 && (kept.half || kept.sticky);
    case ROUND.down:
      return sign === 1 && (kept.half || kept.sticky);
    default:
      return false;
  }
};

/** FPRound of the finite operand at `at`: its sign, exponent and significand. */
export const pack = (format: Format, at: number, control: number): void => {
  const sign = u[at + AT.sign]!;
  const exponent = u[at + AT.exponent]!;
  const w = at + AT.significand;
  const high = u[w]!;
  const low = u[w + 1]! | ((u[w + 2]! | u[w + 3]!) !== 0 ? 1 : 0);
  const fractionBits = format === 64 ? 52 : format === 32 ? 23 : 10;
  const minimum = format === 64 ? -1022 : format === 32 ? -126 : -14;
  const ones = format === 64 ? 0x7ff : format === 32 ? 0xff : 0x1f;
  if ((control & CONTROL_BITS.FZ) !== 0 && format !== 16 && exponent < minimum) {
    raise(RAISE.UFC);
    return packZero(format, sign);
  }
  let biased = exponent - minimum + 1;
  let drop = 63 - fractionBits;
  if (biased <= 0) {
    drop += 1 - biased;
    biased = 0;
  }
  dropBits(high, low, drop);
  const inexact = kept.half || kept.sticky;
  // Tininess is found before rounding.
  if (biased === 0 && inexact) raise(RAISE.UFC);
  const mode = roundingModeOf(control);
  let keptLow = kept.low;
  let keptHigh = kept.high;
  if (roundsAway(mode, sign)) {
    keptLow = (keptLow + 1) | 0;
    if (keptLow === 0) keptHigh++;
  }
  // The significand's leading one adds itself to the exponent field, as does a carry out of rounding.
  const base = biased > 0 ? biased - 1 : 0;
  const alternative = format === 16 && (control & CONTROL_BITS.AHP) !== 0;
  const limit = alternative ? ones + 1 : ones;
  const field =
    base + (format === 64 ? keptHigh >>> 20 : format === 32 ? keptLow >>> 23 : keptLow >>> 10);
  if (field >= limit) {
    if (alternative) {
      raise(RAISE.IOC);
      return put(0, (sign << 15) | 0x7fff);
    }
    raise(RAISE.OFC | RAISE.IXC);
    const toInfinity =
      mode === ROUND.nearest ||
      (mode === ROUND.up && sign === 0) ||
      (mode === ROUND.down && sign === 1);
    if (toInfinity) packInfinity(format, sign);
    else packMaxNormal(format, sign);
    return;
  }
  if (inexact) raise(RAISE.IXC);
  if (format === 64) put((sign << 31) | ((base << 20) + keptHigh), keptLow);
  else if (format === 32) put(0, (sign << 31) | ((base << 23) + keptLow));
  else put(0, (sign << 15) | ((base << 10) + keptLow));
};
