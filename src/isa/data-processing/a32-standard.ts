/** A32 encodings of the standard operations. */
import { composedEncoding } from "../composed-encoding.js";
import {
  type AsmForm,
  type Encoding,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { armComplement, armExpandImm, armImmediate } from "../syntax/modified-immediate.js";
import { decodeImmShift, shiftElement } from "../syntax/shift-element.js";
import { destinationAndOperand, printOnly, registerShift } from "./operand-elements.js";
import { plainRegister, REGISTER_SHIFTS } from "./operand2.js";
import { standardOperands, type Operation, type StandardOperands } from "./operations.js";

/** What wins over an A32 encoding that could write the PC and the flags. */
export const EXCEPTION_RETURN = "SUBS PC, LR and related (A32)";
const isStackForm = ({ name }: Operation): boolean => name === "ADD" || name === "SUB";
/** Name of the record that ADD and SUB with the SP as first operand have. */
export const stackName = ({ name }: Operation, kind: "immediate" | "register"): string =>
  `${name} (SP ${name === "ADD" ? "plus" : "minus"} ${kind})`;

/** S, Rn and Rd; `base` is a first operand that the encoding fixes, as four bits. */
const registers = ({ shape, a32 }: Operation, base: string): string => {
  if (shape === "dn") return `${a32!} S:1 ${base} Rd:4`;
  return shape === "n" ? `${a32!} 1 ${base} (0)(0)(0)(0)` : `${a32!} S:1 (0)(0)(0)(0) Rd:4`;
};

/**
 * The forms of an operation's text: registers as objdump prints them, then with Rd left out where it is
 * Rn too. `stack`: the first operand is the SP.
 */
export const standardForms = (
  operation: Operation,
  suffix: string,
  operand: string,
  stack: boolean,
): AsmForm[] => {
  const { name, shape } = operation;
  const mnemonic = `${name.toLowerCase()}${shape === "n" ? "<c>" : "<s><c>"}${suffix}`;
  if (shape !== "dn") return [{ text: `${mnemonic} <${shape === "n" ? "Rn" : "Rd"}>, ${operand}` }];
  if (!stack) {
    return [
      { text: `${mnemonic} <Rd>, <Rn>, ${operand}` },
      { text: `${mnemonic} <Rdn>, ${operand}`, parseOnly: true },
    ];
  }
  return [
    { text: `${mnemonic} <Rd>, sp, ${operand}` },
    { text: `${mnemonic} sp, ${operand}`, fields: { Rd: 13 }, parseOnly: true },
  ];
};
/** Forms that ask for the complementary operation with a constant that only this one can encode. */
export const complementForms = (
  operation: Operation,
  suffix: string,
  stack: boolean,
): AsmForm[] => {
  const { complement } = operation;
  if (complement === undefined) return [];
  return standardForms({ ...operation, name: complement.name }, suffix, "<complement>", stack).map(
    (form) => ({ ...form, parseOnly: true }),
  );
};

const see = (operation: Operation, kind: "immediate" | "register", stack: boolean): string[] => {
  if (operation.shape === "n") return [];
  const stackForms = isStackForm(operation) && !stack ? [stackName(operation, kind)] : [];
  return kind === "immediate" && stackForms.length > 0
    ? [...stackForms, "ADR", EXCEPTION_RETURN]
    : [...stackForms, EXCEPTION_RETURN];
};

export const a32Immediate = (operation: Operation, stack = false): Encoding<StandardOperands>[] => {
  if (operation.a32 === undefined) return [];
  return [
    composedEncoding("A1", `cond:4 001 ${registers(operation, stack ? "1101" : "Rn:4")} imm12:12`, {
      asm: [
        ...standardForms(operation, "", "<const>", stack),
        ...complementForms(operation, "", stack),
      ],
      elements: {
        const: armImmediate,
        Rdn: destinationAndOperand,
        ...(operation.complement === undefined
          ? {}
          : { complement: armComplement(operation.complement.how) }),
      },
      see: see(operation, "immediate", stack),
      shouldBe: UNDEFINED_IN_REFERENCE,
      operands: (f: FieldMap) =>
        standardOperands(
          operation,
          f,
          { kind: "immediate", immediate: armExpandImm(f["imm12"]!) },
          13,
        ),
    }),
  ];
};

export const a32Register = (operation: Operation, stack = false): Encoding<StandardOperands>[] => {
  if (operation.a32 === undefined) return [];
  return [
    composedEncoding(
      "A1",
      `cond:4 000 ${registers(operation, stack ? "1101" : "Rn:4")} imm5:5 type:2 0 Rm:4`,
      {
        asm: standardForms(operation, "", "<Rm><shift>", stack),
        elements: { shift: shiftElement("imm5"), Rdn: destinationAndOperand },
        see: see(operation, "register", stack),
        shouldBe: UNDEFINED_IN_REFERENCE,
        operands: (f: FieldMap) =>
          standardOperands(
            operation,
            f,
            { kind: "shift", m: f["Rm"]!, ...decodeImmShift(f["type"]!, f["imm5"]!) },
            13,
          ),
      },
    ),
  ];
};

export const a32RegisterShifted = (operation: Operation): Encoding<StandardOperands>[] => {
  if (operation.a32 === undefined) return [];
  return [
    composedEncoding("A1", `cond:4 000 ${registers(operation, "Rn:4")} Rs:4 0 type:2 1 Rm:4`, {
      asm: standardForms(operation, "", "<Rm>, <rshift>", false),
      elements: { rshift: registerShift, Rdn: destinationAndOperand },
      shouldBe: UNDEFINED_IN_REFERENCE,
      unpredictable: [
        unpredictable("a register is the PC", (f: FieldMap) =>
          ["Rd", "Rn", "Rm", "Rs"].some((name) => f[name] === 15),
        ),
      ],
      operands: (f: FieldMap) =>
        standardOperands(operation, f, {
          kind: "registerShift",
          m: f["Rm"]!,
          type: REGISTER_SHIFTS[f["type"]!]!,
          s: f["Rs"]!,
        }),
    }),
  ];
};

/** MOV of a plain register; the shifted forms are LSL, LSR, ASR, ROR and RRX. */
export const a32MoveRegister = (move: Operation): Encoding<StandardOperands> =>
  composedEncoding("A1", "cond:4 0001101 S:1 (0)(0)(0)(0) Rd:4 00000000 Rm:4", {
    asm: [
      {
        text: "<nop>",
        when: (f: FieldMap) => f["cond"] === 14 && f["S"] === 0 && f["Rd"] === 0 && f["Rm"] === 0,
      },
      { text: "mov<s><c> <Rd>, <Rm>" },
    ],
    elements: { nop: printOnly("nop") },
    see: [EXCEPTION_RETURN],
    shouldBe: UNDEFINED_IN_REFERENCE,
    operands: (f: FieldMap) => standardOperands(move, f, plainRegister(f["Rm"]!)),
  });
