/** MOVW, MOVT, ADDW, SUBW and ADR: constants that are not modified immediates. */
import { encoding, instruction, unpredictable, type Instruction } from "../instruction.js";
import { thumbImm12 } from "../syntax/modified-immediate.js";
import { immediateElement, unsignedImmediate, type Element } from "../syntax/element.js";

const bad = (n: number): boolean => n === 13 || n === 15;
const a32Imm16: Element = immediateElement(
  (f) => (f["imm4"]! << 12) | f["imm12"]!,
  (n) => (n >= 0 && n < 65536 ? { imm4: n >>> 12, imm12: n & 0xfff } : undefined),
);
const t32Imm16: Element = immediateElement(
  (f) => (f["imm4"]! << 12) | (f["i"]! << 11) | (f["imm3"]! << 8) | f["imm8"]!,
  (n) => (n >= 0 && n < 65536 ? { imm4: n >>> 12, i: (n >>> 11) & 1, imm3: (n >>> 8) & 7, imm8: n & 0xff } : undefined),
);
interface Move {
  readonly d: number;
  readonly imm16: number;
}
const move = (name: string, top: boolean): Instruction =>
  instruction<Move>({
    name, ref: top ? "A8.8.106" : "A8.8.102",
    summary: top ? "Writes the top halfword of a register." : "Writes a 16-bit constant, zero-extended.",
    encodings: [
      encoding<string, Move>("A2", `cond:4 00110 ${top ? 1 : 0} 00 imm4:4 Rd:4 imm12:12`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <imm16>`,
        elements: { imm16: a32Imm16 },
        unpredictable: [unpredictable("Rd is PC", (f: Record<string, number>) => f["Rd"] === 15)],
        operands: (f: Record<string, number>) => ({ d: f["Rd"]!, imm16: (f["imm4"]! << 12) | f["imm12"]! }),
      }),
      encoding<string, Move>("T3", `11110 i:1 10 ${top ? 1 : 0} 100 imm4:4 0 imm3:3 Rd:4 imm8:8`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <imm16>`,
        elements: { imm16: t32Imm16 },
        unpredictable: [unpredictable("Rd is SP or PC", (f: Record<string, number>) => bad(f["Rd"]!))],
        operands: (f: Record<string, number>) => ({
          d: f["Rd"]!, imm16: (f["imm4"]! << 12) | (f["i"]! << 11) | (f["imm3"]! << 8) | f["imm8"]!,
        }),
      }),
    ],
    execute(ir, o) {
      const value = top ? ir.or(ir.and(ir.reg(o.d), ir.const(0xffff)), ir.const(o.imm16 << 16)) : ir.const(o.imm16);
      if (o.d === 15) ir.branchWritePC(value);
      else ir.setReg(o.d, value);
    },
  });

interface Plain {
  readonly d: number;
  readonly n: number;
  readonly imm: number;
}
const plainArithmetic = (name: string, bits: string, negative: boolean): Instruction =>
  instruction<Plain>({
    name, ref: negative ? "A8.8.222" : "A8.8.4", summary: "Adds or subtracts a 12-bit constant.",
    encodings: [
      encoding("T4", `11110 i:1 10 ${bits} Rn:4 0 imm3:3 Rd:4 imm8:8` as "11110 i:1 10 0000 Rn:4 0 imm3:3 Rd:4 imm8:8", {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rn>, <imm12>`,
        elements: { imm12: thumbImm12 },
        unpredictable: [unpredictable("Rd is PC, or SP with another base", (f) => f.Rd === 15 || (f.Rd === 13 && f.Rn !== 13))],
        operands: (f) => ({ d: f.Rd, n: f.Rn, imm: (f.i << 11) | (f.imm3 << 8) | f.imm8 }),
      }),
    ],
    execute(ir, o) {
      const base = o.n === 15 ? ir.alignedPc() : ir.reg(o.n);
      const value = negative ? ir.sub(base, ir.const(o.imm)) : ir.add(base, ir.const(o.imm));
      if (o.d === 15) ir.branchWritePC(value);
      else ir.setReg(o.d, value);
    },
  });

/** ADR in T16; the A32 forms are ADD and SUB with the PC, the T32 ones ADDW and SUBW. */
const ADR = instruction<{ d: number; offset: number }>({
  name: "ADR", ref: "A8.8.12", summary: "Adds a constant to the aligned PC.",
  encodings: [
    encoding("T1", "10100 Rd:3 imm8:8", {
      asm: "add<c> <Rd>, pc, <imm>",
      elements: { imm: unsignedImmediate("imm8", 8, 4) },
      operands: (f) => ({ d: f.Rd, offset: f.imm8 * 4 }),
    }),
  ],
  execute(ir, o) {
    ir.setReg(o.d, ir.add(ir.alignedPc(), ir.const(o.offset)));
  },
});

export const WIDE_MOVES: readonly Instruction[] = [
  move("MOVW", false), move("MOVT", true), plainArithmetic("ADDW", "0000", false), plainArithmetic("SUBW", "1010", true), ADR,
];
