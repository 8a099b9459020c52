/** Advanced SIMD: three registers of the same length, and by scalar, single precision (DDI 0406C, A7.4.1, A7.4.3). */
import type { VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { scalar, scalarOf } from "./by-scalar.js";
import { simdRecord } from "./simd-record.js";

interface Row {
  readonly mnemonic: string;
  readonly ref: string;
  readonly summary: string;
  readonly u: 0 | 1;
  /** Bit 21. */
  readonly c: 0 | 1;
  /** Bits 11:8 and 4. */
  readonly a: string;
  readonly b: 0 | 1;
  readonly op: VectorOpName;
  /** Only doublewords. */
  readonly pairs?: boolean;
}
const row = (
  mnemonic: string,
  ref: string,
  summary: string,
  [u, c, a, b]: readonly [0 | 1, 0 | 1, string, 0 | 1],
  op: VectorOpName,
  more: Pick<Row, "pairs"> = {},
): Row => ({ mnemonic, ref, summary, u, c, a, b, op, ...more });

const PAIRS = { pairs: true } as const;
const ROWS: readonly Row[] = [
  row("VFMA", "A8.8.317", "Products, accumulated with one rounding.", [0, 0, "1100", 1], "vfmaF32"),
  row("VFMS", "A8.8.317", "Products, subtracted with one rounding.", [0, 1, "1100", 1], "vfmsF32"),
  row("VADD", "A8.8.283", "Adds.", [0, 0, "1101", 0], "vaddF32"),
  row("VSUB", "A8.8.415", "Subtracts.", [0, 1, "1101", 0], "vsubF32"),
  row("VPADD", "A8.8.363", "Sums of adjacent elements.", [1, 0, "1101", 0], "vpaddF32", PAIRS),
  row("VABD", "A8.8.279", "Absolute differences.", [1, 1, "1101", 0], "vabdF32"),
  row("VMLA", "A8.8.337", "Products, accumulated.", [0, 0, "1101", 1], "vmlaF32"),
  row("VMLS", "A8.8.337", "Products, subtracted.", [0, 1, "1101", 1], "vmlsF32"),
  row("VMUL", "A8.8.351", "Products.", [1, 0, "1101", 1], "vmulF32"),
  row("VCEQ", "A8.8.291", "Compares: equal.", [0, 0, "1110", 0], "vceqF32"),
  row("VCGE", "A8.8.293", "Compares: greater than or equal.", [1, 0, "1110", 0], "vcgeF32"),
  row("VCGT", "A8.8.295", "Compares: greater than.", [1, 1, "1110", 0], "vcgtF32"),
  row(
    "VACGE",
    "A8.8.281",
    "Compares absolute values: greater than or equal.",
    [1, 0, "1110", 1],
    "vacgeF32",
  ),
  row("VACGT", "A8.8.281", "Compares absolute values: greater.", [1, 1, "1110", 1], "vacgtF32"),
  row("VMAX", "A8.8.335", "The greater of each two.", [0, 0, "1111", 0], "vmaxF32"),
  row("VMIN", "A8.8.335", "The smaller of each two.", [0, 1, "1111", 0], "vminF32"),
  row(
    "VPMAX",
    "A8.8.366",
    "The greater of adjacent elements.",
    [1, 0, "1111", 0],
    "vpmaxF32",
    PAIRS,
  ),
  row(
    "VPMIN",
    "A8.8.366",
    "The smaller of adjacent elements.",
    [1, 1, "1111", 0],
    "vpminF32",
    PAIRS,
  ),
  row("VRECPS", "A8.8.385", "A step towards a reciprocal.", [0, 0, "1111", 1], "vrecpsF32"),
  row(
    "VRSQRTS",
    "A8.8.392",
    "A step towards the reciprocal of a square root.",
    [0, 1, "1111", 1],
    "vrsqrtsF32",
  ),
];

/** VFP has instructions of the same headings: the names tell which it is. */
const named = (mnemonic: string): string => `${mnemonic} (floating-point, Advanced SIMD)`;

export const THREE_SAME_FLOAT: readonly Instruction[] = ROWS.map((r) =>
  simdRecord({
    name: named(r.mnemonic),
    ref: r.ref,
    summary: r.summary,
    bits: `${r.u} 0 D:1 ${r.c} sz:1 Vn:4 Vd:4 ${r.a} N:1 Q:1 M:1 ${r.b} Vm:4`,
    shape: { d: "v", n: "v", m: "v" },
    text: `${r.mnemonic.toLowerCase()}<c>.f32`,
    undefined: (f) => f["sz"] === 1 || (r.pairs === true && f["Q"] === 1),
    op: r.op,
  }),
);

const SCALARS = [
  { mnemonic: "VMLA", ref: "A8.8.338", summary: "accumulated", a: "0001", op: "vmlaF32" },
  { mnemonic: "VMLS", ref: "A8.8.338", summary: "subtracted", a: "0101", op: "vmlsF32" },
  { mnemonic: "VMUL", ref: "A8.8.352", summary: "rounded", a: "1001", op: "vmulF32" },
] as const;
/** Size 3 is the space of `see`: the miscellaneous instructions, VEXT, VTBL and VDUP. */
export const byScalarFloat = (see: readonly string[]): readonly Instruction[] =>
  SCALARS.map((r) =>
    simdRecord({
      name: `${r.mnemonic} (by scalar, floating-point)`,
      ref: r.ref,
      summary: `Products with a scalar, ${r.summary}.`,
      bits: `Q:1 1 D:1 size:2 Vn:4 Vd:4 ${r.a} N:1 1 M:1 0 Vm:4`,
      shape: { d: "v", n: "v", m: "s" },
      text: `${r.mnemonic.toLowerCase()}<c>.f32`,
      see,
      elements: { scalar },
      scalar: scalarOf,
      undefined: (f) => f["size"] !== 2,
      op: r.op,
      parameters: (f) => ({ scalar: 1, index: scalarOf(f).index }),
    }),
  );
