/** Random words from a seed: xoshiro128** (Blackman and Vigna), seeded through splitmix32. */
import type { DeviceState } from "../../machine/index.js";
import { stateInteger, stateList } from "../device-state.js";

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

export class SeededGenerator {
  readonly #state = new Int32Array(4);

  constructor(seed: number) {
    this.reseed(seed);
  }
  reseed(seed: number): void {
    let s = seed | 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) | 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }
  /** The next 32 bits, unsigned. */
  next(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9);
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result >>> 0;
  }
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.next();
      for (let k = i; k < Math.min(i + 4, length); k++) out[k] = word >>> (8 * (k - i));
    }
    return out;
  }
  save(): DeviceState {
    return [...this.#state];
  }
  restore(state: DeviceState): void {
    const what = "random generator";
    const words = stateList(state, what, 4);
    for (let i = 0; i < 4; i++) {
      this.#state[i] = stateInteger(words[i], what, -(2 ** 31), 2 ** 31 - 1);
    }
  }
}
