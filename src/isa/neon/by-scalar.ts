/** Advanced SIMD: two registers and a scalar (DDI 0406C, A7.4.3), the integer ones. */
import type { SimdParameters, VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { scalarElement } from "./simd-elements.js";
import { simdRecord, type F, type Shape } from "./simd-record.js";

/** Halfwords are in D0 to D7, words in D0 to D15; the bits beyond are the index. */
export const scalarOf = (f: F): { register: number; index: number } =>
  f["size"] === 1
    ? { register: f["Vm"]! & 7, index: (f["M"]! << 1) | (f["Vm"]! >> 3) }
    : { register: f["Vm"]!, index: f["M"]! };
export const scalar = scalarElement(scalarOf, (register, index) => [
  ...(register < 8 && index < 4
    ? [{ size: 1, Vm: register | ((index & 1) << 3), M: index >> 1 }]
    : []),
  ...(register < 16 && index < 2 ? [{ size: 2, Vm: register, M: index }] : []),
]);

const SAME: Shape = { d: "v", n: "v", m: "s" };
const LONG: Shape = { d: "q", n: "d", m: "s" };
interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  readonly shape: Shape;
  /** Bit 24: Q where the shape follows it, U, or 0. */
  readonly u: "Q:1" | "U:1" | "0";
  /** Bits 11:8. */
  readonly a: string;
  readonly text: string;
  readonly op: VectorOpName;
  readonly parameters?: SimdParameters;
}
const ROWS: readonly Row[] = [
  {
    name: "VMLA (by scalar, integer)",
    ref: "A8.8.338",
    summary: "Products with a scalar, accumulated.",
    shape: SAME,
    u: "Q:1",
    a: "0000",
    text: "vmla<c>.i<size>",
    op: "vmla",
  },
  {
    name: "VMLS (by scalar, integer)",
    ref: "A8.8.338",
    summary: "Products with a scalar, subtracted.",
    shape: SAME,
    u: "Q:1",
    a: "0100",
    text: "vmls<c>.i<size>",
    op: "vmls",
  },
  {
    name: "VMLAL (by scalar)",
    ref: "A8.8.338",
    summary: "Products with a scalar, accumulated in elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0010",
    text: "vmlal<c>.<us><size>",
    op: "vmlal",
  },
  {
    name: "VMLSL (by scalar)",
    ref: "A8.8.338",
    summary: "Products with a scalar, subtracted from elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "0110",
    text: "vmlsl<c>.<us><size>",
    op: "vmlsl",
  },
  {
    name: "VQDMLAL (by scalar)",
    ref: "A8.8.371",
    summary: "Doubled products with a scalar, accumulated, saturating.",
    shape: LONG,
    u: "0",
    a: "0011",
    text: "vqdmlal<c>.s<size>",
    op: "vqdmlal",
  },
  {
    name: "VQDMLSL (by scalar)",
    ref: "A8.8.371",
    summary: "Doubled products with a scalar, subtracted, saturating.",
    shape: LONG,
    u: "0",
    a: "0111",
    text: "vqdmlsl<c>.s<size>",
    op: "vqdmlsl",
  },
  {
    name: "VMUL (by scalar, integer)",
    ref: "A8.8.352",
    summary: "Products with a scalar.",
    shape: SAME,
    u: "Q:1",
    a: "1000",
    text: "vmul<c>.i<size>",
    op: "vmul",
  },
  {
    name: "VMULL (by scalar)",
    ref: "A8.8.352",
    summary: "Products with a scalar, to elements twice the size.",
    shape: LONG,
    u: "U:1",
    a: "1010",
    text: "vmull<c>.<us><size>",
    op: "vmull",
  },
  {
    name: "VQDMULL (by scalar)",
    ref: "A8.8.373",
    summary: "Doubled products with a scalar, saturating.",
    shape: LONG,
    u: "0",
    a: "1011",
    text: "vqdmull<c>.s<size>",
    op: "vqdmull",
  },
  {
    name: "VQDMULH (by scalar)",
    ref: "A8.8.372",
    summary: "High halves of doubled products with a scalar, saturating.",
    shape: SAME,
    u: "Q:1",
    a: "1100",
    text: "vqdmulh<c>.s<size>",
    op: "vqdmulh",
  },
  {
    name: "VQRDMULH (by scalar)",
    ref: "A8.8.376",
    summary: "High halves of doubled products with a scalar, rounding and saturating.",
    shape: SAME,
    u: "Q:1",
    a: "1101",
    text: "vqrdmulh<c>.s<size>",
    op: "vqdmulh",
    parameters: { round: 1 },
  },
];

/** Size 3 is the space of `see`: the miscellaneous instructions, VEXT, VTBL and VDUP. */
export const byScalar = (see: readonly string[]): readonly Instruction[] =>
  ROWS.map((row) =>
    simdRecord({
      ...row,
      bits: `${row.u} 1 D:1 size:2 Vn:4 Vd:4 ${row.a} N:1 1 M:1 0 Vm:4`,
      see,
      elements: { scalar },
      scalar: scalarOf,
      undefined: (f) => f["size"] === 0 || f["size"] === 3,
      parameters: (f) => ({ ...row.parameters, scalar: 1, index: scalarOf(f).index }),
    }),
  );
