/**
 * `wasm` lanes of the floating-point ops: WebAssembly's arithmetic where it gives result and exceptions.
 *
 * It rounds to nearest and tells no exceptions. So FPSCR has to say round to nearest and no flush to zero,
 * and an inexact result must not be news: IXC is set already, or the result is shown to be exact. Results that
 * are NaN, infinite, or small enough for underflow are left to softfloat.
 */
import { CONTROL_BITS, RAISE } from "./softfloat/control.js";
import type { Fixed } from "./fixed-point.js";
import type { WasmLane } from "./vector-op.js";

type Width = 32 | 64;
const AS_USUAL = CONTROL_BITS.roundingMode | CONTROL_BITS.FZ;
const masked = (mask: number): string => `(i32.and (i32.load fpscr) (i32.const ${mask}))`;
const and = (a: string, b: string): string => `(i32.and ${a} ${b})`;
const or = (a: string, b: string): string => `(i32.or ${a} ${b})`;
/** `a`, or where it does not hold `b`, which costs more. */
const orElse = (a: string, b: string): string =>
  `(if (result i32) ${a} (then (i32.const 1)) (else ${b}))`;
/** Nothing of `mask` is set in FPSCR, and IXC is, or else `exact` holds. */
const inexactIsNoNews = (mask: number, exact: string | undefined): string => {
  const known = `(i32.eq ${masked(mask | RAISE.IXC)} (i32.const ${RAISE.IXC}))`;
  return exact === undefined ? known : orElse(known, and(`(i32.eqz ${masked(mask)})`, exact));
};

/** Text for a format: its operands, the local of the result, tests of that. */
const format = (width: Width) => {
  const t = `f${width}`;
  const r = width === 32 ? "$f" : "$x";
  const spare = width === 32 ? "$g" : "$y";
  const result = `(local.get ${r})`;
  const size = `(${t}.abs ${result})`;
  const smallest = width === 32 ? 2 ** -126 : 2 ** -1022;
  return {
    t,
    r,
    spare,
    result,
    d: `(${t}.load d 0)`,
    n: `(${t}.load n 0)`,
    m: `(${t}.load m 0)`,
    set: (value: string): string => `(local.set ${r} ${value})`,
    store: (value: string): string => `(${t}.store d 0 ${value})`,
    /** Neither infinite nor NaN. */
    finite: `(${t}.lt ${size} (${t}.const Infinity))`,
    /** And above the smallest normal number: what is rounded up to that has underflowed. */
    normal: and(
      `(${t}.lt ${size} (${t}.const Infinity))`,
      `(${t}.gt ${size} (${t}.const ${smallest}))`,
    ),
    isZero: (value: string): string => `(${t}.eq ${value} (${t}.const 0))`,
  };
};
type Text = ReturnType<typeof format>;

/** Whether the sum `f.result` of a and b is exact (Knuth's two-sum). */
const exactSum = (f: Text, a: string, b: string): string => {
  const part = `(local.get ${f.spare})`;
  const { t, result } = f;
  const lost = `(${t}.add (${t}.sub ${a} (${t}.sub ${result} (local.tee ${f.spare} (${t}.sub ${result} ${a})))) (${t}.sub ${b} ${part}))`;
  return f.isZero(lost);
};
/** Whether the product of n and m is exact: of doubles it is shown by the zeros at their ends alone. */
const exactProduct = (width: Width, f: Text): string => {
  if (width === 32)
    return `(f64.eq (f64.mul (f64.promote_f32 ${f.n}) (f64.promote_f32 ${f.m})) (f64.promote_f32 ${f.result}))`;
  const zeros = (operand: string): string =>
    `(i64.ctz (i64.or (i64.load ${operand} 0) (i64.shl (i64.const 1) (i64.const 52))))`;
  return `(i32.ge_s (i32.wrap_i64 (i64.add ${zeros("n")} ${zeros("m")})) (i32.const 53))`;
};
/** A product's or quotient's zero is exact where an operand is zero. */
const normalOrZeroOf = (f: Text, zeroOperand: string): string =>
  orElse(f.normal, and(f.isZero(f.result), zeroOperand));

