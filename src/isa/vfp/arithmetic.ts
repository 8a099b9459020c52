/** Floating-point data processing: operands and result in registers of one format. */
import { vectorSlot } from "../../arch/index.js";
import { COMPARE, type IrBuilder, type VectorOpName } from "../../ir/index.js";
import { instruction, type Instruction } from "../instruction.js";
import { flagElement } from "../syntax/element.js";
import { bothSets, slotOf, textOf, VFP_ELEMENTS, wordOf, type F } from "./vfp-encoding.js";

interface Operands {
  /** Double precision. */
  readonly double: boolean;
  /** Slots. */
  readonly d: number;
  readonly n: number;
  readonly m: number;
  /** The encoding's op bit. */
  readonly op: number;
}
const operands = (f: F): Operands => ({
  double: f["sz"] === 1,
  d: slotOf(f, "d"),
  n: slotOf(f, "n"),
  m: slotOf(f, "m"),
  op: f["op"] ?? 0,
});
type Op = "fadd" | "fsub" | "fmul" | "fnmul" | "fdiv" | "fsqrt" | Accumulating;
type Accumulating = "fmla" | "fmls" | "fnmla" | "fnmls" | "ffma" | "ffms" | "ffnma" | "ffnms";
const opName = (op: Op, o: Operands): VectorOpName => `${op}${o.double ? 64 : 32}`;

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  /** Bits 27:23 and 21:20. */
  readonly opc1: readonly [string, string];
  /** Bit 6, or where both of its values are instructions of the record: "op". */
  readonly op: "0" | "1" | "op:1";
  /** Mnemonics and ops by the op bit; one where it is fixed. */
  readonly mnemonics: readonly string[];
  readonly ops: readonly Op[];
  /** Number of the encoding's label; Advanced SIMD has the lower ones. */
  readonly label: 1 | 2;
}
const threeOperands = (row: Row): Instruction =>
  instruction<Operands>({
    name: row.name,
    ref: row.ref,
    summary: row.summary,
    encodings: bothSets(
      row.label,
      `${row.opc1[0]} D:1 ${row.opc1[1]} Vn:4 Vd:4 101 sz:1 N:1 ${row.op} M:1 0 Vm:4`,
      {
        asm:
          row.mnemonics.length === 1
            ? `${row.mnemonics[0]!}<c><f> <Fd>, <Fn>, <Fm>`
            : row.mnemonics.map((mnemonic, op) => ({
                text: `${mnemonic}<c><f> <Fd>, <Fn>, <Fm>`,
                when: (f: F) => f["op"] === op,
                fields: { op },
              })),
        elements: VFP_ELEMENTS,
        operands,
      },
    ),
    execute(ir, o) {
      ir.checkVector();
      ir.checkNoShortVectors();
      ir.vector(opName(row.ops[o.op]!, o), o.d, o.n, o.m);
    },
  });

