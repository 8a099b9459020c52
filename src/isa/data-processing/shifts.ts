/** LSL, LSR, ASR, ROR and RRX: MOV of a shifted register (DDI 0406C, A8.8.105). */
import { badRegister } from "../bad-register.js";
import { composedEncoding } from "../composed-encoding.js";
import {
  type AsmForm,
  type Encoding,
  instruction,
  type Instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { decodeImmShift } from "../syntax/shift-element.js";
import { EXCEPTION_RETURN } from "./a32-standard.js";
import { amountBits, registerOf, shiftAmount, shiftOfType } from "./operand-elements.js";
import type { RegisterShift } from "./operand2.js";
import {
  executeStandard,
  operationNamed,
  standardOperands,
  type StandardOperands,
} from "./operations.js";

const MOVE = operationNamed("MOV");
const bits2 = (n: number): string => n.toString(2).padStart(2, "0");
const badPair = unpredictable<FieldMap>(
  "a register is the SP or the PC",
  (f) => badRegister(f["Rd"]) || badRegister(f["Rm"]),
);
/** Rd and Rm as one register, where the text leaves out one of them. */
const both = registerOf(
  (f) => f["Rd"]!,
  (n) => ({ Rd: n, Rm: n }),
);
const parseOnly = (...texts: string[]): AsmForm[] =>
  texts.map((text) => ({ text, parseOnly: true }));

interface Shift {
  readonly name: RegisterShift;
  readonly refs: readonly [immediate: string, register: string];
  readonly summary: string;
  /** T16 opcode of the form by a register, bits 9:6. */
  readonly t16: string;
}
const SHIFTS: readonly Shift[] = [
  { name: "LSL", refs: ["A8.8.94", "A8.8.95"], t16: "0010", summary: "Shifts left." },
  {
    name: "LSR",
    refs: ["A8.8.96", "A8.8.97"],
    t16: "0011",
    summary: "Shifts right, zeros come in.",
  },
  {
    name: "ASR",
    refs: ["A8.8.16", "A8.8.17"],
    t16: "0100",
    summary: "Shifts right, the sign comes in.",
  },
  { name: "ROR", refs: ["A8.8.149", "A8.8.150"], t16: "0111", summary: "Rotates right." },
];

/** What an amount of 0 means, and so wins over the shift. */
const zeroAmount = (name: string): string[] =>
  name === "LSL" ? ["MOV (register)"] : name === "ROR" ? ["RRX"] : [];

const byImmediate = ({ name, refs, summary }: Shift, type: number): Instruction => {
  const lower = name.toLowerCase();
  const narrow: Encoding<StandardOperands>[] =
    name === "ROR"
      ? []
      : [
          composedEncoding("T1", `000${bits2(type)} imm5:5 Rm:3 Rd:3`, {
            asm: [
              { text: `${lower}<s_it><c> <Rd>, <Rm>, <amount>` },
              ...parseOnly(`${lower}<s_it><c> <both>, <amount>`),
            ],
            elements: { amount: shiftAmount("imm5", type), both },
            see: name === "LSL" ? ["MOV (register) T2"] : [],
            operands: (f: FieldMap, { inIT }) => ({
              d: f["Rd"]!,
              n: 0,
              setFlags: !inIT,
              operand: { kind: "shift", m: f["Rm"]!, ...decodeImmShift(type, f["imm5"]!) },
            }),
          }),
        ];
  return instruction<StandardOperands>({
    name: `${name} (immediate)`,
    ref: refs[0],
    summary,
    encodings: [
      composedEncoding("A1", `cond:4 0001101 S:1 (0)(0)(0)(0) Rd:4 imm5:5 ${bits2(type)} 0 Rm:4`, {
        asm: [
          { text: `${lower}<s><c> <Rd>, <Rm>, <amount>` },
          ...parseOnly(`${lower}<s><c> <both>, <amount>`, "mov<s><c> <Rd>, <Rm><shift>"),
        ],
        elements: { amount: shiftAmount("imm5", type), shift: shiftOfType("imm5", type), both },
        see: [...zeroAmount(name), EXCEPTION_RETURN],
        shouldBe: UNDEFINED_IN_REFERENCE,
        operands: (f: FieldMap) =>
          standardOperands(MOVE, f, {
            kind: "shift",
            m: f["Rm"]!,
            ...decodeImmShift(type, f["imm5"]!),
          }),
      }),
      ...narrow,
      composedEncoding(
        name === "ROR" ? "T1" : "T2",
        `11101010010 S:1 1111 (0) imm3:3 Rd:4 imm2:2 ${bits2(type)} Rm:4`,
        {
          asm: [
            { text: "mov<s><c><w> <Rd>, <Rm><shift>" },
            ...parseOnly(
              `${lower}<s><c><w> <Rd>, <Rm>, <amount>`,
              `${lower}<s><c><w> <both>, <amount>`,
            ),
          ],
          elements: {
            amount: shiftAmount("imm3:imm2", type),
            shift: shiftOfType("imm3:imm2", type),
            both,
          },
          see: zeroAmount(name),
          shouldBe: UNDEFINED_IN_REFERENCE,
          unpredictable: [badPair],
          operands: (f: FieldMap) =>
            standardOperands(MOVE, f, {
              kind: "shift",
              m: f["Rm"]!,
              ...decodeImmShift(type, amountBits(f, "imm3:imm2")),
            }),
        },
      ),
    ],
    execute: executeStandard(MOVE),
  });
};

const byRegister = ({ name, refs, summary, t16 }: Shift, type: number): Instruction => {
  const lower = name.toLowerCase();
  const operands = (f: FieldMap, d: number, n: number, setFlags: boolean): StandardOperands => ({
    d,
    n: 0,
    setFlags,
    operand: { kind: "registerShift", m: n, type: name, s: f["Rm"]! },
  });
  const bothOf = registerOf(
    (f) => f["Rd"]!,
    (n) => ({ Rd: n, Rn: n }),
  );
  return instruction<StandardOperands>({
    name: `${name} (register)`,
    ref: refs[1],
    summary: `${summary} By the bottom byte of a register.`,
    encodings: [
      composedEncoding("A1", `cond:4 0001101 S:1 (0)(0)(0)(0) Rd:4 Rm:4 0 ${bits2(type)} 1 Rn:4`, {
        asm: [
          { text: `${lower}<s><c> <Rd>, <Rn>, <Rm>` },
          ...parseOnly(`${lower}<s><c> <both>, <Rm>`, `mov<s><c> <Rd>, <Rn>, ${lower} <Rm>`),
        ],
        elements: { both: bothOf },
        shouldBe: UNDEFINED_IN_REFERENCE,
        unpredictable: [
          unpredictable("a register is the PC", (f: FieldMap) =>
            ["Rd", "Rn", "Rm"].some((field) => f[field] === 15),
          ),
        ],
        operands: (f: FieldMap) => operands(f, f["Rd"]!, f["Rn"]!, f["S"] === 1),
      }),
      composedEncoding("T1", `010000 ${t16} Rm:3 Rdn:3`, {
        asm: [
          { text: `${lower}<s_it><c> <Rdn>, <Rm>` },
          ...parseOnly(
            `${lower}<s_it><c> <Rdn>, <Rdn>, <Rm>`,
            `mov<s_it><c> <Rdn>, <Rdn>, ${lower} <Rm>`,
          ),
        ],
        operands: (f: FieldMap, { inIT }) => operands(f, f["Rdn"]!, f["Rdn"]!, !inIT),
      }),
      composedEncoding("T2", `111110100 ${bits2(type)} S:1 Rn:4 1111 Rd:4 0000 Rm:4`, {
        asm: [
          { text: `${lower}<s><c><w> <Rd>, <Rn>, <Rm>` },
          ...parseOnly(`${lower}<s><c><w> <both>, <Rm>`, `mov<s><c><w> <Rd>, <Rn>, ${lower} <Rm>`),
        ],
        elements: { both: bothOf },
        unpredictable: [
          unpredictable("a register is the SP or the PC", (f: FieldMap) =>
            ["Rd", "Rn", "Rm"].some((field) => badRegister(f[field])),
          ),
        ],
        operands: (f: FieldMap) => operands(f, f["Rd"]!, f["Rn"]!, f["S"] === 1),
      }),
    ],
    execute: executeStandard(MOVE),
  });
};

const RRX = instruction<StandardOperands>({
  name: "RRX",
  ref: "A8.8.151",
  summary: "Rotates right by one through the carry.",
  encodings: [
    composedEncoding("A1", "cond:4 0001101 S:1 (0)(0)(0)(0) Rd:4 00000110 Rm:4", {
      asm: [
        { text: "rrx<s><c> <Rd>, <Rm>" },
        ...parseOnly("rrx<s><c> <both>", "mov<s><c> <Rd>, <Rm>, rrx"),
      ],
      elements: { both },
      see: [EXCEPTION_RETURN],
      shouldBe: UNDEFINED_IN_REFERENCE,
      operands: (f: FieldMap) => standardOperands(MOVE, f, rotated(f)),
    }),
    composedEncoding("T1", "11101010010 S:1 1111 (0) 000 Rd:4 0011 Rm:4", {
      asm: [
        { text: "mov<s><c><w> <Rd>, <Rm>, rrx" },
        ...parseOnly("rrx<s><c> <Rd>, <Rm>", "rrx<s><c> <both>"),
      ],
      elements: { both },
      shouldBe: UNDEFINED_IN_REFERENCE,
      unpredictable: [badPair],
      operands: (f: FieldMap) => standardOperands(MOVE, f, rotated(f)),
    }),
  ],
  execute: executeStandard(MOVE),
});
function rotated(f: FieldMap): StandardOperands["operand"] {
  return { kind: "shift", m: f["Rm"]!, type: "RRX", amount: 1 };
}

export const SHIFT_INSTRUCTIONS: readonly Instruction[] = [
  ...SHIFTS.map(byImmediate),
  ...SHIFTS.map(byRegister),
  RRX,
];
