/** Integer addition, subtraction, comparison, absolute values, minimum and maximum; counts. */
import {
  compiled,
  addWide,
  addWideSaturated,
  D,
  long,
  N,
  narrowed,
  pairwise,
  readWords,
  sameLength,
  saturate,
  setWide,
  setWideNumber,
  subtractWide,
  subtractWideSaturated,
  view,
  wide,
  widened,
  writeWords,
  type Lane,
  type WideLane,
} from "./lanes.js";
import * as wasm from "./arithmetic-lanes.js";
import { isUnsigned, rounds, sizeOf, wordsOf } from "./parameters.js";
import type { VectorOp } from "../vector-op.js";

/** A comparison's result: all ones or all zeros. */
const ones = (holds: boolean): number => (holds ? -1 : 0);
const bitsOf = (imm: number): number => 8 << sizeOf(imm);
/** A 32-bit element as `long` hands it over, as a number. */
const numberOf = (low: number, imm: number): number => (isUnsigned(imm) ? low >>> 0 : low);
const differenceWide = (al: number, bl: number, imm: number): number =>
  Math.abs(numberOf(al, imm) - numberOf(bl, imm));

const halvedHigh =
  (combine: (al: number, ah: number, bl: number, bh: number) => void): WideLane =>
  (al, ah, bl, bh, _dl, _dh, imm) => {
    combine(al, ah, bl, bh);
    // Only the high half is kept; rounding carries into it.
    setWide(wide.high + (rounds(imm) ? wide.low >>> 31 : 0), 0);
  };
const halved =
  (combine: (a: number, b: number) => number): Lane =>
  (a, b, _d, imm) => {
    // Sizes 0 and 1: bits is 8 or 16.
    const bits = bitsOf(imm);
    return (combine(a, b) + (rounds(imm) ? 1 << (bits - 1) : 0)) >> bits;
  };

/** Pairs of adjacent elements are added to elements twice the size, and to the old ones if told. */
const pairsAdded = (accumulate: boolean): VectorOp => ({
  run(s, d, n, _m, imm) {
    const words = wordsOf(imm);
    const size = sizeOf(imm);
    const unsigned = isUnsigned(imm);
    readWords(N, s, n, words);
    readWords(D, s, d, words);
    const a = view(N, size, unsigned);
    if (size === 2) {
      for (let i = 0; i < words; i += 2) {
        setWideNumber(a[i]! + a[i + 1]!);
        if (accumulate) addWide(wide.low, wide.high, D.words[i]!, D.words[i + 1]!);
        D.words[i] = wide.low;
        D.words[i + 1] = wide.high;
      }
    } else {
      const out = view(D, size + 1, unsigned);
      const count = (words * 2) >> size;
      for (let i = 0; i < count; i++) {
        out[i] = a[2 * i]! + a[2 * i + 1]! + (accumulate ? out[i]! : 0);
      }
    }
    writeWords(D, s, d, words);
  },
});

const ADD: Lane = (a, b) => a + b;
const SUBTRACT: Lane = (a, b) => a - b;
const DIFFERENCE: Lane = (a, b) => Math.abs(a - b);
const MAXIMUM: Lane = (a, b) => (a > b ? a : b);
const MINIMUM: Lane = (a, b) => (a < b ? a : b);
const leadingZeros = (a: number, imm: number): number => {
  const bits = bitsOf(imm);
  return Math.clz32(bits === 32 ? a : a & ((1 << bits) - 1)) - (32 - bits);
};
const ones8 = (a: number): number => {
  let v = a - ((a >>> 1) & 0x55);
  v = (v & 0x33) + ((v >>> 2) & 0x33);
  return (v + (v >>> 4)) & 0x0f;
};