const THREE_OPERANDS: readonly Row[] = [
  {
    name: "VMLA, VMLS (floating-point)",
    ref: "A8.8.337",
    summary: "Product, rounded, added to or subtracted from a register.",
    opc1: ["11100", "00"],
    op: "op:1",
    mnemonics: ["vmla", "vmls"],
    ops: ["fmla", "fmls"],
    label: 2,
  },
  {
    name: "VNMLA, VNMLS",
    ref: "A8.8.356",
    summary: "As VMLA and VMLS, with the register negated first.",
    opc1: ["11100", "01"],
    op: "op:1",
    mnemonics: ["vnmls", "vnmla"],
    ops: ["fnmls", "fnmla"],
    label: 1,
  },
  {
    name: "VMUL (floating-point)",
    ref: "A8.8.351",
    summary: "Product.",
    opc1: ["11100", "10"],
    op: "0",
    mnemonics: ["vmul"],
    ops: ["fmul"],
    label: 2,
  },
  {
    name: "VNMUL",
    ref: "A8.8.356",
    summary: "Product, negated after rounding.",
    opc1: ["11100", "10"],
    op: "1",
    mnemonics: ["vnmul"],
    ops: ["fnmul"],
    label: 2,
  },
  {
    name: "VADD (floating-point)",
    ref: "A8.8.283",
    summary: "Sum.",
    opc1: ["11100", "11"],
    op: "0",
    mnemonics: ["vadd"],
    ops: ["fadd"],
    label: 2,
  },
  {
    name: "VSUB (floating-point)",
    ref: "A8.8.415",
    summary: "Difference.",
    opc1: ["11100", "11"],
    op: "1",
    mnemonics: ["vsub"],
    ops: ["fsub"],
    label: 2,
  },
  {
    name: "VDIV",
    ref: "A8.8.312",
    summary: "Quotient.",
    opc1: ["11101", "00"],
    op: "0",
    mnemonics: ["vdiv"],
    ops: ["fdiv"],
    label: 1,
  },
  {
    name: "VFNMA, VFNMS",
    ref: "A8.8.318",
    summary: "As VFMA and VFMS, with the register negated first.",
    opc1: ["11101", "01"],
    op: "op:1",
    mnemonics: ["vfnms", "vfnma"],
    ops: ["ffnms", "ffnma"],
    label: 1,
  },
  {
    name: "VFMA, VFMS",
    ref: "A8.8.317",
    summary: "Product added to or subtracted from a register, rounded once.",
    opc1: ["11101", "10"],
    op: "op:1",
    mnemonics: ["vfma", "vfms"],
    ops: ["ffma", "ffms"],
    label: 2,
  },
];

/** Bits 27:0 of an instruction of Vd and Vm: opc2 is bits 19:16, opc3 bits 7:6. */
const twoOperandBits = (opc2: string, opc3: string): string =>
  `11101 D:1 11 ${opc2} Vd:4 101 sz:1 ${opc3} M:1 0 Vm:4`;

interface Unary {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  readonly opc2: string;
  readonly opc3: string;
  readonly mnemonic: string;
  readonly label: 1 | 2;
  readonly body: (ir: IrBuilder, o: Operands & { words: number; from: number; to: number }) => void;
}
/** Copies a register; its most significant word goes through `change`. */
const copied =
  (change: (ir: IrBuilder, top: ReturnType<IrBuilder["get"]>) => ReturnType<IrBuilder["get"]>) =>
  (ir: IrBuilder, o: { words: number; from: number; to: number }): void => {
    const last = o.words - 1;
    const low = last === 1 ? ir.get(vectorSlot(o.from)) : undefined;
    const top = change(ir, ir.get(vectorSlot(o.from + last)));
    if (low !== undefined) ir.put(vectorSlot(o.to), low);
    ir.put(vectorSlot(o.to + last), top);
  };
const UNARY: readonly Unary[] = [
  {
    name: "VMOV (register)",
    ref: "A8.8.340",
    summary: "Copies a floating-point register.",
    opc2: "0000",
    opc3: "01",
    mnemonic: "vmov",
    label: 2,
    body: copied((_ir, top) => top),
  },
  {
    name: "VABS",
    ref: "A8.8.280",
    summary: "Absolute value: clears the sign, of NaNs as well.",
    opc2: "0000",
    opc3: "11",
    mnemonic: "vabs",
    label: 2,
    body: copied((ir, top) => ir.and(top, ir.const(0x7fff_ffff))),
  },
  {
    name: "VNEG",
    ref: "A8.8.355",
    summary: "Negation: changes the sign, of NaNs as well.",
    opc2: "0001",
    opc3: "01",
    mnemonic: "vneg",
    label: 2,
    body: copied((ir, top) => ir.xor(top, ir.const(-0x8000_0000))),
  },
  {
    name: "VSQRT",
    ref: "A8.8.401",
    summary: "Square root.",
    opc2: "0001",
    opc3: "11",
    mnemonic: "vsqrt",
    label: 1,
    body: (ir, o) => ir.vector(opName("fsqrt", o), o.d, 0, o.m),
  },
];
const unary = (row: Unary): Instruction =>
  instruction<Operands & { words: number; from: number; to: number }>({
    name: row.name,
    ref: row.ref,
    summary: row.summary,
    encodings: bothSets(row.label, twoOperandBits(row.opc2, row.opc3), {
      asm: `${row.mnemonic}<c><f> <Fd>, <Fm>`,
      elements: VFP_ELEMENTS,
      operands: (f: F) => ({
        ...operands(f),
        words: f["sz"] === 1 ? 2 : 1,
        from: wordOf(f, "m"),
        to: wordOf(f, "d"),
      }),
    }),
    execute(ir, o) {
      ir.checkVector();
      ir.checkNoShortVectors();
      row.body(ir, o);
    },
  });

