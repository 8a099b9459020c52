/** `wasm` lanes of arithmetic.ts and multiplies.ts. */
import type { WasmLane } from "../vector-op.js";
import { isScalar, isUnsigned, isZero, rounds, sizeOf } from "./parameters.js";
import {
  A,
  B,
  C,
  elementwise,
  everySecond,
  everywhere,
  everywhere64,
  extended,
  isQuad,
  load,
  noteQc,
  old,
  ONES,
  R,
  second,
  SHAPE,
  shuffle,
  signOf,
  store,
  ZERO,
} from "./lane-text.js";

const ALL = 0b1111;
const UP_TO_32 = 0b0111;
const bits = (size: number): number => 8 << size;
const shift = (shape: string, kind: string, value: string, n: number): string =>
  `(${shape}.${kind} ${value} (i32.const ${n}))`;
const xor = (a: string, b: string): string => `(v128.xor ${a} ${b})`;
const and = (a: string, b: string): string => `(v128.and ${a} ${b})`;

export const wrapping = (op: "add" | "sub"): WasmLane =>
  elementwise(ALL, (shape) => `(${shape}.${op} ${A} ${B})`);
export const plain = (op: string, signed: boolean): WasmLane =>
  elementwise(
    UP_TO_32,
    (shape, imm) => `(${shape}.${op}${signed ? `_${signOf(imm)}` : ""} ${A} ${B})`,
  );
export const unary = (op: string): WasmLane =>
  elementwise(UP_TO_32, (shape) => `(${shape}.${op} ${A})`);
export const testBits: WasmLane = elementwise(
  UP_TO_32,
  (shape) => `(${shape}.ne ${and(A, B)} ${ZERO})`,
);
/** Half a sum without the carry out: what the operands share, and half of what they do not. */
export const halvingAdd: WasmLane = elementwise(UP_TO_32, (shape, imm) => {
  const half = shift(shape, `shr_${signOf(imm)}`, xor(A, B), 1);
  return rounds(imm)
    ? `(${shape}.sub (v128.or ${A} ${B}) ${half})`
    : `(${shape}.add ${and(A, B)} ${half})`;
});
export const halvingSubtract: WasmLane = elementwise(UP_TO_32, (shape, imm) => {
  const half = (value: string): string => shift(shape, `shr_${signOf(imm)}`, value, 1);
  const borrow = and(`(v128.andnot ${B} ${A})`, everywhere(sizeOf(imm), 1));
  return `(${shape}.sub (${shape}.sub ${half(A)} ${half(B)}) ${borrow})`;
});
const absoluteDifference = (shape: string, imm: number): string =>
  `(${shape}.sub (${shape}.max_${signOf(imm)} ${A} ${B}) (${shape}.min_${signOf(imm)} ${A} ${B}))`;
export const difference: WasmLane = elementwise(UP_TO_32, absoluteDifference);
export const differenceAccumulated: WasmLane = elementwise(
  UP_TO_32,
  (shape, imm) => `(${shape}.add ${old(imm)} ${absoluteDifference(shape, imm)})`,
);
export const countOnes: WasmLane = elementwise(1, () => `(i8x16.popcnt ${A})`);

// ---- saturating -------------------------------------------------------------------------------------------

/** The largest positive element. */
const largest = (size: number): string =>
  size === 3 ? everywhere64(-1, 0x7fff_ffff) : everywhere(size, 2 ** (bits(size) - 1) - 1);
const smallest = (size: number): string =>
  size === 3 ? everywhere64(0, -0x8000_0000) : everywhere(size, 2 ** (bits(size) - 1));
