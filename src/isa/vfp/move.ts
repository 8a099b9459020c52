/** VMOV of constants and between core and floating-point registers, VDUP of a core register. */
import { vectorSlot } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import { expressionEnd, REGISTER_NAMES, registerNamed, type Element } from "../syntax/element.js";
import {
  bothSets,
  doubleFields,
  doubleOf,
  readRegister,
  RT_PC,
  RT_SP,
  singleFields,
  singleOf,
  VFP_ELEMENTS,
  wordOf,
  type F,
} from "./vfp-encoding.js";

const imm8Of = (f: F): number => (f["imm4H"]! << 4) | f["imm4L"]!;
/** VFPExpandImm to the most significant word of a double or all of a single. */
const expandImmediate = (imm8: number, double: boolean): number => {
  const sign = (imm8 & 0x80) << 24;
  const b = (imm8 >>> 6) & 1;
  if (double) {
    const exponent = ((1 - b) << 10) | (b === 1 ? 0x3fc : 0) | ((imm8 >>> 4) & 3);
    return sign | (exponent << 20) | ((imm8 & 15) << 16);
  }
  const exponent = ((1 - b) << 7) | (b === 1 ? 0x7c : 0) | ((imm8 >>> 4) & 3);
  return sign | (exponent << 23) | ((imm8 & 15) << 19);
};
const scratch = new DataView(new ArrayBuffer(4));
/** imm8 of a number, or undefined. */
const encodeImmediate = (value: number): number | undefined => {
  for (let imm8 = 0; imm8 < 256; imm8++) {
    scratch.setInt32(0, expandImmediate(imm8, false));
    if (scratch.getFloat32(0) === value) return imm8;
  }
  return undefined;
};
/** objdump prints the eight bits as a number; a number with a point or an exponent is the value itself. */
const floatImmediate: Element = {
  print: (f) => `#${imm8Of(f)}`,
  parse(text, at, context) {
    if (text[at] !== "#") return [];
    const end = expressionEnd(text, at + 1);
    const written = text.slice(at + 1, end).trim();
    const imm8 =
      /^[-+]?\d*\.?\d+(?:e[-+]?\d+)?$/i.test(written) && /[.e]/i.test(written)
        ? encodeImmediate(Number(written))
        : context.evaluate(written);
    if (imm8 === undefined || imm8 < 0 || imm8 > 255) return [];
    return [{ fields: { imm4H: imm8 >> 4, imm4L: imm8 & 15 }, end }];
  },
};

const IMMEDIATE = instruction<{ double: boolean; word: number; value: number }>({
  name: "VMOV (immediate)",
  ref: "A8.8.339",
  summary: "Writes a constant to a floating-point register.",
  encodings: bothSets(2, "11101 D:1 11 imm4H:4 Vd:4 101 sz:1 (0) 0 (0) 0 imm4L:4", {
    asm: "vmov<c><f> <Fd>, <imm>",
    elements: { ...VFP_ELEMENTS, imm: floatImmediate },
    operands: (f: F) => ({
      double: f["sz"] === 1,
      word: wordOf(f, "d"),
      value: expandImmediate(imm8Of(f), f["sz"] === 1),
    }),
  }),
  execute(ir, o) {
    ir.checkVector();
    ir.checkNoShortVectors();
    if (o.double) ir.put(vectorSlot(o.word), ir.const(0));
    ir.put(vectorSlot(o.word + (o.double ? 1 : 0)), ir.const(o.value));
  },
});

const SINGLE = instruction<{ n: number; t: number; toCore: boolean }>({
  name: "VMOV (between ARM core register and single-precision register)",
  ref: "A8.8.343",
  summary: "Copies a word between a core register and a single-precision one.",
  encodings: bothSets(
    1,
    "1110000 op:1 Vn:4 Rt:4 1010 N:1 (0)(0) 1 (0)(0)(0)(0)",
    {
      asm: [
        { text: "vmov<c> <Sn>, <Rt>", when: (f: F) => f["op"] === 0, fields: { op: 0 } },
        { text: "vmov<c> <Rt>, <Sn>", fields: { op: 1 } },
      ],
      elements: VFP_ELEMENTS,
      unpredictable: [RT_PC],
      operands: (f: F) => ({ n: singleOf(f, "n"), t: f["Rt"]!, toCore: f["op"] === 1 }),
    },
    [RT_SP],
  ),
  execute(ir, o) {
    ir.checkVector();
    if (o.toCore) ir.setReg(o.t, ir.get(vectorSlot(o.n)));
    else ir.put(vectorSlot(o.n), ir.reg(o.t));
  },
});

