/**
 * Ops on the floating-point and Advanced SIMD register file. An op works on words of the CPU's region in
 * place, because its operands are wider than an IR value: `d`, `n` and `m` are slots of the first word of
 * each operand (see vectorSlot), `imm` a constant of the encoding. Rows allocate nothing.
 */
import { FLOAT_OPS } from "./float-ops.js";
import { SIMD_OPS } from "./simd-ops.js";
import type { VectorOp } from "./vector-op.js";

export const VECTOR_OPS = { ...FLOAT_OPS, ...SIMD_OPS } as const satisfies Readonly<
  Record<string, VectorOp>
>;
export type VectorOpName = keyof typeof VECTOR_OPS;
export const VECTOR_OP_NAMES = Object.keys(VECTOR_OPS) as VectorOpName[];
/** A row by its name. */
export const vectorOp = (name: VectorOpName): VectorOp => VECTOR_OPS[name];
