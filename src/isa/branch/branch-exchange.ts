/** BX, BLX (register) and BXJ: branches to a register that may change the instruction set. */
import { hsr, PASSED } from "../../arch/index.js";
import {
  encoding,
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type Instruction,
} from "../instruction.js";

interface Target {
  readonly m: number;
}
const shouldBe = UNDEFINED_IN_REFERENCE;
const notPc = unpredictable("Rm is the PC", (f: { Rm: number }) => f.Rm === 15);
const operands = (f: { Rm: number }): Target => ({ m: f.Rm });

const BX = instruction<Target>({
  name: "BX",
  ref: "A8.8.27",
  summary: "Branches to a register; bit 0 selects the instruction set.",
  encodings: [
    encoding("A1", "cond:4 00010010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0001 Rm:4", {
      asm: "bx<c> <Rm>",
      shouldBe,
      operands,
    }),
    // BX PC is allowed: it goes to the word-aligned address behind it, in A32.
    encoding("T1", "010001110 Rm:4 (0)(0)(0)", {
      asm: "bx<c> <Rm>",
      it: "last-or-outside",
      shouldBe,
      operands,
    }),
  ],
  execute: (ir, o) => ir.bxWritePC(ir.reg(o.m)),
});

const BLX_register = instruction<Target>({
  name: "BLX (register)",
  ref: "A8.8.26",
  summary: "Calls the address in a register.",
  encodings: [
    encoding("A1", "cond:4 00010010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0011 Rm:4", {
      asm: "blx<c> <Rm>",
      unpredictable: [notPc],
      shouldBe,
      operands,
    }),
    encoding("T1", "010001111 Rm:4 (0)(0)(0)", {
      asm: "blx<c> <Rm>",
      it: "last-or-outside",
      unpredictable: [notPc],
      shouldBe,
      operands,
    }),
  ],
  execute(ir, o) {
    // Read before LR is written: BLX LR calls the old LR.
    const target = ir.reg(o.m);
    ir.setReg(14, ir.const(ir.nextPc | (ir.state.thumb ? 1 : 0)));
    ir.bxWritePC(target);
  },
});

const BXJ = instruction<Target>({
  name: "BXJ",
  ref: "A8.8.28",
  summary: "As BX: the Jazelle implementation is trivial. HSTR.TJDBX traps it to HYP mode.",
  encodings: [
    encoding("A1", "cond:4 00010010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0010 Rm:4", {
      asm: "bxj<c> <Rm>",
      unpredictable: [notPc],
      shouldBe,
      operands,
    }),
    encoding("T1", "111100111100 Rm:4 10 (0) 0 (1)(1)(1)(1)(0)(0)(0)(0)(0)(0)(0)(0)", {
      asm: "bxj<c> <Rm>",
      it: "last-or-outside",
      unpredictable: [unpredictable("Rm is the SP or the PC", (f) => f.Rm === 13 || f.Rm === 15)],
      shouldBe,
      operands,
    }),
  ],
  execute(ir, o) {
    ir.syndrome(hsr("jazelle", { ...PASSED, Rm: o.m }));
    ir.trapCheck("HSTR.TJDBX");
    ir.bxWritePC(ir.reg(o.m));
  },
});

export const BRANCH_EXCHANGE: readonly Instruction[] = [BX, BLX_register, BXJ];
