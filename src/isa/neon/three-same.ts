/** Advanced SIMD: three registers of the same length, integer and bitwise (DDI 0406C, A7.4.1). */
import type { Slot } from "../../arch/index.js";
import type { IrBuilder, SimdParameters, Value, VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { simdRecord, type F, type SimdOperands } from "./simd-record.js";

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  /** "U:1" or the bit. */
  readonly u: string;
  /** Bits 11:8. */
  readonly a: string;
  /** Bit 4. */
  readonly b: 0 | 1;
  readonly text: string;
  readonly op: VectorOpName;
  readonly parameters?: SimdParameters | ((f: F) => SimdParameters);
  /** Sizes that are defined, as a mask of 1 << size; all when absent. */
  readonly sizes?: number;
  /** Only doublewords. */
  readonly pairs?: boolean;
  /** Shift by a register: Vm is shifted by Vn. */
  readonly amountsFirst?: boolean;
}
const UP_TO_32 = 0b0111;

const ROWS: readonly Row[] = [
  {
    name: "VHADD",
    ref: "A8.8.319",
    summary: "Halves sums.",
    u: "U:1",
    a: "0000",
    b: 0,
    text: "vhadd<c>.<us><size>",
    op: "vhadd",
    sizes: UP_TO_32,
  },
  {
    name: "VQADD",
    ref: "A8.8.370",
    summary: "Adds, saturating.",
    u: "U:1",
    a: "0000",
    b: 1,
    text: "vqadd<c>.<us><size>",
    op: "vqadd",
  },
  {
    name: "VRHADD",
    ref: "A8.8.387",
    summary: "Halves sums, rounding.",
    u: "U:1",
    a: "0001",
    b: 0,
    text: "vrhadd<c>.<us><size>",
    op: "vhadd",
    parameters: { round: 1 },
    sizes: UP_TO_32,
  },
  {
    name: "VHSUB",
    ref: "A8.8.319",
    summary: "Halves differences.",
    u: "U:1",
    a: "0010",
    b: 0,
    text: "vhsub<c>.<us><size>",
    op: "vhsub",
    sizes: UP_TO_32,
  },
  {
    name: "VQSUB",
    ref: "A8.8.382",
    summary: "Subtracts, saturating.",
    u: "U:1",
    a: "0010",
    b: 1,
    text: "vqsub<c>.<us><size>",
    op: "vqsub",
  },
  {
    name: "VCGT (register, integer)",
    ref: "A8.8.295",
    summary: "Compares: greater than.",
    u: "U:1",
    a: "0011",
    b: 0,
    text: "vcgt<c>.<us><size>",
    op: "vcgt",
    sizes: UP_TO_32,
  },
  {
    name: "VCGE (register, integer)",
    ref: "A8.8.293",
    summary: "Compares: greater than or equal.",
    u: "U:1",
    a: "0011",
    b: 1,
    text: "vcge<c>.<us><size>",
    op: "vcge",
    sizes: UP_TO_32,
  },
  {
    name: "VSHL (register)",
    ref: "A8.8.396",
    summary: "Shifts left, or right where the amount is negative.",
    u: "U:1",
    a: "0100",
    b: 0,
    text: "vshl<c>.<us><size>",
    op: "vshlRegister",
    amountsFirst: true,
  },
  {
    name: "VQSHL (register)",
    ref: "A8.8.379",
    summary: "Shifts by a register, saturating.",
    u: "U:1",
    a: "0100",
    b: 1,
    text: "vqshl<c>.<us><size>",
    op: "vshlRegister",
    parameters: (f) => ({ saturate: 1, unsignedResult: f["U"]! }),
    amountsFirst: true,
  },
  {
    name: "VRSHL",
    ref: "A8.8.388",
    summary: "Shifts by a register, rounding.",
    u: "U:1",
    a: "0101",
    b: 0,
    text: "vrshl<c>.<us><size>",
    op: "vshlRegister",
    parameters: { round: 1 },
    amountsFirst: true,
  },
  {
    name: "VQRSHL",
    ref: "A8.8.377",
    summary: "Shifts by a register, rounding and saturating.",
    u: "U:1",
    a: "0101",
    b: 1,
    text: "vqrshl<c>.<us><size>",
    op: "vshlRegister",
    parameters: (f) => ({ round: 1, saturate: 1, unsignedResult: f["U"]! }),
    amountsFirst: true,
  },
  {
    name: "VMAX (integer)",
    ref: "A8.8.334",
    summary: "The greater of each two.",
    u: "U:1",
    a: "0110",
    b: 0,
    text: "vmax<c>.<us><size>",
    op: "vmax",
    sizes: UP_TO_32,
  },
  {
    name: "VMIN (integer)",
    ref: "A8.8.334",
    summary: "The smaller of each two.",
    u: "U:1",
    a: "0110",
    b: 1,
    text: "vmin<c>.<us><size>",
    op: "vmin",
    sizes: UP_TO_32,
  },
  {
    name: "VABD (integer)",
    ref: "A8.8.278",
    summary: "Absolute differences.",
    u: "U:1",
    a: "0111",
    b: 0,
    text: "vabd<c>.<us><size>",
    op: "vabd",
    sizes: UP_TO_32,
  },
  {
    name: "VABA",
    ref: "A8.8.277",
    summary: "Absolute differences, accumulated.",
    u: "U:1",
    a: "0111",
    b: 1,
    text: "vaba<c>.<us><size>",
    op: "vaba",
    sizes: UP_TO_32,
  },
  {
    name: "VADD (integer)",
    ref: "A8.8.282",
    summary: "Adds.",
    u: "0",
    a: "1000",
    b: 0,
    text: "vadd<c>.i<size>",
    op: "vadd",
  },
  {
    name: "VSUB (integer)",
    ref: "A8.8.414",
    summary: "Subtracts.",
    u: "1",
    a: "1000",
    b: 0,
    text: "vsub<c>.i<size>",
    op: "vsub",
  },
  {
    name: "VTST",
    ref: "A8.8.421",
    summary: "Tests: a common bit is one.",
    u: "0",
    a: "1000",
    b: 1,
    text: "vtst<c>.<size>",
    op: "vtst",
    sizes: UP_TO_32,
  },
  {
    name: "VCEQ (register, integer)",
    ref: "A8.8.291",
    summary: "Compares: equal.",
    u: "1",
    a: "1000",
    b: 1,
    text: "vceq<c>.i<size>",
    op: "vceq",
    sizes: UP_TO_32,
  },
  {
    name: "VMLA (integer)",
    ref: "A8.8.336",
    summary: "Products, accumulated.",
    u: "0",
    a: "1001",
    b: 0,
    text: "vmla<c>.i<size>",
    op: "vmla",
    sizes: UP_TO_32,
  },
  {
    name: "VMLS (integer)",
    ref: "A8.8.336",
    summary: "Products, subtracted.",
    u: "1",
    a: "1001",
    b: 0,
    text: "vmls<c>.i<size>",
    op: "vmls",
    sizes: UP_TO_32,
  },
  {
    name: "VMUL (integer)",
    ref: "A8.8.350",
    summary: "Products.",
    u: "0",
    a: "1001",
    b: 1,
    text: "vmul<c>.i<size>",
    op: "vmul",
    sizes: UP_TO_32,
  },
  {
    name: "VMUL (polynomial)",
    ref: "A8.8.350",
    summary: "Products of polynomials over {0, 1}.",
    u: "1",
    a: "1001",
    b: 1,
    text: "vmul<c>.p<size>",
    op: "vmulPolynomial",
    sizes: 0b0001,
  },
  {
    name: "VPMAX (integer)",
    ref: "A8.8.365",
    summary: "The greater of adjacent elements.",
    u: "U:1",
    a: "1010",
    b: 0,
    text: "vpmax<c>.<us><size>",
    op: "vpmax",
    sizes: UP_TO_32,
    pairs: true,
  },
  {
    name: "VPMIN (integer)",
    ref: "A8.8.365",
    summary: "The smaller of adjacent elements.",
    u: "U:1",
    a: "1010",
    b: 1,
    text: "vpmin<c>.<us><size>",
    op: "vpmin",
    sizes: UP_TO_32,
    pairs: true,
  },
  {
    name: "VQDMULH",
    ref: "A8.8.372",
    summary: "High halves of doubled products, saturating.",
    u: "0",
    a: "1011",
    b: 0,
    text: "vqdmulh<c>.s<size>",
    op: "vqdmulh",
    sizes: 0b0110,
  },
  {
    name: "VQRDMULH",
    ref: "A8.8.376",
    summary: "High halves of doubled products, rounding and saturating.",
    u: "1",
    a: "1011",
    b: 0,
    text: "vqrdmulh<c>.s<size>",
    op: "vqdmulh",
    parameters: { round: 1, unsigned: 0 },
    sizes: 0b0110,
  },
  {
    name: "VPADD (integer)",
    ref: "A8.8.362",
    summary: "Sums of adjacent elements.",
    u: "0",
    a: "1011",
    b: 1,
    text: "vpadd<c>.i<size>",
    op: "vpadd",
    sizes: UP_TO_32,
    pairs: true,
  },
];

