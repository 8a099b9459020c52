/**
 * Floating-point ops: rounding, exceptions and flags as DDI 0406C, A2.7, by way of FPSCR. A single is one
 * word, a double two. `d`, `n` and `m` are the instruction's Vd, Vn and Vm.
 */
import { SLOT } from "../arch/index.js";
import {
  accumulate,
  add32,
  add64,
  compare32,
  compare64,
  div32,
  div64,
  doubleToFixed,
  doubleToSingle,
  fixedToFloat,
  fixedToSingle,
  fma32,
  fma64,
  halfToSingle,
  mul32,
  mul64,
  result64,
  roundingToNearest,
  roundingTowardsZero,
  singleToDouble,
  singleToFixed,
  singleToHalf,
  sqrt32,
  sqrt64,
  sub32,
  sub64,
} from "./softfloat/index.js";
import {
  accumulateLane,
  addLane,
  compareLane,
  divideLane,
  fromFixedLane,
  fusedLane,
  multiplyLane,
  narrowLane,
  squareRootLane,
  subtractLane,
  toFixedLane,
  widenLane,
} from "./float-lanes.js";
import {
  conversionOf,
  fractionBits,
  hasFixedRounding,
  isUnsigned,
  isWide,
  sizeOf,
} from "./fixed-point.js";
import type { VectorOp, WasmLane } from "./vector-op.js";

const { FPSCR } = SLOT;
const SIGN = -0x8000_0000;

const op32 = (
  f: (a: number, b: number, control: number) => number,
  wasm: WasmLane,
  negate = 0,
): VectorOp => ({
  wasm,
  run(s, d, n, m) {
    s[d] = f(s[n]!, s[m]!, s[FPSCR]!) ^ negate;
    accumulate(s);
  },
});
type Binary64 = (ah: number, al: number, bh: number, bl: number, control: number) => void;
const op64 = (f: Binary64, wasm: WasmLane, negate = 0): VectorOp => ({
  wasm,
  run(s, d, n, m) {
    f(s[n + 1]!, s[n]!, s[m + 1]!, s[m]!, s[FPSCR]!);
    s[d] = result64[0]!;
    s[d + 1] = result64[1]! ^ negate;
    accumulate(s);
  },
});
/** Product, rounded, then the sum with Vd, rounded; either may be negated before the sum. */
const multiplyAccumulate32 = (negateProduct: number, negateAddend: number): VectorOp => ({
  wasm: accumulateLane(32, negateProduct !== 0, negateAddend !== 0),
  run(s, d, n, m) {
    const control = s[FPSCR]!;
    const product = mul32(s[n]!, s[m]!, control) ^ negateProduct;
    s[d] = add32(s[d]! ^ negateAddend, product, control);
    accumulate(s);
  },
});
const multiplyAccumulate64 = (negateProduct: number, negateAddend: number): VectorOp => ({
  wasm: accumulateLane(64, negateProduct !== 0, negateAddend !== 0),
  run(s, d, n, m) {
    const control = s[FPSCR]!;
    mul64(s[n + 1]!, s[n]!, s[m + 1]!, s[m]!, control);
    const high = result64[1]! ^ negateProduct;
    add64(s[d + 1]! ^ negateAddend, s[d]!, high, result64[0]!, control);
    s[d] = result64[0]!;
    s[d + 1] = result64[1]!;
    accumulate(s);
  },
});
/** FPMulAdd of Vd, Vn and Vm; Vn or Vd may be negated. */
const fused32 = (negateFactor: number, negateAddend: number): VectorOp => ({
  wasm: fusedLane(negateFactor !== 0, negateAddend !== 0),
  run(s, d, n, m) {
    s[d] = fma32(s[d]! ^ negateAddend, s[n]! ^ negateFactor, s[m]!, s[FPSCR]!);
    accumulate(s);
  },
});
const fused64 = (negateFactor: number, negateAddend: number): VectorOp => ({
  run(s, d, n, m) {
    fma64(
      s[d + 1]! ^ negateAddend,
      s[d]!,
      s[n + 1]! ^ negateFactor,
      s[n]!,
      s[m + 1]!,
      s[m]!,
      s[FPSCR]!,
    );
    s[d] = result64[0]!;
    s[d + 1] = result64[1]!;
    accumulate(s);
  },
});

/** Bits of a comparison's `imm`. */
export const COMPARE = {
  /** VCMPE: a quiet NaN is an invalid operation. */
  signalling: 1,
  /** Vd is compared with +0. */
  zero: 2,
} as const;
const comparesWithZero = (imm: number): boolean => (imm & COMPARE.zero) !== 0;
const setNzcv = (s: Int32Array, nzcv: number): void => {
  s[FPSCR] = (s[FPSCR]! & 0x0fff_ffff) | (nzcv << 28);
  accumulate(s);
};

/** The low 16 bits of a word, extended, or all of it. */
const extended = (word: number, imm: number): number =>
  sizeOf(imm) === 32 ? word : isUnsigned(imm) ? word & 0xffff : (word << 16) >> 16;

