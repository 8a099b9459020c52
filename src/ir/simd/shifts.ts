/** Shifts by a constant and by elements of a register. */
import {
  compiled,
  addWide,
  long,
  narrowed,
  noteSaturation,
  sameLength,
  saturate,
  saturateSignedWide,
  setWide,
  shiftLeftWide,
  shiftRightWide,
  wide,
  type Lane,
  type WideLane,
} from "./lanes.js";
import * as wasm from "./move-lanes.js";
import { amountOf, isUnsigned, resultUnsigned, rounds, saturates, sizeOf } from "./parameters.js";
import type { VectorOp } from "../vector-op.js";

/** 2 to the power of the index. */
const POWER = Float64Array.from({ length: 128 }, (_, n) => 2 ** n);
/** An element of at most 32 bits to the right; amounts above 40 leave what 40 leaves. */
const right = (a: number, n: number, round: boolean): number => {
  const divisor = POWER[n > 40 ? 40 : n]!;
  return Math.floor((round ? a + divisor / 2 : a) / divisor);
};
/** To the left by 0 to 127: exact in a number, for only the exponent grows. */
const left = (a: number, n: number, imm: number): number => {
  const value = a * POWER[n]!;
  return saturates(imm) ? saturate(value, sizeOf(imm), resultUnsigned(imm)) : value;
};
/** `wide` := a 64-bit element to the right by 1 and more. */
const rightWide = (
  low: number,
  high: number,
  n: number,
  round: boolean,
  unsigned: boolean,
): void => {
  // The last bit shifted out is what rounding adds.
  shiftRightWide(low, high, n - 1, unsigned);
  const last = round ? wide.low & 1 : 0;
  shiftRightWide(wide.low, wide.high, 1, unsigned);
  if (last !== 0) addWide(wide.low, wide.high, 1, 0);
};
/** `wide` := a 64-bit element to the left by 0 and more. */
const leftWide = (low: number, high: number, n: number, imm: number): void => {
  shiftLeftWide(low, high, n);
  if (!saturates(imm)) return;
  const { low: l, high: h } = wide;
  const unsigned = isUnsigned(imm);
  if (resultUnsigned(imm) && !unsigned && high < 0) {
    noteSaturation();
    setWide(0, 0);
    return;
  }
  // A shift that loses nothing can be undone.
  shiftRightWide(l, h, n, resultUnsigned(imm));
  const exact = wide.low === low && wide.high === high;
  setWide(l, h);
  if (exact) return;
  noteSaturation();
  if (resultUnsigned(imm)) setWide(-1, -1);
  else saturateSignedWide(high < 0);
};

/** By the signed byte at the bottom of each element; negative amounts shift right. */
const byRegister: VectorOp = sameLength(
  (a, b, _d, imm) => {
    const n = (b << 24) >> 24;
    return n >= 0 ? left(a, n, imm) : right(a, -n, rounds(imm));
  },
  (al, ah, bl, _bh, _dl, _dh, imm) => {
    const n = (bl << 24) >> 24;
    if (n >= 0) leftWide(al, ah, n, imm);
    else rightWide(al, ah, -n, rounds(imm), isUnsigned(imm));
  },
);

const shiftedRight: Lane = (a, _b, _d, imm) => right(a, amountOf(imm), rounds(imm));
const shiftedRightWide: WideLane = (al, ah, _bl, _bh, _dl, _dh, imm) =>
  rightWide(al, ah, amountOf(imm), rounds(imm), isUnsigned(imm));

/** `wide.low` := `wide` as a 32-bit element, saturated if told. */
const narrowWide = (imm: number): void => {
  if (!saturates(imm)) return;
  const { low, high } = wide;
  if (resultUnsigned(imm)) {
    if (high === 0) return;
    noteSaturation();
    wide.low = !isUnsigned(imm) && high < 0 ? 0 : -1;
  } else if (high !== low >> 31) {
    noteSaturation();
    wide.low = high < 0 ? -0x8000_0000 : 0x7fff_ffff;
  }
};

/** Bits of an element that a shift inserts, as a mask of at most 32 bits. */
const lowMask = (bits: number): number => (bits > 31 ? -1 : (1 << bits) - 1);

export const SHIFT_OPS = {
  /** VSHL, VQSHL, VRSHL and VQRSHL by a register. */
  vshlRegister: byRegister,
  vshl: compiled(
    wasm.shiftLeft,
    sameLength(
      (a, _b, _d, imm) => left(a, amountOf(imm), imm),
      (al, ah, _bl, _bh, _dl, _dh, imm) => leftWide(al, ah, amountOf(imm), imm),
    ),
  ),
  vshr: compiled(wasm.shiftRight, sameLength(shiftedRight, shiftedRightWide)),
  vsra: compiled(
    wasm.shiftRightAccumulated,
    sameLength(
      (a, b, d, imm) => d + shiftedRight(a, b, d, imm),
      (al, ah, bl, bh, dl, dh, imm) => {
        shiftedRightWide(al, ah, bl, bh, dl, dh, imm);
        addWide(wide.low, wide.high, dl, dh);
      },
    ),
  ),
  /** The lanes of VSRI are unsigned. */
  vsri: compiled(
    wasm.insertRight,
    sameLength(
      (a, _b, d, imm) => {
        const kept = (8 << sizeOf(imm)) - amountOf(imm);
        const mask = lowMask(kept);
        return (d & ~mask) | (right(a, amountOf(imm), false) & mask);
      },
      (al, ah, _bl, _bh, dl, dh, imm) => {
        const n = amountOf(imm);
        shiftRightWide(-1, -1, n, true);
        const { low: maskLow, high: maskHigh } = wide;
        shiftRightWide(al, ah, n, true);
        setWide((dl & ~maskLow) | wide.low, (dh & ~maskHigh) | wide.high);
      },
    ),
  ),
  vsli: compiled(
    wasm.insertLeft,
    sameLength(
      (a, _b, d, imm) => {
        const n = amountOf(imm);
        return (d & lowMask(n)) | (a << n);
      },
      (al, ah, _bl, _bh, dl, dh, imm) => {
        const n = amountOf(imm);
        shiftLeftWide(-1, -1, n);
        const { low: maskLow, high: maskHigh } = wide;
        shiftLeftWide(al, ah, n);
        setWide((dl & ~maskLow) | wide.low, (dh & ~maskHigh) | wide.high);
      },
    ),
  ),
  /** Right by 0 and more, to elements half the size: VSHRN, VRSHRN, their saturating kin and VMOVN's. */
  vshrn: compiled(
    wasm.shiftRightNarrow,
    narrowed(
      (a, _b, _d, imm) => {
        const value = right(a, amountOf(imm), rounds(imm) && amountOf(imm) > 0);
        return saturates(imm) ? saturate(value, sizeOf(imm), resultUnsigned(imm)) : value;
      },
      (al, ah, _bl, _bh, _dl, _dh, imm) => {
        const n = amountOf(imm);
        if (n === 0) setWide(al, ah);
        else rightWide(al, ah, n, rounds(imm), isUnsigned(imm));
        narrowWide(imm);
      },
      false,
    ),
  ),
  /** Left, to elements twice the size: VSHLL and VMOVL. */
  vshll: compiled(
    wasm.shiftLeftLong,
    long(
      (a, _b, _d, imm) => a * POWER[amountOf(imm)]!,
      (al, ah, _bl, _bh, _dl, _dh, imm) => shiftLeftWide(al, ah, amountOf(imm)),
    ),
  ),
} as const satisfies Readonly<Record<string, VectorOp>>;
