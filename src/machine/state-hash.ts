/** 64-bit hashes of machine state, as two 32-bit lanes. Not cryptographic: they tell runs apart. */

const P1 = 0x9e3779b1,
  P2 = 0x85ebca77,
  P3 = 0xc2b2ae3d;
const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const finish = (h: number): number => {
  let x = Math.imul(h ^ (h >>> 15), P2);
  x = Math.imul(x ^ (x >>> 13), P3);
  return (x ^ (x >>> 16)) >>> 0;
};

/** Takes in words and text, gives 16 hexadecimal digits. What was taken in earlier counts by its place. */
export class StateHash {
  #a = P1 | 0;
  #b = P3 | 0;
  readonly #double = new DataView(new ArrayBuffer(8));

  word(value: number): void {
    this.#a = Math.imul(rotate(this.#a ^ Math.imul(value, P2), 13), P1);
    this.#b = (Math.imul(rotate((this.#b + value) | 0, 17), P3) + P2) | 0;
  }
  words(values: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.word(values[i]!);
  }
  number(value: number): void {
    this.#double.setFloat64(0, value, true);
    this.word(this.#double.getInt32(0, true));
    this.word(this.#double.getInt32(4, true));
  }
  text(value: string): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }
  bytes(value: Uint8Array): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value[i]!);
  }
  digest(): string {
    const hex = (x: number): string => finish(x).toString(16).padStart(8, "0");
    return hex(this.#a ^ rotate(this.#b, 7)) + hex(this.#b);
  }
}

const PAGE_WORDS = 1024;
/**
 * Hash of the 1024 words at `from` into out[at] and out[at + 1]; 0 and 0 for a page of zeros, so that it
 * makes no difference whether such a page was ever touched.
 */
export const hashPage = (
  words: Int32Array,
  from: number,
  number: number,
  out: Int32Array,
  at: number,
): void => {
  let a = 0,
    b = 0,
    c = 0,
    d = 0,
    any = 0;
  for (let i = from; i < from + PAGE_WORDS; i += 4) {
    const w = words[i]!,
      x = words[i + 1]!,
      y = words[i + 2]!,
      z = words[i + 3]!;
    any |= w | x | y | z;
    a = Math.imul(rotate((a + Math.imul(w, P2)) | 0, 13), P1);
    b = Math.imul(rotate((b + Math.imul(x, P2)) | 0, 13), P1);
    c = Math.imul(rotate((c + Math.imul(y, P2)) | 0, 13), P1);
    d = Math.imul(rotate((d + Math.imul(z, P2)) | 0, 13), P1);
  }
  if (any === 0) {
    out[at] = out[at + 1] = 0;
    return;
  }
  out[at] = finish((rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) + number) | 0);
  out[at + 1] = finish(
    Math.imul(a ^ rotate(c, 5), P1) ^ Math.imul(b ^ rotate(d, 11), P3) ^ ~number,
  );
};