const sum =
  (width: Width, subtract: boolean): WasmLane =>
  () => {
    const f = format(width);
    const b = subtract ? `(${f.t}.neg ${f.m})` : f.m;
    return [
      f.set(`(${f.t}.${subtract ? "sub" : "add"} ${f.n} ${f.m})`),
      `(guard ${f.finite})`,
      `(guard ${inexactIsNoNews(AS_USUAL, exactSum(f, f.n, b))})`,
      f.store(f.result),
    ];
  };
export const addLane = (width: Width): WasmLane => sum(width, false);
export const subtractLane = (width: Width): WasmLane => sum(width, true);

export const multiplyLane =
  (width: Width, negate: boolean): WasmLane =>
  () => {
    const f = format(width);
    return [
      f.set(`(${f.t}.mul ${f.n} ${f.m})`),
      `(guard ${normalOrZeroOf(f, or(f.isZero(f.n), f.isZero(f.m)))})`,
      `(guard ${inexactIsNoNews(AS_USUAL, exactProduct(width, f))})`,
      f.store(negate ? `(${f.t}.neg ${f.result})` : f.result),
    ];
  };
export const divideLane =
  (width: Width): WasmLane =>
  () => {
    const f = format(width);
    return [
      `(guard ${inexactIsNoNews(AS_USUAL, undefined)})`,
      f.set(`(${f.t}.div ${f.n} ${f.m})`),
      `(guard ${normalOrZeroOf(f, f.isZero(f.n))})`,
      f.store(f.result),
    ];
  };
export const squareRootLane =
  (width: Width): WasmLane =>
  () => {
    const f = format(width);
    const positive = `(${f.t}.ge ${f.result} (${f.t}.const 0))`;
    return [
      `(guard ${inexactIsNoNews(AS_USUAL, undefined)})`,
      f.set(`(${f.t}.sqrt ${f.m})`),
      `(guard ${and(positive, f.finite)})`,
      f.store(f.result),
    ];
  };
/** Product, rounded, then sum. */
export const accumulateLane =
  (width: Width, negateProduct: boolean, negateAddend: boolean): WasmLane =>
  () => {
    const f = format(width);
    const product = negateProduct ? `(${f.t}.neg ${f.result})` : f.result;
    const addend = negateAddend ? `(${f.t}.neg ${f.d})` : f.d;
    return [
      `(guard ${inexactIsNoNews(AS_USUAL, undefined)})`,
      f.set(`(${f.t}.mul ${f.n} ${f.m})`),
      `(guard ${normalOrZeroOf(f, or(f.isZero(f.n), f.isZero(f.m)))})`,
      f.set(`(${f.t}.add ${addend} ${product})`),
      `(guard ${f.finite})`,
      f.store(f.result),
    ];
  };
/**
 * One rounding: the product of singles is exact in double precision. Rounding the sum there and then to single
 * precision is one rounding unless the first one ends halfway between two singles.
 */
export const fusedLane =
  (negateFactor: boolean, negateAddend: boolean): WasmLane =>
  () => {
    const f = format(32);
    const product = `(f64.mul (f64.promote_f32 ${f.n}) (f64.promote_f32 ${f.m}))`;
    const addend = `(f64.promote_f32 ${f.d})`;
    return [
      `(guard ${inexactIsNoNews(AS_USUAL, undefined)})`,
      `(local.set $x (f64.add ${negateAddend ? `(f64.neg ${addend})` : addend} ${negateFactor ? `(f64.neg ${product})` : product}))`,
      `(guard (i32.ne (i32.and (i32.wrap_i64 (i64.reinterpret_f64 (local.get $x))) (i32.const 0x1fffffff)) (i32.const 0x10000000)))`,
      f.set("(f32.demote_f64 (local.get $x))"),
      `(guard ${orElse(f.normal, "(f64.eq (local.get $x) (f64.const 0))")})`,
      f.store(f.result),
    ];
  };