interface Pair {
  readonly word: number;
  readonly t: number;
  readonly t2: number;
  readonly toCore: boolean;
}
const copyPair = (ir: IrBuilder, o: Pair): void => {
  ir.checkVector();
  const low = vectorSlot(o.word);
  const high = vectorSlot(o.word + 1);
  if (o.toCore) {
    ir.setReg(o.t, ir.get(low));
    ir.setReg(o.t2, ir.get(high));
    return;
  }
  const a = ir.reg(o.t);
  const b = ir.reg(o.t2);
  ir.put(low, a);
  ir.put(high, b);
};
const pairRules = [
  unpredictable<F>("Rt or Rt2 is PC", (f) => f["Rt"] === 15 || f["Rt2"] === 15),
  unpredictable<F>("Rt and Rt2 are the same", (f) => f["op"] === 1 && f["Rt"] === f["Rt2"]),
];
const PAIR_SP = unpredictable<F>("Rt or Rt2 is SP", (f) => f["Rt"] === 13 || f["Rt2"] === 13);
const pairBits = (size: 0 | 1): string => `1100010 op:1 Rt2:4 Rt:4 101 ${size} 00 M:1 1 Vm:4`;

/** The second of two consecutive single registers, the first being Sm. */
const nextSingle: Element = {
  print: (f) => `s${singleOf(f, "m") + 1}`,
  parse(text, at) {
    const found = readRegister(text, at);
    if (found === undefined || found.double || found.n === 0) return [];
    return [{ fields: singleFields("m", found.n - 1), end: found.end }];
  },
};
const TWO_SINGLES = instruction<Pair>({
  name: "VMOV (between two ARM core registers and two single-precision registers)",
  ref: "A8.8.344",
  summary: "Copies two words between core registers and consecutive single-precision ones.",
  encodings: bothSets(
    1,
    pairBits(0),
    {
      asm: [
        {
          text: "vmov<c> <Sm>, <Sm1>, <Rt>, <Rt2>",
          when: (f: F) => f["op"] === 0,
          fields: { op: 0 },
        },
        { text: "vmov<c> <Rt>, <Rt2>, <Sm>, <Sm1>", fields: { op: 1 } },
      ],
      elements: { ...VFP_ELEMENTS, Sm1: nextSingle },
      unpredictable: [
        ...pairRules,
        // The next register is then the low word of D16.
        unpredictable("Sm is S31", (f: F) => singleOf(f, "m") === 31),
      ],
      operands: (f: F) => ({
        word: singleOf(f, "m"),
        t: f["Rt"]!,
        t2: f["Rt2"]!,
        toCore: f["op"] === 1,
      }),
    },
    [PAIR_SP],
  ),
  execute: copyPair,
});
const DOUBLE = instruction<Pair>({
  name: "VMOV (between two ARM core registers and a doubleword extension register)",
  ref: "A8.8.345",
  summary: "Copies two words between core registers and a doubleword.",
  encodings: bothSets(
    1,
    pairBits(1),
    {
      asm: [
        { text: "vmov<c> <Dm>, <Rt>, <Rt2>", when: (f: F) => f["op"] === 0, fields: { op: 0 } },
        { text: "vmov<c> <Rt>, <Rt2>, <Dm>", fields: { op: 1 } },
      ],
      elements: VFP_ELEMENTS,
      unpredictable: pairRules,
      operands: (f: F) => ({
        word: 2 * doubleOf(f, "m"),
        t: f["Rt"]!,
        t2: f["Rt2"]!,
        toCore: f["op"] === 1,
      }),
    },
    [PAIR_SP],
  ),
  execute: copyPair,
});

// ---- scalars ----------------------------------------------------------------------------------------

