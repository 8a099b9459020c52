/**
 * Single-precision ops of Advanced SIMD. All of them compute with the standard FPSCR value (flush to zero,
 * default NaN, round to nearest; DDI 0406C, A2.7.6) and accumulate exceptions in FPSCR.
 */
import { SLOT } from "../../arch/index.js";
import {
  accumulate,
  add32,
  compare32,
  COMPARED,
  fixedToSingle,
  fma32,
  halfToSingle,
  max32,
  min32,
  mul32,
  recipEstimate32,
  recipEstimateUnsigned,
  recipStep32,
  roundingTowardsZero,
  rsqrtEstimate32,
  rsqrtEstimateUnsigned,
  rsqrtStep32,
  singleToFixed,
  singleToHalf,
  standardFpscr,
  sub32,
} from "../softfloat/index.js";
import { compiled, D, M, N, readSecond, readWords, view, writeWords } from "./lanes.js";
import * as wasm from "./float-lanes.js";
import { amountOf, isUnsigned, wordsOf } from "./parameters.js";
import type { VectorOp } from "../vector-op.js";

const { FPSCR } = SLOT;
const SIGN = -0x8000_0000;

/** One word of each operand and of the destination's old value. */
type FloatLane = (a: number, b: number, d: number, control: number, imm: number) => number;

const lanewise = (lane: FloatLane): VectorOp => ({
  run(s, d, n, m, imm) {
    const words = wordsOf(imm);
    readWords(N, s, n, words);
    readSecond(s, m, words, imm);
    readWords(D, s, d, words);
    const control = standardFpscr(s[FPSCR]!);
    for (let i = 0; i < words; i++)
      D.words[i] = lane(N.words[i]!, M.words[i]!, D.words[i]!, control, imm);
    writeWords(D, s, d, words);
    accumulate(s);
  },
});
/** Doublewords: of both words of the first operand, then of the second. */
const pairwise = (f: (a: number, b: number, control: number) => number): VectorOp => ({
  run(s, d, n, m) {
    const control = standardFpscr(s[FPSCR]!);
    const low = f(s[n]!, s[n + 1]!, control);
    const high = f(s[m]!, s[m + 1]!, control);
    s[d] = low;
    s[d + 1] = high;
    accumulate(s);
  },
});
const ones = (holds: boolean): number => (holds ? -1 : 0);
const isEqual = (flags: number): number => ones(flags === COMPARED.equal);
const isGreater = (flags: number): number => ones(flags === COMPARED.greater);
const isNotLess = (flags: number): number =>
  ones(flags === COMPARED.greater || flags === COMPARED.equal);

