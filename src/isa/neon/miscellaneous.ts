/** Advanced SIMD: two registers, miscellaneous (DDI 0406C, A7.4.5), the integer ones. */
import type { Slot } from "../../arch/index.js";
import { simdImm, type IrBuilder, type SimdParameters, type VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { simdRecord, type F, type Shape, type SimdOperands } from "./simd-record.js";

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  /** Bits 17:16. */
  readonly a: string;
  /** Bits 11:6, with the fields U and Q. */
  readonly b: string;
  readonly text: string;
  readonly tail?: string;
  readonly shape?: Shape;
  /** Sizes that are defined, as a mask of 1 << size; 8 to 32 bits when absent. */
  readonly sizes?: number;
  readonly undefined?: (f: F) => boolean;
  readonly op?: VectorOpName;
  readonly parameters?: SimdParameters | ((f: F) => SimdParameters);
  readonly body?: (ir: IrBuilder, o: SimdOperands) => void;
}
const NARROW: Shape = { d: "d", m: "q" };

/** VREV64, VREV32, VREV16: `log2` of the group's bytes. */
const reversal = (bytes: 8 | 4 | 2, b: string, ref: string): Row => ({
  name: `VREV${bytes * 8}`,
  ref,
  summary: `Elements in reverse order within ${bytes * 8} bits.`,
  a: "00",
  b: `${b} Q:1`,
  text: `vrev${bytes * 8}<c>.<size>`,
  sizes: bytes - 1,
  op: "vrev",
  parameters: { amount: Math.log2(bytes) },
});
const comparison = (
  name: string,
  ref: string,
  summary: string,
  b: string,
  letter: "s" | "i",
): Row => ({
  name: `${name} (immediate #0, integer)`,
  ref,
  summary,
  a: "01",
  b: `${b} Q:1`,
  text: `${name.toLowerCase()}<c>.${letter}<size>`,
  tail: ", #0",
  op: name.toLowerCase() as VectorOpName,
  parameters: { zero: 1 },
});
const eachWord = (ir: IrBuilder, o: SimdOperands, make: (d: Slot, m: Slot) => void): void => {
  for (let i = 0; i < o.words; i++) make((o.d + i) as Slot, (o.m + i) as Slot);
};

