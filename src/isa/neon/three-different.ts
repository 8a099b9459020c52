/** Advanced SIMD: three registers of different lengths (DDI 0406C, A7.4.2). */
import type { SimdParameters, VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { simdRecord, type Shape } from "./simd-record.js";

const LONG: Shape = { d: "q", n: "d", m: "d" };
const WIDE: Shape = { d: "q", n: "q", m: "d" };
const NARROW: Shape = { d: "d", n: "q", m: "q" };

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  readonly shape: Shape;
  readonly u: string;
  /** Bits 11:8. */
  readonly a: string;
  readonly text: string;
  readonly op: VectorOpName;
  readonly parameters?: SimdParameters;
  /** Sizes that are defined, as a mask of 1 << size. */
  readonly sizes?: number;
}
const ROWS: readonly Row[] = [
  {
    name: "VADDL",
    ref: "A8.8.285",
    summary: "Adds, to elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0000",
    text: "vaddl<c>.<us><size>",
    op: "vaddl",
  },
  {
    name: "VADDW",
    ref: "A8.8.285",
    summary: "Adds elements of half the size.",
    shape: WIDE,
    u: "U:1",
    a: "0001",
    text: "vaddw<c>.<us><size>",
    op: "vaddw",
  },
  {
    name: "VSUBL",
    ref: "A8.8.417",
    summary: "Subtracts, to elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0010",
    text: "vsubl<c>.<us><size>",
    op: "vsubl",
  },
  {
    name: "VSUBW",
    ref: "A8.8.417",
    summary: "Subtracts elements of half the size.",
    shape: WIDE,
    u: "U:1",
    a: "0011",
    text: "vsubw<c>.<us><size>",
    op: "vsubw",
  },
  {
    name: "VADDHN",
    ref: "A8.8.284",
    summary: "High halves of sums.",
    shape: NARROW,
    u: "0",
    a: "0100",
    text: "vaddhn<c>.i<size2>",
    op: "vaddhn",
  },
  {
    name: "VRADDHN",
    ref: "A8.8.383",
    summary: "High halves of sums, rounding.",
    shape: NARROW,
    u: "1",
    a: "0100",
    text: "vraddhn<c>.i<size2>",
    op: "vaddhn",
    parameters: { round: 1 },
  },
  {
    name: "VABAL",
    ref: "A8.8.277",
    summary: "Absolute differences, accumulated in elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0101",
    text: "vabal<c>.<us><size>",
    op: "vabal",
  },
  {
    name: "VSUBHN",
    ref: "A8.8.416",
    summary: "High halves of differences.",
    shape: NARROW,
    u: "0",
    a: "0110",
    text: "vsubhn<c>.i<size2>",
    op: "vsubhn",
  },
  {
    name: "VRSUBHN",
    ref: "A8.8.394",
    summary: "High halves of differences, rounding.",
    shape: NARROW,
    u: "1",
    a: "0110",
    text: "vrsubhn<c>.i<size2>",
    op: "vsubhn",
    parameters: { round: 1 },
  },
  {
    name: "VABDL",
    ref: "A8.8.278",
    summary: "Absolute differences, to elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0111",
    text: "vabdl<c>.<us><size>",
    op: "vabdl",
  },
  {
    name: "VMLAL",
    ref: "A8.8.336",
    summary: "Products, accumulated in elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "1000",
    text: "vmlal<c>.<us><size>",
    op: "vmlal",
  },
  {
    name: "VMLSL",
    ref: "A8.8.336",
    summary: "Products, subtracted from elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "1010",
    text: "vmlsl<c>.<us><size>",
    op: "vmlsl",
  },
  {
    name: "VQDMLAL",
    ref: "A8.8.371",
    summary: "Doubled products, accumulated, saturating.",
    shape: LONG,
    u: "0",
    a: "1001",
    text: "vqdmlal<c>.s<size>",
    op: "vqdmlal",
    sizes: 0b0110,
  },
  {
    name: "VQDMLSL",
    ref: "A8.8.371",
    summary: "Doubled products, subtracted, saturating.",
    shape: LONG,
    u: "0",
    a: "1011",
    text: "vqdmlsl<c>.s<size>",
    op: "vqdmlsl",
    sizes: 0b0110,
  },
  {
    name: "VMULL (integer)",
    ref: "A8.8.350",
    summary: "Products, to elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "1100",
    text: "vmull<c>.<us><size>",
    op: "vmull",
  },
  {
    name: "VMULL (polynomial)",
    ref: "A8.8.350",
    summary: "Products of polynomials over {0, 1}, to elements twice the size.",
    shape: LONG,
    u: "0",
    a: "1110",
    text: "vmull<c>.p<size>",
    op: "vmullPolynomial",
    sizes: 0b0001,
  },
  {
    name: "VQDMULL",
    ref: "A8.8.373",
    summary: "Doubled products, saturating.",
    shape: LONG,
    u: "0",
    a: "1101",
    text: "vqdmull<c>.s<size>",
    op: "vqdmull",
    sizes: 0b0110,
  },
];

/** Size 3 is the space of `see`: the miscellaneous instructions, VEXT, VTBL and VDUP. */
export const threeDifferent = (see: readonly string[]): readonly Instruction[] =>
  ROWS.map((row) =>
    simdRecord({
      ...row,
      bits: `${row.u} 1 D:1 size:2 Vn:4 Vd:4 ${row.a} N:1 0 M:1 0 Vm:4`,
      see,
      undefined: (f) => (((row.sizes ?? 0b0111) >>> f["size"]!) & 1) === 0,
    }),
  );
