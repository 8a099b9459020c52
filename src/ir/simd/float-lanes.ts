/**
 * `wasm` lanes of the single-precision ops. They flush denormals to zero: operands and results must be none.
 * As with scalars (../float-lanes.ts) IXC has to be set already where a result may be inexact.
 */
import { RAISE } from "../softfloat/control.js";
import type { WasmLane } from "../vector-op.js";
import {
  A,
  B,
  C,
  everySecond,
  everywhere,
  isQuad,
  load,
  R,
  second,
  signOf,
  store,
} from "./lane-text.js";
import { amountOf, isUnsigned } from "./parameters.js";

const and = (a: string, b: string): string => `(v128.and ${a} ${b})`;
const or = (a: string, b: string): string => `(v128.or ${a} ${b})`;
const all = (lanes: string): string => `(i32x4.all_true ${lanes})`;
const SIGNLESS = everywhere(2, 0x7fff_ffff);
const word = (value: number): string => everywhere(2, value | 0);
const f = (value: number): string => `(f32x4.splat (f32.const ${value}))`;
const MANTISSAS = word(0x7f_fffe);

const inexactKnown = `(guard (i32.and (i32.load fpscr) (i32.const ${RAISE.IXC})))`;
/** No lane of these is a denormal. */
const noDenormal = (...values: string[]): string => {
  const lanes = values.map(
    (v) => `(i32x4.le_u (i32x4.sub ${and(v, SIGNLESS)} ${word(1)}) ${MANTISSAS})`,
  );
  return `(guard (i32.eqz (v128.any_true ${lanes.reduce(or)})))`;
};
/** Lanes that are zero or normal: a sum's zero is exact. */
const sumHolds = (r: string): string => {
  const size = and(r, SIGNLESS);
  const normal = `(i32x4.le_u (i32x4.sub ${size} ${word(0x80_0000)}) ${word(0x7eff_ffff)})`;
  return `(guard ${all(or(normal, `(f32x4.eq ${r} ${f(0)})`))})`;
};
/** Lanes above the smallest normal number, or zero where a factor is. */
const productHolds = (r: string, a: string, b: string): string => {
  const size = and(r, SIGNLESS);
  const normal = `(i32x4.le_u (i32x4.sub ${size} ${word(0x80_0001)}) ${word(0x7eff_fffe)})`;
  const isZero = (v: string): string => `(f32x4.eq ${v} ${f(0)})`;
  const zero = and(isZero(r), or(isZero(a), isZero(b)));
  return `(guard (if (result i32) ${all(normal)} (then (i32.const 1)) (else ${all(or(normal, zero))})))`;
};
const noNaN = (a: string, b: string): string =>
  `(guard ${all(and(`(f32x4.eq ${a} ${a})`, `(f32x4.eq ${b} ${b})`))})`;
const set = (local: string, value: string): string => `(local.set ${local} ${value})`;
const operands = (imm: number): string[] => [
  set("$a", load("n", isQuad(imm))),
  set("$b", second(imm, isQuad(imm))),
];

export const sumLane =
  (op: "add" | "sub", finish: (r: string) => string = (r) => r): WasmLane =>
  (imm) => [
    inexactKnown,
    ...operands(imm),
    noDenormal(A, B),
    set("$r", `(f32x4.${op} ${A} ${B})`),
    sumHolds(R),
    store(finish(R), isQuad(imm)),
  ];
export const absolute = (r: string): string => `(f32x4.abs ${r})`;
const product = `(f32x4.mul ${A} ${B})`;
export const productLane: WasmLane = (imm) => [
  inexactKnown,
  ...operands(imm),
  noDenormal(A, B),
  set("$r", product),
  productHolds(R, A, B),
  store(R, isQuad(imm)),
];
export const accumulatedLane =
  (op: "add" | "sub"): WasmLane =>
  (imm) => [
    inexactKnown,
    ...operands(imm),
    set("$c", load("d", isQuad(imm))),
    noDenormal(A, B, C),
    set("$r", product),
    productHolds(R, A, B),
    set("$r", `(f32x4.${op} ${C} ${R})`),
    sumHolds(R),
    store(R, isQuad(imm)),
  ];
/** `from` - a * b, then `finish`. */
export const stepLane =
  (from: number, finish: (r: string) => string = (r) => r): WasmLane =>
  (imm) => [
    inexactKnown,
    ...operands(imm),
    noDenormal(A, B),
    set("$r", product),
    productHolds(R, A, B),
    set("$r", `(f32x4.sub ${f(from)} ${R})`),
    sumHolds(R),
    store(finish(R), isQuad(imm)),
  ];
export const halved = (r: string): string => `(f32x4.mul ${r} ${f(0.5)})`;
/** Comparisons, maxima and minima round nothing. */
export const orderLane =
  (
    op: "eq" | "ge" | "gt" | "le" | "lt" | "max" | "min",
    change: (v: string) => string = (v) => v,
  ): WasmLane =>
  (imm) => [
    ...operands(imm),
    noNaN(A, B),
    noDenormal(A, B),
    store(`(f32x4.${op} ${change(A)} ${change(B)})`, isQuad(imm)),
  ];
const halves = [
  set("$c", "(v128.load64_lane m 0 1 (v128.load64_splat n 0))"),
  set("$a", everySecond(2, 0, C, C)),
  set("$b", everySecond(2, 1, C, C)),
];
export const pairSumLane: WasmLane = () => [
  inexactKnown,
  ...halves,
  noDenormal(A, B),
  set("$r", `(f32x4.add ${A} ${B})`),
  sumHolds(R),
  store(R, false),
];
export const pairOrderLane =
  (op: "max" | "min"): WasmLane =>
  () => [...halves, noNaN(A, B), noDenormal(A, B), store(`(f32x4.${op} ${A} ${B})`, false)];

export const toFixedLane: WasmLane = (imm) => {
  const quad = isQuad(imm);
  const [least, limit] = isUnsigned(imm) ? [0, 2 ** 32] : [-(2 ** 31), 2 ** 31];
  // Nothing of an unsigned number below zero is left, but for its sign: softfloat's.
  const scaled = `(f32x4.mul ${A} ${f(2 ** amountOf(imm))})`;
  return [
    inexactKnown,
    set("$a", load("n", quad)),
    noDenormal(A),
    set("$r", amountOf(imm) === 0 ? A : scaled),
    `(guard ${all(and(`(f32x4.ge ${R} ${f(least)})`, `(f32x4.lt ${R} ${f(limit)})`))})`,
    store(`(i32x4.trunc_sat_f32x4_${signOf(imm)} ${R})`, quad),
  ];
};
export const fromFixedLane: WasmLane = (imm) => {
  const quad = isQuad(imm);
  const number = `(f32x4.convert_i32x4_${signOf(imm)} ${load("n", quad)})`;
  const scaled = amountOf(imm) === 0 ? number : `(f32x4.mul ${number} ${f(2 ** -amountOf(imm))})`;
  return [inexactKnown, store(scaled, quad)];
};
