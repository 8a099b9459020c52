/** `wasm` lanes of shifts.ts and permutations.ts. */
import type { WasmLane } from "../vector-op.js";
import { amountOf, isUnsigned, resultUnsigned, rounds, saturates, sizeOf } from "./parameters.js";
import {
  A,
  B,
  C,
  everySecond,
  everywhere,
  everywhere64,
  extended,
  isQuad,
  load,
  noteQc,
  ONES,
  R,
  SHAPE,
  shuffle,
  signOf,
  store,
  ZERO,
} from "./lane-text.js";

const bits = (size: number): number => 8 << size;
const shifted = (
  shape: string,
  kind: "shl" | "shr_s" | "shr_u",
  value: string,
  n: number,
): string => `(${shape}.${kind} ${value} (i32.const ${n}))`;
/** To the right by 0 to all bits of an element. */
const right = (size: number, sign: "s" | "u", value: string, n: number): string => {
  if (n === 0) return value;
  if (n < bits(size)) return shifted(SHAPE[size]!, `shr_${sign}`, value, n);
  return sign === "u" ? ZERO : shifted(SHAPE[size]!, "shr_s", value, bits(size) - 1);
};
const one = (size: number): string => (size === 3 ? everywhere64(1, 0) : everywhere(size, 1));
/** The last bit shifted out is what rounding adds. */
const rounded = (size: number, sign: "s" | "u", value: string, n: number, round: boolean): string =>
  round && n > 0
    ? `(${SHAPE[size]!}.add ${right(size, sign, value, n)} (v128.and ${right(size, sign, value, n - 1)} ${one(size)}))`
    : right(size, sign, value, n);

/** One operand in `$a`. */
const one1 =
  (body: (size: number, imm: number) => string): WasmLane =>
  (imm) => {
    const quad = isQuad(imm);
    const size = sizeOf(imm);
    if (amountOf(imm) > bits(size)) return undefined;
    return [`(local.set $a ${load("n", quad)})`, store(body(size, imm), quad)];
  };
const shiftedRight = (size: number, imm: number): string =>
  rounded(size, signOf(imm), A, amountOf(imm), rounds(imm));
export const shiftRight: WasmLane = one1(shiftedRight);
export const shiftRightAccumulated: WasmLane = one1(
  (size, imm) => `(${SHAPE[size]!}.add ${load("d", isQuad(imm))} ${shiftedRight(size, imm)})`,
);
export const insertRight: WasmLane = one1((size, imm) => {
  const n = amountOf(imm);
  const kept = right(size, "u", ONES, n);
  return `(v128.or (v128.andnot ${load("d", isQuad(imm))} ${kept}) ${right(size, "u", A, n)})`;
});
export const insertLeft: WasmLane = (imm) =>
  amountOf(imm) < bits(sizeOf(imm))
    ? one1((size) => {
        const shape = SHAPE[size]!;
        const kept = shifted(shape, "shl", ONES, amountOf(imm));
        return `(v128.or (v128.andnot ${load("d", isQuad(imm))} ${kept}) ${shifted(shape, "shl", A, amountOf(imm))})`;
      })(imm)
    : undefined;

export const shiftLeft: WasmLane = (imm) => {
  const size = sizeOf(imm);
  const n = amountOf(imm);
  if (n >= bits(size)) return undefined;
  const shape = SHAPE[size]!;
  const quad = isQuad(imm);
  const first = `(local.set $a ${load("n", quad)})`;
  const moved = shifted(shape, "shl", A, n);
  if (!saturates(imm)) return [first, store(moved, quad)];
  const unsignedResult = resultUnsigned(imm);
  if (isUnsigned(imm) && !unsignedResult) return undefined;
  const sign = shifted(shape, "shr_s", A, bits(size) - 1);
  const back = right(size, unsignedResult ? "u" : "s", R, n);
  const largest =
    size === 3 ? everywhere64(-1, 0x7fff_ffff) : everywhere(size, 2 ** (bits(size) - 1) - 1);
  // A negative element has no unsigned result, whatever the shift lost.
  const toUnsigned = unsignedResult && !isUnsigned(imm);
  const lost = `(${shape}.ne ${back} ${A})`;
  const end = toUnsigned
    ? `(v128.not ${sign})`
    : unsignedResult
      ? ONES
      : `(v128.xor ${sign} ${largest})`;
  return [
    first,
    `(local.set $r ${moved})`,
    `(local.set $c ${toUnsigned ? `(v128.or ${lost} ${sign})` : lost})`,
    `(local.set $r (v128.bitselect ${end} ${R} ${C}))`,
    noteQc(C),
    store(R, quad),
  ];
};
/** To elements half the size. Saturation of 64 bits has no lane. */
export const shiftRightNarrow: WasmLane = (imm) => {
  const size = sizeOf(imm);
  if (size > 2 || amountOf(imm) > bits(size)) return undefined;
  const first = "(local.set $a (v128.load n 0))";
  const value = rounded(size + 1, signOf(imm), A, amountOf(imm), rounds(imm));
  if (!saturates(imm))
    return [first, `(local.set $b ${value})`, store(everySecond(size, 0, B, B), false)];
  if (size === 2 || (isUnsigned(imm) && !resultUnsigned(imm))) return undefined;
  const [narrow, wide] = [SHAPE[size]!, SHAPE[size + 1]!];
  const sign = resultUnsigned(imm) ? "u" : "s";
  // The narrowing takes its operand to be signed.
  const operand = isUnsigned(imm)
    ? `(${wide}.min_u ${B} ${everywhere(size + 1, 2 ** bits(size) - 1)})`
    : B;
  return [
    first,
    `(local.set $b ${value})`,
    `(local.set $c ${operand})`,
    `(local.set $r (${narrow}.narrow_${wide}_${sign} ${C} ${C}))`,
    noteQc(`(${wide}.ne (${wide}.extend_low_${narrow}_${sign} ${R}) ${B})`),
    store(R, false),
  ];
};
export const shiftLeftLong: WasmLane = (imm) => {
  const size = sizeOf(imm);
  if (size > 2 || amountOf(imm) > bits(size)) return undefined;
  return [store(shifted(SHAPE[size + 1]!, "shl", extended("n", imm), amountOf(imm)), true)];
};