export const FLOAT_OPS = {
  fadd32: op32(add32, addLane(32)),
  fadd64: op64(add64, addLane(64)),
  fsub32: op32(sub32, subtractLane(32)),
  fsub64: op64(sub64, subtractLane(64)),
  fmul32: op32(mul32, multiplyLane(32, false)),
  fmul64: op64(mul64, multiplyLane(64, false)),
  fnmul32: op32(mul32, multiplyLane(32, true), SIGN),
  fnmul64: op64(mul64, multiplyLane(64, true), SIGN),
  fdiv32: op32(div32, divideLane(32)),
  fdiv64: op64(div64, divideLane(64)),
  fmla32: multiplyAccumulate32(0, 0),
  fmla64: multiplyAccumulate64(0, 0),
  fmls32: multiplyAccumulate32(SIGN, 0),
  fmls64: multiplyAccumulate64(SIGN, 0),
  fnmla32: multiplyAccumulate32(SIGN, SIGN),
  fnmla64: multiplyAccumulate64(SIGN, SIGN),
  fnmls32: multiplyAccumulate32(0, SIGN),
  fnmls64: multiplyAccumulate64(0, SIGN),
  ffma32: fused32(0, 0),
  ffma64: fused64(0, 0),
  ffms32: fused32(SIGN, 0),
  ffms64: fused64(SIGN, 0),
  ffnma32: fused32(SIGN, SIGN),
  ffnma64: fused64(SIGN, SIGN),
  ffnms32: fused32(0, SIGN),
  ffnms64: fused64(0, SIGN),
  fsqrt32: {
    wasm: squareRootLane(32),
    run(s, d, _n, m) {
      s[d] = sqrt32(s[m]!, s[FPSCR]!);
      accumulate(s);
    },
  },
  fsqrt64: {
    wasm: squareRootLane(64),
    run(s, d, _n, m) {
      sqrt64(s[m + 1]!, s[m]!, s[FPSCR]!);
      s[d] = result64[0]!;
      s[d + 1] = result64[1]!;
      accumulate(s);
    },
  },
  /** Compares Vd with Vm or zero (imm: COMPARE) into FPSCR's N, Z, C and V. */
  fcmp32: {
    wasm: compareLane(32, comparesWithZero),
    run(s, d, _n, m, imm) {
      const other = comparesWithZero(imm) ? 0 : s[m]!;
      setNzcv(s, compare32(s[d]!, other, (imm & COMPARE.signalling) !== 0, s[FPSCR]!));
    },
  },
  fcmp64: {
    wasm: compareLane(64, comparesWithZero),
    run(s, d, _n, m, imm) {
      const zero = comparesWithZero(imm);
      const high = zero ? 0 : s[m + 1]!;
      const low = zero ? 0 : s[m]!;
      setNzcv(
        s,
        compare64(s[d + 1]!, s[d]!, high, low, (imm & COMPARE.signalling) !== 0, s[FPSCR]!),
      );
    },
  },
  fcvt64from32: {
    wasm: widenLane,
    run(s, d, _n, m) {
      singleToDouble(s[m]!, s[FPSCR]!);
      s[d] = result64[0]!;
      s[d + 1] = result64[1]!;
      accumulate(s);
    },
  },
  fcvt32from64: {
    wasm: narrowLane,
    run(s, d, _n, m) {
      s[d] = doubleToSingle(s[m + 1]!, s[m]!, s[FPSCR]!);
      accumulate(s);
    },
  },
  /** Half to single; imm: 0 the bottom half of Vm, 1 the top. */
  fcvt32from16: {
    run(s, d, _n, m, imm) {
      s[d] = halfToSingle(s[m]! >>> (16 * imm), s[FPSCR]!);
      accumulate(s);
    },
  },
  /** Single to one half of Vd; the other stays. */
  fcvt16from32: {
    run(s, d, _n, m, imm) {
      const half = singleToHalf(s[m]!, s[FPSCR]!);
      s[d] = imm === 1 ? (s[d]! & 0xffff) | (half << 16) : (s[d]! & -0x1_0000) | half;
      accumulate(s);
    },
  },
  /** To an integer or fixed point (imm: fixedImmediate). */
  ftofixed32: {
    wasm: toFixedLane(32, conversionOf),
    run(s, d, _n, m, imm) {
      const control = hasFixedRounding(imm) ? roundingTowardsZero(s[FPSCR]!) : s[FPSCR]!;
      s[d] = singleToFixed(s[m]!, fractionBits(imm), sizeOf(imm), isUnsigned(imm), control);
      accumulate(s);
    },
  },
  ftofixed64: {
    wasm: toFixedLane(64, conversionOf),
    run(s, d, _n, m, imm) {
      const control = hasFixedRounding(imm) ? roundingTowardsZero(s[FPSCR]!) : s[FPSCR]!;
      const unsigned = isUnsigned(imm);
      const word = doubleToFixed(
        s[m + 1]!,
        s[m]!,
        fractionBits(imm),
        sizeOf(imm),
        unsigned,
        control,
      );
      s[d] = word;
      if (isWide(imm)) s[d + 1] = unsigned ? 0 : word >> 31;
      accumulate(s);
    },
  },
  /** From an integer or fixed point (imm: fixedImmediate). */
  ffromfixed32: {
    wasm: fromFixedLane(32, conversionOf),
    run(s, d, _n, m, imm) {
      const control = hasFixedRounding(imm) ? roundingToNearest(s[FPSCR]!) : s[FPSCR]!;
      s[d] = fixedToSingle(extended(s[m]!, imm), fractionBits(imm), isUnsigned(imm), control);
      accumulate(s);
    },
  },
  ffromfixed64: {
    wasm: fromFixedLane(64, conversionOf),
    run(s, d, _n, m, imm) {
      const control = hasFixedRounding(imm) ? roundingToNearest(s[FPSCR]!) : s[FPSCR]!;
      fixedToFloat(64, extended(s[m]!, imm), fractionBits(imm), isUnsigned(imm), control);
      s[d] = result64[0]!;
      s[d + 1] = result64[1]!;
      accumulate(s);
    },
  },
} as const satisfies Readonly<Record<string, VectorOp>>;