export const ARITHMETIC_OPS = {
  vadd: compiled(wasm.wrapping("add"), sameLength(ADD, addWide)),
  vsub: compiled(wasm.wrapping("sub"), sameLength(SUBTRACT, subtractWide)),
  vhadd: compiled(
    wasm.halvingAdd,
    sameLength((a, b, _d, imm) => Math.floor((a + b + (rounds(imm) ? 1 : 0)) / 2)),
  ),
  vhsub: compiled(
    wasm.halvingSubtract,
    sameLength((a, b) => Math.floor((a - b) / 2)),
  ),
  vqadd: compiled(
    wasm.saturating("add"),
    sameLength(
      (a, b, _d, imm) => saturate(a + b, sizeOf(imm), isUnsigned(imm)),
      (al, ah, bl, bh, _dl, _dh, imm) => addWideSaturated(al, ah, bl, bh, isUnsigned(imm)),
    ),
  ),
  vqsub: compiled(
    wasm.saturating("sub"),
    sameLength(
      (a, b, _d, imm) => saturate(a - b, sizeOf(imm), isUnsigned(imm)),
      (al, ah, bl, bh, _dl, _dh, imm) => subtractWideSaturated(al, ah, bl, bh, isUnsigned(imm)),
    ),
  ),
  vcgt: compiled(
    wasm.plain("gt", true),
    sameLength((a, b) => ones(a > b)),
  ),
  vcge: compiled(
    wasm.plain("ge", true),
    sameLength((a, b) => ones(a >= b)),
  ),
  vceq: compiled(
    wasm.plain("eq", false),
    sameLength((a, b) => ones(a === b)),
  ),
  vcle: compiled(
    wasm.plain("le", true),
    sameLength((a, b) => ones(a <= b)),
  ),
  vclt: compiled(
    wasm.plain("lt", true),
    sameLength((a, b) => ones(a < b)),
  ),
  vtst: compiled(
    wasm.testBits,
    sameLength((a, b) => ones((a & b) !== 0)),
  ),
  vmax: compiled(wasm.plain("max", true), sameLength(MAXIMUM)),
  vmin: compiled(wasm.plain("min", true), sameLength(MINIMUM)),
  vabd: compiled(wasm.difference, sameLength(DIFFERENCE)),
  vaba: compiled(
    wasm.differenceAccumulated,
    sameLength((a, b, d) => d + Math.abs(a - b)),
  ),
  vpadd: compiled(wasm.pairs("add", false), pairwise(ADD)),
  vpmax: compiled(wasm.pairs("max", true), pairwise(MAXIMUM)),
  vpmin: compiled(wasm.pairs("min", true), pairwise(MINIMUM)),
  vaddl: compiled(
    wasm.longOp("add"),
    long(ADD, (al, ah, bl, bh) => addWide(al, ah, bl, bh)),
  ),
  vsubl: compiled(
    wasm.longOp("sub"),
    long(SUBTRACT, (al, ah, bl, bh) => subtractWide(al, ah, bl, bh)),
  ),
  vabdl: compiled(
    wasm.longDifferenceLane(false),
    long(DIFFERENCE, (al, _ah, bl, _bh, _dl, _dh, imm) => setWide(differenceWide(al, bl, imm), 0)),
  ),
  vabal: compiled(
    wasm.longDifferenceLane(true),
    long(
      (a, b, d) => d + Math.abs(a - b),
      (al, _ah, bl, _bh, dl, dh, imm) => addWide(dl, dh, differenceWide(al, bl, imm) | 0, 0),
    ),
  ),
  vaddw: compiled(
    wasm.widenedOp("add"),
    widened(ADD, (al, ah, bl, bh) => addWide(al, ah, bl, bh)),
  ),
  vsubw: compiled(
    wasm.widenedOp("sub"),
    widened(SUBTRACT, (al, ah, bl, bh) => subtractWide(al, ah, bl, bh)),
  ),
  /** High halves of sums of elements twice the size. */
  vaddhn: compiled(
    wasm.highHalf("add"),
    narrowed(
      halved((a, b) => a + b),
      halvedHigh(addWide),
      true,
    ),
  ),
  vsubhn: compiled(
    wasm.highHalf("sub"),
    narrowed(
      halved((a, b) => a - b),
      halvedHigh(subtractWide),
      true,
    ),
  ),
  vpaddl: compiled(wasm.pairsAdded(false), pairsAdded(false)),
  vpadal: compiled(wasm.pairsAdded(true), pairsAdded(true)),
  /** Leading bits that equal the sign, less one. The lanes are signed. */
  vcls: sameLength((a, _b, _d, imm) => leadingZeros(a < 0 ? ~a : a, imm) - 1),
  vclz: sameLength((a, _b, _d, imm) => leadingZeros(a, imm)),
  /** Bits that are one, of bytes. The lanes are unsigned. */
  vcnt: compiled(
    wasm.countOnes,
    sameLength((a) => ones8(a)),
  ),
  vabs: compiled(
    wasm.unary("abs"),
    sameLength((a) => Math.abs(a)),
  ),
  vneg: compiled(
    wasm.unary("neg"),
    sameLength((a) => -a),
  ),
  vqabs: compiled(
    wasm.saturatingUnary("abs"),
    sameLength((a, _b, _d, imm) => saturate(Math.abs(a), sizeOf(imm), false)),
  ),
  vqneg: compiled(
    wasm.saturatingUnary("neg"),
    sameLength((a, _b, _d, imm) => saturate(-a, sizeOf(imm), false)),
  ),
} as const satisfies Readonly<Record<string, VectorOp>>;