const SAME = { d: "v", n: "v", m: "v" } as const;
const INTEGER = ROWS.map((row) =>
  simdRecord({
    name: row.name,
    ref: row.ref,
    summary: row.summary,
    bits: `${row.u} 0 D:1 size:2 Vn:4 Vd:4 ${row.a} N:1 Q:1 M:1 ${row.b} Vm:4`,
    shape: SAME,
    text: row.text,
    undefined: (f) =>
      (row.sizes !== undefined && ((row.sizes >>> f["size"]!) & 1) === 0) ||
      (row.pairs === true && f["Q"] === 1),
    amountsFirst: row.amountsFirst === true,
    op: row.op,
    ...(row.parameters === undefined ? {} : { parameters: row.parameters }),
  }),
);

/** Puts a word made of the destination's, first and second operand's words into each word of the destination. */
const eachWord = (
  ir: IrBuilder,
  o: SimdOperands,
  make: (d: () => Value, n: Value, m: Value) => Value,
): void => {
  for (let i = 0; i < o.words; i++) {
    const at = (slot: number): Value => ir.get((slot + i) as Slot);
    ir.put(
      (o.d + i) as Slot,
      make(() => at(o.d), at(o.n), at(o.m)),
    );
  }
};
type Bitwise = (ir: IrBuilder, d: () => Value, n: Value, m: Value) => Value;
/** By U, then size. */
const BITWISE: readonly (readonly [string, string, string, Bitwise])[] = [
  ["VAND (register)", "A8.8.287", "AND.", (ir, _d, n, m) => ir.and(n, m)],
  ["VBIC (register)", "A8.8.289", "AND NOT.", (ir, _d, n, m) => ir.bic(n, m)],
  [
    "VORR (register)",
    "A8.8.360",
    "OR; moves when both are the same.",
    (ir, _d, n, m) => ir.or(n, m),
  ],
  ["VORN (register)", "A8.8.358", "OR NOT.", (ir, _d, n, m) => ir.or(n, ir.not(m))],
  ["VEOR", "A8.8.315", "Exclusive OR.", (ir, _d, n, m) => ir.xor(n, m)],
  [
    "VBSL",
    "A8.8.290",
    "Selects by the destination's bits.",
    (ir, d, n, m) => ir.or(ir.and(n, d()), ir.bic(m, d())),
  ],
  [
    "VBIT",
    "A8.8.290",
    "Inserts where the second operand is one.",
    (ir, d, n, m) => ir.or(ir.and(n, m), ir.bic(d(), m)),
  ],
  [
    "VBIF",
    "A8.8.290",
    "Inserts where the second operand is zero.",
    (ir, d, n, m) => ir.or(ir.and(d(), m), ir.bic(n, m)),
  ],
];
const LOGIC = BITWISE.map(([name, ref, summary, make], i) => {
  const size = (i & 3).toString(2).padStart(2, "0");
  return simdRecord({
    name,
    ref,
    summary,
    bits: `${i >> 2} 0 D:1 ${size} Vn:4 Vd:4 0001 N:1 Q:1 M:1 1 Vm:4`,
    shape: SAME,
    text: `${name.split(" ")[0]!.toLowerCase()}<c>`,
    body: (ir, o) => eachWord(ir, o, (d, n, m) => make(ir, d, n, m)),
  });
});

export const THREE_SAME: readonly Instruction[] = [...INTEGER, ...LOGIC];