interface Scalar {
  readonly size: 8 | 16 | 32;
  readonly index: number;
}
/** Size and index that opc1 and opc2 give, or undefined: UNDEFINED. */
const scalarOf = (f: F): Scalar | undefined => {
  const opc1 = f["opc1"]!;
  const opc2 = f["opc2"]!;
  if (opc1 >= 2) return { size: 8, index: ((opc1 & 1) << 2) | opc2 };
  if ((opc2 & 1) === 1) return { size: 16, index: ((opc1 & 1) << 1) | (opc2 >> 1) };
  return opc2 === 0 ? { size: 32, index: opc1 & 1 } : undefined;
};
const scalarFields = (size: number, index: number): F =>
  size === 8
    ? { opc1: 2 | (index >> 2), opc2: index & 3 }
    : size === 16
      ? { opc1: index >> 1, opc2: ((index & 1) << 1) | 1 }
      : { opc1: index, opc2: 0 };
/** ".16 d0[3], r1" or ".u16 r1, d0[3]": size and index share bits, so that one element reads it all. */
const scalarText = (role: "d" | "n", toCore: boolean): Element => ({
  print(f) {
    const { size, index } = scalarOf(f)!;
    const rt = REGISTER_NAMES[f["Rt"]!]!;
    const scalar = `d${doubleOf(f, role)}[${index}]`;
    if (!toCore) return `.${size} ${scalar}, ${rt}`;
    return `.${size === 32 ? "" : f["U"] === 1 ? "u" : "s"}${size} ${rt}, ${scalar}`;
  },
  parse(text, at) {
    const scalar = "d(\\d+)\\s*\\[\\s*(\\d)\\s*\\]";
    const order = toCore ? `(\\w+)\\s*,\\s*${scalar}` : `${scalar}\\s*,\\s*(\\w+)`;
    const match = new RegExp(`^\\.([us]?)(8|16|32)\\s+${order}`, "i").exec(text.slice(at));
    if (match === null) return [];
    const sign = match[1]!.toLowerCase();
    const size = Number(match[2]);
    const [rt, d, x] = toCore ? [match[3]!, match[4], match[5]] : [match[5]!, match[3], match[4]];
    const t = registerNamed(rt);
    if (t === undefined || Number(d) > 31 || Number(x) >= 64 / size) return [];
    if ((sign !== "") !== (toCore && size < 32)) return [];
    const fields = {
      ...scalarFields(size, Number(x)),
      ...doubleFields(role, Number(d)),
      Rt: t,
      ...(toCore ? { U: sign === "u" ? 1 : 0 } : {}),
    };
    return [{ fields, end: at + match[0].length }];
  },
});
interface ScalarMove extends Scalar {
  /** D register. */
  readonly d: number;
  readonly t: number;
  readonly unsigned: boolean;
}
const wordOfScalar = (o: ScalarMove): { word: number; lsb: number } => ({
  word: 2 * o.d + ((o.index * o.size) >> 5),
  lsb: (o.index * o.size) & 31,
});
/** Bytes and halfwords belong to Advanced SIMD, words to floating point. */
const checkScalar = (ir: IrBuilder, o: ScalarMove): void => ir.checkVector(o.size !== 32);