/** Numbers alone: flags N, Z, C are less, equal, not less. */
export const compareLane =
  (width: Width, isWithZero: (imm: number) => boolean): WasmLane =>
  (imm) => {
    const { t, d, m } = format(width);
    const other = isWithZero(imm) ? `(${t}.const 0)` : m;
    const less = `(${t}.lt ${d} ${other})`;
    const notLess = `(${t}.ge ${d} ${other})`;
    const equal = `(${t}.eq ${d} ${other})`;
    const bit = (condition: string, n: number): string => `(i32.shl ${condition} (i32.const ${n}))`;
    return [
      `(guard ${and(`(i32.eqz ${masked(CONTROL_BITS.FZ)})`, or(less, notLess))})`,
      `(i32.store fpscr (i32.or ${masked(0x0fff_ffff)} ${or(bit(less, 31), or(bit(equal, 30), bit(notLess, 29)))}))`,
    ];
  };

const noFlush = `(i32.eqz ${masked(CONTROL_BITS.FZ)})`;
export const widenLane: WasmLane = () => [
  "(local.set $f (f32.load m 0))",
  `(guard ${and(noFlush, "(f32.eq (local.get $f) (local.get $f))")})`,
  "(f64.store d 0 (f64.promote_f32 (local.get $f)))",
];
export const narrowLane: WasmLane = () => {
  const f = format(32);
  const m = "(f64.load m 0)";
  return [
    f.set(`(f32.demote_f64 ${m})`),
    `(guard ${orElse(f.normal, `(f64.eq ${m} (f64.const 0))`)})`,
    `(guard ${inexactIsNoNews(AS_USUAL, `(f64.eq (f64.promote_f32 ${f.result}) ${m})`)})`,
    f.store(f.result),
  ];
};

/** Towards zero, of what fits. */
export const toFixedLane =
  (width: Width, conversion: (imm: number) => Fixed): WasmLane =>
  (imm) => {
    const { fractionBits, size, unsigned, fixedRounding, wide } = conversion(imm);
    if (!fixedRounding || fractionBits < 0) return undefined;
    const number = width === 32 ? "(f64.promote_f32 (f32.load m 0))" : "(f64.load m 0)";
    const x = "(local.get $x)";
    const [above, below] = unsigned ? [-1, 2 ** size] : [-(2 ** (size - 1)) - 1, 2 ** (size - 1)];
    const word = `(i32.trunc_sat_f64_${unsigned ? "u" : "s"} ${x})`;
    const high = unsigned ? "(i32.const 0)" : `(i32.shr_s ${word} (i32.const 31))`;
    const scaled =
      fractionBits === 0 ? number : `(f64.mul ${number} (f64.const ${2 ** fractionBits}))`;
    return [
      `(local.set $x ${scaled})`,
      `(guard ${and(`(f64.gt ${x} (f64.const ${above}))`, `(f64.lt ${x} (f64.const ${below}))`)})`,
      `(guard ${inexactIsNoNews(CONTROL_BITS.FZ, `(f64.eq (f64.trunc ${x}) ${x})`)})`,
      `(i32.store d 0 ${word})`,
      ...(wide ? [`(i32.store d 4 ${high})`] : []),
    ];
  };
export const fromFixedLane =
  (width: Width, conversion: (imm: number) => Fixed): WasmLane =>
  (imm) => {
    const { fractionBits, size, unsigned, fixedRounding } = conversion(imm);
    if (fractionBits < 0) return undefined;
    const word = "(i32.load m 0)";
    const extended =
      size === 32
        ? word
        : unsigned
          ? `(i32.and ${word} (i32.const 65535))`
          : `(i32.extend16_s ${word})`;
    const number = `(f64.convert_i32_${unsigned ? "u" : "s"} ${extended})`;
    const scaled =
      fractionBits === 0 ? number : `(f64.mul ${number} (f64.const ${2 ** -fractionBits}))`;
    // A double holds every word.
    if (width === 64) return [`(f64.store d 0 ${scaled})`];
    const mask = fixedRounding ? 0 : CONTROL_BITS.roundingMode;
    const f = format(32);
    return [
      `(local.set $x ${scaled})`,
      f.set("(f32.demote_f64 (local.get $x))"),
      `(guard ${inexactIsNoNews(mask, `(f64.eq (f64.promote_f32 ${f.result}) (local.get $x))`)})`,
      f.store(f.result),
    ];
  };
