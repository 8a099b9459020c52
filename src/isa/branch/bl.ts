import { encoding, instruction } from "../instruction.js";
import { labelElement, signedOffset, signExtend } from "../syntax/label-element.js";
import { t4Fields, t4Offset } from "./b.js";

interface Operands {
  readonly offset: number;
  /** The target is in the other instruction set. */
  readonly exchange: boolean;
}
type T1Fields = Parameters<typeof t4Offset>[0];

export const BL = instruction<Operands>({
  name: "BL, BLX (immediate)",
  ref: "A8.8.25",
  summary: "Calls an address near the PC.",
  encodings: [
    encoding("A1", "cond:4 1011 imm24:24", {
      asm: "bl<c> <label>",
      elements: { label: signedOffset("imm24", 24, 4) },
      operands: (f) => ({ offset: signExtend(f.imm24, 24) * 4, exchange: false }),
    }),
    encoding("A2", "1111101 H:1 imm24:24", {
      asm: "blx <label>",
      elements: {
        label: labelElement(
          (f) => signExtend(f["imm24"]!, 24) * 4 + f["H"]! * 2,
          (n) =>
            n % 2 !== 0 || n < -(2 ** 25) || n >= 2 ** 25
              ? undefined
              : { imm24: (n >> 2) & 0xffffff, H: (n >> 1) & 1 },
        ),
      },
      operands: (f) => ({ offset: signExtend(f.imm24, 24) * 4 + f.H * 2, exchange: true }),
    }),
    encoding("T1", "11110 S:1 imm10:10 11 J1:1 1 J2:1 imm11:11", {
      asm: "bl<c> <label>",
      it: "last-or-outside",
      elements: { label: labelElement((f) => t4Offset(f as unknown as T1Fields), t4Fields) },
      operands: (f) => ({ offset: t4Offset(f), exchange: false }),
    }),
    encoding("T2", "11110 S:1 imm10:10 11 J1:1 0 J2:1 imm10L:10 0", {
      asm: "blx<c> <label>",
      it: "last-or-outside",
      elements: {
        label: labelElement(
          (f) => t4Offset({ ...(f as unknown as T1Fields), imm11: f["imm10L"]! << 1 }),
          (n) => {
            const made = n % 4 === 0 ? t4Fields(n) : undefined;
            if (made === undefined) return undefined;
            const { imm11, ...rest } = made;
            return { ...rest, imm10L: imm11! >> 1 };
          },
          true,
        ),
      },
      operands: (f) => ({ offset: t4Offset({ ...f, imm11: f.imm10L << 1 }), exchange: true }),
    }),
  ],
  execute(ir, o) {
    const { thumb } = ir.state;
    ir.setReg(14, ir.const(ir.nextPc | (thumb ? 1 : 0)));
    const base = ir.pc + (thumb ? 4 : 8);
    if (!o.exchange) ir.branchTo(base + o.offset);
    // BXWritePC with a constant: to T32 with bit 0 set, to A32 from the aligned PC.
    else ir.bxWritePC(ir.const(thumb ? (base & ~3) + o.offset : (base + o.offset) | 1));
  },
});