// ---- permutations -----------------------------------------------------------------------------------------

export const reverse: WasmLane = (imm) => {
  const quad = isQuad(imm);
  const size = sizeOf(imm);
  const flip = ((1 << (amountOf(imm) - size)) - 1) << size;
  return [
    `(local.set $a ${load("n", quad)})`,
    store(
      shuffle((i) => i ^ flip, A, A),
      quad,
    ),
  ];
};
/** Results of d and of m, as elements of the old d followed by the old m. M is written first. */
const exchange =
  (
    toD: (i: number, count: number) => number,
    toM: (i: number, count: number) => number,
  ): WasmLane =>
  (imm) => {
    const quad = isQuad(imm);
    const size = sizeOf(imm);
    const bytes = quad ? 16 : 8;
    const count = bytes >> size;
    const from =
      (element: (i: number, count: number) => number) =>
      (i: number): number => {
        if (i >= bytes) return 0;
        const at = element(i >> size, count);
        const inM = at >= count;
        return (inM ? 16 : 0) + ((at - (inM ? count : 0)) << size) + (i & ((1 << size) - 1));
      };
    return [
      `(local.set $a ${load("d", quad)})`,
      `(local.set $b ${load("m", quad)})`,
      store(shuffle(from(toM), A, B), quad, "m"),
      store(shuffle(from(toD), A, B), quad),
    ];
  };
export const transpose: WasmLane = exchange(
  (i, count) => ((i & 1) === 0 ? i : count + i - 1),
  (i, count) => ((i & 1) === 0 ? i + 1 : count + i),
);
export const unzip: WasmLane = exchange(
  (i) => 2 * i,
  (i) => 2 * i + 1,
);
export const zip: WasmLane = exchange(
  (i, count) => ((i & 1) === 0 ? i >> 1 : count + (i >> 1)),
  (i, count) => ((i & 1) === 0 ? (count >> 1) + (i >> 1) : count + (count >> 1) + (i >> 1)),
);
export const extract: WasmLane = (imm) => {
  const quad = isQuad(imm);
  const bytes = quad ? 16 : 8;
  const from = amountOf(imm);
  if (from >= bytes) return undefined;
  const at = (i: number): number => {
    const k = (i & (bytes - 1)) + from;
    return k < bytes ? k : 16 + k - bytes;
  };
  return [
    `(local.set $a ${load("n", quad)})`,
    `(local.set $b ${load("m", quad)})`,
    store(shuffle(at, A, B), quad),
  ];
};
/** Indices beyond a table of 16 bytes give zero, those below the second one wrap to beyond it. */
const lookedUp = (length: number): string => {
  const table = (bytes: number, offset: number): string =>
    bytes > 8 ? `(v128.load n ${offset})` : `(v128.load64_zero n ${offset})`;
  const low = `(i8x16.swizzle ${table(length, 0)} ${B})`;
  if (length <= 16) return low;
  return `(v128.or ${low} (i8x16.swizzle ${table(length - 16, 16)} (i8x16.sub ${B} ${everywhere(0, 16)})))`;
};
export const tableLookUp: WasmLane = (imm) => [
  "(local.set $b (v128.load64_zero m 0))",
  store(lookedUp(amountOf(imm)), false),
];
export const tableExtension: WasmLane = (imm) => {
  const length = amountOf(imm);
  return [
    "(local.set $b (v128.load64_zero m 0))",
    store(
      `(v128.bitselect ${lookedUp(length)} (v128.load64_zero d 0) (i8x16.lt_u ${B} ${everywhere(0, length)}))`,
      false,
    ),
  ];
};
