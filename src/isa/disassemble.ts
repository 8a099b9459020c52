/** Words to text. */
import type { Decoder } from "./decoder.js";
import type { BoundEncoding, InstructionSet } from "./instruction.js";
import { extractFields } from "./pattern.js";
import { printInstruction } from "./syntax/template.js";

export interface Disassembled {
  /** Text as GNU objdump prints it, without its comments. */
  readonly text: string;
  /** The encoding, or undefined for an UNDEFINED word. */
  readonly encoding: BoundEncoding | undefined;
}

/** Disassembles one word at `pc`; `itCondition` is the condition an IT block gives it. */
export const disassemble = (
  decoder: Decoder,
  set: InstructionSet,
  word: number,
  pc = 0,
  itCondition?: number,
): Disassembled => {
  const encoding = decoder.find(set, word);
  if (encoding === undefined) {
    const digits = word.toString(16).padStart(set === "t16" ? 4 : 8, "0");
    return {
      text: `.inst${set === "t16" ? ".n" : set === "t32" ? ".w" : ""} 0x${digits}`,
      encoding,
    };
  }
  const text = printInstruction(encoding, extractFields(encoding.pattern, word), {
    pc,
    thumb: set !== "a32",
    itCondition,
  });
  return { text, encoding };
};
