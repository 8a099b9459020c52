/**
 * The checksums that containers carry: CRC-32 (IEEE 802.3), CRC-64 (ECMA-182, as XZ uses it),
 * SHA-256 (FIPS 180-4), xxHash32 and xxHash64 (as LZ4 and Zstandard frames use them).
 */

const crc32Tables = (() => {
  const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
  const first = tables[0]!;
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[index] = value >>> 0;
  }
  for (let slice = 1; slice < 4; slice++) {
    for (let index = 0; index < 256; index++) {
      const previous = tables[slice - 1]![index]!;
      tables[slice]![index] = (previous >>> 8) ^ first[previous & 0xff]!;
    }
  }
  return tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
})();

/** CRC-32 of `bytes[start, end)`, unsigned. */
export const crc32 = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  const [t0, t1, t2, t3] = crc32Tables;
  let crc = -1;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^ t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
};

const crc64Tables = (() => {
  const low = new Int32Array(256);
  const high = new Int32Array(256);
  for (let index = 0; index < 256; index++) {
    let lo = index;
    let hi = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = lo & 1;
      lo = (lo >>> 1) | (hi << 31);
      hi >>>= 1;
      if (odd) {
        lo ^= 0xd7870f42;
        hi ^= 0xc96c5795;
      }
    }
    low[index] = lo;
    high[index] = hi;
  }
  return { low, high };
})();

/** CRC-64 of `bytes[start, end)` as its low and high words, unsigned. */
export const crc64 = (
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): { readonly low: number; readonly high: number } => {
  const { low, high } = crc64Tables;
  let lo = -1;
  let hi = -1;
  for (let at = start; at < end; at++) {
    const index = (lo ^ bytes[at]!) & 0xff;
    lo = ((lo >>> 8) | (hi << 24)) ^ low[index]!;
    hi = (hi >>> 8) ^ high[index]!;
  }
  return { low: ~lo >>> 0, high: ~hi >>> 0 };
};

/** The first 32 bits of the fractional part. */
const fraction = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) | 0;

const sha256Constants = (() => {
  const rounds = new Int32Array(64);
  const initial = new Int32Array(8);
  for (let candidate = 2, count = 0; count < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) prime = false;
    }
    if (!prime) continue;
    if (count < 8) initial[count] = fraction(Math.sqrt(candidate));
    rounds[count++] = fraction(Math.cbrt(candidate));
  }
  return { rounds, initial };
})();

/** SHA-256 of `bytes[start, end)`, 32 bytes. */
export const sha256 = (bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array => {
  const { rounds, initial } = sha256Constants;
  const length = end - start;
  // The last, partial block with its 0x80 mark and length takes one or two blocks.
  const tail = new Uint8Array(128);
  const whole = length - (length % 64);
  tail.set(bytes.subarray(start + whole, end));
  tail[length % 64] = 0x80;
  const tailLength = length % 64 < 56 ? 64 : 128;
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(tailLength - 8, Math.floor(length / 2 ** 29));
  tailView.setUint32(tailLength - 4, (length << 3) >>> 0);

  const state = Int32Array.from(initial);
  const schedule = new Int32Array(64);
  const block = (source: Uint8Array, at: number): void => {
    for (let index = 0; index < 16; index++, at += 4) {
      schedule[index] =
        (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!;
    }
    for (let index = 16; index < 64; index++) {
      const w15 = schedule[index - 15]!;
      const w2 = schedule[index - 2]!;
      const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
      const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
      schedule[index] = (schedule[index - 16]! + s0 + schedule[index - 7]! + s1) | 0;
    }
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let index = 0; index < 64; index++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[index]! + schedule[index]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  };
  for (let at = 0; at < whole; at += 64) block(bytes, start + at);
  for (let at = 0; at < tailLength; at += 64) block(tail, at);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let index = 0; index < 8; index++) view.setInt32(index * 4, state[index]!);
  return digest;
};

const rotate = (value: number, count: number): number =>
  (value << count) | (value >>> (32 - count));

/** xxHash32 of `bytes` with seed 0, unsigned. */
export const xxHash32 = (bytes: Uint8Array): number => {
  const P1 = 0x9e3779b1;
  const P2 = 0x85ebca77;
  const P3 = 0xc2b2ae3d;
  const P4 = 0x27d4eb2f;
  const P5 = 0x165667b1;
  const word = (at: number): number =>
    bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const length = bytes.length;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let v1 = (P1 + P2) | 0;
    let v2 = P2 | 0;
    let v3 = 0;
    let v4 = -P1 | 0;
    for (; at + 16 <= length; at += 16) {
      v1 = Math.imul(rotate((v1 + Math.imul(word(at), P2)) | 0, 13), P1);
      v2 = Math.imul(rotate((v2 + Math.imul(word(at + 4), P2)) | 0, 13), P1);
      v3 = Math.imul(rotate((v3 + Math.imul(word(at + 8), P2)) | 0, 13), P1);
      v4 = Math.imul(rotate((v4 + Math.imul(word(at + 12), P2)) | 0, 13), P1);
    }
    hash = (rotate(v1, 1) + rotate(v2, 7) + rotate(v3, 12) + rotate(v4, 18)) | 0;
  } else {
    hash = P5 | 0;
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(word(at), P3)) | 0, 17), P4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
};
