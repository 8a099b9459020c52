/** SWP and SWPB. */
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { baseElement } from "./addressing.js";

type F = FieldMap;
export const SWP = instruction<{ t: number; t2: number; n: number; byte: boolean }>({
  name: "SWP, SWPB",
  ref: "A8.8.229",
  summary: "Exchanges a register and memory; deprecated.",
  encodings: [
    strictEncoding("A1", "cond:4 00010 B:1 00 Rn:4 Rt:4 (0)(0)(0)(0) 1001 Rt2:4", {
      asm: [
        { text: "swp<c> <Rt>, <Rt2>, <base>", when: (f: F) => f["B"] === 0, fields: { B: 0 } },
        { text: "swpb<c> <Rt>, <Rt2>, <base>", fields: { B: 1 } },
      ],
      elements: { base: baseElement },
      unpredictable: [
        unpredictable(
          "a register is PC, or Rn is another operand",
          (f: F) =>
            [f["Rn"], f["Rt"], f["Rt2"]].includes(15) ||
            f["Rn"] === f["Rt"] ||
            f["Rn"] === f["Rt2"],
        ),
      ],
      operands: (f: F) => ({ t: f["Rt"]!, t2: f["Rt2"]!, n: f["Rn"]!, byte: f["B"] === 1 }),
    }),
  ],
  execute(ir, o) {
    // SCTLR.SW gates it at run time; the trap check reads it in the machine.
    ir.trapCheck("SCTLR.SW");
    const address = ir.reg(o.n);
    const size = o.byte ? 1 : 4;
    const options = o.byte ? {} : { aligned: true };
    const value = ir.load(address, size, options);
    ir.store(address, size, ir.reg(o.t2), options);
    ir.setReg(o.t, value);
  },
});
