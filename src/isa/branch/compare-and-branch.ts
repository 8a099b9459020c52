import { encoding, instruction } from "../instruction.js";
import { flagElement } from "../syntax/element.js";
import { labelElement } from "../syntax/label-element.js";

interface Operands {
  readonly n: number;
  readonly offset: number;
  /** Branch when the register is not zero. */
  readonly nonZero: boolean;
}

export const CBNZ_CBZ = instruction<Operands>({
  name: "CBNZ, CBZ",
  ref: "A8.8.29",
  summary: "Branches forward on a register being zero or not; leaves the flags alone.",
  encodings: [
    encoding("T1", "1011 op:1 0 i:1 1 imm5:5 Rn:3", {
      asm: "cb<op>z <Rn>, <label>",
      elements: {
        op: flagElement("op", "n"),
        label: labelElement(
          (f) => (f["i"]! << 6) | (f["imm5"]! << 1),
          (n) => (n % 2 !== 0 || n < 0 || n > 126 ? undefined : { i: n >> 6, imm5: (n >> 1) & 31 }),
        ),
      },
      it: "outside",
      operands: (f) => ({ n: f.Rn, offset: (f.i << 6) | (f.imm5 << 1), nonZero: f.op === 1 }),
    }),
  ],
  execute(ir, o) {
    ir.when(ir.reg(o.n), () => ir.branchBy(o.offset), !o.nonZero);
  },
});