const TO_SCALAR = instruction<ScalarMove>({
  name: "VMOV (ARM core register to scalar)",
  ref: "A8.8.341",
  summary: "Copies a core register to one element of a doubleword.",
  encodings: bothSets(
    1,
    "11100 opc1:2 0 Vd:4 Rt:4 1011 D:1 opc2:2 1 (0)(0)(0)(0)",
    {
      asm: "vmov<c><scalar>",
      elements: { scalar: scalarText("d", false) },
      undefined: (f: F) => scalarOf(f) === undefined,
      unpredictable: [RT_PC],
      operands: (f: F) => ({
        ...scalarOf(f)!,
        d: doubleOf(f, "d"),
        t: f["Rt"]!,
        unsigned: true,
      }),
    },
    [RT_SP],
  ),
  execute(ir, o) {
    checkScalar(ir, o);
    const { word, lsb } = wordOfScalar(o);
    const slot = vectorSlot(word);
    if (o.size === 32) return ir.put(slot, ir.reg(o.t));
    const mask = 2 ** o.size - 1;
    const value = ir.shl(ir.and(ir.reg(o.t), ir.const(mask)), ir.const(lsb));
    ir.put(slot, ir.or(ir.bic(ir.get(slot), ir.const(mask << lsb)), value));
  },
});
const FROM_SCALAR = instruction<ScalarMove>({
  name: "VMOV (scalar to ARM core register)",
  ref: "A8.8.342",
  summary: "Copies one element of a doubleword to a core register.",
  encodings: bothSets(
    1,
    "1110 U:1 opc1:2 1 Vn:4 Rt:4 1011 N:1 opc2:2 1 (0)(0)(0)(0)",
    {
      asm: "vmov<c><scalar>",
      elements: { scalar: scalarText("n", true) },
      undefined: (f: F) => {
        const scalar = scalarOf(f);
        return scalar === undefined || (scalar.size === 32 && f["U"] === 1);
      },
      unpredictable: [RT_PC],
      operands: (f: F) => ({
        ...scalarOf(f)!,
        d: doubleOf(f, "n"),
        t: f["Rt"]!,
        unsigned: f["U"] === 1,
      }),
    },
    [RT_SP],
  ),
  execute(ir, o) {
    checkScalar(ir, o);
    const { word, lsb } = wordOfScalar(o);
    const value = ir.get(vectorSlot(word));
    if (o.size === 32) return ir.setReg(o.t, value);
    const bits = ir.bits(value, lsb, o.size);
    if (o.unsigned) ir.setReg(o.t, bits);
    else ir.setReg(o.t, o.size === 8 ? ir.signExtend8(bits) : ir.signExtend16(bits));
  },
});

/** Size that B and E say, or undefined: UNDEFINED. */
const duplicateSize = (f: F): 8 | 16 | 32 | undefined =>
  ([32, 16, 8, undefined] as const)[(f["B"]! << 1) | f["E"]!];
/** ".8 q1": size and register, a quadword when Q is set. */
const duplicateText: Element = {
  print(f) {
    const d = doubleOf(f, "d");
    return `.${duplicateSize(f)!} ${f["Q"] === 1 ? `q${d >> 1}` : `d${d}`}`;
  },
  parse(text, at) {
    const match = /^\.(8|16|32)\s+([dq])(\d+)(?!\w)/i.exec(text.slice(at));
    if (match === null) return [];
    const quad = match[2]!.toLowerCase() === "q";
    const n = Number(match[3]) * (quad ? 2 : 1);
    if (n > 31) return [];
    const size = Number(match[1]);
    const fields = {
      ...doubleFields("d", n),
      Q: quad ? 1 : 0,
      B: size === 8 ? 1 : 0,
      E: size === 16 ? 1 : 0,
    };
    return [{ fields, end: at + match[0].length }];
  },
};
const DUPLICATE = instruction<{ word: number; words: number; size: 8 | 16 | 32; t: number }>({
  name: "VDUP (ARM core register)",
  ref: "A8.8.314",
  summary: "Copies a core register to every element of a vector.",
  encodings: bothSets(
    1,
    "11101 B:1 Q:1 0 Vd:4 Rt:4 1011 D:1 0 E:1 1 (0)(0)(0)(0)",
    {
      asm: "vdup<c><vector>, <Rt>",
      elements: { vector: duplicateText },
      undefined: (f: F) => duplicateSize(f) === undefined || (f["Q"] === 1 && (f["Vd"]! & 1) === 1),
      unpredictable: [RT_PC],
      operands: (f: F) => ({
        word: 2 * doubleOf(f, "d"),
        words: f["Q"] === 1 ? 4 : 2,
        size: duplicateSize(f)!,
        t: f["Rt"]!,
      }),
    },
    [RT_SP],
  ),
  execute(ir, o) {
    ir.checkVector(true);
    let value: Value = ir.reg(o.t);
    if (o.size === 8) value = ir.mul(ir.and(value, ir.const(0xff)), ir.const(0x0101_0101));
    if (o.size === 16) value = ir.mul(ir.and(value, ir.const(0xffff)), ir.const(0x0001_0001));
    for (let i = 0; i < o.words; i++) ir.put(vectorSlot(o.word + i), value);
  },
});

export const VFP_MOVE: readonly Instruction[] = [
  IMMEDIATE,
  SINGLE,
  TWO_SINGLES,
  DOUBLE,
  TO_SCALAR,
  FROM_SCALAR,
  DUPLICATE,
];
