/** Advanced SIMD: two registers and a shift amount (DDI 0406C, A7.4.4), the integer ones. */
import type { SimdParameters, VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { immediateElement, type Element, type Parsed } from "../syntax/element.js";
import type { FieldMap } from "../pattern.js";
import { MODIFIED_IMMEDIATE } from "./modified-immediate.js";
import { simdInstruction, simdRecord, type F, type Shape } from "./simd-record.js";

/** log2 of the element's size in bytes, of L:imm6; -1 where L:imm6 is 0000xxx. */
const sizeOf = (f: F): number => {
  const imm6 = f["imm6"]!;
  if (f["L"] === 1) return 3;
  return imm6 >= 32 ? 2 : imm6 >= 16 ? 1 : imm6 >= 8 ? 0 : -1;
};
/** Amount to the right, 1 to the element's size; or to the left, from 0. */
const rightOf = (f: F): number => (f["L"] === 1 ? 64 : 16 << sizeOf(f)) - f["imm6"]!;
const leftOf = (f: F): number => f["imm6"]! - (f["L"] === 1 ? 0 : 8 << sizeOf(f));
const fieldsOf = (size: number, amount: number, right: boolean): FieldMap | undefined => {
  const bits = 8 << size;
  if (amount < (right ? 1 : 0) || amount > (right ? bits : bits - 1)) return undefined;
  const base = size === 3 ? 0 : bits;
  const imm6 = right ? base + bits - amount : base + amount;
  // `elementSize` is no field: it holds the amount against the data type that the text has.
  return { L: size === 3 ? 1 : 0, imm6, elementSize: size };
};
/** #amount. A number can be an amount of each size: the data type decides. */
const amount = (right: boolean): Element => {
  const get = right ? rightOf : leftOf;
  return {
    print: (f) => `#${get(f)}`,
    parse: (text, at, context): Parsed[] =>
      [0, 1, 2, 3].flatMap((size) => [
        ...immediateElement(get, (n) => fieldsOf(size, n, right)).parse(text, at, context),
      ]),
  };
};
/** The size of the data type; `doubled` where the text has that of the wide elements. */
const dataSize = (doubled: boolean): Element => {
  const first = doubled ? 16 : 8;
  return {
    print: (f) => String(first << sizeOf(f)),
    parse: (text, at): Parsed[] =>
      [0, 1, 2, 3].flatMap((size) => {
        const digits = String(first << size);
        return text.startsWith(digits, at)
          ? [{ fields: { elementSize: size }, end: at + digits.length }]
          : [];
      }),
  };
};

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  readonly u: string;
  /** Bits 11:8. */
  readonly a: string;
  /** Bits 7 and 6: "L:1 Q:1", or fixed in narrowing and lengthening instructions. */
  readonly lq?: string;
  readonly shape?: Shape;
  readonly text: string;
  /** Another text that is read. */
  readonly alias?: string;
  readonly right: boolean;
  readonly op: VectorOpName;
  readonly parameters?: (f: F) => SimdParameters;
  readonly see?: readonly string[];
}
const NARROW: Shape = { d: "d", m: "q" };
const ROWS: readonly Row[] = [
  {
    name: "VSHR",
    ref: "A8.8.398",
    summary: "Shifts right.",
    u: "U:1",
    a: "0000",
    text: "vshr<c>.<us><bits>",
    right: true,
    op: "vshr",
  },
  {
    name: "VSRA",
    ref: "A8.8.402",
    summary: "Shifts right and accumulates.",
    u: "U:1",
    a: "0001",
    text: "vsra<c>.<us><bits>",
    right: true,
    op: "vsra",
  },
  {
    name: "VRSHR",
    ref: "A8.8.389",
    summary: "Shifts right, rounding.",
    u: "U:1",
    a: "0010",
    text: "vrshr<c>.<us><bits>",
    right: true,
    op: "vshr",
    parameters: () => ({ round: 1 }),
  },
  {
    name: "VRSRA",
    ref: "A8.8.393",
    summary: "Shifts right, rounding, and accumulates.",
    u: "U:1",
    a: "0011",
    text: "vrsra<c>.<us><bits>",
    right: true,
    op: "vsra",
    parameters: () => ({ round: 1 }),
  },
  {
    name: "VSRI",
    ref: "A8.8.403",
    summary: "Shifts right and inserts.",
    u: "1",
    a: "0100",
    text: "vsri<c>.<bits>",
    right: true,
    op: "vsri",
    parameters: () => ({ unsigned: 1 }),
  },
  {
    name: "VSHL (immediate)",
    ref: "A8.8.395",
    summary: "Shifts left.",
    u: "0",
    a: "0101",
    // objdump says s; what the Arm ARM and assemblers write is i.
    text: "vshl<c>.s<bits>",
    alias: "vshl<c>.i<bits> <Vd>, <Vm>, <amount>",
    right: false,
    op: "vshl",
  },
  {
    name: "VSLI",
    ref: "A8.8.400",
    summary: "Shifts left and inserts.",
    u: "1",
    a: "0101",
    text: "vsli<c>.<bits>",
    right: false,
    op: "vsli",
  },
  {
    name: "VQSHLU (immediate)",
    ref: "A8.8.380",
    summary: "Shifts signed elements left, saturating to unsigned.",
    u: "1",
    a: "0110",
    text: "vqshlu<c>.s<bits>",
    right: false,
    op: "vshl",
    parameters: () => ({ saturate: 1, unsignedResult: 1 }),
  },
  {
    name: "VQSHL (immediate)",
    ref: "A8.8.380",
    summary: "Shifts left, saturating.",
    u: "U:1",
    a: "0111",
    text: "vqshl<c>.<us><bits>",
    right: false,
    op: "vshl",
    parameters: (f) => ({ saturate: 1, unsignedResult: f["U"]! }),
  },
  {
    name: "VSHRN",
    ref: "A8.8.399",
    summary: "Shifts right, to elements half the size.",
    u: "0",
    a: "1000",
    lq: "0 0",
    shape: NARROW,
    text: "vshrn<c>.i<bits2>",
    right: true,
    op: "vshrn",
  },
  {
    name: "VRSHRN",
    ref: "A8.8.390",
    summary: "Shifts right, rounding, to elements half the size.",
    u: "0",
    a: "1000",
    lq: "0 1",
    shape: NARROW,
    text: "vrshrn<c>.i<bits2>",
    right: true,
    op: "vshrn",
    parameters: () => ({ round: 1 }),
  },
  {
    name: "VQSHRUN",
    ref: "A8.8.381",
    summary: "Shifts signed elements right, saturating to unsigned ones half the size.",
    u: "1",
    a: "1000",
    lq: "0 0",
    shape: NARROW,
    text: "vqshrun<c>.s<bits2>",
    right: true,
    op: "vshrn",
    parameters: () => ({ saturate: 1, unsignedResult: 1 }),
  },
  {
    name: "VQRSHRUN",
    ref: "A8.8.378",
    summary:
      "Shifts signed elements right, rounding and saturating to unsigned ones half the size.",
    u: "1",
    a: "1000",
    lq: "0 1",
    shape: NARROW,
    text: "vqrshrun<c>.s<bits2>",
    right: true,
    op: "vshrn",
    parameters: () => ({ round: 1, saturate: 1, unsignedResult: 1 }),
  },
  {
    name: "VQSHRN",
    ref: "A8.8.381",
    summary: "Shifts right, saturating to elements half the size.",
    u: "U:1",
    a: "1001",
    lq: "0 0",
    shape: NARROW,
    text: "vqshrn<c>.<us><bits2>",
    right: true,
    op: "vshrn",
    parameters: (f) => ({ saturate: 1, unsignedResult: f["U"]! }),
  },
  {
    name: "VQRSHRN",
    ref: "A8.8.378",
    summary: "Shifts right, rounding and saturating to elements half the size.",
    u: "U:1",
    a: "1001",
    lq: "0 1",
    shape: NARROW,
    text: "vqrshrn<c>.<us><bits2>",
    right: true,
    op: "vshrn",
    parameters: (f) => ({ round: 1, saturate: 1, unsignedResult: f["U"]! }),
  },
  {
    name: "VSHLL",
    ref: "A8.8.397",
    summary: "Shifts left, to elements twice the size.",
    u: "U:1",
    a: "1010",
    lq: "0 0",
    shape: { d: "q", m: "d" },
    text: "vshll<c>.<us><bits>",
    right: false,
    op: "vshll",
    see: ["VMOVL"],
  },
];

