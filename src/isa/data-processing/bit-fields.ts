/** SBFX, UBFX, BFI and BFC: bit fields of a register. */
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { immediateElement, unsignedImmediate, type Element } from "../syntax/element.js";
import { amountBits, amountFields } from "./operand-elements.js";
import { notPc, notSpOrPc } from "./register-rules.js";

interface BitField {
  readonly d: number;
  readonly n: number;
  readonly lsb: number;
  /** Width in bits, 1 to 32. */
  readonly width: number;
}
type In = "a32" | "t32";
const lsbOf = (f: FieldMap, set: In): number =>
  set === "a32" ? f["lsb"]! : amountBits(f, "imm3:imm2");
const lsbElement = (set: In): Element =>
  immediateElement(
    (f) => lsbOf(f, set),
    (n) =>
      n < 0 || n > 31 ? undefined : set === "a32" ? { lsb: n } : amountFields(n, "imm3:imm2"),
  );
/** The width of BFI and BFC: the encoding holds the top bit, so the lsb must have been read before. */
const widthOfMsb = (set: In): Element => ({
  print: (f) => `#${f["msb"]! - lsbOf(f, set) + 1}`,
  parse(text, at, context) {
    const before = /,\s*#?([^,]+),\s*$/.exec(text.slice(0, at));
    const start = before === null ? undefined : context.evaluate(before[1]!.trim());
    if (start === undefined) return [];
    return immediateElement(
      () => 0,
      (n) => (n >= 1 && start + n <= 32 ? { msb: start + n - 1 } : undefined),
    ).parse(text, at, context);
  },
});

const tooHigh = (set: In) =>
  unpredictable(
    "the field ends above bit 31",
    (f: FieldMap) => lsbOf(f, set) + f["widthm1"]! > 31,
    "undefined",
  );
const backwards = (set: In) =>
  unpredictable(
    "the top bit lies below the lowest",
    (f: FieldMap) => f["msb"]! < lsbOf(f, set),
    "undefined",
  );

const extract = (name: "SBFX" | "UBFX", ref: string, summary: string): Instruction => {
  const signed = name === "SBFX";
  const asm = `${name.toLowerCase()}<c> <Rd>, <Rn>, <lsb>, <width>`;
  const width = unsignedImmediate("widthm1", 5, 1, 1);
  const operands =
    (set: In) =>
    (f: FieldMap): BitField => ({
      d: f["Rd"]!,
      n: f["Rn"]!,
      lsb: lsbOf(f, set),
      width: f["widthm1"]! + 1,
    });
  return instruction<BitField>({
    name,
    ref,
    summary,
    encodings: [
      strictEncoding("A1", `cond:4 01111 ${signed ? "01" : "11"} widthm1:5 Rd:4 lsb:5 101 Rn:4`, {
        asm,
        elements: { lsb: lsbElement("a32"), width },
        unpredictable: [notPc("Rd", "Rn"), tooHigh("a32")],
        operands: operands("a32"),
      }),
      strictEncoding(
        "T1",
        `11110 (0) 11 ${signed ? "0100" : "1100"} Rn:4 0 imm3:3 Rd:4 imm2:2 (0) widthm1:5`,
        {
          asm,
          elements: { lsb: lsbElement("t32"), width },
          unpredictable: [notSpOrPc("Rd", "Rn"), tooHigh("t32")],
          operands: operands("t32"),
        },
      ),
    ],
    execute(ir, o) {
      const moved = ir.shl(ir.reg(o.n), ir.const(32 - o.lsb - o.width));
      const right = ir.const(32 - o.width);
      ir.setReg(o.d, signed ? ir.sar(moved, right) : ir.shr(moved, right));
    },
  });
};

const insert = (name: "BFI" | "BFC", ref: string, summary: string): Instruction => {
  const clear = name === "BFC";
  const rn = clear ? "1111" : "Rn:4";
  const asm = clear ? "bfc<c> <Rd>, <lsb>, <width>" : "bfi<c> <Rd>, <Rn>, <lsb>, <width>";
  const see = clear ? [] : ["BFC"];
  const operands =
    (set: In) =>
    (f: FieldMap): BitField => ({
      d: f["Rd"]!,
      n: f["Rn"] ?? 15,
      lsb: lsbOf(f, set),
      width: f["msb"]! - lsbOf(f, set) + 1,
    });
  return instruction<BitField>({
    name,
    ref,
    summary,
    encodings: [
      strictEncoding("A1", `cond:4 0111110 msb:5 Rd:4 lsb:5 001 ${rn}`, {
        asm,
        elements: { lsb: lsbElement("a32"), width: widthOfMsb("a32") },
        see,
        unpredictable: [notPc("Rd"), backwards("a32")],
        operands: operands("a32"),
      }),
      strictEncoding("T1", `11110 (0) 110110 ${rn} 0 imm3:3 Rd:4 imm2:2 (0) msb:5`, {
        asm,
        elements: { lsb: lsbElement("t32"), width: widthOfMsb("t32") },
        see,
        unpredictable: [
          notSpOrPc("Rd"),
          unpredictable("Rn is the SP", (f: FieldMap) => f["Rn"] === 13),
          backwards("t32"),
        ],
        operands: operands("t32"),
      }),
    ],
    execute(ir, o) {
      const mask = (2 ** o.width - 1) * 2 ** o.lsb;
      const kept = ir.bic(ir.reg(o.d), ir.const(mask));
      if (clear) return ir.setReg(o.d, kept);
      const moved = ir.and(ir.shl(ir.reg(o.n), ir.const(o.lsb)), ir.const(mask));
      ir.setReg(o.d, ir.or(kept, moved));
    },
  });
};

export const BIT_FIELDS: readonly Instruction[] = [
  extract("SBFX", "A8.8.164", "Extracts a bit field and sign-extends it."),
  extract("UBFX", "A8.8.246", "Extracts a bit field and zero-extends it."),
  insert("BFI", "A8.8.20", "Copies low bits into a bit field."),
  insert("BFC", "A8.8.19", "Clears a bit field."),
];
