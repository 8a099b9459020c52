/** MOVT, and the 16-bit constants of MOV (immediate) that are written MOVW. */
import { badRegister } from "../bad-register.js";
import { composedEncoding } from "../composed-encoding.js";
import {
  encoding,
  instruction,
  unpredictable,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { immediateElement, type Element } from "../syntax/element.js";
import { thumbImm12Of } from "../syntax/modified-immediate.js";
import { plainImmediate } from "./operand2.js";
import { standardOperands, type Operation, type StandardOperands } from "./operations.js";

const isHalfword = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < 0x10000;
const armHalfword = (f: FieldMap): number => (f["imm4"]! << 12) | f["imm12"]!;
const thumbHalfword = (f: FieldMap): number => (f["imm4"]! << 12) | thumbImm12Of(f);
const armImm16: Element = immediateElement(armHalfword, (n) =>
  isHalfword(n) ? { imm4: n >>> 12, imm12: n & 0xfff } : undefined,
);
const thumbImm16: Element = immediateElement(thumbHalfword, (n) =>
  isHalfword(n)
    ? { imm4: n >>> 12, i: (n >>> 11) & 1, imm3: (n >>> 8) & 7, imm8: n & 0xff }
    : undefined,
);
const pcDestination = unpredictable<FieldMap>("Rd is the PC", (f) => f["Rd"] === 15);
const badDestination = unpredictable<FieldMap>("Rd is the SP or the PC", (f) =>
  badRegister(f["Rd"]),
);
const a32Pattern = (top: 0 | 1): string => `cond:4 00110 ${top} 00 imm4:4 Rd:4 imm12:12`;
const t32Pattern = (top: 0 | 1): string => `11110 i:1 10 ${top} 100 imm4:4 0 imm3:3 Rd:4 imm8:8`;

/** MOVW: encodings A2 and T3 of MOV (immediate). */
export const moveHalfword = (set: "a32" | "t32", move: Operation): Encoding<StandardOperands> =>
  composedEncoding(set === "a32" ? "A2" : "T3", set === "a32" ? a32Pattern(0) : t32Pattern(0), {
    asm: [
      { text: "movw<c> <Rd>, <imm16>" },
      { text: `mov<c>${set === "a32" ? "" : "<w>"} <Rd>, <imm16>`, parseOnly: true },
    ],
    elements: { imm16: set === "a32" ? armImm16 : thumbImm16 },
    unpredictable: [set === "a32" ? pcDestination : badDestination],
    operands: (f: FieldMap) =>
      standardOperands(move, f, plainImmediate(set === "a32" ? armHalfword(f) : thumbHalfword(f))),
  });

interface Top {
  readonly d: number;
  readonly imm16: number;
}
export const MOVT: Instruction = instruction<Top>({
  name: "MOVT",
  ref: "A8.8.106",
  summary: "Writes the top halfword of a register.",
  encodings: [
    encoding<string, Top>("A1", a32Pattern(1), {
      asm: "movt<c> <Rd>, <imm16>",
      elements: { imm16: armImm16 },
      unpredictable: [pcDestination],
      operands: (f: FieldMap) => ({ d: f["Rd"]!, imm16: armHalfword(f) }),
    }),
    encoding<string, Top>("T1", t32Pattern(1), {
      asm: "movt<c> <Rd>, <imm16>",
      elements: { imm16: thumbImm16 },
      unpredictable: [badDestination],
      operands: (f: FieldMap) => ({ d: f["Rd"]!, imm16: thumbHalfword(f) }),
    }),
  ],
  execute(ir, o) {
    const low = ir.and(ir.reg(o.d), ir.const(0xffff));
    ir.setReg(o.d, ir.or(low, ir.const(o.imm16 << 16)));
  },
});
