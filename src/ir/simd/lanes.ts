/**
 * Elements of vector operands. An op copies its operands out of the CPU's region into the buffers here,
 * works on typed views of them and copies the result back, so that it has read all before it writes.
 * The buffers belong to the JavaScript thread; an op leaves nothing in them that another needs.
 */
import { SLOT } from "../../arch/index.js";
import type { VectorOp, WasmLane } from "../vector-op.js";
import {
  indexOf,
  isScalar,
  isUnsigned,
  isZero,
  resultUnsigned,
  sizeOf,
  wordsOf,
} from "./parameters.js";

export type ElementView =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
export interface Lanes {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  /** By log2 of the element's size in bytes, plus 4 where elements are unsigned. */
  readonly views: readonly ElementView[];
}
const lanes = (): Lanes => {
  const buffer = new ArrayBuffer(32);
  const words = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  return {
    words,
    bytes,
    // Doublewords have no view: they are pairs of words.
    views: [
      new Int8Array(buffer),
      new Int16Array(buffer),
      words,
      words,
      bytes,
      new Uint16Array(buffer),
      new Uint32Array(buffer),
      words,
    ],
  };
};
/** First and second operand, and the destination: its old value, then the result. */
export const N = lanes();
export const M = lanes();
export const D = lanes();

export const readWords = (l: Lanes, s: Int32Array, slot: number, count: number): void => {
  for (let i = 0; i < count; i++) l.words[i] = s[slot + i]!;
};
export const writeWords = (l: Lanes, s: Int32Array, slot: number, count: number): void => {
  for (let i = 0; i < count; i++) s[slot + i] = l.words[i]!;
};
/** Elements of `l` of log2 size `size`. */
export const view = (l: Lanes, size: number, unsigned: boolean): ElementView =>
  l.views[size + (unsigned ? 4 : 0)]!;
/** Second operand of `count` words: a register, one element of it everywhere, or zero. */
export const readSecond = (s: Int32Array, slot: number, count: number, imm: number): void => {
  if (isZero(imm)) {
    M.words.fill(0);
  } else if (isScalar(imm)) {
    readWords(M, s, slot, 2);
    const elements = view(M, sizeOf(imm), false);
    elements.fill(elements[indexOf(imm)]!);
  } else readWords(M, s, slot, count);
};

// ---- saturation -----------------------------------------------------------------------------------------

let saturated = false;
const LOWEST = [-0x80, -0x8000, -0x8000_0000, 0, 0, 0, 0, 0];
const HIGHEST = [0x7f, 0x7fff, 0x7fff_ffff, 0, 0xff, 0xffff, 0xffff_ffff, 0];
/** SatQ (DDI 0406C, A2.2.1) to elements of log2 size 0 to 2. */
export const saturate = (value: number, size: number, unsigned: boolean): number => {
  const kind = size + (unsigned ? 4 : 0);
  if (value < LOWEST[kind]!) {
    saturated = true;
    return LOWEST[kind]!;
  }
  if (value > HIGHEST[kind]!) {
    saturated = true;
    return HIGHEST[kind]!;
  }
  return value;
};
export const noteSaturation = (): void => {
  saturated = true;
};
/** FPSCR.QC. */
const QC = 1 << 27;
/** Sets FPSCR.QC when anything saturated since the last call. */
export const keepSaturation = (s: Int32Array): void => {
  if (!saturated) return;
  saturated = false;
  s[SLOT.FPSCR] = s[SLOT.FPSCR]! | QC;
};

// ---- 64-bit elements ------------------------------------------------------------------------------------

/** The 64-bit result of a function below, as two words. */
export const wide = { low: 0, high: 0 };
const set = (low: number, high: number): void => {
  wide.low = low | 0;
  wide.high = high | 0;
};
export const setWide = set;
/** An integer of less than 2^53 as 64 bits. */
export const setWideNumber = (value: number): void =>
  set(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000));
export const addWide = (al: number, ah: number, bl: number, bh: number): void => {
  const low = (al + bl) | 0;
  set(low, ah + bh + (low >>> 0 < al >>> 0 ? 1 : 0));
};
export const subtractWide = (al: number, ah: number, bl: number, bh: number): void =>
  set(al - bl, ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0));