const SHIFTS = ROWS.map(({ name, ref, summary, ...row }) =>
  simdRecord({
    name,
    ref,
    summary,
    bits: `${row.u} 1 D:1 imm6:6 Vd:4 ${row.a} ${row.lq ?? "L:1 Q:1"} M:1 1 Vm:4`,
    shape: row.shape ?? { d: "v", m: "v" },
    text: row.text,
    tail: ", <amount>",
    ...(row.alias === undefined ? {} : { forms: [{ text: row.alias, parseOnly: true }] }),
    elements: { bits: dataSize(false), bits2: dataSize(true), amount: amount(row.right) },
    see: [...MODIFIED_IMMEDIATE.map((i) => i.name), ...(row.see ?? [])],
    undefined: (f) => sizeOf(f) < 0,
    op: row.op,
    parameters: (f) => ({
      size: sizeOf(f),
      amount: row.right ? rightOf(f) : leftOf(f),
      ...row.parameters?.(f),
    }),
  }),
);
const VMOVL = simdInstruction(
  { name: "VMOVL", ref: "A8.8.346", summary: "Extends elements to twice the size." },
  ["001", "010", "100"].map((imm3, size) => ({
    bits: `U:1 1 D:1 ${imm3} 000 Vd:4 1010 0 0 M:1 1 Vm:4`,
    shape: { d: "q", m: "d" },
    text: `vmovl<c>.<us>${8 << size}`,
    op: "vshll",
    parameters: { size },
  })),
);

export const SHIFT_IMMEDIATE: readonly Instruction[] = [...SHIFTS, VMOVL];
