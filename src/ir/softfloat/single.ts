/**
 * Single precision: words in, a word out. Each operation is FPAdd and its kin of DDI 0406C, A2.7, with
 * `control` in FPSCR's format. Operands and result that are zero or normal, rounded to nearest, take the
 * host's arithmetic: a double has more than twice a single's bits and two to spare, so that rounding the
 * host's result once more gives what one rounding would.
 */
import {
  addUnpacked,
  compareUnpacked,
  divUnpacked,
  fusedUnpacked,
  mulUnpacked,
  sqrtUnpacked,
  subUnpacked,
} from "./arithmetic.js";
import { CONTROL_BITS, raise, RAISE } from "./control.js";
import { FIRST, result, SECOND, THIRD, unpack32 } from "./operand.js";

const words = new Int32Array(3);
const floats = new Float32Array(words.buffer);
const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

const SIGN = -0x8000_0000;
/** Zero, or a normal number: neither denormal nor infinity nor NaN. */
const plain = (word: number): boolean =>
  ((word + 0x0080_0000) & 0x7f00_0000) !== 0 || (word & 0x7fff_ffff) === 0;
const nearest = (control: number): boolean => (control & CONTROL_BITS.roundingMode) === 0;
/** Is the host's result far from underflow and overflow, or exactly zero? */
const safe = (value: number, rounded: number): boolean =>
  (Math.abs(value) >= SMALLEST_NORMAL && Math.abs(rounded) <= LARGEST) || value === 0;

/** FPAdd. */
export const add32 = (a: number, b: number, control: number): number => {
  if (nearest(control) && plain(a) && plain(b)) {
    words[0] = a;
    words[1] = b;
    const x = floats[0]!;
    const y = floats[1]!;
    const sum = x + y;
    const rounded = Math.fround(sum);
    if (safe(sum, rounded)) {
      // What the sum in double precision lost (Knuth's two-sum).
      const part = sum - x;
      if (rounded !== sum || x - (sum - part) + (y - part) !== 0) raise(RAISE.IXC);
      floats[2] = rounded;
      return words[2]!;
    }
  }
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  addUnpacked(32, control);
  return result[0]!;
};
/** FPSub. */
export const sub32 = (a: number, b: number, control: number): number => {
  if (nearest(control) && plain(a) && plain(b)) return add32(a, b ^ SIGN, control);
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  subUnpacked(32, control);
  return result[0]!;
};
/** FPMul. */
export const mul32 = (a: number, b: number, control: number): number => {
  if (nearest(control) && plain(a) && plain(b)) {
    words[0] = a;
    words[1] = b;
    // Exact: 48 bits.
    const product = floats[0]! * floats[1]!;
    const rounded = Math.fround(product);
    if (safe(product, rounded)) {
      if (rounded !== product) raise(RAISE.IXC);
      floats[2] = rounded;
      return words[2]!;
    }
  }
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  mulUnpacked(32, control);
  return result[0]!;
};
/** FPDiv. */
export const div32 = (a: number, b: number, control: number): number => {
  if (nearest(control) && plain(a) && plain(b) && (b & ~SIGN) !== 0) {
    words[0] = a;
    words[1] = b;
    const quotient = floats[0]! / floats[1]!;
    const rounded = Math.fround(quotient);
    if (safe(quotient, rounded)) {
      // Divisor times a single is exact in double precision.
      if (rounded * floats[1]! !== floats[0]!) raise(RAISE.IXC);
      floats[2] = rounded;
      return words[2]!;
    }
  }
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  divUnpacked(32, control);
  return result[0]!;
};
/** FPSqrt. */
export const sqrt32 = (a: number, control: number): number => {
  if (nearest(control) && plain(a) && a > 0) {
    words[0] = a;
    const rounded = Math.fround(Math.sqrt(floats[0]!));
    if (rounded * rounded !== floats[0]!) raise(RAISE.IXC);
    floats[2] = rounded;
    return words[2]!;
  }
  unpack32(FIRST, a, control);
  sqrtUnpacked(32, control);
  return result[0]!;
};
/** FPMulAdd: addend + a * b with one rounding. */
export const fma32 = (addend: number, a: number, b: number, control: number): number => {
  if (nearest(control) && plain(a) && plain(b) && plain(addend)) {
    words[0] = a;
    words[1] = b;
    words[2] = addend;
    const product = floats[0]! * floats[1]!;
    const c = floats[2]!;
    const sum = product + c;
    const part = sum - product;
    const rounded = Math.fround(sum);
    // Where the sum is exact there is one rounding, to single precision.
    if (product - (sum - part) + (c - part) === 0 && safe(sum, rounded)) {
      if (rounded !== sum) raise(RAISE.IXC);
      floats[0] = rounded;
      return words[0]!;
    }
  }
  unpack32(THIRD, addend, control);
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  fusedUnpacked(32, control);
  return result[0]!;
};
/** FPCompare: N, Z, C, V in bits 3:0. `signalling`: a quiet NaN is an invalid operation as well. */
export const compare32 = (a: number, b: number, signalling: boolean, control: number): number => {
  unpack32(FIRST, a, control);
  unpack32(SECOND, b, control);
  return compareUnpacked(signalling);
};
