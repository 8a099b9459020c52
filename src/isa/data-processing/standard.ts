/**
 * The sixteen standard data-processing operations and ORN, each with an immediate, a register and (in
 * A32) a register-shifted register operand. One row an operation; one body for all.
 */
import type { IrBuilder, Sum, Value } from "../../ir/index.js";
import { encoding, instruction, unpredictable, type AsmForm, type Encoding, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { armExpandImm, armImmediate, thumbExpandImm, thumbImmediate } from "../syntax/modified-immediate.js";
import { decodeImmShift, shiftElement } from "../syntax/shift-element.js";
import { evaluateOperand2, returnFromException, type Operand2 } from "./operand2.js";
import { registerShiftElement } from "./register-shift-element.js";

type Compute = (ir: IrBuilder, n: Value, m: Value) => Value | Sum;

interface Row {
  readonly name: string;
  /** Operands: Rd and Rn, Rn alone (compares), Rd alone (moves). */
  readonly shape: "dn" | "n" | "d";
  /** A32 opcode, bits 24:21; undefined for ORN. */
  readonly a32?: string;
  /** T32 opcode, bits 24:21; undefined for RSC. */
  readonly t32?: string;
  /** T16 opcode of the two-register form, bits 9:6. */
  readonly t16?: string;
  readonly compute: Compute;
  readonly ref: string;
  readonly summary: string;
}

const subtract = (ir: IrBuilder, x: Value, y: Value): Sum => ir.addWithCarry(x, ir.not(y), ir.const(1));
const ROWS: readonly Row[] = [
  { name: "AND", shape: "dn", a32: "0000", t32: "0000", t16: "0000", ref: "A8.8.13", summary: "Bitwise AND.", compute: (ir, n, m) => ir.and(n, m) },
  { name: "EOR", shape: "dn", a32: "0001", t32: "0100", t16: "0001", ref: "A8.8.46", summary: "Bitwise exclusive OR.", compute: (ir, n, m) => ir.xor(n, m) },
  { name: "SUB", shape: "dn", a32: "0010", t32: "1101", ref: "A8.8.222", summary: "Subtracts the second operand.", compute: subtract },
  { name: "RSB", shape: "dn", a32: "0011", t32: "1110", ref: "A8.8.153", summary: "Subtracts from the second operand.", compute: (ir, n, m) => subtract(ir, m, n) },
  { name: "ADD", shape: "dn", a32: "0100", t32: "1000", ref: "A8.8.6", summary: "Adds.", compute: (ir, n, m) => ir.addWithCarry(n, m, ir.const(0)) },
  { name: "ADC", shape: "dn", a32: "0101", t32: "1010", t16: "0101", ref: "A8.8.2", summary: "Adds with carry.", compute: (ir, n, m) => ir.addWithCarry(n, m, ir.flag("C")) },
  { name: "SBC", shape: "dn", a32: "0110", t32: "1011", t16: "0110", ref: "A8.8.162", summary: "Subtracts with carry.", compute: (ir, n, m) => ir.addWithCarry(n, ir.not(m), ir.flag("C")) },
  { name: "RSC", shape: "dn", a32: "0111", ref: "A8.8.156", summary: "Subtracts from the second operand with carry.", compute: (ir, n, m) => ir.addWithCarry(m, ir.not(n), ir.flag("C")) },
  { name: "TST", shape: "n", a32: "1000", t32: "0000", t16: "1000", ref: "A8.8.241", summary: "Flags of a bitwise AND.", compute: (ir, n, m) => ir.and(n, m) },
  { name: "TEQ", shape: "n", a32: "1001", t32: "0100", ref: "A8.8.238", summary: "Flags of a bitwise exclusive OR.", compute: (ir, n, m) => ir.xor(n, m) },
  { name: "CMP", shape: "n", a32: "1010", t32: "1101", t16: "1010", ref: "A8.8.38", summary: "Flags of a subtraction.", compute: subtract },
  { name: "CMN", shape: "n", a32: "1011", t32: "1000", t16: "1011", ref: "A8.8.35", summary: "Flags of an addition.", compute: (ir, n, m) => ir.addWithCarry(n, m, ir.const(0)) },
  { name: "ORR", shape: "dn", a32: "1100", t32: "0010", t16: "1100", ref: "A8.8.123", summary: "Bitwise OR.", compute: (ir, n, m) => ir.or(n, m) },
  { name: "MOV", shape: "d", a32: "1101", t32: "0010", ref: "A8.8.103", summary: "Copies the operand.", compute: (_ir, _n, m) => m },
  { name: "BIC", shape: "dn", a32: "1110", t32: "0001", t16: "1110", ref: "A8.8.22", summary: "Clears the bits of the second operand.", compute: (ir, n, m) => ir.bic(n, m) },
  { name: "MVN", shape: "d", a32: "1111", t32: "0011", t16: "1111", ref: "A8.8.116", summary: "Bitwise NOT.", compute: (ir, _n, m) => ir.not(m) },
  { name: "ORN", shape: "dn", t32: "0011", ref: "A8.8.120", summary: "Bitwise OR NOT.", compute: (ir, n, m) => ir.or(n, ir.not(m)) },
];
/** In T32 a compare is its operation with Rd = 15 and S set, a move its operation with Rn = 15. */
const T32_SPECIAL: Readonly<Record<string, string>> = { AND: "TST", EOR: "TEQ", SUB: "CMP", ADD: "CMN", ORR: "MOV", ORN: "MVN" };

export interface StandardOperands {
  readonly d: number;
  readonly n: number;
  readonly setFlags: boolean;
  readonly operand: Operand2;
}

/** The body of every standard operation. */
export const executeStandard = (row: Pick<Row, "shape" | "compute">) => (ir: IrBuilder, o: StandardOperands): void => {
  const { result: m, carry } = evaluateOperand2(ir, o.operand);
  const n = row.shape === "d" ? m : ir.reg(o.n);
  const computed = row.compute(ir, n, m);
  const sum = typeof computed === "number" ? undefined : computed;
  const result = typeof computed === "number" ? computed : computed.result;
  if (row.shape !== "n" && o.d === 15) {
    if (o.setFlags) returnFromException(ir, result);
    else ir.aluWritePC(result);
    return;
  }
  if (o.setFlags) {
    if (sum !== undefined) ir.setNzcv(sum);
    else {
      ir.setNz(result);
      ir.setFlag("C", carry);
    }
  }
  if (row.shape !== "n") ir.setReg(o.d, result);
};

const badRegister = (n: number): boolean => n === 13 || n === 15;
const operandsText = (row: Row): string => (row.shape === "dn" ? "<Rd>, <Rn>" : row.shape === "n" ? "<Rn>" : "<Rd>");
const suffix = (row: Row): string => (row.shape === "n" ? "<c>" : "<s><c>");

/** Bits of Rn and Rd in A32 with the S bit. */
const a32Fields = (row: Row): string => {
  if (row.shape === "dn") return `${row.a32} S:1 Rn:4 Rd:4`;
  return row.shape === "n" ? `${row.a32} 1 Rn:4 (0)(0)(0)(0)` : `${row.a32} S:1 (0)(0)(0)(0) Rd:4`;
};
type Any = FieldMap;
const operands = (row: Row, f: Any, operand: Operand2): StandardOperands => ({
  d: row.shape === "n" ? 0 : f["Rd"]!,
  n: row.shape === "d" ? 0 : f["Rn"]!,
  setFlags: row.shape === "n" || f["S"] === 1,
  operand,
});
/** Declares an encoding whose pattern is put together at load time. */
const made = (label: Encoding["label"], pattern: string, spec: Parameters<typeof encoding<string, StandardOperands>>[2]) =>
  encoding<string, StandardOperands>(label, pattern, spec);

const a32Immediate = (row: Row): Encoding<StandardOperands>[] => {
  if (row.a32 === undefined) return [];
  return [
    made("A1", `cond:4 001 ${a32Fields(row)} imm12:12`, {
      asm: `${row.name.toLowerCase()}${suffix(row)} ${operandsText(row)}, <const>`,
      elements: { const: armImmediate },
      operands: (f: Any) => operands(row, f, { kind: "immediate", immediate: armExpandImm(f["imm12"]!) }),
    }),
  ];
};
const movForms = (prefix: string, wide: string): AsmForm[] => {
  const shifted = ["lsl", "lsr", "asr", "ror"].map((name, type) => ({
    text: `${name}<s><c>${wide} <Rd>, <Rm>, <amount>`,
    fields: { type },
    when: (f: Any) => f["type"] === type && amountOf(f) !== 0,
  }));
  return [
    { text: `${prefix}<s><c>${wide} <Rd>, <Rm>`, fields: { type: 0, imm5: 0, imm3: 0, imm2: 0 }, when: (f) => f["type"] === 0 && amountOf(f) === 0 },
    { text: `rrx<s><c> <Rd>, <Rm>`, fields: { type: 3, imm5: 0, imm3: 0, imm2: 0 }, when: (f) => f["type"] === 3 && amountOf(f) === 0 },
    // LSR and ASR by 32 are written with amount 0 in the encoding.
    ...shifted.map((form, type) => (type === 1 || type === 2 ? { ...form, when: (f: Any) => f["type"] === type } : form)),
    { text: `${prefix}<s><c>${wide} <Rd>, <Rm><shift>`, parseOnly: true },
  ];
};
const amountOf = (f: Any): number => f["imm5"] ?? (f["imm3"]! << 2) | f["imm2"]!;
const a32Register = (row: Row): Encoding<StandardOperands>[] => {
  if (row.a32 === undefined) return [];
  const asm = row.name === "MOV"
    ? movForms("mov", "")
    : `${row.name.toLowerCase()}${suffix(row)} ${operandsText(row)}, <Rm><shift>`;
  return [
    made("A1", `cond:4 000 ${a32Fields(row)} imm5:5 type:2 0 Rm:4`, {
      asm,
      elements: { shift: shiftElement("imm5"), amount: registerShiftElement.immediate("imm5") },
      operands: (f: Any) => {
        const { type, amount } = decodeImmShift(f["type"]!, f["imm5"]!);
        return operands(row, f, { kind: "shift", m: f["Rm"]!, type, amount });
      },
    }),
  ];
};
const a32RegisterShifted = (row: Row): Instruction[] => {
  if (row.a32 === undefined) return [];
  const registers = row.shape === "dn" ? ["Rd", "Rn", "Rm", "Rs"] : row.shape === "n" ? ["Rn", "Rm", "Rs"] : ["Rd", "Rm", "Rs"];
  const asm = row.name === "MOV"
    ? [
        ...["lsl", "lsr", "asr", "ror"].map((name, type) => ({
          text: `${name}<s><c> <Rd>, <Rm>, <Rs>`, fields: { type }, when: (f: Any) => f["type"] === type,
        })),
        { text: "mov<s><c> <Rd>, <Rm>, <rshift>", parseOnly: true },
      ]
    : `${row.name.toLowerCase()}${suffix(row)} ${operandsText(row)}, <Rm>, <rshift>`;
  return [
    instruction<StandardOperands>({
      name: `${row.name} (register-shifted register)`, ref: row.ref, summary: row.summary,
      encodings: [
        made("A1", `cond:4 000 ${a32Fields(row)} Rs:4 0 type:2 1 Rm:4`, {
          asm,
          elements: { rshift: registerShiftElement.register },
          unpredictable: [unpredictable("a register is PC", (f: Any) => registers.some((r) => f[r] === 15))],
          operands: (f: Any) => operands(row, f, { kind: "registerShift", m: f["Rm"]!, type: f["type"]!, s: f["Rs"]! }),
        }),
      ],
      execute: executeStandard(row),
    }),
  ];
};

/** Rn and Rd of T32; specials are matched by their fixed fields and win. */
const t32Parts = (row: Row, operand: "immediate" | "register"): { head: string; rd: string; see: string[] } => {
  const special = T32_SPECIAL[row.name];
  return {
    head: row.shape === "n" ? `${row.t32} 1 Rn:4` : row.shape === "d" ? `${row.t32} S:1 1111` : `${row.t32} S:1 Rn:4`,
    rd: row.shape === "n" ? "1111" : "Rd:4",
    see: special === undefined || row.shape !== "dn" ? [] : [`${special} (${operand})`],
  };
};
const t32Name = (row: Row): string => {
  const plain = row.name === "ORN" || row.name === "TEQ" || row.name === "RSB";
  return `${row.name.toLowerCase()}${suffix(row)}${plain ? "" : "<w>"}`;
};
const t32Unpredictable = (row: Row) => [
  unpredictable("a register is SP or PC where it may not be", (f: Any) => {
    const d = f["Rd"], n = f["Rn"], m = f["Rm"];
    const spIsFine = row.name === "ADD" || row.name === "SUB" || row.name === "CMP" || row.name === "CMN" || row.name === "MOV";
    if (d !== undefined && (d === 15 || (d === 13 && !spIsFine))) return true;
    if (n !== undefined && (n === 15 || (n === 13 && !spIsFine))) return true;
    return m !== undefined && badRegister(m) && row.name !== "MOV";
  }),
];
const t32Immediate = (row: Row): Encoding<StandardOperands>[] => {
  if (row.t32 === undefined) return [];
  const { head, rd, see } = t32Parts(row, "immediate");
  return [
    made("T2", `11110 i:1 0 ${head} 0 imm3:3 ${rd} imm8:8`, {
      asm: `${t32Name(row)} ${operandsText(row)}, <const>`,
      elements: { const: thumbImmediate },
      see,
      unpredictable: t32Unpredictable(row),
      operands: (f: Any) =>
        operands(row, f, { kind: "immediate", immediate: thumbExpandImm((f["i"]! << 11) | (f["imm3"]! << 8) | f["imm8"]!) }),
    }),
  ];
};
const t32Register = (row: Row): Encoding<StandardOperands>[] => {
  if (row.t32 === undefined) return [];
  const { head, rd, see } = t32Parts(row, "register");
  return [
    made("T3", `1110101 ${head} (0) imm3:3 ${rd} imm2:2 type:2 Rm:4`, {
      asm: row.name === "MOV"
        ? [{ text: "mov<s><c><w> <Rd>, <Rm><shift>" }, ...movForms("mov", "<w>").map((form) => ({ ...form, parseOnly: true }))]
        : `${t32Name(row)} ${operandsText(row)}, <Rm><shift>`,
      elements: { shift: shiftElement("imm3:imm2"), amount: registerShiftElement.immediate("imm3:imm2") },
      see,
      unpredictable: t32Unpredictable(row),
      operands: (f: Any) => {
        const { type, amount } = decodeImmShift(f["type"]!, (f["imm3"]! << 2) | f["imm2"]!);
        return operands(row, f, { kind: "shift", m: f["Rm"]!, type, amount });
      },
    }),
  ];
};

const plainRegister = (m: number): Operand2 => ({ kind: "shift", m, type: "LSL", amount: 0 });
const plainImmediate = (value: number): Operand2 => ({ kind: "immediate", immediate: { value, carry: undefined } });
/** Two-register T16 forms: op Rdn, Rm. */
const t16Register = (row: Row): Encoding<StandardOperands>[] => {
  if (row.t16 === undefined) return [];
  const pattern = `010000 ${row.t16}`;
  const lower = row.name.toLowerCase();
  if (row.shape === "n") {
    return [made("T1", `${pattern} Rm:3 Rn:3`, {
      asm: `${lower}<c> <Rn>, <Rm>`,
      operands: (f: Any) => ({ d: 0, n: f["Rn"]!, setFlags: true, operand: plainRegister(f["Rm"]!) }),
    })];
  }
  const field = row.shape === "d" ? "Rd" : "Rdn";
  const forms: AsmForm[] = [{ text: `${lower}<s_it><c> <${field}>, <Rm>` }];
  if (row.shape === "dn") forms.push({ text: `${lower}<s_it><c> <Rdn>, <Rdn>, <Rm>`, parseOnly: true });
  return [made("T1", `${pattern} Rm:3 ${field}:3`, {
    asm: forms,
    operands: (f: Any, { inIT }) => ({ d: f[field]!, n: f[field]!, setFlags: !inIT, operand: plainRegister(f["Rm"]!) }),
  })];
};

/** Extra T16 encodings of single operations. */
const T16_EXTRA: Readonly<Record<string, readonly Encoding<StandardOperands>[]>> = {
  "ADD (register)": [
    encoding("T1", "0001100 Rm:3 Rn:3 Rd:3", {
      asm: "add<s_it><c> <Rd>, <Rn>, <Rm>",
      operands: (f, { inIT }) => ({ d: f.Rd, n: f.Rn, setFlags: !inIT, operand: plainRegister(f.Rm) }),
    }),
    encoding("T2", "01000100 DN:1 Rm:4 Rdn:3", {
      asm: [{ text: "add<c> <high>, <Rm>" }, { text: "add<c> <high>, <high>, <Rm>", parseOnly: true }],
      elements: { high: registerShiftElement.high("DN", "Rdn") },
      it: "last-or-outside",
      operands: (f) => ({ d: (f.DN << 3) | f.Rdn, n: (f.DN << 3) | f.Rdn, setFlags: false, operand: plainRegister(f.Rm) }),
    }),
  ],
  "SUB (register)": [
    encoding("T1", "0001101 Rm:3 Rn:3 Rd:3", {
      asm: "sub<s_it><c> <Rd>, <Rn>, <Rm>",
      operands: (f, { inIT }) => ({ d: f.Rd, n: f.Rn, setFlags: !inIT, operand: plainRegister(f.Rm) }),
    }),
  ],
  "CMP (register)": [
    encoding("T2", "01000101 N:1 Rm:4 Rn:3", {
      asm: "cmp<c> <high>, <Rm>",
      elements: { high: registerShiftElement.high("N", "Rn") },
      unpredictable: [unpredictable("both registers low, or Rn is PC", (f) => (f.N === 0 && f.Rm < 8) || (f.N === 1 && f.Rn === 7))],
      operands: (f) => ({ d: 0, n: (f.N << 3) | f.Rn, setFlags: true, operand: plainRegister(f.Rm) }),
    }),
  ],
  "MOV (register)": [
    encoding("T1", "01000110 D:1 Rm:4 Rd:3", {
      asm: [{ text: "nop<c>", when: (f) => f.D === 1 && f.Rm === 8 && f.Rd === 0, fields: { D: 1, Rm: 8, Rd: 0 } }, { text: "mov<c> <high>, <Rm>" }],
      elements: { high: registerShiftElement.high("D", "Rd") },
      it: "last-or-outside",
      operands: (f) => ({ d: (f.D << 3) | f.Rd, n: 0, setFlags: false, operand: plainRegister(f.Rm) }),
    }),
    ...(["LSL", "LSR", "ASR"] as const).map((type, op) =>
      made("T2", `000${op.toString(2).padStart(2, "0")} imm5:5 Rm:3 Rd:3`, {
        asm: op === 0
          ? [{ text: "movs<c> <Rd>, <Rm>", when: (f: Any) => f["imm5"] === 0, fields: { imm5: 0 } }, { text: "lsl<s_it><c> <Rd>, <Rm>, <amount>" }]
          : `${type.toLowerCase()}<s_it><c> <Rd>, <Rm>, <amount>`,
        elements: { amount: registerShiftElement.immediate("imm5", op) },
        ...(op === 0 ? { unpredictable: [unpredictable("MOVS inside an IT block", (f: Any, c) => c.inIT && f["imm5"] === 0)] } : {}),
        operands: (f: Any, { inIT }) => {
          const shift = decodeImmShift(op, f["imm5"]!);
          return { d: f["Rd"]!, n: 0, setFlags: !inIT, operand: { kind: "shift", m: f["Rm"]!, ...shift } };
        },
      }),
    ),
  ],
  "MOV (immediate)": [
    encoding("T1", "00100 Rd:3 imm8:8", {
      asm: "mov<s_it><c> <Rd>, <imm>",
      elements: { imm: registerShiftElement.unsigned("imm8", 8) },
      operands: (f, { inIT }) => ({ d: f.Rd, n: 0, setFlags: !inIT, operand: plainImmediate(f.imm8) }),
    }),
  ],
  "CMP (immediate)": [
    encoding("T1", "00101 Rn:3 imm8:8", {
      asm: "cmp<c> <Rn>, <imm>",
      elements: { imm: registerShiftElement.unsigned("imm8", 8) },
      operands: (f) => ({ d: 0, n: f.Rn, setFlags: true, operand: plainImmediate(f.imm8) }),
    }),
  ],
  "RSB (immediate)": [
    encoding("T1", "0100001001 Rn:3 Rd:3", {
      asm: [{ text: "neg<s_it><c> <Rd>, <Rn>" }, { text: "rsb<s_it><c> <Rd>, <Rn>, #0", parseOnly: true }],
      operands: (f, { inIT }) => ({ d: f.Rd, n: f.Rn, setFlags: !inIT, operand: plainImmediate(0) }),
    }),
  ],
  ...Object.fromEntries(
    [["ADD", "0", "01010", "1010"], ["SUB", "1", "10110", "1011"]].map(([name, bit]) => {
      const lower = name!.toLowerCase();
      const forms = [
        made("T1", `000111${bit} imm3:3 Rn:3 Rd:3`, {
          asm: `${lower}<s_it><c> <Rd>, <Rn>, <imm>`,
          elements: { imm: registerShiftElement.unsigned("imm3", 3) },
          operands: (f: Any, { inIT }) => ({ d: f["Rd"]!, n: f["Rn"]!, setFlags: !inIT, operand: plainImmediate(f["imm3"]!) }),
        }),
        made("T2", `0011${bit === "0" ? "0" : "1"} Rdn:3 imm8:8`, {
          asm: [{ text: `${lower}<s_it><c> <Rdn>, <imm>` }, { text: `${lower}<s_it><c> <Rdn>, <Rdn>, <imm>`, parseOnly: true }],
          elements: { imm: registerShiftElement.unsigned("imm8", 8) },
          operands: (f: Any, { inIT }) => ({ d: f["Rdn"]!, n: f["Rdn"]!, setFlags: !inIT, operand: plainImmediate(f["imm8"]!) }),
        }),
        // ADD SP, #imm and SUB SP, #imm.
        made("T3", `10110000${bit} imm7:7`, {
          asm: [{ text: `${lower}<c> sp, <imm>` }, { text: `${lower}<c> sp, sp, <imm>`, parseOnly: true }],
          elements: { imm: registerShiftElement.unsigned("imm7", 7, 4) },
          operands: (f: Any) => ({ d: 13, n: 13, setFlags: false, operand: plainImmediate(f["imm7"]! * 4) }),
        }),
      ];
      if (name === "ADD") {
        forms.push(made("T4", "10101 Rd:3 imm8:8", {
          asm: "add<c> <Rd>, sp, <imm>",
          elements: { imm: registerShiftElement.unsigned("imm8", 8, 4) },
          operands: (f: Any) => ({ d: f["Rd"]!, n: 13, setFlags: false, operand: plainImmediate(f["imm8"]! * 4) }),
        }));
      }
      return [`${name} (immediate)`, forms];
    }),
  ),
};

/** LSL, LSR, ASR, ROR by a register in T16 (two registers) and T32. */
const T16_SHIFTS = ["0010", "0011", "0100", "0111"];
const shiftsByRegister = (["LSL", "LSR", "ASR", "ROR"] as const).map((type, index) =>
  instruction<StandardOperands>({
    name: `${type} (register)`, ref: "A8.8.95", summary: "Shifts by the bottom byte of a register.",
    encodings: [
      made("T1", `010000 ${T16_SHIFTS[index]!} Rs:3 Rdn:3`, {
        asm: [{ text: `${type.toLowerCase()}<s_it><c> <Rdn>, <Rs>` }, { text: `${type.toLowerCase()}<s_it><c> <Rdn>, <Rdn>, <Rs>`, parseOnly: true }],
        operands: (f: Any, { inIT }) => ({ d: f["Rdn"]!, n: 0, setFlags: !inIT, operand: { kind: "registerShift", m: f["Rdn"]!, type: index, s: f["Rs"]! } }),
      }),
      made("T2", `11111010 0 ${index.toString(2).padStart(2, "0")} S:1 Rm:4 1111 Rd:4 0 000 Rs:4`, {
        asm: `${type.toLowerCase()}<s><c><w> <Rd>, <Rm>, <Rs>`,
        unpredictable: [unpredictable("a register is SP or PC", (f: Any) => [f["Rd"]!, f["Rm"]!, f["Rs"]!].some(badRegister))],
        operands: (f: Any) => ({ d: f["Rd"]!, n: 0, setFlags: f["S"] === 1, operand: { kind: "registerShift", m: f["Rm"]!, type: index, s: f["Rs"]! } }),
      }),
    ],
    execute: executeStandard(ROWS.find((r) => r.name === "MOV")!),
  }),
);

export const STANDARD: readonly Instruction[] = [
  ...ROWS.flatMap((row) => {
    const record = (operand: "immediate" | "register", encodings: Encoding<StandardOperands>[]): Instruction =>
      instruction<StandardOperands>({
        name: `${row.name} (${operand})`, ref: row.ref, summary: row.summary,
        encodings: [...encodings, ...(T16_EXTRA[`${row.name} (${operand})`] ?? [])],
        execute: executeStandard(row),
      });
    return [
      record("immediate", [...a32Immediate(row), ...t32Immediate(row)]),
      record("register", [...a32Register(row), ...t32Register(row), ...t16Register(row)]),
      ...a32RegisterShifted(row),
    ];
  }),
  ...shiftsByRegister,
];
