/** BX, BLX (register), BXJ, CBZ, CBNZ, TBB and TBH. */
import { encoding, instruction, unpredictable, type Instruction } from "../instruction.js";
import { REGISTER_NAMES, identifierAt, registerNamed, type Element } from "../syntax/element.js";
import { labelElement } from "../syntax/label-element.js";

interface Target {
  readonly m: number;
  readonly link: boolean;
}
const BX = instruction<Target>({
  name: "BX",
  ref: "A8.8.27",
  summary: "Branches to a register; bit 0 selects the instruction set.",
  encodings: [
    encoding("A1", "cond:4 00010010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0001 Rm:4", {
      asm: "bx<c> <Rm>",
      operands: (f) => ({ m: f.Rm, link: false }),
    }),
    encoding("T1", "010001110 Rm:4 (0)(0)(0)", {
      asm: "bx<c> <Rm>",
      it: "last-or-outside",
      operands: (f) => ({ m: f.Rm, link: false }),
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
      unpredictable: [unpredictable("Rm is PC", (f) => f.Rm === 15)],
      operands: (f) => ({ m: f.Rm, link: true }),
    }),
    encoding("T1", "010001111 Rm:4 (0)(0)(0)", {
      asm: "blx<c> <Rm>",
      it: "last-or-outside",
      unpredictable: [unpredictable("Rm is PC", (f) => f.Rm === 15)],
      operands: (f) => ({ m: f.Rm, link: true }),
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
  summary: "As BX: the Jazelle implementation is trivial.",
  encodings: [
    encoding("A1", "cond:4 00010010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0010 Rm:4", {
      asm: "bxj<c> <Rm>",
      unpredictable: [unpredictable("Rm is PC", (f) => f.Rm === 15)],
      operands: (f) => ({ m: f.Rm, link: false }),
    }),
    encoding("T1", "111100111100 Rm:4 10 (0) 0 (1)(1)(1)(1)(0)(0)(0)(0)(0)(0)(0)(0)", {
      asm: "bxj<c> <Rm>",
      it: "last-or-outside",
      unpredictable: [unpredictable("Rm is SP or PC", (f) => f.Rm === 13 || f.Rm === 15)],
      operands: (f) => ({ m: f.Rm, link: false }),
    }),
  ],
  execute(ir, o) {
    ir.trapCheck("HSTR.TJDBX");
    ir.bxWritePC(ir.reg(o.m));
  },
});

const forward = labelElement(
  (f) => (f["i"]! << 6) | (f["imm5"]! << 1),
  (n) => (n % 2 !== 0 || n < 0 || n > 126 ? undefined : { i: n >> 6, imm5: (n >> 1) & 31 }),
);
const compareAndBranch = (op: 0 | 1): Instruction =>
  instruction<{ n: number; offset: number }>({
    name: op === 0 ? "CBZ" : "CBNZ",
    ref: "A8.8.29",
    summary: "Branches forward on a register being zero or not.",
    encodings: [
      encoding("T1", `1011 ${op} 0 i:1 1 imm5:5 Rn:3` as "1011 0 0 i:1 1 imm5:5 Rn:3", {
        asm: `${op === 0 ? "cbz" : "cbnz"} <Rn>, <label>`,
        elements: { label: forward },
        it: "outside",
        operands: (f) => ({ n: f.Rn, offset: (f.i << 6) | (f.imm5 << 1) }),
      }),
    ],
    execute(ir, o) {
      ir.when(ir.reg(o.n), () => ir.branchTo(ir.pc + 4 + o.offset), op === 0);
    },
  });

const tableOperand: Element = {
  print: (f) =>
    `[${REGISTER_NAMES[f["Rn"]!]!}, ${REGISTER_NAMES[f["Rm"]!]!}${f["H"] === 1 ? ", lsl #1" : ""}]`,
  parse(text, at) {
    const match = /^\[\s*(\w+)\s*,\s*(\w+)\s*(,\s*lsl\s+#1\s*)?\]/i.exec(text.slice(at));
    if (match === null) return [];
    const n = registerNamed(identifierAt(match[1]!, 0));
    const m = registerNamed(identifierAt(match[2]!, 0));
    if (n === undefined || m === undefined) return [];
    return [
      { fields: { Rn: n, Rm: m, H: match[3] === undefined ? 0 : 1 }, end: at + match[0].length },
    ];
  },
};
const TBB = instruction<{ n: number; m: number; half: boolean }>({
  name: "TBB, TBH",
  ref: "A8.8.237",
  summary: "Branches forward by an entry of a table of bytes or halfwords.",
  encodings: [
    encoding("T1", "111010001101 Rn:4 (1)(1)(1)(1)(0)(0)(0)(0) 000 H:1 Rm:4", {
      asm: [
        { text: "tbb<c> <table>", when: (f) => f.H === 0 },
        { text: "tbh<c> <table>", when: (f) => f.H === 1 },
      ],
      elements: { table: tableOperand },
      it: "last-or-outside",
      unpredictable: [
        unpredictable(
          "Rn is SP, or Rm is SP or PC",
          (f) => f.Rn === 13 || f.Rm === 13 || f.Rm === 15,
        ),
      ],
      operands: (f) => ({ n: f.Rn, m: f.Rm, half: f.H === 1 }),
    }),
  ],
  execute(ir, o) {
    const index = o.half ? ir.shl(ir.reg(o.m), ir.const(1)) : ir.reg(o.m);
    const entry = ir.load(ir.add(ir.reg(o.n), index), o.half ? 2 : 1);
    ir.branchWritePC(ir.add(ir.pcValue(), ir.shl(entry, ir.const(1))));
  },
});

export const BRANCH_REGISTER: readonly Instruction[] = [
  BX,
  BLX_register,
  BXJ,
  compareAndBranch(0),
  compareAndBranch(1),
  TBB,
];
