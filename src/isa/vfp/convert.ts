/** VCVT between floating point and integers or fixed point. */
import { vectorSlot } from "../../arch/index.js";
import { fixedImmediate } from "../../ir/index.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import { immediateElement, type Element } from "../syntax/element.js";
import {
  bothSets,
  singleOf,
  slotOf,
  textOf,
  VFP_ELEMENTS,
  wordOf,
  type F,
} from "./vfp-encoding.js";

interface Operands {
  readonly double: boolean;
  readonly d: number;
  readonly m: number;
  readonly imm: number;
  readonly toInteger: boolean;
}
const execute: Parameters<typeof instruction<Operands>>[0]["execute"] = (ir, o) => {
  ir.checkVector();
  const to = o.toInteger ? "ftofixed" : "ffromfixed";
  ir.vector(`${to}${o.double ? 64 : 32}`, o.d, 0, o.m, o.imm);
};

const INTEGER = instruction<Operands>({
  name: "VCVT, VCVTR (between floating-point and integer, Floating-point)",
  ref: "A8.8.306",
  summary: "Converts to a 32-bit integer, towards zero or as FPSCR says, or from one.",
  encodings: [
    ...bothSets(1, "11101 D:1 11 1000 Vd:4 101 sz:1 S:1 1 M:1 0 Vm:4", {
      asm: "vcvt<c><f>.<us>32 <Fd>, <Sm>",
      elements: { ...VFP_ELEMENTS, us: textOf("S", "u", "s") },
      operands: (f: F) => ({
        double: f["sz"] === 1,
        d: slotOf(f, "d"),
        m: vectorSlot(singleOf(f, "m")),
        imm: fixedImmediate({
          fractionBits: 0,
          size: 32,
          unsigned: f["S"] === 0,
          fixedRounding: false,
          wide: false,
        }),
        toInteger: false,
      }),
    }),
    ...bothSets(2, "11101 D:1 11 110 S:1 Vd:4 101 sz:1 op:1 1 M:1 0 Vm:4", {
      asm: "vcvt<r><c>.<us>32<f> <Sd>, <Fm>",
      elements: {
        ...VFP_ELEMENTS,
        us: textOf("S", "u", "s"),
        r: textOf("op", "r", ""),
      },
      operands: (f: F) => ({
        double: f["sz"] === 1,
        d: vectorSlot(singleOf(f, "d")),
        m: slotOf(f, "m"),
        imm: fixedImmediate({
          fractionBits: 0,
          size: 32,
          unsigned: f["S"] === 0,
          fixedRounding: f["op"] === 1,
          wide: false,
        }),
        toInteger: true,
      }),
    }),
  ],
  execute,
});

/** Fraction bits are the size less imm4:i. */
const fractionBits = (f: F): number => (f["sx"] === 1 ? 32 : 16) - ((f["imm4"]! << 1) | f["i"]!);
/** "s16, s0, s0, #4": the size is needed to read the number of fraction bits, so one element reads it all. */
const fixedOperands = (order: "to" | "from"): Element => {
  const count = immediateElement(fractionBits, (n) =>
    Number.isInteger(n) && n >= 0 && n <= 32 ? { n } : undefined,
  );
  const { f: type, Fd: register } = VFP_ELEMENTS as { f: Element; Fd: Element };
  return {
    print(f, context) {
      const integer = `.${f["U"] === 1 ? "u" : "s"}${f["sx"] === 1 ? 32 : 16}`;
      const float = type.print(f, context);
      const d = register.print(f, context);
      const types = order === "to" ? integer + float : float + integer;
      return `${types} ${d}, ${d}, ${count.print(f, context)}`;
    },
    parse(text, at, context) {
      const integer = "\\.([us])(16|32)";
      const float = "\\.f(32|64)";
      const match = new RegExp(
        `^${order === "to" ? integer + float : float + integer}\\s+(\\w+)\\s*,\\s*(\\w+)\\s*,\\s*`,
      ).exec(text.slice(at));
      if (match === null || match[4]!.toLowerCase() !== match[5]!.toLowerCase()) return [];
      const [sign, size, width] =
        order === "to" ? [match[1], match[2], match[3]] : [match[2], match[3], match[1]];
      const found = register.parse(match[4]!, 0, context)[0];
      if (found === undefined || found.fields["sz"] !== (width === "64" ? 1 : 0)) return [];
      return count.parse(text, at + match[0].length, context).flatMap(({ fields, end }) => {
        const rest = Number(size) - fields["n"]!;
        if (rest < 0) return [];
        const made = {
          ...found.fields,
          U: sign === "u" ? 1 : 0,
          sx: size === "32" ? 1 : 0,
          imm4: rest >> 1,
          i: rest & 1,
        };
        return [{ fields: made, end }];
      });
    },
  };
};

const FIXED = instruction<Operands>({
  name: "VCVT (between floating-point and fixed-point, Floating-point)",
  ref: "A8.8.308",
  summary: "Converts a register to fixed point, towards zero, or from it, to nearest.",
  encodings: bothSets(1, "11101 D:1 11 1 op:1 1 U:1 Vd:4 101 sz:1 sx:1 1 i:1 0 imm4:4", {
    asm: [
      { text: "vcvt<c><from>", when: (f: F) => f["op"] === 0, fields: { op: 0 } },
      { text: "vcvt<c><to>", fields: { op: 1 } },
    ],
    elements: { ...VFP_ELEMENTS, from: fixedOperands("from"), to: fixedOperands("to") },
    unpredictable: [
      unpredictable("more than the size's fraction bits are left", (f: F) => fractionBits(f) < 0),
    ],
    operands: (f: F) => {
      const d = vectorSlot(wordOf(f, "d"));
      return {
        double: f["sz"] === 1,
        d,
        m: d,
        imm: fixedImmediate({
          fractionBits: fractionBits(f),
          size: f["sx"] === 1 ? 32 : 16,
          unsigned: f["U"] === 1,
          fixedRounding: true,
          wide: f["sz"] === 1,
        }),
        toInteger: f["op"] === 1,
      };
    },
  }),
  execute,
});

export const VFP_CONVERT: readonly Instruction[] = [INTEGER, FIXED];
