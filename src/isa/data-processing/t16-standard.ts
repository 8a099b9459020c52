/** 16-bit encodings of the standard operations. Outside of an IT block they set the flags. */
import { composedEncoding } from "../composed-encoding.js";
import { encoding, unpredictable, type AsmForm, type Encoding } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { unsignedImmediate } from "../syntax/element.js";
import { highRegister, printOnly } from "./operand-elements.js";
import { plainImmediate, plainRegister, type Operand2 } from "./operand2.js";
import { type Operation, type StandardOperands } from "./operations.js";

/** A first text and others that only the assembler takes. */
const forms = (first: string, ...others: string[]): AsmForm[] => [
  { text: first },
  ...others.map((text) => ({ text, parseOnly: true })),
];
const arithmetic = (
  d: number,
  n: number,
  setFlags: boolean,
  operand: Operand2,
): StandardOperands => ({
  d,
  n,
  setFlags,
  operand,
});
const pcInsideIt = (written: (f: FieldMap) => number) =>
  unpredictable<FieldMap>(
    "writes the PC inside an IT block and is not its last instruction",
    (f, { inIT, lastInIT }) => written(f) === 15 && inIT && !lastInIT,
  );
const doubled = (f: FieldMap, top: string, low: string): number => (f[top]! << 3) | f[low]!;

/** op Rdn, Rm and op Rn, Rm, op Rd, Rm of two low registers. */
export const t16Register = (operation: Operation): Encoding<StandardOperands>[] => {
  if (operation.t16 === undefined) return [];
  const { shape } = operation;
  const lower = operation.name.toLowerCase();
  const field = shape === "dn" ? "Rdn" : shape === "d" ? "Rd" : "Rn";
  return [
    composedEncoding("T1", `010000 ${operation.t16} Rm:3 ${field}:3`, {
      asm:
        shape === "n"
          ? `${lower}<c> <Rn>, <Rm>`
          : shape === "d"
            ? `${lower}<s_it><c> <Rd>, <Rm>`
            : forms(`${lower}<s_it><c> <Rdn>, <Rm>`, `${lower}<s_it><c> <Rdn>, <Rdn>, <Rm>`),
      operands: (f: FieldMap, { inIT }) =>
        arithmetic(f[field]!, f[field]!, shape === "n" || !inIT, plainRegister(f["Rm"]!)),
    }),
  ];
};

/** ADD and SUB of three low registers and of constants of 3 and 8 bits. */
const threeRegisters = (name: "add" | "sub", bit: 0 | 1): Encoding<StandardOperands> =>
  composedEncoding("T1", `000110${bit} Rm:3 Rn:3 Rd:3`, {
    asm: `${name}<s_it><c> <Rd>, <Rn>, <Rm>`,
    operands: (f: FieldMap, { inIT }) =>
      arithmetic(f["Rd"]!, f["Rn"]!, !inIT, plainRegister(f["Rm"]!)),
  });
const constants = (name: "add" | "sub", bit: 0 | 1): Encoding<StandardOperands>[] => [
  composedEncoding("T1", `000111${bit} imm3:3 Rn:3 Rd:3`, {
    asm: `${name}<s_it><c> <Rd>, <Rn>, <imm>`,
    elements: { imm: unsignedImmediate("imm3", 3) },
    operands: (f: FieldMap, { inIT }) =>
      arithmetic(f["Rd"]!, f["Rn"]!, !inIT, plainImmediate(f["imm3"]!)),
  }),
  composedEncoding("T2", `0011${bit} Rdn:3 imm8:8`, {
    asm: forms(`${name}<s_it><c> <Rdn>, <imm>`, `${name}<s_it><c> <Rdn>, <Rdn>, <imm>`),
    elements: { imm: unsignedImmediate("imm8", 8) },
    operands: (f: FieldMap, { inIT }) =>
      arithmetic(f["Rdn"]!, f["Rdn"]!, !inIT, plainImmediate(f["imm8"]!)),
  }),
];
/** ADD SP, #const and SUB SP, #const. */
const adjustStack = (
  name: "add" | "sub",
  label: "T1" | "T2",
  bit: 0 | 1,
): Encoding<StandardOperands> =>
  composedEncoding(label, `10110000${bit} imm7:7`, {
    asm: forms(`${name}<c> sp, <imm>`, `${name}<c> sp, sp, <imm>`),
    elements: { imm: unsignedImmediate("imm7", 7, 4) },
    operands: (f: FieldMap) => arithmetic(13, 13, false, plainImmediate(f["imm7"]! * 4)),
  });

