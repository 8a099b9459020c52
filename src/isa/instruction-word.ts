import type { InstructionSet } from "./instruction.js";

/** A word of code, as decoding wants it. */
export interface InstructionWord {
  readonly set: InstructionSet;
  readonly word: number;
  /** In bytes. */
  readonly size: 2 | 4;
}
/** Whether the instruction at a halfword has another one (DDI 0406C, A6.1). */
export const isWide = (first: number, thumb: boolean): boolean => !thumb || first >= 0xe800;
/** The instruction that two halfwords in memory order begin with. */
export const instructionWord = (first: number, second: number, thumb: boolean): InstructionWord => {
  if (!isWide(first, thumb)) return { set: "t16", word: first, size: 2 };
  return thumb
    ? { set: "t32", word: ((first << 16) | second) >>> 0, size: 4 }
    : { set: "a32", word: ((second << 16) | first) >>> 0, size: 4 };
};
