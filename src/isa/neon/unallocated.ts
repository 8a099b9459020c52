/** What the space of Advanced SIMD leaves: UNDEFINED (DDI 0406C, A7.4 and A7.7). */
import { encoding, instruction, type Instruction } from "../instruction.js";

/** Yields to `allocated`, the names of all instructions of the space. */
export const unallocated = (allocated: readonly string[]): Instruction => {
  const spec = { asm: "udf", see: allocated, undefined: () => true, operands: () => ({}) };
  return instruction<object>({
    name: "Advanced SIMD, unallocated",
    ref: "A7.4",
    summary: "Unallocated: UNDEFINED.",
    encodings: [
      encoding("A1", "1111001 x:25", spec),
      encoding("A2", "11110100 x:3 0 y:20", spec),
      encoding("T1", "111 x:1 1111 y:24", spec),
      encoding("T2", "11111001 x:3 0 y:20", spec),
    ],
    execute: (ir) => ir.undefined(),
  });
};
