/**
 * Instructions of WebAssembly's floating point and SIMD that the `wasm` lanes of vector ops are written with
 * (Core Specification 2.0, 5.4). Those of SIMD have the prefix 0xfd, saturating truncations 0xfc.
 */

/** Names in the order of their numbers from `first` on. */
const row = (first: number, names: string): [string, number][] =>
  names.split(" ").map((name, i) => [name, first + i]);
const prefixed = (prefix: string, rows: [string, number][]): [string, number][] =>
  rows.map(([name, n]) => [`${prefix}.${name}`, n]);
const FLOAT_ARITHMETIC = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign";

/** Bytes of value types. */
export const VALUE_TYPES: Readonly<Record<string, number>> = {
  i32: 0x7f,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
/** Constants of the scalar types; v128.const is 0x0c behind SIMD_PREFIX. */
export const CONSTANTS = {
  "i32.const": 0x41,
  "i64.const": 0x42,
  "f32.const": 0x43,
  "f64.const": 0x44,
} as const;
export const SIMD_PREFIX = 0xfd;
export const SIMD_CONSTANT = 0x0c;
export const TRUNCATION_PREFIX = 0xfc;

export const SCALAR: Readonly<Record<string, number>> = Object.fromEntries([
  ...prefixed("i64", row(0x51, "eq ne")),
  ...prefixed("f32", row(0x5b, "eq ne lt gt le ge")),
  ...prefixed("f64", row(0x61, "eq ne lt gt le ge")),
  ["i64.ctz", 0x7a],
  ...prefixed("i64", row(0x7c, "add sub")),
  ...prefixed("i64", row(0x83, "and or xor shl shr_s")),
  ...prefixed("f32", row(0x8b, FLOAT_ARITHMETIC)),
  ...prefixed("f64", row(0x99, FLOAT_ARITHMETIC)),
  ...row(0xb2, "f32.convert_i32_s f32.convert_i32_u"),
  ...row(0xb6, "f32.demote_f64 f64.convert_i32_s f64.convert_i32_u"),
  ...row(0xbb, "f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64"),
  ...row(0xbe, "f32.reinterpret_i32 f64.reinterpret_i64"),
]);
/** With prefix 0xfc. */
export const TRUNCATIONS: Readonly<Record<string, number>> = Object.fromEntries(
  row(0, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u"),
);

/** Number and log2 of the bytes that are accessed. */
export interface MemoryOpcode {
  readonly opcode: number;
  readonly align: number;
  /** Prefix 0xfd. */
  readonly simd: boolean;
  /** A lane's number follows. */
  readonly lane: boolean;
}
const access = (opcode: number, align: number, simd = false, lane = false): MemoryOpcode => ({
  opcode,
  align,
  simd,
  lane,
});
export const MEMORY_OPCODES: Readonly<Record<string, MemoryOpcode>> = {
  "i32.load": access(0x28, 2),
  "i64.load": access(0x29, 3),
  "f32.load": access(0x2a, 2),
  "f64.load": access(0x2b, 3),
  "i32.store": access(0x36, 2),
  "f32.store": access(0x38, 2),
  "f64.store": access(0x39, 3),
  "v128.load": access(0x00, 4, true),
  "v128.load8x8_s": access(0x01, 3, true),
  "v128.load8x8_u": access(0x02, 3, true),
  "v128.load16x4_s": access(0x03, 3, true),
  "v128.load16x4_u": access(0x04, 3, true),
  "v128.load32x2_s": access(0x05, 3, true),
  "v128.load32x2_u": access(0x06, 3, true),
  "v128.load8_splat": access(0x07, 0, true),
  "v128.load16_splat": access(0x08, 1, true),
  "v128.load32_splat": access(0x09, 2, true),
  "v128.load64_splat": access(0x0a, 3, true),
  "v128.store": access(0x0b, 4, true),
  "v128.load64_lane": access(0x57, 3, true, true),
  "v128.store64_lane": access(0x5b, 3, true, true),
  "v128.load64_zero": access(0x5d, 3, true),
};

const COMPARISONS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const WIDENINGS = (narrow: string): string =>
  `extend_low_${narrow}_s extend_high_${narrow}_s extend_low_${narrow}_u extend_high_${narrow}_u`;
const PRODUCTS = (narrow: string): string =>
  `extmul_low_${narrow}_s extmul_high_${narrow}_s extmul_low_${narrow}_u extmul_high_${narrow}_u`;
const VECTOR_FLOATS = "sqrt add sub mul div min max pmin pmax";
/** With prefix 0xfd. */
export const SIMD: Readonly<Record<string, number>> = Object.fromEntries([
  ...row(0x0d, "i8x16.shuffle i8x16.swizzle"),
  ...row(0x0f, "i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat"),
  ["i32x4.extract_lane", 0x1b],
  ...prefixed("i8x16", row(0x23, COMPARISONS)),
  ...prefixed("i16x8", row(0x2d, COMPARISONS)),
  ...prefixed("i32x4", row(0x37, COMPARISONS)),
  ...prefixed("f32x4", row(0x41, "eq ne lt gt le ge")),
  ...prefixed("f64x2", row(0x47, "eq ne lt gt le ge")),
  ...prefixed("v128", row(0x4d, "not and andnot or xor bitselect any_true")),
  ...row(0x5e, "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4"),
  ...prefixed("i8x16", row(0x60, "abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u")),
  ...prefixed(
    "i8x16",
    row(0x6b, "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
  ),
  ...prefixed("i8x16", row(0x76, "min_s min_u max_s max_u")),
  ...row(0x7c, "i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u"),
  ...row(0x7e, "i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u"),
  ...prefixed(
    "i16x8",
    row(0x80, `abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u`),
  ),
  ...prefixed("i16x8", row(0x87, WIDENINGS("i8x16"))),
  ...prefixed(
    "i16x8",
    row(0x8b, "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
  ),
  ...prefixed("i16x8", row(0x95, "mul min_s min_u max_s max_u")),
  ...prefixed("i16x8", row(0x9c, PRODUCTS("i8x16"))),
  ...prefixed("i32x4", row(0xa0, "abs neg")),
  ...prefixed("i32x4", row(0xa3, "all_true bitmask")),
  ...prefixed("i32x4", row(0xa7, WIDENINGS("i16x8"))),
  ...prefixed("i32x4", row(0xab, "shl shr_s shr_u add")),
  ...prefixed("i32x4", row(0xb1, "sub")),
  ...prefixed("i32x4", row(0xb5, "mul min_s min_u max_s max_u")),
  ...prefixed("i32x4", row(0xbc, PRODUCTS("i16x8"))),
  ...prefixed("i64x2", row(0xc0, "abs neg")),
  ...prefixed("i64x2", row(0xc7, WIDENINGS("i32x4"))),
  ...prefixed("i64x2", row(0xcb, "shl shr_s shr_u add")),
  ...prefixed("i64x2", row(0xd1, "sub")),
  ...prefixed("i64x2", row(0xd6, "eq ne lt_s gt_s le_s ge_s")),
  ...prefixed("i64x2", row(0xdc, PRODUCTS("i32x4"))),
  ...prefixed("f32x4", row(0xe0, "abs neg")),
  ...prefixed("f32x4", row(0xe3, VECTOR_FLOATS)),
  ...prefixed("f64x2", row(0xec, "abs neg")),
  ...prefixed("f64x2", row(0xef, VECTOR_FLOATS)),
  ...row(0xf8, "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u"),
  ...row(0xfa, "f32x4.convert_i32x4_s f32x4.convert_i32x4_u"),
]);
