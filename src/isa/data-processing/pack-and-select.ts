/** PKHBT, PKHTB and SEL: pieces of two registers in one. */
import { shift } from "../../ir/index.js";
import { strictEncoding } from "../composed-encoding.js";
import { instruction, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { decodeImmShift, type ImmediateShift } from "../syntax/shift-element.js";
import { amountBits, shiftOfType, type AmountFields } from "./operand-elements.js";
import { notPc, notSpOrPc } from "./register-rules.js";

interface Registers {
  readonly d: number;
  readonly n: number;
  readonly m: number;
}
const registers = (f: FieldMap): Registers => ({ d: f["Rd"]!, n: f["Rn"]!, m: f["Rm"]! });

const NO_SHIFT = { imm5: 0, imm3: 0, imm2: 0 };
const pack = (name: "PKHBT" | "PKHTB"): Instruction => {
  const tb = name === "PKHTB" ? 1 : 0;
  const type = tb * 2;
  const lower = name.toLowerCase();
  // Without a shift PKHTB is PKHBT with the operands exchanged.
  const asm = [
    { text: `${lower}<c> <Rd>, <Rn>, <Rm><shift>` },
    ...(tb === 0 ? [{ text: "pkhtb<c> <Rd>, <Rm>, <Rn>", fields: NO_SHIFT, parseOnly: true }] : []),
  ];
  const operands = (split: AmountFields) => (f: FieldMap) => ({
    ...registers(f),
    shift: decodeImmShift(type, amountBits(f, split)),
  });
  return instruction<Registers & { readonly shift: ImmediateShift }>({
    name,
    ref: "A8.8.125",
    summary:
      tb === 0
        ? "Packs the bottom halfword of Rn and the top one of a shifted Rm."
        : "Packs the top halfword of Rn and the bottom one of a shifted Rm.",
    encodings: [
      strictEncoding("A1", `cond:4 01101000 Rn:4 Rd:4 imm5:5 ${tb} 01 Rm:4`, {
        asm,
        elements: { shift: shiftOfType("imm5", type) },
        unpredictable: [notPc("Rd", "Rn", "Rm")],
        operands: operands("imm5"),
      }),
      strictEncoding("T1", `111010101100 Rn:4 (0) imm3:3 Rd:4 imm2:2 ${tb} 0 Rm:4`, {
        asm,
        elements: { shift: shiftOfType("imm3:imm2", type) },
        unpredictable: [notSpOrPc("Rd", "Rn", "Rm")],
        operands: operands("imm3:imm2"),
      }),
    ],
    execute(ir, o) {
      const m = shift(ir, ir.reg(o.m), o.shift.type, o.shift.amount);
      const n = ir.reg(o.n);
      const low = ir.const(0xffff);
      const [bottom, top] = tb === 1 ? [m, n] : [n, m];
      ir.setReg(o.d, ir.or(ir.and(bottom, low), ir.bic(top, low)));
    },
  });
};

const SEL = instruction<Registers>({
  name: "SEL",
  ref: "A8.8.166",
  summary: "Picks each byte of one of two registers by the GE flags.",
  encodings: [
    strictEncoding("A1", "cond:4 01101000 Rn:4 Rd:4 (1)(1)(1)(1) 1011 Rm:4", {
      asm: "sel<c> <Rd>, <Rn>, <Rm>",
      unpredictable: [notPc("Rd", "Rn", "Rm")],
      operands: registers,
    }),
    strictEncoding("T1", "111110101010 Rn:4 1111 Rd:4 1000 Rm:4", {
      asm: "sel<c> <Rd>, <Rn>, <Rm>",
      unpredictable: [notSpOrPc("Rd", "Rn", "Rm")],
      operands: registers,
    }),
  ],
  execute(ir, o) {
    const ge = ir.ge();
    // GE bit n moves to bit 8n; times 255 it becomes a byte of ones.
    let ones = ir.const(0);
    for (let n = 0; n < 4; n++) {
      ones = ir.or(ones, ir.shl(ir.bits(ge, n, 1), ir.const(8 * n)));
    }
    const bytes = ir.mul(ones, ir.const(255));
    ir.setReg(o.d, ir.or(ir.and(ir.reg(o.n), bytes), ir.bic(ir.reg(o.m), bytes)));
  },
});

export const PACK_AND_SELECT: readonly Instruction[] = [pack("PKHBT"), pack("PKHTB"), SEL];
