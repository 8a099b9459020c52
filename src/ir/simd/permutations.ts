/** Ops that move elements: reversals, interleaving, extraction, table look-up. */
import { compiled, D, M, N, readWords, view, writeWords, type ElementView } from "./lanes.js";
import * as wasm from "./move-lanes.js";
import { amountOf, sizeOf, wordsOf } from "./parameters.js";
import type { VectorOp } from "../vector-op.js";

/** Changes the elements of D and M among each other; both are registers that are written. */
const exchange = (
  move: (d: ElementView, m: ElementView, old: ElementView, count: number) => void,
): VectorOp => ({
  run(s, d, _n, m, imm) {
    const words = wordsOf(imm);
    const size = sizeOf(imm);
    readWords(D, s, d, words);
    readWords(M, s, m, words);
    // The old elements of both stand in N, one after the other: no operand is longer than a quadword.
    for (let i = 0; i < words; i++) {
      N.words[i] = D.words[i]!;
      N.words[words + i] = M.words[i]!;
    }
    const count = (words * 4) >> size;
    move(view(D, size, true), view(M, size, true), view(N, size, true), count);
    writeWords(M, s, m, words);
    writeWords(D, s, d, words);
  },
});

export const PERMUTE_OPS = {
  /** Elements in reverse order within groups of 2 to the `amount` bytes. */
  vrev: compiled(wasm.reverse, {
    run(s, d, n, _m, imm) {
      const words = wordsOf(imm);
      const size = sizeOf(imm);
      readWords(N, s, n, words);
      const from = view(N, size, true);
      const to = view(D, size, true);
      const flip = (1 << (amountOf(imm) - size)) - 1;
      const count = (words * 4) >> size;
      for (let i = 0; i < count; i++) to[i] = from[i ^ flip]!;
      writeWords(D, s, d, words);
    },
  }),
  /** Two by two matrices of elements are transposed. */
  vtrn: compiled(
    wasm.transpose,
    exchange((d, m, old, count) => {
      for (let i = 0; i < count; i += 2) {
        d[i + 1] = old[count + i]!;
        m[i] = old[i + 1]!;
      }
    }),
  ),
  /** Elements of d and m, one after the other, are dealt out in turn. */
  vuzp: compiled(
    wasm.unzip,
    exchange((d, m, old, count) => {
      for (let i = 0; i < count; i++) {
        d[i] = old[2 * i]!;
        m[i] = old[2 * i + 1]!;
      }
    }),
  ),
  /** Elements of d and m are interleaved. */
  vzip: compiled(
    wasm.zip,
    exchange((d, m, old, count) => {
      const half = count >> 1;
      for (let i = 0; i < half; i++) {
        d[2 * i] = old[i]!;
        d[2 * i + 1] = old[count + i]!;
        m[2 * i] = old[half + i]!;
        m[2 * i + 1] = old[count + half + i]!;
      }
    }),
  ),
  /** Bytes from `amount` on of the second operand behind the first. */
  vext: compiled(wasm.extract, {
    run(s, d, n, m, imm) {
      const words = wordsOf(imm);
      readWords(N, s, n, words);
      for (let i = 0; i < words; i++) N.words[words + i] = s[m + i]!;
      const from = amountOf(imm);
      for (let i = 0; i < words * 4; i++) D.bytes[i] = N.bytes[from + i]!;
      writeWords(D, s, d, words);
    },
  }),
  /** Table of `amount` bytes at n, indices at m; what lies beyond the table is zero. */
  vtbl: compiled(wasm.tableLookUp, {
    run(s, d, n, m, imm) {
      const length = amountOf(imm);
      readWords(N, s, n, length >> 2);
      readWords(M, s, m, 2);
      for (let i = 0; i < 8; i++) {
        const at = M.bytes[i]!;
        D.bytes[i] = at < length ? N.bytes[at]! : 0;
      }
      writeWords(D, s, d, 2);
    },
  }),
  /** As vtbl; what lies beyond the table leaves the destination's byte. */
  vtbx: compiled(wasm.tableExtension, {
    run(s, d, n, m, imm) {
      const length = amountOf(imm);
      readWords(N, s, n, length >> 2);
      readWords(M, s, m, 2);
      readWords(D, s, d, 2);
      for (let i = 0; i < 8; i++) {
        const at = M.bytes[i]!;
        if (at < length) D.bytes[i] = N.bytes[at]!;
      }
      writeWords(D, s, d, 2);
    },
  }),
} as const satisfies Readonly<Record<string, VectorOp>>;