/** `$r` := a op b of this size, saturated; `$c` := the elements that were. Both operands are locals. */
const saturated = (
  op: "add" | "sub",
  size: number,
  unsigned: boolean,
  a: string,
  b: string,
): string[] => {
  const shape = SHAPE[size]!;
  const wrapped = `(local.set $r (${shape}.${op} ${a} ${b}))`;
  const sign = (value: string): string => shift(shape, "shr_s", value, bits(size) - 1);
  if (unsigned) {
    // The carry or borrow out of the top bit.
    const out =
      op === "add"
        ? `(v128.or ${and(a, b)} (v128.andnot (v128.or ${a} ${b}) ${R}))`
        : `(v128.or (v128.andnot ${b} ${a}) (v128.andnot ${R} ${xor(a, b)}))`;
    return [
      wrapped,
      `(local.set $c ${sign(out)})`,
      `(local.set $r ${op === "add" ? `(v128.or ${R} ${C})` : `(v128.andnot ${R} ${C})`})`,
    ];
  }
  const overflow = op === "add" ? and(xor(a, R), xor(b, R)) : and(xor(a, b), xor(a, R));
  return [
    wrapped,
    `(local.set $c ${sign(overflow)})`,
    `(local.set $r (v128.bitselect ${xor(sign(a), largest(size))} ${R} ${C}))`,
  ];
};
export const saturating =
  (op: "add" | "sub"): WasmLane =>
  (imm) => {
    const quad = isQuad(imm);
    return [
      `(local.set $a ${load("n", quad)})`,
      `(local.set $b ${second(imm, quad)})`,
      ...saturated(op, sizeOf(imm), isUnsigned(imm), A, B),
      noteQc(C),
      store(R, quad),
    ];
  };
/** Only the smallest element has no negative. */
export const saturatingUnary = (op: "abs" | "neg"): WasmLane =>
  elementwise(
    UP_TO_32,
    (shape, imm) => `(${shape}.add (${shape}.${op} ${A}) ${isSmallest(shape, imm)})`,
    (shape, imm) => [noteQc(isSmallest(shape, imm))],
  );
const isSmallest = (shape: string, imm: number): string =>
  `(${shape}.eq ${A} ${smallest(sizeOf(imm))})`;

// ---- pairs ------------------------------------------------------------------------------------------------

/** Doublewords n and m in one register, then its even and odd elements. */
export const pairs =
  (op: string, signed: boolean): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2) return undefined;
    const name = `${SHAPE[size]!}.${op}${signed ? `_${signOf(imm)}` : ""}`;
    return [
      "(local.set $a (v128.load64_lane m 0 1 (v128.load64_splat n 0)))",
      store(`(${name} ${everySecond(size, 0, A, A)} ${everySecond(size, 1, A, A)})`, false),
    ];
  };
export const pairsAdded =
  (accumulate: boolean): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2) return undefined;
    const quad = isQuad(imm);
    const sign = signOf(imm);
    const wide = SHAPE[size + 1]!;
    const high = shift("i64x2", `shr_${sign}`, A, 32);
    const low = shift("i64x2", `shr_${sign}`, shift("i64x2", "shl", A, 32), 32);
    const added =
      size === 2
        ? `(i64x2.add ${low} ${high})`
        : `(${wide}.extadd_pairwise_${SHAPE[size]!}_${sign} ${A})`;
    return [
      `(local.set $a ${load("n", quad)})`,
      store(accumulate ? `(${wide}.add ${load("d", quad)} ${added})` : added, quad),
    ];
  };

// ---- two sizes --------------------------------------------------------------------------------------------

/** `expression` of extended elements, for a quadword. */
const long =
  (expression: (wide: string, imm: number) => string): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2 || isScalar(imm) || isZero(imm)) return undefined;
    return [
      `(local.set $a ${extended("n", imm)})`,
      `(local.set $b ${extended("m", imm)})`,
      store(expression(SHAPE[size + 1]!, imm), true),
    ];
  };
export const longOp = (op: "add" | "sub"): WasmLane => long((wide) => `(${wide}.${op} ${A} ${B})`);
/** Extended elements differ by less than their new size holds. */
const longDifference = (wide: string): string =>
  wide === "i64x2"
    ? `(i64x2.abs (i64x2.sub ${A} ${B}))`
    : `(${wide}.sub (${wide}.max_s ${A} ${B}) (${wide}.min_s ${A} ${B}))`;
export const longDifferenceLane = (accumulate: boolean): WasmLane =>
  long((wide) =>
    accumulate ? `(${wide}.add (v128.load d 0) ${longDifference(wide)})` : longDifference(wide),
  );
export const widenedOp =
  (op: "add" | "sub"): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2) return undefined;
    return [store(`(${SHAPE[size + 1]!}.${op} (v128.load n 0) ${extended("m", imm)})`, true)];
  };
