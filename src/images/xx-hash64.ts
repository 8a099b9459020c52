/**
 * xxHash64 with seed 0, as Zstandard frames use it. Numbers of 64 bits are pairs of 32-bit halves: with
 * BigInt the check would take longer than the unpacking.
 */

/** A 64-bit value as two signed halves. */
interface Wide {
  high: number;
  low: number;
}

const wide = (high: number, low: number): Wide => ({ high: high | 0, low: low | 0 });

const PRIME1 = wide(0x9e3779b1, 0x85ebca87);
const PRIME2 = wide(0xc2b2ae3d, 0x27d4eb4f);
const PRIME3 = wide(0x165667b1, 0x9e3779f9);
const PRIME4 = wide(0x85ebca77, 0xc2b2ae63);
const PRIME5 = wide(0x27d4eb2f, 0x165667c5);

const add = (into: Wide, high: number, low: number): void => {
  const sum = (into.low >>> 0) + (low >>> 0);
  into.high = (into.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
  into.low = sum | 0;
};

const multiply = (into: Wide, by: Wide): void => {
  const a0 = into.low & 0xffff;
  const a1 = into.low >>> 16;
  const b0 = by.low & 0xffff;
  const b1 = by.low >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const carry = (middle % 0x10000) + a0 * b1;
  const top = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
  into.high = (top + Math.imul(into.high, by.low) + Math.imul(into.low, by.high)) | 0;
  into.low = Math.imul(into.low, by.low);
};

const rotate = (value: Wide, count: number): void => {
  const { high, low } = value;
  if (count >= 32) {
    const rest = count - 32;
    value.high = rest === 0 ? low : (low << rest) | (high >>> (32 - rest));
    value.low = rest === 0 ? high : (high << rest) | (low >>> (32 - rest));
  } else {
    value.high = (high << count) | (low >>> (32 - count));
    value.low = (low << count) | (high >>> (32 - count));
  }
};

const shiftXor = (value: Wide, count: number): void => {
  const { high, low } = value;
  if (count >= 32) {
    value.low = low ^ (high >>> (count - 32));
  } else {
    value.low = low ^ ((low >>> count) | (high << (32 - count)));
    value.high = high ^ (high >>> count);
  }
};

const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

const round = (lane: Wide, scratch: Wide, high: number, low: number): void => {
  scratch.high = high;
  scratch.low = low;
  multiply(scratch, PRIME2);
  add(lane, scratch.high, scratch.low);
  rotate(lane, 31);
  multiply(lane, PRIME1);
};

/** xxHash64 of `bytes`, as its low and high words, unsigned. */
export const xxHash64 = (bytes: Uint8Array): { readonly low: number; readonly high: number } => {
  const scratch = wide(0, 0);
  const hash = wide(PRIME5.high, PRIME5.low);
  let at = 0;
  if (bytes.length >= 32) {
    const lanes = [
      wide(PRIME1.high, PRIME1.low),
      wide(PRIME2.high, PRIME2.low),
      wide(0, 0),
      wide(0, 0),
    ];
    add(lanes[0]!, PRIME2.high, PRIME2.low);
    // 0 - PRIME1: complement and add one.
    lanes[3] = wide(~PRIME1.high, ~PRIME1.low);
    add(lanes[3], 0, 1);
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane++) {
        const from = at + lane * 8;
        round(lanes[lane]!, scratch, word(bytes, from + 4), word(bytes, from));
      }
    }
    hash.high = 0;
    hash.low = 0;
    [1, 7, 12, 18].forEach((count, lane) => {
      const value = wide(lanes[lane]!.high, lanes[lane]!.low);
      rotate(value, count);
      add(hash, value.high, value.low);
    });
    for (const lane of lanes) {
      const merged = wide(0, 0);
      round(merged, scratch, lane.high, lane.low);
      hash.high ^= merged.high;
      hash.low ^= merged.low;
      multiply(hash, PRIME1);
      add(hash, PRIME4.high, PRIME4.low);
    }
  }
  add(hash, 0, bytes.length);
  for (; at + 8 <= bytes.length; at += 8) {
    const merged = wide(0, 0);
    round(merged, scratch, word(bytes, at + 4), word(bytes, at));
    hash.high ^= merged.high;
    hash.low ^= merged.low;
    rotate(hash, 27);
    multiply(hash, PRIME1);
    add(hash, PRIME4.high, PRIME4.low);
  }
  if (at + 4 <= bytes.length) {
    const value = wide(0, word(bytes, at));
    multiply(value, PRIME1);
    hash.high ^= value.high;
    hash.low ^= value.low;
    rotate(hash, 23);
    multiply(hash, PRIME2);
    add(hash, PRIME3.high, PRIME3.low);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    const value = wide(0, bytes[at]!);
    multiply(value, PRIME5);
    hash.high ^= value.high;
    hash.low ^= value.low;
    rotate(hash, 11);
    multiply(hash, PRIME1);
  }
  shiftXor(hash, 33);
  multiply(hash, PRIME2);
  shiftXor(hash, 29);
  multiply(hash, PRIME3);
  shiftXor(hash, 32);
  return { low: hash.low >>> 0, high: hash.high >>> 0 };
};
