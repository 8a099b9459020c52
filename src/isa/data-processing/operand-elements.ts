/** Elements of assembly text that data-processing forms share. */
import type { FieldMap } from "../pattern.js";
import {
  identifierAt,
  immediateElement,
  REGISTER_NAMES,
  registerNamed,
  skipSpace,
  type Element,
} from "../syntax/element.js";
import { shiftElement } from "../syntax/shift-element.js";
import { REGISTER_SHIFTS } from "./operand2.js";

/** A register held by any fields: `number` of the fields, `fields` of the number. */
export const registerOf = (
  number: (f: FieldMap) => number,
  fields: (n: number) => FieldMap | undefined,
): Element => ({
  print: (f) => REGISTER_NAMES[number(f)]!,
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = registerNamed(name);
    const made = n === undefined ? undefined : fields(n);
    return made === undefined ? [] : [{ fields: made, end: at + name.length }];
  },
});

/** One register that is destination and first operand, where the text leaves out one of them. */
export const destinationAndOperand: Element = registerOf(
  (f) => f["Rd"]!,
  (n) => ({ Rd: n, Rn: n }),
);

/** A register whose top bit lies apart (T16 high registers). */
export const highRegister = (top: string, low: string): Element =>
  registerOf(
    (f) => (f[top]! << 3) | f[low]!,
    (n) => ({ [top]: n >> 3, [low]: n & 7 }),
  );

/** "lsl r3": a shift by a register, fields type and Rs. */
export const registerShift: Element = {
  print: (f) => `${REGISTER_SHIFTS[f["type"]!]!.toLowerCase()} ${REGISTER_NAMES[f["Rs"]!]!}`,
  parse(text, at) {
    const name = identifierAt(text, at);
    const type = (REGISTER_SHIFTS as readonly string[]).indexOf(name.toUpperCase());
    if (type < 0) return [];
    const start = skipSpace(text, at + name.length);
    const rs = identifierAt(text, start);
    const n = registerNamed(rs);
    return n === undefined ? [] : [{ fields: { type, Rs: n }, end: start + rs.length }];
  },
};

/** How the five bits of a shift amount lie in an encoding: one field, or imm3:imm2 (T32). */
export type AmountFields = "imm5" | "imm3:imm2";
export const amountBits = (f: FieldMap, split: AmountFields): number =>
  split === "imm5" ? f["imm5"]! : (f["imm3"]! << 2) | f["imm2"]!;
export const amountFields = (imm5: number, split: AmountFields): Record<string, number> =>
  split === "imm5" ? { imm5 } : { imm3: imm5 >> 2, imm2: imm5 & 3 };

/** Amount of a shift instruction: LSR and ASR by 32 are encoded as 0, LSL and ROR by 0 are no shifts. */
export const shiftAmount = (split: AmountFields, type: number): Element => {
  const to32 = type === 1 || type === 2;
  return immediateElement(
    (f) => (to32 && amountBits(f, split) === 0 ? 32 : amountBits(f, split)),
    (n) => (n < 1 || n > (to32 ? 32 : 31) ? undefined : amountFields(n & 31, split)),
  );
};

/** ", lsl #n" and its kin where the encoding fixes the type. */
export const shiftOfType = (split: AmountFields, type: number): Element => {
  const any = shiftElement(split);
  return {
    print: (f, context) => any.print({ ...f, type }, context),
    parse: (text, at, context) =>
      any
        .parse(text, at, context)
        .flatMap(({ fields: { type: read, ...amount }, end }) =>
          read === type ? [{ fields: amount as FieldMap, end }] : [],
        ),
  };
};

/** Text that is printed and never read: the word it stands for is not what the assembler makes of it. */
export const printOnly = (text: string): Element => ({ print: () => text, parse: () => [] });
