/** Integer and polynomial multiplies. */
import { runtime } from "../runtime.js";
import {
  compiled,
  addWide,
  addWideSaturated,
  long,
  sameLength,
  saturate,
  saturateSignedWide,
  setWide,
  subtractWide,
  subtractWideSaturated,
  wide,
} from "./lanes.js";
import * as wasm from "./arithmetic-lanes.js";
import { isUnsigned, rounds, sizeOf } from "./parameters.js";
import type { VectorOp } from "../vector-op.js";

/** PolynomialMult (DDI 0406C, A2.8.1) of two bytes. */
const polynomial = (a: number, b: number): number => {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if (((a >>> bit) & 1) !== 0) product ^= (b & 0xff) << bit;
  return product;
};
const productWide = (a: number, b: number, imm: number): void =>
  setWide(
    Math.imul(a, b),
    isUnsigned(imm) ? runtime.mulHighUnsigned(a, b) : runtime.mulHighSigned(a, b),
  );
/** `wide` := twice the product of signed words, saturated. */
const doubledWide = (a: number, b: number): void => {
  if (a === -0x8000_0000 && b === -0x8000_0000) return saturateSignedWide(false);
  setWide(Math.imul(a, b), runtime.mulHighSigned(a, b));
  addWide(wide.low, wide.high, wide.low, wide.high);
};
/** Twice the product of signed halfwords, saturated. */
const doubled = (a: number, b: number): number => saturate(2 * a * b, 2, false);

/** High half of twice the product, of signed halfwords or words. */
const doubledHigh = (a: number, b: number, imm: number): number => {
  const round = rounds(imm);
  if (sizeOf(imm) === 1) {
    return saturate(Math.floor((2 * a * b + (round ? 0x8000 : 0)) / 0x1_0000), 1, false);
  }
  doubledWide(a, b);
  // Only the greatest product saturates, and it does not round up again.
  if (wide.low === -1 && wide.high === 0x7fff_ffff) return wide.high;
  return wide.high + (round ? wide.low >>> 31 : 0);
};

export const MULTIPLY_OPS = {
  vmul: compiled(
    wasm.multiply,
    sameLength((a, b) => Math.imul(a, b)),
  ),
  vmla: compiled(
    wasm.multiplyAccumulated("add"),
    sameLength((a, b, d) => (d + Math.imul(a, b)) | 0),
  ),
  vmls: compiled(
    wasm.multiplyAccumulated("sub"),
    sameLength((a, b, d) => (d - Math.imul(a, b)) | 0),
  ),
  vmulPolynomial: sameLength(polynomial),
  vqdmulh: compiled(
    wasm.doublingHigh,
    sameLength((a, b, _d, imm) => doubledHigh(a, b, imm)),
  ),
  vmull: compiled(
    wasm.multiplyLong,
    long(
      (a, b) => a * b,
      (al, _ah, bl, _bh, _dl, _dh, imm) => productWide(al, bl, imm),
    ),
  ),
  vmlal: compiled(
    wasm.multiplyLongAccumulated("add"),
    long(
      (a, b, d) => d + a * b,
      (al, _ah, bl, _bh, dl, dh, imm) => {
        productWide(al, bl, imm);
        addWide(dl, dh, wide.low, wide.high);
      },
    ),
  ),
  vmlsl: compiled(
    wasm.multiplyLongAccumulated("sub"),
    long(
      (a, b, d) => d - a * b,
      (al, _ah, bl, _bh, dl, dh, imm) => {
        productWide(al, bl, imm);
        subtractWide(dl, dh, wide.low, wide.high);
      },
    ),
  ),
  vmullPolynomial: long(polynomial, () => {
    throw new RangeError("polynomials have 8-bit elements");
  }),
  vqdmull: compiled(
    wasm.doublingLong,
    long(doubled, (al, _ah, bl) => doubledWide(al, bl)),
  ),
  vqdmlal: compiled(
    wasm.doublingLongAccumulated("add"),
    long(
      (a, b, d) => saturate(d + doubled(a, b), 2, false),
      (al, _ah, bl, _bh, dl, dh) => {
        doubledWide(al, bl);
        addWideSaturated(dl, dh, wide.low, wide.high, false);
      },
    ),
  ),
  vqdmlsl: compiled(
    wasm.doublingLongAccumulated("sub"),
    long(
      (a, b, d) => saturate(d - doubled(a, b), 2, false),
      (al, _ah, bl, _bh, dl, dh) => {
        doubledWide(al, bl);
        subtractWideSaturated(dl, dh, wide.low, wide.high, false);
      },
    ),
  ),
} as const satisfies Readonly<Record<string, VectorOp>>;
