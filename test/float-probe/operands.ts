/** Random operands that reach the corners: denormals, NaNs, near ties, results at both ends of the range. */
import { randomWords } from "../../src/isa/testing/encoding-words.js";
import type { Kind } from "./operations.js";

const SIGN = -0x8000_0000;

export class Operands {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = randomWords(seed);
  }
  /** A number from 0 up to `n`. */
  below(n: number): number {
    return this.#random() % n;
  }
  word(): number {
    return this.#random() | 0;
  }
  /** A fraction of `width` bits: any, few ones at the top, or ones and zeros in long runs. */
  #fraction(width: number): number {
    const mask = width === 32 ? -1 : 2 ** width - 1;
    switch (this.below(6)) {
      case 0:
        return 0;
      case 1:
        return mask;
      case 2:
        return (1 << this.below(width)) & mask;
      case 3:
        return ~(1 << this.below(width)) & mask;
      case 4:
        return this.word() & (mask << this.below(width)) & mask;
      default:
        return this.word() & mask;
    }
  }
  /** An exponent field: `bias` is that of 1.0, `ones` that of NaNs. */
  #exponent(bias: number, ones: number, near: number): number {
    switch (this.below(10)) {
      case 0:
        return 0;
      case 1:
        return this.below(3);
      case 2:
        return ones - this.below(3);
      case 3:
        return ones;
      // About the square root of the least and of the largest number: products at the ends of the range.
      case 4:
        return (bias >> 1) + this.below(7) - 3;
      case 5:
        return bias + (bias >> 1) + this.below(7) - 3;
      case 6:
        return this.below(ones);
      default:
        return near + this.below(70) - 35;
    }
  }
  single(near = 127): number {
    const exponent = Math.max(0, Math.min(255, this.#exponent(127, 255, near)));
    return (this.word() & SIGN) | (exponent << 23) | this.#fraction(23);
  }
  /** High and low word. */
  double(near = 1023): [number, number] {
    const exponent = Math.max(0, Math.min(2047, this.#exponent(1023, 2047, near)));
    return [(this.word() & SIGN) | (exponent << 20) | this.#fraction(20), this.#fraction(32)];
  }
  half(): number {
    return (this.word() & 0x8000) | (this.below(32) << 10) | this.#fraction(10);
  }
  /** FPSCR: any rounding mode, FZ, DN, AHP and flags; few exceptions set before. */
  fpscr(): number {
    const control = this.word() & (this.below(2) === 0 ? 0xf7c0_0000 & ~0x8_0000 : 0xf0c0_0000);
    return control | (this.below(4) === 0 ? this.word() & 0x0800_009f : 0);
  }
  /** Six words: D0, D1 and D2, low words first. */
  registers(kind: Kind): number[] {
    const three = [0, 1, 2];
    switch (kind) {
      case "single": {
        const near = this.below(3) === 0 ? this.below(254) : 127;
        return three.flatMap(() => [this.single(near), this.word()]);
      }
      case "double": {
        const near = this.below(3) === 0 ? this.below(2046) : 1023;
        return three.flatMap(() => this.double(near).reverse());
      }
      case "half":
        return three.flatMap(() => [this.half() | (this.half() << 16), this.word()]);
      case "word":
        return three.flatMap(() => [this.#fraction(32), this.word()]);
      case "halfword":
        return three.flatMap(() => [this.#fraction(16) | (this.word() << 16), this.word()]);
    }
  }
}