/** `wide` := the end of the range that a sum or difference of this sign left. */
const saturateSigned = (negative: boolean): void => {
  saturated = true;
  if (negative) set(0, -0x8000_0000);
  else set(-1, 0x7fff_ffff);
};
export const saturateSignedWide = saturateSigned;
export const addWideSaturated = (
  al: number,
  ah: number,
  bl: number,
  bh: number,
  unsigned: boolean,
): void => {
  addWide(al, ah, bl, bh);
  const { high } = wide;
  if (unsigned) {
    if (((ah & bh) | ((ah | bh) & ~high)) < 0) {
      saturated = true;
      set(-1, -1);
    }
  } else if (((ah ^ high) & (bh ^ high)) < 0) saturateSigned(ah < 0);
};
export const subtractWideSaturated = (
  al: number,
  ah: number,
  bl: number,
  bh: number,
  unsigned: boolean,
): void => {
  subtractWide(al, ah, bl, bh);
  if (unsigned) {
    if (ah >>> 0 < bh >>> 0 || (ah === bh && al >>> 0 < bl >>> 0)) {
      saturated = true;
      set(0, 0);
    }
  } else if (((ah ^ bh) & (ah ^ wide.high)) < 0) saturateSigned(ah < 0);
};
/** Left by 0 and more. */
export const shiftLeftWide = (low: number, high: number, n: number): void => {
  if (n > 63) set(0, 0);
  else if (n > 31) set(0, low << (n - 32));
  else if (n === 0) set(low, high);
  else set(low << n, (high << n) | (low >>> (32 - n)));
};
/** Right by 0 and more; beyond 63 only sign or zero is left. */
export const shiftRightWide = (low: number, high: number, n: number, unsigned: boolean): void => {
  const fill = unsigned ? 0 : high >> 31;
  if (n > 63) set(fill, fill);
  else if (n > 31) set(unsigned ? high >>> (n - 32) : high >> (n - 32), fill);
  else if (n === 0) set(low, high);
  else set((low >>> n) | (high << (32 - n)), unsigned ? high >>> n : high >> n);
};

// ---- loops over elements --------------------------------------------------------------------------------

/** One element: of the operands, of the destination's old value. The result is cut to the element. */
export type Lane = (a: number, b: number, d: number, imm: number) => number;
/** One 64-bit element; the result goes to `wide`. */
export type WideLane = (
  al: number,
  ah: number,
  bl: number,
  bh: number,
  dl: number,
  dh: number,
  imm: number,
) => void;

const wideLoop = (lane: WideLane, count: number, imm: number): void => {
  const n = N.words;
  const m = M.words;
  const d = D.words;
  for (let i = 0; i < count; i += 2) {
    lane(n[i]!, n[i + 1]!, m[i]!, m[i + 1]!, d[i]!, d[i + 1]!, imm);
    d[i] = wide.low;
    d[i + 1] = wide.high;
  }
};
const noWide: WideLane = () => {
  throw new RangeError("this SIMD op has no 64-bit elements");
};

/** All operands have elements of one size. */
export const sameLength = (lane: Lane, wideLane: WideLane = noWide): VectorOp => ({
  run(s, d, n, m, imm) {
    const words = wordsOf(imm);
    const size = sizeOf(imm);
    readWords(N, s, n, words);
    readSecond(s, m, words, imm);
    readWords(D, s, d, words);
    if (size === 3) wideLoop(wideLane, words, imm);
    else {
      const unsigned = isUnsigned(imm);
      const a = view(N, size, unsigned);
      const b = view(M, size, unsigned);
      const out = view(D, size, unsigned);
      const count = (words * 4) >> size;
      for (let i = 0; i < count; i++) out[i] = lane(a[i]!, b[i]!, out[i]!, imm);
    }
    writeWords(D, s, d, words);
    keepSaturation(s);
  },
});
/** Doublewords: results are those of adjacent pairs of the first operand, then of the second. */
export const pairwise = (lane: Lane): VectorOp => ({
  run(s, d, n, m, imm) {
    const size = sizeOf(imm);
    const unsigned = isUnsigned(imm);
    readWords(N, s, n, 2);
    readWords(M, s, m, 2);
    const a = view(N, size, unsigned);
    const b = view(M, size, unsigned);
    const out = view(D, size, unsigned);
    const half = 4 >> size;
    for (let i = 0; i < half; i++) {
      out[i] = lane(a[2 * i]!, a[2 * i + 1]!, 0, imm);
      out[half + i] = lane(b[2 * i]!, b[2 * i + 1]!, 0, imm);
    }
    writeWords(D, s, d, 2);
  },
});
/**
 * Doubleword operands, quadword result of elements twice the size. The wide lane gets 32-bit elements as
 * `al` and `bl`, and the old element of the destination.
 */
