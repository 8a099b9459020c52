/** 32-bit T32 encodings of the standard operations. */
import { badRegister } from "../bad-register.js";
import { composedEncoding } from "../composed-encoding.js";
import {
  type Encoding,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { immediateElement } from "../syntax/element.js";
import {
  thumbComplement,
  thumbExpandImm,
  thumbImm12,
  thumbImm12Of,
  thumbImmediate,
} from "../syntax/modified-immediate.js";
import { decodeImmShift, shiftElement } from "../syntax/shift-element.js";
import { complementForms, stackName, standardForms } from "./a32-standard.js";
import { amountBits, destinationAndOperand } from "./operand-elements.js";
import { plainImmediate, plainRegister } from "./operand2.js";
import {
  standardOperands,
  type OperandKind,
  type Operation,
  type StandardOperands,
} from "./operations.js";

/** The operation that an encoding means when Rd is 15 and S set, or when Rn is 15. */
const SPECIAL: Readonly<Record<string, string>> = {
  AND: "TST",
  EOR: "TEQ",
  SUB: "CMP",
  ADD: "CMN",
  ORR: "MOV",
  ORN: "MVN",
};
/** Operations that take the SP as first operand. */
const TAKES_SP = new Set(["ADD", "SUB", "CMP", "CMN"]);

const see = (operation: Operation, kind: OperandKind, stack: boolean): string[] => {
  const special = operation.shape === "dn" ? SPECIAL[operation.name] : undefined;
  if (special === undefined) return [];
  // The shifted forms of MOV are records of their own.
  const winners =
    special === "MOV" && kind === "register"
      ? ["MOV (register)", ...SHIFT_RECORDS]
      : [`${special} (${kind})`];
  const stackForms = operation.name === "ADD" || operation.name === "SUB";
  return stackForms && !stack ? [...winners, stackName(operation, kind)] : winners;
};
const SHIFT_RECORDS = [
  "LSL (immediate)",
  "LSR (immediate)",
  "ASR (immediate)",
  "ROR (immediate)",
  "RRX",
];

/** S and Rn, and Rd: what an operation does not have is fixed. */
const registers = ({ shape, t32 }: Operation, stack: boolean): { head: string; rd: string } => {
  const rn = stack ? "1101" : "Rn:4";
  if (shape === "n") return { head: `${t32!} 1 ${rn}`, rd: "1111" };
  return { head: `${t32!} S:1 ${shape === "d" ? "1111" : rn}`, rd: "Rd:4" };
};
/** ".w" stands where there is a 16-bit encoding of the same operation. */
const suffix = ({ name }: Operation): string => (["ORN", "TEQ", "RSB"].includes(name) ? "" : "<w>");
/** RSB alone has a 16-bit encoding and prints no ".w"; the assembler still takes one. */
const withWide = (
  operation: Operation,
  make: (suffix: string) => ReturnType<typeof standardForms>,
) =>
  suffix(operation) === ""
    ? [...make(""), ...make(".w").map((form) => ({ ...form, parseOnly: true }))]
    : make("<w>");

const badRegisters = (operation: Operation, stack: boolean): Unpredictable<FieldMap>[] => {
  const { name } = operation;
  if (stack) return [unpredictable("Rd is the PC", (f) => f["Rd"] === 15)];
  return [
    unpredictable("Rd is the SP or the PC", (f) => badRegister(f["Rd"])),
    TAKES_SP.has(name)
      ? unpredictable("Rn is the PC", (f) => f["Rn"] === 15)
      : unpredictable("Rn is the SP or the PC", (f) => badRegister(f["Rn"])),
  ];
};
const badIndex = unpredictable<FieldMap>("Rm is the SP or the PC", (f) => badRegister(f["Rm"]));
/** ThumbExpandImm: a byte of zeros repeated. */
const repeatedZero = unpredictable<FieldMap>(
  "the constant repeats a byte of zeros",
  (f) => f["i"] === 0 && f["imm3"]! < 4 && f["imm3"] !== 0 && f["imm8"] === 0,
);

export const t32Immediate = (
  label: "T1" | "T2" | "T3",
  operation: Operation,
  stack = false,
): Encoding<StandardOperands> => {
  const { head, rd } = registers(operation, stack);
  return composedEncoding(label, `11110 i:1 0 ${head} 0 imm3:3 ${rd} imm8:8`, {
    asm: withWide(operation, (wide) => [
      ...standardForms(operation, wide, "<const>", stack),
      ...complementForms(operation, wide, stack),
    ]),
    elements: {
      const: thumbImmediate,
      Rdn: destinationAndOperand,
      ...(operation.complement === undefined
        ? {}
        : { complement: thumbComplement(operation.complement.how) }),
    },
    see: see(operation, "immediate", stack),
    unpredictable: [...badRegisters(operation, stack), repeatedZero],
    operands: (f: FieldMap) =>
      standardOperands(
        operation,
        f,
        { kind: "immediate", immediate: thumbExpandImm(thumbImm12Of(f)) },
        13,
      ),
  });
};

export const t32Register = (
  label: "T1" | "T2" | "T3",
  operation: Operation,
  stack = false,
): Encoding<StandardOperands> => {
  const { head, rd } = registers(operation, stack);
  const shiftOf = (f: FieldMap) => decodeImmShift(f["type"]!, amountBits(f, "imm3:imm2"));
  return composedEncoding(label, `1110101 ${head} (0) imm3:3 ${rd} imm2:2 type:2 Rm:4`, {
    asm: withWide(operation, (wide) => standardForms(operation, wide, "<Rm><shift>", stack)),
    elements: { shift: shiftElement("imm3:imm2"), Rdn: destinationAndOperand },
    see: see(operation, "register", stack),
    shouldBe: UNDEFINED_IN_REFERENCE,
    unpredictable: [
      ...badRegisters(operation, stack),
      badIndex,
      ...(stack
        ? [
            unpredictable<FieldMap>("Rd is the SP and the shift is not LSL #0 to #3", (f) => {
              const { type, amount } = shiftOf(f);
              return f["Rd"] === 13 && (type !== "LSL" || amount > 3);
            }),
          ]
        : []),
    ],
    operands: (f: FieldMap) =>
      standardOperands(operation, f, { kind: "shift", m: f["Rm"]!, ...shiftOf(f) }, 13),
  });
};

/** ADDW and SUBW: a plain 12-bit constant, flags unchanged. */
export const t32Wide = (
  label: "T3" | "T4",
  operation: Operation,
  stack = false,
): Encoding<StandardOperands> => {
  const { name } = operation;
  const lower = name.toLowerCase();
  const opposite = name === "ADD" ? "sub" : "add";
  const rn = stack ? "1101" : "Rn:4";
  const registersText = stack ? "<Rd>, sp" : "<Rd>, <Rn>";
  return composedEncoding(
    label,
    `11110 i:1 10 ${name === "ADD" ? "0000" : "1010"} ${rn} 0 imm3:3 Rd:4 imm8:8`,
    {
      asm: [
        { text: `${lower}w<c> ${registersText}, <imm12>` },
        { text: `${lower}<c><w> ${registersText}, <imm12>`, parseOnly: true },
        { text: `${opposite}<c><w> ${registersText}, <negated>`, parseOnly: true },
        ...(stack ? [] : [{ text: `${lower}w<c> <Rdn>, <imm12>`, parseOnly: true }]),
      ],
      elements: {
        imm12: thumbImm12,
        Rdn: destinationAndOperand,
        negated: immediateElement(
          () => 0,
          (n) =>
            n < 0 && n > -4096
              ? { i: -n >>> 11, imm3: (-n >>> 8) & 7, imm8: -n & 0xff }
              : undefined,
        ),
      },
      see: stack ? [] : [stackName(operation, "immediate"), "ADR"],
      unpredictable: stack
        ? [unpredictable("Rd is the PC", (f: FieldMap) => f["Rd"] === 15)]
        : [unpredictable("Rd is the SP or the PC", (f: FieldMap) => badRegister(f["Rd"]))],
      operands: (f: FieldMap) =>
        standardOperands(operation, f, plainImmediate(thumbImm12Of(f)), 13),
    },
  );
};

/** MOV of a plain register; objdump writes the shifted forms as MOV too, see shifts.ts. */
export const t32MoveRegister = (move: Operation): Encoding<StandardOperands> =>
  composedEncoding("T3", "11101010010 S:1 1111 (0) 000 Rd:4 0000 Rm:4", {
    asm: "mov<s><c><w> <Rd>, <Rm>",
    shouldBe: UNDEFINED_IN_REFERENCE,
    unpredictable: [
      unpredictable("the SP or the PC with S, the PC, or the SP to itself", (f: FieldMap) => {
        const d = f["Rd"],
          m = f["Rm"];
        return f["S"] === 1
          ? badRegister(d) || badRegister(m)
          : d === 15 || m === 15 || (d === 13 && m === 13);
      }),
    ],
    operands: (f: FieldMap) => standardOperands(move, f, plainRegister(f["Rm"]!)),
  });
