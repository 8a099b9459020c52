/**
 * Ops on the floating-point and Advanced SIMD register file. An op works on words of the CPU's region in
 * place, because its operands are wider than an IR value: `d`, `n` and `m` are slots of the first word of
 * each operand (see vectorSlot), `imm` a constant of the encoding. Rows allocate nothing.
 */
import { SIMD_OPS } from "./simd-ops.js";
import { FLOAT_OPS } from "./float-ops.js";

/**
 * An op with these parameters as WebAssembly statements (see wasm-lane.ts for their form), or undefined where
 * it has none. Where its guards hold it leaves the same words as `run`, those of FPSCR included.
 */
export type WasmLane = (imm: number) => readonly string[] | undefined;

export interface VectorOp {
  /** Does it on state `s`. Reads all of its operands before it writes: they may overlap. */
  readonly run: (s: Int32Array, d: number, n: number, m: number, imm: number) => void;
  /** Without it compiled code calls `run`. */
  readonly wasm?: WasmLane;
}

export const VECTOR_OPS = { ...FLOAT_OPS, ...SIMD_OPS } as const satisfies Readonly<
  Record<string, VectorOp>
>;
export type VectorOpName = keyof typeof VECTOR_OPS;
export const VECTOR_OP_NAMES = Object.keys(VECTOR_OPS) as VectorOpName[];
/** A row by its name. */
export const vectorOp = (name: VectorOpName): VectorOp => VECTOR_OPS[name];