export const SIMD_FLOAT_OPS = {
  vaddF32: compiled(
    wasm.sumLane("add"),
    lanewise((a, b, _d, control) => add32(a, b, control)),
  ),
  vsubF32: compiled(
    wasm.sumLane("sub"),
    lanewise((a, b, _d, control) => sub32(a, b, control)),
  ),
  vabdF32: compiled(
    wasm.sumLane("sub", wasm.absolute),
    lanewise((a, b, _d, control) => sub32(a, b, control) & ~SIGN),
  ),
  vmulF32: compiled(
    wasm.productLane,
    lanewise((a, b, _d, control) => mul32(a, b, control)),
  ),
  /** The product is rounded before it is added. */
  vmlaF32: compiled(
    wasm.accumulatedLane("add"),
    lanewise((a, b, d, control) => add32(d, mul32(a, b, control), control)),
  ),
  vmlsF32: compiled(
    wasm.accumulatedLane("sub"),
    lanewise((a, b, d, control) => add32(d, mul32(a, b, control) ^ SIGN, control)),
  ),
  vfmaF32: lanewise((a, b, d, control) => fma32(d, a, b, control)),
  vfmsF32: lanewise((a, b, d, control) => fma32(d, a ^ SIGN, b, control)),
  vceqF32: compiled(
    wasm.orderLane("eq"),
    lanewise((a, b, _d, control) => isEqual(compare32(a, b, false, control))),
  ),
  vcgeF32: compiled(
    wasm.orderLane("ge"),
    lanewise((a, b, _d, control) => isNotLess(compare32(a, b, true, control))),
  ),
  vcgtF32: compiled(
    wasm.orderLane("gt"),
    lanewise((a, b, _d, control) => isGreater(compare32(a, b, true, control))),
  ),
  vcleF32: compiled(
    wasm.orderLane("le"),
    lanewise((a, b, _d, control) => isNotLess(compare32(b, a, true, control))),
  ),
  vcltF32: compiled(
    wasm.orderLane("lt"),
    lanewise((a, b, _d, control) => isGreater(compare32(b, a, true, control))),
  ),
  vacgeF32: compiled(
    wasm.orderLane("ge", wasm.absolute),
    lanewise((a, b, _d, control) => isNotLess(compare32(a & ~SIGN, b & ~SIGN, true, control))),
  ),
  vacgtF32: compiled(
    wasm.orderLane("gt", wasm.absolute),
    lanewise((a, b, _d, control) => isGreater(compare32(a & ~SIGN, b & ~SIGN, true, control))),
  ),
  vmaxF32: compiled(
    wasm.orderLane("max"),
    lanewise((a, b, _d, control) => max32(a, b, control)),
  ),
  vminF32: compiled(
    wasm.orderLane("min"),
    lanewise((a, b, _d, control) => min32(a, b, control)),
  ),
  vpaddF32: compiled(wasm.pairSumLane, pairwise(add32)),
  vpmaxF32: compiled(wasm.pairOrderLane("max"), pairwise(max32)),
  vpminF32: compiled(wasm.pairOrderLane("min"), pairwise(min32)),
  vrecpsF32: compiled(
    wasm.stepLane(2),
    lanewise((a, b, _d, control) => recipStep32(a, b, control)),
  ),
  vrsqrtsF32: compiled(
    wasm.stepLane(3, wasm.halved),
    lanewise((a, b, _d, control) => rsqrtStep32(a, b, control)),
  ),
  vrecpeF32: lanewise((a, _b, _d, control) => recipEstimate32(a, control)),
  vrsqrteF32: lanewise((a, _b, _d, control) => rsqrtEstimate32(a, control)),
  vrecpeU32: lanewise((a) => recipEstimateUnsigned(a)),
  vrsqrteU32: lanewise((a) => rsqrtEstimateUnsigned(a)),
  /** To fixed point of `amount` fraction bits, towards zero. */
  vcvtToFixed: compiled(
    wasm.toFixedLane,
    lanewise((a, _b, _d, control, imm) =>
      singleToFixed(a, amountOf(imm), 32, isUnsigned(imm), roundingTowardsZero(control)),
    ),
  ),
  vcvtFromFixed: compiled(
    wasm.fromFixedLane,
    lanewise((a, _b, _d, control, imm) =>
      fixedToSingle(a, amountOf(imm), isUnsigned(imm), control),
    ),
  ),
  /** Quadword of singles to doubleword of halves. */
  vcvtToHalf: {
    run(s, d, n) {
      const control = standardFpscr(s[FPSCR]!);
      const out = view(D, 1, true);
      for (let i = 0; i < 4; i++) out[i] = singleToHalf(s[n + i]!, control);
      writeWords(D, s, d, 2);
      accumulate(s);
    },
  },
  vcvtFromHalf: {
    run(s, d, n) {
      const control = standardFpscr(s[FPSCR]!);
      readWords(N, s, n, 2);
      const halves = view(N, 1, true);
      for (let i = 0; i < 4; i++) D.words[i] = halfToSingle(halves[i]!, control);
      writeWords(D, s, d, 4);
      accumulate(s);
    },
  },
} as const satisfies Readonly<Record<string, VectorOp>>;