export const long = (lane: Lane, wideLane: WideLane): VectorOp => ({
  run(s, d, n, m, imm) {
    const size = sizeOf(imm);
    const unsigned = isUnsigned(imm);
    readWords(N, s, n, 2);
    readSecond(s, m, 2, imm);
    readWords(D, s, d, 4);
    if (size === 2) {
      const out = D.words;
      for (let i = 0; i < 2; i++) {
        const a = N.words[i]!;
        const b = M.words[i]!;
        const ah = unsigned ? 0 : a >> 31;
        const bh = unsigned ? 0 : b >> 31;
        wideLane(a, ah, b, bh, out[2 * i]!, out[2 * i + 1]!, imm);
        out[2 * i] = wide.low;
        out[2 * i + 1] = wide.high;
      }
    } else {
      const a = view(N, size, unsigned);
      const b = view(M, size, unsigned);
      const out = view(D, size + 1, unsigned);
      const count = 8 >> size;
      for (let i = 0; i < count; i++) out[i] = lane(a[i]!, b[i]!, out[i]!, imm);
    }
    writeWords(D, s, d, 4);
    keepSaturation(s);
  },
});
/** Quadword and doubleword operand, quadword result: the second operand's elements are half the size. */
export const widened = (lane: Lane, wideLane: WideLane): VectorOp => ({
  run(s, d, n, m, imm) {
    const size = sizeOf(imm);
    const unsigned = isUnsigned(imm);
    readWords(N, s, n, 4);
    readWords(M, s, m, 2);
    if (size === 2) {
      for (let i = 0; i < 2; i++) {
        const b = M.words[i]!;
        wideLane(N.words[2 * i]!, N.words[2 * i + 1]!, b, unsigned ? 0 : b >> 31, 0, 0, imm);
        D.words[2 * i] = wide.low;
        D.words[2 * i + 1] = wide.high;
      }
    } else {
      const a = view(N, size + 1, unsigned);
      const b = view(M, size, unsigned);
      const out = view(D, size + 1, unsigned);
      const count = 8 >> size;
      for (let i = 0; i < count; i++) out[i] = lane(a[i]!, b[i]!, 0, imm);
    }
    writeWords(D, s, d, 4);
  },
});
/**
 * Quadword operands of elements twice the size, doubleword result. The wide lane's result is `wide.low`.
 * `second`: whether there is a second operand.
 */
export const narrowed = (lane: Lane, wideLane: WideLane, second: boolean): VectorOp => ({
  run(s, d, n, m, imm) {
    const size = sizeOf(imm);
    const unsigned = isUnsigned(imm);
    readWords(N, s, n, 4);
    if (second) readWords(M, s, m, 4);
    if (size === 2) {
      for (let i = 0; i < 2; i++) {
        const at = 2 * i;
        wideLane(N.words[at]!, N.words[at + 1]!, M.words[at]!, M.words[at + 1]!, 0, 0, imm);
        D.words[i] = wide.low;
      }
    } else {
      const a = view(N, size + 1, unsigned);
      const b = view(M, size + 1, unsigned);
      const out = view(D, size, resultUnsigned(imm) || unsigned);
      const count = 8 >> size;
      for (let i = 0; i < count; i++) out[i] = lane(a[i]!, b[i]!, 0, imm);
    }
    writeWords(D, s, d, 2);
    keepSaturation(s);
  },
});
/** A row with its `wasm` lane. */
export const compiled = (wasm: WasmLane, op: VectorOp): VectorOp => ({ ...op, wasm });
