/** Ops of Advanced SIMD; their parameters are those of simdImm. */
import { ARITHMETIC_OPS } from "./simd/arithmetic.js";
import { SIMD_FLOAT_OPS } from "./simd/floats.js";
import { MULTIPLY_OPS } from "./simd/multiplies.js";
import { PERMUTE_OPS } from "./simd/permutations.js";
import { SHIFT_OPS } from "./simd/shifts.js";
import type { VectorOp } from "./vector-op.js";

export const SIMD_OPS = {
  ...ARITHMETIC_OPS,
  ...SHIFT_OPS,
  ...MULTIPLY_OPS,
  ...PERMUTE_OPS,
  ...SIMD_FLOAT_OPS,
} as const satisfies Readonly<Record<string, VectorOp>>;
