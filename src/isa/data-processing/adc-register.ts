import { encoding, instruction, unpredictable } from "../instruction.js";
import { decodeImmShift, shiftElement, type ImmediateShift } from "../syntax/shift-element.js";

interface Operands {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  readonly shift: ImmediateShift;
  readonly setFlags: boolean;
}

export const ADC_register = instruction<Operands>({
  name: "ADC (register)",
  ref: "A8.8.2",
  summary: "Adds a register, an optionally shifted register and the carry flag.",
  encodings: [
    encoding("A1", "cond:4 0000101 S:1 Rn:4 Rd:4 imm5:5 type:2 0 Rm:4", {
      asm: "adc<s><c> <Rd>, <Rn>, <Rm><shift>",
      elements: { shift: shiftElement("imm5") },
      operands: (f) => ({
        d: f.Rd, n: f.Rn, m: f.Rm, shift: decodeImmShift(f.type, f.imm5), setFlags: f.S === 1,
      }),
    }),
    encoding("T1", "0100000101 Rm:3 Rdn:3", {
      asm: ["adc<s_it><c> <Rdn>, <Rm>", "adc<s_it><c> <Rdn>, <Rdn>, <Rm>"].map((text, i) => ({ text, parseOnly: i > 0 })),
      operands: (f, { inIT }) => ({
        d: f.Rdn, n: f.Rdn, m: f.Rm, shift: decodeImmShift(0, 0), setFlags: !inIT,
      }),
    }),
    encoding("T2", "11101011010 S:1 Rn:4 (0) imm3:3 Rd:4 imm2:2 type:2 Rm:4", {
      asm: "adc<s><c><w> <Rd>, <Rn>, <Rm><shift>",
      elements: { shift: shiftElement("imm3:imm2") },
      unpredictable: [
        unpredictable("Rd, Rn or Rm is SP or PC", (f) => [f.Rd, f.Rn, f.Rm].some((r) => r === 13 || r === 15)),
      ],
      operands: (f) => ({
        d: f.Rd, n: f.Rn, m: f.Rm, shift: decodeImmShift(f.type, (f.imm3 << 2) | f.imm2), setFlags: f.S === 1,
      }),
    }),
  ],
  execute(ir, o) {
    const carry = ir.flag("C");
    const shifted = ir.shiftC(ir.reg(o.m), o.shift.type, o.shift.amount, carry).result;
    const sum = ir.addWithCarry(ir.reg(o.n), shifted, carry);
    if (o.d === 15) {
      if (o.setFlags) ir.exceptionReturn(sum.result, ir.spsr());
      else ir.aluWritePC(sum.result);
      return;
    }
    if (o.setFlags) ir.setNzcv(sum);
    ir.setReg(o.d, sum.result);
  },
});
