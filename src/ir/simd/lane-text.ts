/** WebAssembly text that the `wasm` lanes of Advanced SIMD ops are made of. */
import { indexOf, isScalar, isUnsigned, isZero, sizeOf, wordsOf } from "./parameters.js";
import type { WasmLane } from "../vector-op.js";

/** Lanes by log2 of an element's bytes. */
export const SHAPE = ["i8x16", "i16x8", "i32x4", "i64x2"] as const;
export const A = "(local.get $a)";
export const B = "(local.get $b)";
export const C = "(local.get $c)";
export const R = "(local.get $r)";
export const ZERO = "(v128.const 0 0)";
export const ONES = "(v128.const -1 -1)";
export const signOf = (imm: number): "s" | "u" => (isUnsigned(imm) ? "u" : "s");
/** A constant element in all places, sizes 0 to 2. */
export const everywhere = (size: number, value: number): string => {
  const word =
    size === 0 ? (value & 0xff) * 0x101_0101 : size === 1 ? (value & 0xffff) * 0x1_0001 : value;
  return `(v128.const ${word | 0} ${word | 0})`;
};
/** A 64-bit constant in both places. */
export const everywhere64 = (low: number, high: number): string =>
  `(v128.const ${low | 0} ${high | 0})`;

/** A whole operand; doublewords fill the low half, and the high one too, so that it holds nothing odd. */
export const load = (operand: "d" | "n" | "m", quad: boolean): string =>
  quad ? `(v128.load ${operand} 0)` : `(v128.load64_splat ${operand} 0)`;
export const store = (value: string, quad: boolean, operand: "d" | "m" = "d"): string =>
  quad ? `(v128.store ${operand} 0 ${value})` : `(v128.store64_lane ${operand} 0 0 ${value})`;
/** The second operand as readSecond has it. */
export const second = (imm: number, quad: boolean): string => {
  if (isZero(imm)) return ZERO;
  if (!isScalar(imm)) return load("m", quad);
  const size = sizeOf(imm);
  return `(v128.load${8 << size}_splat m ${indexOf(imm) << size})`;
};
/** Elements of a doubleword, extended to twice their size. */
export const extended = (operand: "n" | "m", imm: number): string => {
  const size = sizeOf(imm);
  return `(v128.load${8 << size}x${8 >> size}_${signOf(imm)} ${operand} 0)`;
};
export const isQuad = (imm: number): boolean => wordsOf(imm) === 4;

/** FPSCR.QC is set where any bit of `saturated` is. */
export const noteQc = (saturated: string): string =>
  `(i32.store fpscr (i32.or (i32.load fpscr) (i32.shl (v128.any_true ${saturated}) (i32.const 27))))`;
export const sel = (mask: string, yes: string, no: string): string =>
  `(v128.bitselect ${yes} ${no} ${mask})`;

/** Shuffle of bytes, by the number of the source byte of each. */
export const shuffle = (from: (i: number) => number, a: string, b: string): string =>
  `(i8x16.shuffle ${Array.from({ length: 16 }, (_, i) => from(i)).join(" ")} ${a} ${b})`;
/** Every second element of `size`, from `odd` on, of a then b. */
export const everySecond = (size: number, odd: number, a: string, b: string): string =>
  shuffle((i) => ((2 * (i >> size) + odd) << size) + (i & ((1 << size) - 1)), a, b);

/** `expression(A, B, old)` of a whole register; `sizes` is a mask of the element sizes that have one. */
export const elementwise =
  (
    sizes: number,
    expression: (shape: string, imm: number) => string,
    more: (shape: string, imm: number) => readonly string[] = () => [],
  ): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (((sizes >> size) & 1) === 0) return undefined;
    const quad = isQuad(imm);
    const shape = SHAPE[size]!;
    return [
      `(local.set $a ${load("n", quad)})`,
      `(local.set $b ${second(imm, quad)})`,
      `(local.set $r ${expression(shape, imm)})`,
      ...more(shape, imm),
      store(R, quad),
    ];
  };
/** The old destination of an elementwise op. */
export const old = (imm: number): string => load("d", isQuad(imm));