const ROWS: readonly Row[] = [
  reversal(8, "0 0000", "A8.8.386"),
  reversal(4, "0 0001", "A8.8.386"),
  reversal(2, "0 0010", "A8.8.386"),
  {
    name: "VPADDL",
    ref: "A8.8.364",
    summary: "Sums of adjacent elements, twice the size.",
    a: "00",
    b: "0 010 U:1 Q:1",
    text: "vpaddl<c>.<us><size>",
    op: "vpaddl",
  },
  {
    name: "VCLS",
    ref: "A8.8.299",
    summary: "Counts bits that equal the sign.",
    a: "00",
    b: "0 1000 Q:1",
    text: "vcls<c>.s<size>",
    op: "vcls",
  },
  {
    name: "VCLZ",
    ref: "A8.8.302",
    summary: "Counts leading zeros.",
    a: "00",
    b: "0 1001 Q:1",
    text: "vclz<c>.i<size>",
    op: "vclz",
  },
  {
    name: "VCNT",
    ref: "A8.8.304",
    summary: "Counts ones.",
    a: "00",
    b: "0 1010 Q:1",
    text: "vcnt<c>.<size>",
    sizes: 0b0001,
    op: "vcnt",
    parameters: { unsigned: 1 },
  },
  {
    name: "VMVN (register)",
    ref: "A8.8.354",
    summary: "Inverts.",
    a: "00",
    b: "0 1011 Q:1",
    text: "vmvn<c>",
    sizes: 0b0001,
    body: (ir, o) => eachWord(ir, o, (d, m) => ir.put(d, ir.not(ir.get(m)))),
  },
  {
    name: "VPADAL",
    ref: "A8.8.361",
    summary: "Sums of adjacent elements, accumulated in elements twice the size.",
    a: "00",
    b: "0 110 U:1 Q:1",
    text: "vpadal<c>.<us><size>",
    op: "vpadal",
  },
  {
    name: "VQABS",
    ref: "A8.8.369",
    summary: "Absolute values, saturating.",
    a: "00",
    b: "0 1110 Q:1",
    text: "vqabs<c>.s<size>",
    op: "vqabs",
  },
  {
    name: "VQNEG",
    ref: "A8.8.375",
    summary: "Negates, saturating.",
    a: "00",
    b: "0 1111 Q:1",
    text: "vqneg<c>.s<size>",
    op: "vqneg",
  },
  comparison("VCGT", "A8.8.296", "Compares with zero: greater than.", "0 0000", "s"),
  comparison("VCGE", "A8.8.294", "Compares with zero: greater than or equal.", "0 0001", "s"),
  comparison("VCEQ", "A8.8.292", "Compares with zero: equal.", "0 0010", "i"),
  comparison("VCLE", "A8.8.298", "Compares with zero: less than or equal.", "0 0011", "s"),
  comparison("VCLT", "A8.8.301", "Compares with zero: less than.", "0 0100", "s"),
  {
    name: "VABS (integer)",
    ref: "A8.8.280",
    summary: "Absolute values.",
    a: "01",
    b: "0 0110 Q:1",
    text: "vabs<c>.s<size>",
    op: "vabs",
  },
  {
    name: "VNEG (integer)",
    ref: "A8.8.355",
    summary: "Negates.",
    a: "01",
    b: "0 0111 Q:1",
    text: "vneg<c>.s<size>",
    op: "vneg",
  },
  {
    name: "VSWP",
    ref: "A8.8.418",
    summary: "Exchanges registers.",
    a: "10",
    b: "0 0000 Q:1",
    text: "vswp<c>",
    sizes: 0b0001,
    body: (ir, o) =>
      eachWord(ir, o, (d, m) => {
        const [old, other] = [ir.get(d), ir.get(m)];
        ir.put(m, old);
        ir.put(d, other);
      }),
  },
  {
    name: "VTRN",
    ref: "A8.8.420",
    summary: "Transposes two by two elements.",
    a: "10",
    b: "0 0001 Q:1",
    text: "vtrn<c>.<size>",
    body(ir, o) {
      if (o.f["size"] !== 2)
        return ir.vector("vtrn", o.d, o.n, o.m, simdImm({ size: o.f["size"]!, quad: o.f["Q"]! }));
      // Words are exchanged one pair after the other, which matters when both registers are the same.
      for (let i = 0; i < o.words; i += 2) {
        const [d, m] = [(o.d + i + 1) as Slot, (o.m + i) as Slot];
        const [old, other] = [ir.get(d), ir.get(m)];
        ir.put(m, old);
        ir.put(d, other);
      }
    },
  },
  {
    name: "VUZP",
    ref: "A8.8.422",
    summary: "Deals elements out in turn.",
    a: "10",
    b: "0 0010 Q:1",
    text: "vuzp<c>.<size>",
    undefined: (f) => f["Q"] === 0 && f["size"] === 2,
    op: "vuzp",
  },
  {
    name: "VZIP",
    ref: "A8.8.423",
    summary: "Interleaves elements.",
    a: "10",
    b: "0 0011 Q:1",
    text: "vzip<c>.<size>",
    undefined: (f) => f["Q"] === 0 && f["size"] === 2,
    op: "vzip",
  },
  {
    name: "VMOVN",
    ref: "A8.8.347",
    summary: "Cuts elements to half the size.",
    a: "10",
    b: "0 0100 0",
    shape: NARROW,
    text: "vmovn<c>.i<size2>",
    op: "vshrn",
  },
  {
    name: "VQMOVUN",
    ref: "A8.8.374",
    summary: "Signed elements, saturating to unsigned ones half the size.",
    a: "10",
    b: "0 0100 1",
    shape: NARROW,
    text: "vqmovun<c>.s<size2>",
    op: "vshrn",
    parameters: { saturate: 1, unsignedResult: 1 },
  },
  {
    name: "VQMOVN",
    ref: "A8.8.374",
    summary: "Saturates to elements half the size.",
    a: "10",
    b: "0 0101 U:1",
    shape: NARROW,
    text: "vqmovn<c>.<us><size2>",
    op: "vshrn",
    parameters: (f) => ({ saturate: 1, unsignedResult: f["U"]! }),
  },
  {
    name: "VSHLL (maximum)",
    ref: "A8.8.397",
    summary: "Shifts left by the element's size, to elements twice the size.",
    a: "10",
    b: "0 0110 0",
    shape: { d: "q", m: "d" },
    text: "vshll<c>.i<size>",
    tail: ", #<size>",
    op: "vshll",
    parameters: (f) => ({ amount: 8 << f["size"]! }),
  },
];

export const MISCELLANEOUS: readonly Instruction[] = ROWS.map(({ a, b, sizes, ...row }) =>
  simdRecord({
    ...row,
    bits: `1 1 D:1 11 size:2 ${a} Vd:4 ${b} M:1 0 Vm:4`,
    shape: row.shape ?? { d: "v", m: "v" },
    undefined: (f) => (((sizes ?? 0b0111) >>> f["size"]!) & 1) === 0 || row.undefined?.(f) === true,
  }),
);