const VCMP = instruction<Operands & { imm: number }>({
  name: "VCMP, VCMPE",
  ref: "A8.8.303",
  summary: "Compares two registers, or one with zero, into the flags of FPSCR.",
  encodings: [
    ...bothSets(1, twoOperandBits("0100", "E:1 1"), {
      asm: "vcmp<e><c><f> <Fd>, <Fm>",
      elements: { ...VFP_ELEMENTS, e: flagElement("E", "e") },
      operands: (f: F) => ({ ...operands(f), imm: f["E"] === 1 ? COMPARE.signalling : 0 }),
    }),
    ...bothSets(2, "11101 D:1 11 0101 Vd:4 101 sz:1 E:1 1 (0) 0 (0)(0)(0)(0)", {
      asm: [
        { text: "vcmp<e><c><f> <Fd>, #0.0" },
        { text: "vcmp<e><c><f> <Fd>, #0", parseOnly: true },
      ],
      elements: { ...VFP_ELEMENTS, e: flagElement("E", "e") },
      operands: (f: F) => ({
        ...operands(f),
        imm: COMPARE.zero | (f["E"] === 1 ? COMPARE.signalling : 0),
      }),
    }),
  ],
  execute(ir, o) {
    ir.checkVector();
    ir.vector(o.double ? "fcmp64" : "fcmp32", o.d, 0, o.m, o.imm);
  },
});

const VCVT_PRECISION = instruction<Operands>({
  name: "VCVT (between double-precision and single-precision)",
  ref: "A8.8.309",
  summary: "Converts between single and double precision.",
  encodings: bothSets(1, twoOperandBits("0111", "11"), {
    asm: [
      { text: "vcvt<c>.f64.f32 <Dd>, <Sm>", when: (f: F) => f["sz"] === 0, fields: { sz: 0 } },
      { text: "vcvt<c>.f32.f64 <Sd>, <Dm>", fields: { sz: 1 } },
    ],
    elements: VFP_ELEMENTS,
    // sz is the precision of the operand; the result has the other.
    operands: (f: F) => ({ ...operands(f), d: slotOf({ ...f, sz: 1 - f["sz"]! }, "d") }),
  }),
  execute(ir, o) {
    ir.checkVector();
    ir.vector(o.double ? "fcvt32from64" : "fcvt64from32", o.d, 0, o.m);
  },
});

const VCVT_HALF = instruction<{ d: number; m: number; top: number; toHalf: boolean }>({
  name: "VCVTB, VCVTT",
  ref: "A8.8.311",
  summary: "Converts between single precision and the bottom or top half of a register.",
  encodings: bothSets(1, "11101 D:1 11 001 op:1 Vd:4 101 (0) T:1 1 M:1 0 Vm:4", {
    asm: [
      {
        text: "vcvt<bt><c>.f32.f16 <Sd>, <Sm>",
        when: (f: F) => f["op"] === 0,
        fields: { op: 0 },
      },
      { text: "vcvt<bt><c>.f16.f32 <Sd>, <Sm>", fields: { op: 1 } },
    ],
    elements: { ...VFP_ELEMENTS, bt: textOf("T", "b", "t") },
    operands: (f: F) => ({
      d: slotOf(f, "d"),
      m: slotOf(f, "m"),
      top: f["T"]!,
      toHalf: f["op"] === 1,
    }),
  }),
  execute(ir, o) {
    ir.checkVector();
    ir.vector(o.toHalf ? "fcvt16from32" : "fcvt32from16", o.d, 0, o.m, o.top);
  },
});

export const VFP_ARITHMETIC: readonly Instruction[] = [
  ...THREE_OPERANDS.map(threeOperands),
  ...UNARY.map(unary),
  VCMP,
  VCVT_PRECISION,
  VCVT_HALF,
];
