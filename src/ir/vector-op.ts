/** What a row of VECTOR_OPS holds. */

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
