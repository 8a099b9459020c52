/** Advanced SIMD: two registers, miscellaneous, single precision, estimates and conversions (DDI 0406C, A7.4.5). */
import type { Slot } from "../../arch/index.js";
import type { IrBuilder, SimdParameters, Value, VectorOpName } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { immediateElement } from "../syntax/element.js";
import { MODIFIED_IMMEDIATE } from "./modified-immediate.js";
import { simdInstruction, simdRecord, type F, type Shape, type SimdRow } from "./simd-record.js";

const TWO: Shape = { d: "v", m: "v" };
/** Bits 17:16 (`a`) and 11:6 (`b`); the size must be `size`. */
const miscellaneous = (
  a: string,
  b: string,
  size: 1 | 2,
  shape: Shape,
): Pick<SimdRow, "bits" | "shape" | "fields" | "undefined"> => ({
  bits: `1 1 D:1 11 size:2 ${a} Vd:4 ${b} M:1 0 Vm:4`,
  shape,
  fields: { size },
  undefined: (f) => f["size"] !== size,
});

const comparison = (
  name: string,
  ref: string,
  summary: string,
  b: string,
  op: VectorOpName,
): Instruction =>
  simdRecord({
    name: `${name} (immediate #0, floating-point)`,
    ref,
    summary,
    ...miscellaneous("01", `0 1${b} Q:1`, 2, TWO),
    text: `${name.toLowerCase()}<c>.f32`,
    tail: ", #0",
    op,
    parameters: { zero: 1 },
  });
const signs = (
  name: string,
  ref: string,
  summary: string,
  b: string,
  make: (ir: IrBuilder, v: Value) => Value,
): Instruction =>
  simdRecord({
    name: `${name} (floating-point, Advanced SIMD)`,
    ref,
    summary,
    ...miscellaneous("01", `0 1${b} Q:1`, 2, TWO),
    text: `${name.toLowerCase()}<c>.f32`,
    body(ir, o) {
      for (let i = 0; i < o.words; i++)
        ir.put((o.d + i) as Slot, make(ir, ir.get((o.m + i) as Slot)));
    },
  });
const estimate = (
  name: string,
  ref: string,
  summary: string,
  bit7: 0 | 1,
  [integer, float]: readonly [VectorOpName, VectorOpName],
): Instruction =>
  simdInstruction({ name, ref, summary }, [
    {
      ...miscellaneous("11", `0 100 ${bit7} Q:1`, 2, TWO),
      text: `${name.toLowerCase()}<c>.u32`,
      op: integer,
    },
    {
      ...miscellaneous("11", `0 101 ${bit7} Q:1`, 2, TWO),
      text: `${name.toLowerCase()}<c>.f32`,
      op: float,
    },
  ]);

/** To and from integers: fixed point without fraction bits. */
const INTEGER_CONVERSION = simdInstruction(
  {
    name: "VCVT (between floating-point and integer, Advanced SIMD)",
    ref: "A8.8.305",
    summary: "Converts between single precision and 32-bit integers.",
  },
  [
    {
      ...miscellaneous("11", "0 110 U:1 Q:1", 2, TWO),
      text: "vcvt<c>.f32.<us>32",
      op: "vcvtFromFixed",
    },
    {
      ...miscellaneous("11", "0 111 U:1 Q:1", 2, TWO),
      text: "vcvt<c>.<us>32.f32",
      op: "vcvtToFixed",
    },
  ],
);
const HALF_CONVERSION = simdInstruction(
  {
    name: "VCVT (between half-precision and single-precision, Advanced SIMD)",
    ref: "A8.8.310",
    summary: "Converts between half and single precision.",
  },
  [
    {
      ...miscellaneous("10", "0 11000", 1, { d: "d", m: "q" }),
      text: "vcvt<c>.f16.f32",
      op: "vcvtToHalf",
    },
    {
      ...miscellaneous("10", "0 11100", 1, { d: "q", m: "d" }),
      text: "vcvt<c>.f32.f16",
      op: "vcvtFromHalf",
    },
  ],
);

const fractionBits = (f: F): number => 64 - f["imm6"]!;
const fixed = (op: 0 | 1, text: string, name: VectorOpName): SimdRow => ({
  bits: `U:1 1 D:1 imm6:6 Vd:4 111 ${op} 0 Q:1 M:1 1 Vm:4`,
  shape: TWO,
  text,
  tail: ", <fbits>",
  elements: {
    fbits: immediateElement(fractionBits, (n) =>
      Number.isInteger(n) && n >= 1 && n <= 32 ? { imm6: 64 - n } : undefined,
    ),
  },
  see: MODIFIED_IMMEDIATE.map((i) => i.name),
  undefined: (f) => f["imm6"]! < 32,
  op: name,
  parameters: (f): SimdParameters => ({ amount: fractionBits(f) }),
});
/** Belongs to the shifts by its encoding. */
export const FIXED_CONVERSION: Instruction = simdInstruction(
  {
    name: "VCVT (between floating-point and fixed-point, Advanced SIMD)",
    ref: "A8.8.307",
    summary: "Converts between single precision and 32-bit fixed point.",
  },
  [fixed(0, "vcvt<c>.f32.<us>32", "vcvtFromFixed"), fixed(1, "vcvt<c>.<us>32.f32", "vcvtToFixed")],
);

export const MISCELLANEOUS_FLOAT: readonly Instruction[] = [
  comparison("VCGT", "A8.8.296", "Compares with zero: greater than.", "000", "vcgtF32"),
  comparison("VCGE", "A8.8.294", "Compares with zero: greater than or equal.", "001", "vcgeF32"),
  comparison("VCEQ", "A8.8.292", "Compares with zero: equal.", "010", "vceqF32"),
  comparison("VCLE", "A8.8.298", "Compares with zero: less than or equal.", "011", "vcleF32"),
  comparison("VCLT", "A8.8.301", "Compares with zero: less than.", "100", "vcltF32"),
  signs("VABS", "A8.8.280", "Absolute values.", "110", (ir, v) => ir.and(v, ir.const(0x7fff_ffff))),
  signs("VNEG", "A8.8.355", "Negates.", "111", (ir, v) => ir.xor(v, ir.const(0x8000_0000))),
  estimate("VRECPE", "A8.8.384", "Estimates reciprocals.", 0, ["vrecpeU32", "vrecpeF32"]),
  estimate("VRSQRTE", "A8.8.391", "Estimates reciprocals of square roots.", 1, [
    "vrsqrteU32",
    "vrsqrteF32",
  ]),
  INTEGER_CONVERSION,
  HALF_CONVERSION,
];