/** Encodings of single operations, by the name of the record that holds them. */
export const T16_ENCODINGS: Readonly<Record<string, readonly Encoding<StandardOperands>[]>> = {
  "ADD (immediate)": constants("add", 0),
  "SUB (immediate)": constants("sub", 1),
  "SUB (register)": [threeRegisters("sub", 1)],
  "ADD (register)": [
    threeRegisters("add", 0),
    encoding("T2", "01000100 DN:1 Rm:4 Rdn:3", {
      asm: forms("add<c> <high>, <Rm>", "add<c> <high>, <high>, <Rm>"),
      elements: { high: highRegister("DN", "Rdn") },
      see: ["ADD (SP plus register)"],
      unpredictable: [
        pcInsideIt((f) => doubled(f, "DN", "Rdn")),
        unpredictable("both registers are the PC", (f) => f.DN === 1 && f.Rdn === 7 && f.Rm === 15),
      ],
      operands: (f) => {
        const dn = (f.DN << 3) | f.Rdn;
        return arithmetic(dn, dn, false, plainRegister(f.Rm));
      },
    }),
  ],
  "ADD (SP plus immediate)": [
    encoding("T1", "10101 Rd:3 imm8:8", {
      asm: "add<c> <Rd>, sp, <imm>",
      elements: { imm: unsignedImmediate("imm8", 8, 4) },
      operands: (f) => arithmetic(f.Rd, 13, false, plainImmediate(f.imm8 * 4)),
    }),
    adjustStack("add", "T2", 0),
  ],
  "SUB (SP minus immediate)": [adjustStack("sub", "T1", 1)],
  "ADD (SP plus register)": [
    encoding("T1", "01000100 DM:1 1101 Rdm:3", {
      asm: forms("add<c> <high>, sp", "add<c> <high>, sp, <high>"),
      elements: { high: highRegister("DM", "Rdm") },
      unpredictable: [pcInsideIt((f) => doubled(f, "DM", "Rdm"))],
      operands: (f) => {
        const dm = (f.DM << 3) | f.Rdm;
        return arithmetic(dm, 13, false, plainRegister(dm));
      },
    }),
    encoding("T2", "010001001 Rm:4 101", {
      asm: forms("add<c> sp, <Rm>", "add<c> sp, sp, <Rm>"),
      see: ["ADD (SP plus register) T1"],
      operands: (f) => arithmetic(13, 13, false, plainRegister(f.Rm)),
    }),
  ],
  "CMP (register)": [
    encoding("T2", "01000101 N:1 Rm:4 Rn:3", {
      asm: "cmp<c> <high>, <Rm>",
      elements: { high: highRegister("N", "Rn") },
      unpredictable: [
        unpredictable("both registers are low", (f) => f.N === 0 && f.Rm < 8),
        unpredictable("a register is the PC", (f) => f.Rm === 15 || (f.N === 1 && f.Rn === 7)),
      ],
      operands: (f) => arithmetic(0, (f.N << 3) | f.Rn, true, plainRegister(f.Rm)),
    }),
  ],
  "MOV (register)": [
    encoding("T1", "01000110 D:1 Rm:4 Rd:3", {
      asm: [
        { text: "<nop>", when: (f) => f.D === 1 && f.Rm === 8 && f.Rd === 0 },
        { text: "mov<c> <high>, <Rm>" },
      ],
      elements: { high: highRegister("D", "Rd"), nop: printOnly("nop") },
      unpredictable: [pcInsideIt((f) => doubled(f, "D", "Rd"))],
      operands: (f) => arithmetic((f.D << 3) | f.Rd, 0, false, plainRegister(f.Rm)),
    }),
    encoding("T2", "0000000000 Rm:3 Rd:3", {
      asm: "movs<c> <Rd>, <Rm>",
      unpredictable: [unpredictable("inside an IT block", (_f, { inIT }) => inIT)],
      operands: (f, { inIT }) => arithmetic(f.Rd, 0, !inIT, plainRegister(f.Rm)),
    }),
  ],
  "MOV (immediate)": [
    encoding("T1", "00100 Rd:3 imm8:8", {
      asm: "mov<s_it><c> <Rd>, <imm>",
      elements: { imm: unsignedImmediate("imm8", 8) },
      operands: (f, { inIT }) => arithmetic(f.Rd, 0, !inIT, plainImmediate(f.imm8)),
    }),
  ],
  "CMP (immediate)": [
    encoding("T1", "00101 Rn:3 imm8:8", {
      asm: "cmp<c> <Rn>, <imm>",
      elements: { imm: unsignedImmediate("imm8", 8) },
      operands: (f) => arithmetic(0, f.Rn, true, plainImmediate(f.imm8)),
    }),
  ],
  "RSB (immediate)": [
    encoding("T1", "0100001001 Rn:3 Rd:3", {
      asm: forms("neg<s_it><c> <Rd>, <Rn>", "rsb<s_it><c> <Rd>, <Rn>, #0"),
      operands: (f, { inIT }) => arithmetic(f.Rd, f.Rn, !inIT, plainImmediate(0)),
    }),
  ],
};