export const highHalf =
  (op: "add" | "sub"): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2) return undefined;
    const wide = SHAPE[size + 1]!;
    const half = bits(size) - 1;
    const one = size === 2 ? everywhere64(-0x8000_0000, 0) : everywhere(size + 1, 2 ** half);
    const result = `(${wide}.${op} (v128.load n 0) (v128.load m 0))`;
    return [
      `(local.set $a ${rounds(imm) ? `(${wide}.add ${result} ${one})` : result})`,
      store(everySecond(size, 1, A, A), false),
    ];
  };

// ---- products ---------------------------------------------------------------------------------------------

const product = (shape: string): string =>
  shape === "i8x16"
    ? everySecond(
        0,
        0,
        `(i16x8.extmul_low_i8x16_u ${A} ${B})`,
        `(i16x8.extmul_high_i8x16_u ${A} ${B})`,
      )
    : `(${shape}.mul ${A} ${B})`;
export const multiply: WasmLane = elementwise(UP_TO_32, product);
export const multiplyAccumulated = (op: "add" | "sub"): WasmLane =>
  elementwise(UP_TO_32, (shape, imm) => `(${shape}.${op} ${old(imm)} ${product(shape)})`);
/** `body` with doubleword operands in `$a` and `$b`. */
const longProduct =
  (body: (wide: string, product: string, imm: number) => readonly string[]): WasmLane =>
  (imm) => {
    const size = sizeOf(imm);
    if (size > 2) return undefined;
    const wide = SHAPE[size + 1]!;
    return [
      `(local.set $a ${load("n", false)})`,
      `(local.set $b ${second(imm, false)})`,
      ...body(wide, `(${wide}.extmul_low_${SHAPE[size]!}_${signOf(imm)} ${A} ${B})`, imm),
    ];
  };
export const multiplyLong: WasmLane = longProduct((_wide, made) => [store(made, true)]);
export const multiplyLongAccumulated = (op: "add" | "sub"): WasmLane =>
  longProduct((wide, made) => [store(`(${wide}.${op} (v128.load d 0) ${made})`, true)]);
/** Twice a product saturates where both factors are the smallest. `$b` := it, `$c` := where. */
const doubled = (wide: string, made: string): string[] => {
  const size = wide === "i64x2" ? 3 : 2;
  return [
    `(local.set $b (${wide}.add (local.tee $a ${made}) ${A}))`,
    `(local.set $c (${wide}.eq ${B} ${smallest(size)}))`,
    `(local.set $b ${xor(B, C)})`,
  ];
};
const isDoubling = (imm: number): boolean => sizeOf(imm) === 1 || sizeOf(imm) === 2;
const doubling =
  (lane: WasmLane): WasmLane =>
  (imm) =>
    isDoubling(imm) && !isUnsigned(imm) ? lane(imm) : undefined;
export const doublingLong: WasmLane = doubling(
  longProduct((wide, made) => [...doubled(wide, made), noteQc(C), store(B, true)]),
);
export const doublingLongAccumulated = (op: "add" | "sub"): WasmLane =>
  doubling(
    longProduct((wide, made, imm) => [
      ...doubled(wide, made),
      noteQc(C),
      "(local.set $a (v128.load d 0))",
      ...saturated(op, sizeOf(imm) + 1, false, A, B),
      noteQc(C),
      store(R, true),
    ]),
  );
/** High half of twice the product: of the smallest element's square alone it saturates. */
export const doublingHigh: WasmLane = (imm) => {
  if (!isDoubling(imm)) return undefined;
  const size = sizeOf(imm);
  const quad = isQuad(imm);
  const [shape, wide] = [SHAPE[size]!, SHAPE[size + 1]!];
  const half = size === 1 ? everywhere(2, 0x4000) : everywhere64(0x4000_0000, 0);
  const part = (which: "low" | "high"): string => {
    const made = `(${wide}.extmul_${which}_${shape}_s ${A} ${B})`;
    return shift(
      wide,
      "shr_s",
      rounds(imm) ? `(${wide}.add ${made} ${half})` : made,
      bits(size) - 1,
    );
  };
  return [
    `(local.set $a ${load("n", quad)})`,
    `(local.set $b ${second(imm, quad)})`,
    `(local.set $c ${and(`(${shape}.eq ${A} ${smallest(size)})`, `(${shape}.eq ${B} ${smallest(size)})`)})`,
    `(local.set $r ${xor(everySecond(size, 0, part("low"), part("high")), C)})`,
    noteQc(quad ? C : shuffle((i) => i & 7, C, ONES)),
    store(R, quad),
  ];
};
