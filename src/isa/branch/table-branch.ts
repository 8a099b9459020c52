import { encoding, instruction, UNDEFINED_IN_REFERENCE, unpredictable } from "../instruction.js";
import { REGISTER_NAMES, registerNamed, type Element } from "../syntax/element.js";

interface Operands {
  readonly n: number;
  readonly m: number;
  readonly half: boolean;
}

/** "[Rn, Rm]" or "[Rn, Rm, lsl #1]": the shift tells TBH from TBB and must go with the mnemonic. */
const tableOperand: Element = {
  print: (f) =>
    `[${REGISTER_NAMES[f["Rn"]!]!}, ${REGISTER_NAMES[f["Rm"]!]!}${f["H"] === 1 ? ", lsl #1" : ""}]`,
  parse(text, at) {
    const match = /^\[\s*(\w+)\s*,\s*(\w+)\s*(,\s*lsl\s+#1\s*)?\]/i.exec(text.slice(at));
    if (match === null) return [];
    const n = registerNamed(match[1]!);
    const m = registerNamed(match[2]!);
    if (n === undefined || m === undefined) return [];
    const H = match[3] === undefined ? 0 : 1;
    return [{ fields: { Rn: n, Rm: m, H }, end: at + match[0].length }];
  },
};

export const TBB_TBH = instruction<Operands>({
  name: "TBB, TBH",
  ref: "A8.8.236",
  summary: "Branches forward by an entry of a table of bytes or halfwords.",
  encodings: [
    encoding("T1", "111010001101 Rn:4 (1)(1)(1)(1)(0)(0)(0)(0) 000 H:1 Rm:4", {
      asm: [
        { text: "tbb<c> <table>", when: (f) => f.H === 0, fields: { H: 0 } },
        { text: "tbh<c> <table>", when: (f) => f.H === 1, fields: { H: 1 } },
      ],
      elements: { table: tableOperand },
      it: "last-or-outside",
      unpredictable: [
        unpredictable(
          "Rn is the SP, or Rm is the SP or the PC",
          (f) => f.Rn === 13 || f.Rm === 13 || f.Rm === 15,
        ),
      ],
      shouldBe: UNDEFINED_IN_REFERENCE,
      operands: (f) => ({ n: f.Rn, m: f.Rm, half: f.H === 1 }),
    }),
  ],
  execute(ir, o) {
    const index = o.half ? ir.shl(ir.reg(o.m), ir.const(1)) : ir.reg(o.m);
    const entry = ir.load(ir.add(ir.reg(o.n), index), o.half ? 2 : 1);
    ir.branchWritePC(ir.add(ir.pcValue(), ir.shl(entry, ir.const(1))));
  },
});
