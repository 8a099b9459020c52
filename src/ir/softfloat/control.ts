/**
 * FPSCR as arithmetic reads it and the exceptions that arithmetic raises (DDI 0406C, A2.7 and B6.1.39).
 *
 * Every function of softfloat/ takes a word in FPSCR's format as `control` and ORs exceptions into a
 * word of its own, which the caller collects with `takeRaised` when its operation is complete.
 */
import { SLOT } from "../../arch/index.js";

/** Cumulative exception bits of FPSCR. */
export const RAISE = {
  /** Invalid operation. */
  IOC: 1 << 0,
  /** Division by zero. */
  DZC: 1 << 1,
  /** Overflow. */
  OFC: 1 << 2,
  /** Underflow; also a result flushed to zero. */
  UFC: 1 << 3,
  /** Inexact. */
  IXC: 1 << 4,
  /** Input flushed to zero. */
  IDC: 1 << 7,
} as const;

/** Control bits of FPSCR. */
export const CONTROL_BITS = {
  /** Rounding mode, bits 23:22. */
  roundingMode: 3 << 22,
  /** Flush-to-zero. */
  FZ: 1 << 24,
  /** Default NaN. */
  DN: 1 << 25,
  /** Alternative half precision. */
  AHP: 1 << 26,
} as const;

/** Values of the rounding mode field. */
export const ROUND = { nearest: 0, up: 1, down: 2, zero: 3 } as const;
export const roundingModeOf = (control: number): number => (control >>> 22) & 3;
/** The control word with round to nearest, for conversions that always use it. */
export const roundingToNearest = (control: number): number => control & ~CONTROL_BITS.roundingMode;
/** The control word with round towards zero. */
export const roundingTowardsZero = (control: number): number => control | CONTROL_BITS.roundingMode;
/** StandardFPSCRValue(): what Advanced SIMD arithmetic uses in the place of FPSCR. */
export const standardFpscr = (fpscr: number): number =>
  (fpscr & CONTROL_BITS.AHP) | CONTROL_BITS.DN | CONTROL_BITS.FZ;

const raised = new Int32Array(1);
/** Marks exceptions as raised. */
export const raise = (bits: number): void => {
  raised[0] = raised[0]! | bits;
};
/** The exceptions raised since the last call. */
export const takeRaised = (): number => {
  const bits = raised[0]!;
  raised[0] = 0;
  return bits;
};
/** ORs the exceptions raised into the cumulative bits of FPSCR of state `s`: ends every float op. */
export const accumulate = (s: Int32Array): void => {
  s[SLOT.FPSCR] = s[SLOT.FPSCR]! | raised[0]!;
  raised[0] = 0;
};
