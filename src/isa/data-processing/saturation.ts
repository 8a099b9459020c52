/** SSAT, USAT, SSAT16 and USAT16: saturation to a width, Q tells of it. */
import { shift, type IrBuilder, type Value } from "../../ir/index.js";
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { unsignedImmediate, type Element } from "../syntax/element.js";
import { decodeImmShift, shiftElement, type ImmediateShift } from "../syntax/shift-element.js";
import { amountBits, type AmountFields } from "./operand-elements.js";
import { notPc, notSpOrPc } from "./register-rules.js";

interface Saturate {
  readonly d: number;
  readonly n: number;
  /** Width that the result saturates to. */
  readonly bits: number;
  readonly shift: ImmediateShift;
}

/** SignedSatQ and UnsignedSatQ of a signed word; sets Q when it saturates. */
const saturate = (ir: IrBuilder, value: Value, bits: number, unsigned: boolean): Value => {
  const low = ir.const(unsigned ? 0 : -(2 ** (bits - 1)));
  const high = ir.const(unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1);
  const clipped = ir.select(
    ir.ltSigned(value, low),
    low,
    ir.select(ir.ltSigned(high, value), high, value),
  );
  ir.setQIf(ir.ne(clipped, value));
  return clipped;
};

/** LSL or ASR: the field sh is the top bit of a shift type. */
const lslOrAsr = (split: AmountFields): Element => {
  const any = shiftElement(split);
  return {
    print: (f, context) => any.print({ ...f, type: f["sh"]! * 2 }, context),
    parse: (text, at, context) =>
      any.parse(text, at, context).flatMap(({ fields, end }) => {
        const { type, ...amount } = fields;
        return type! % 2 === 0 ? [{ fields: { ...amount, sh: type! / 2 }, end }] : [];
      }),
  };
};

const word = (name: "SSAT" | "USAT", ref: string): Instruction => {
  const unsigned = name === "USAT";
  const sign = unsigned ? 1 : 0;
  const least = unsigned ? 0 : 1;
  const asm = `${name.toLowerCase()}<c> <Rd>, <sat>, <Rn><shift>`;
  const sat = unsignedImmediate("sat", 5, 1, least);
  const operands =
    (split: AmountFields) =>
    (f: FieldMap): Saturate => ({
      d: f["Rd"]!,
      n: f["Rn"]!,
      bits: f["sat"]! + least,
      shift: decodeImmShift(f["sh"]! * 2, amountBits(f, split)),
    });
  return instruction<Saturate>({
    name,
    ref,
    summary: `Saturates a shifted word to ${unsigned ? "an unsigned" : "a signed"} range.`,
    encodings: [
      strictEncoding("A1", `cond:4 01101 ${sign} 1 sat:5 Rd:4 imm5:5 sh:1 01 Rn:4`, {
        asm,
        elements: { sat, shift: lslOrAsr("imm5") },
        unpredictable: [notPc("Rd", "Rn")],
        operands: operands("imm5"),
      }),
      strictEncoding("T1", `11110 (0) 11 ${sign} 0 sh:1 0 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) sat:5`, {
        asm,
        elements: { sat, shift: lslOrAsr("imm3:imm2") },
        see: [`${name}16`],
        unpredictable: [notSpOrPc("Rd", "Rn")],
        operands: operands("imm3:imm2"),
      }),
    ],
    execute(ir, o) {
      const shifted = shift(ir, ir.reg(o.n), o.shift.type, o.shift.amount);
      ir.setReg(o.d, saturate(ir, shifted, o.bits, unsigned));
    },
  });
};

const halfwords = (name: "SSAT16" | "USAT16", ref: string): Instruction => {
  const unsigned = name === "USAT16";
  const sign = unsigned ? 1 : 0;
  const least = unsigned ? 0 : 1;
  const asm = `${name.toLowerCase()}<c> <Rd>, <sat>, <Rn>`;
  const sat = unsignedImmediate("sat", 4, 1, least);
  const operands = (f: FieldMap) => ({ d: f["Rd"]!, n: f["Rn"]!, bits: f["sat"]! + least });
  return instruction<Omit<Saturate, "shift">>({
    name,
    ref,
    summary: `Saturates two halfwords to ${unsigned ? "an unsigned" : "a signed"} range.`,
    encodings: [
      strictEncoding("A1", `cond:4 01101 ${sign} 10 sat:4 Rd:4 (1)(1)(1)(1) 0011 Rn:4`, {
        asm,
        elements: { sat },
        unpredictable: [notPc("Rd", "Rn")],
        operands,
      }),
      strictEncoding("T1", `11110 (0) 11 ${sign} 010 Rn:4 0000 Rd:4 00 (0) sat:5`, {
        asm,
        elements: { sat },
        unpredictable: [
          notSpOrPc("Rd", "Rn"),
          // The reference emulator takes the bit for part of the width, which then never saturates.
          unpredictable("bit 4 is not 0 as it should be", (f: FieldMap) => f["sat"]! > 15),
        ],
        operands,
      }),
    ],
    execute(ir, o) {
      const value = ir.reg(o.n);
      const low = saturate(ir, ir.signExtend16(value), o.bits, unsigned);
      const high = saturate(ir, ir.sar(value, ir.const(16)), o.bits, unsigned);
      const packed = ir.or(ir.and(low, ir.const(0xffff)), ir.shl(high, ir.const(16)));
      ir.setReg(o.d, packed);
    },
  });
};

export const SATURATIONS: readonly Instruction[] = [
  word("SSAT", "A8.8.193"),
  word("USAT", "A8.8.266"),
  halfwords("SSAT16", "A8.8.194"),
  halfwords("USAT16", "A8.8.267"),
];
