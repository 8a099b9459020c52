/** What is left of coprocessors 10 and 11: UNDEFINED, and no coprocessor instruction. */
import { instruction, type Instruction } from "../instruction.js";
import { composeWord, parsePattern } from "../pattern.js";
import type { Element } from "../syntax/element.js";
import { bothSets } from "./vfp-encoding.js";

const DATA = "1110 a:8 b:4 101 c:9";
const TRANSFER = "110 a:9 b:4 101 c:9";

/** The whole word as a number. */
const wordElement = (bits: string): Element => {
  const a32 = parsePattern(`cond:4 ${bits}`);
  return {
    print: (f, { thumb }) => {
      const word = composeWord(a32, thumb ? { ...f, cond: 14 } : f);
      return `0x${word.toString(16).padStart(8, "0")}`;
    },
    parse: () => [],
  };
};

/** The record of the remainder; it yields to all of `allocated`. */
export const unallocated = (allocated: readonly Instruction[]): Instruction =>
  instruction<object>({
    name: "Floating-point (unallocated)",
    ref: "A7.5",
    summary: "Unallocated encodings of coprocessors 10 and 11: UNDEFINED.",
    encodings: [DATA, TRANSFER].flatMap((bits, i) =>
      bothSets<object>((i + 1) as 1 | 2, bits, {
        asm: ".inst <word>",
        elements: { word: wordElement(bits) },
        see: ["VMRS", "VMSR", ...allocated.map((a) => a.name)],
        operands: () => ({}),
      }),
    ),
    execute: (ir) => ir.undefined(),
  });
