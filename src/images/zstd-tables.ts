/** Entropy tables of Zstandard (RFC 8878, 4): bit readers, FSE and Huffman decoding tables. */
import { corrupt } from "./image-error.js";

/**
 * Reads a bit stream from its end towards its beginning (RFC 8878, 4.1): the last byte's highest set
 * bit marks the end. Bits before the beginning read as zero; `position` then is negative.
 */
export class BackwardBits {
  private readonly bytes: Uint8Array;
  private readonly from: number;
  /** How many bits are left. */
  position: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes;
    this.from = from;
    const last = to > from ? bytes[to - 1]! : 0;
    if (last === 0) throw corrupt("a Zstandard bit stream with an end mark", "none");
    this.position = (to - from - 1) * 8 + (31 - Math.clz32(last));
  }

  /** The next `count` (0 to 24) bits without taking them. */
  peek(count: number): number {
    const low = this.position - count;
    if (low < 0) {
      if (this.position <= 0) return 0;
      return (this.window(0) & ((1 << this.position) - 1)) << -low;
    }
    return (this.window(low >> 3) >>> (low & 7)) & ((1 << count) - 1);
  }

  /** Takes `count` (0 to 24) bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.position -= count;
    return value;
  }

  /** Takes `count` (0 to 31) bits. */
  readLong(count: number): number {
    if (count <= 24) return this.read(count);
    const high = this.read(count - 16);
    return high * 0x10000 + this.read(16);
  }

  private window(byte: number): number {
    const { bytes } = this;
    const at = this.from + byte;
    return (
      bytes[at]! |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    );
  }
}

/** An FSE decoding table: for each state the symbol, the bits to read and the base of the next state. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** The table of a single symbol that needs no bits (RLE mode). */
export const rleTable = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  base: Uint16Array.of(0),
});

/** Builds a table from normalised probabilities; -1 is "less than one" (RFC 8878, 4.1.1). */
export const fseTable = (probabilities: ArrayLike<number>, log: number): FseTable => {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    if (probabilities[symbol] === -1) {
      symbols[--high] = symbol;
      next[symbol] = 1;
    } else {
      next[symbol] = probabilities[symbol]!;
    }
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    for (let count = 0; count < probabilities[symbol]!; count++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const value = next[symbols[state]!]!++;
    bits[state] = log - (31 - Math.clz32(value));
    base[state] = (value << bits[state]!) - size;
  }
  return { log, symbols, bits, base };
};

/** Reads an FSE table description that begins at `at`, and says where it ends. */
export const readFseTable = (
  bytes: Uint8Array,
  at: number,
  end: number,
  maxLog: number,
  maxSymbol: number,
): { readonly table: FseTable; readonly end: number } => {
  let bit = 0;
  const take = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++, bit++) {
      const byte = at + (bit >> 3);
      if (byte >= end) throw corrupt("an FSE table inside its Zstandard block", "its end");
      value |= ((bytes[byte]! >> (bit & 7)) & 1) << index;
    }
    return value;
  };
  const log = take(4) + 5;
  if (log > maxLog) throw corrupt(`an FSE accuracy of at most ${maxLog} bits`, `${log}`);
  const probabilities: number[] = [];
  let remaining = 1 << log;
  while (remaining > 0) {
    if (probabilities.length > maxSymbol) throw corrupt(`FSE symbols up to ${maxSymbol}`, "more");
    // Values 0 to remaining + 1; the smaller of them take one bit less.
    const width = 32 - Math.clz32(remaining + 1);
    const short = (1 << width) - 1 - (remaining + 1);
    let value = take(width - 1);
    if (value >= short) {
      value |= take(1) << (width - 1);
      if (value >= 1 << (width - 1)) value -= short;
    }
    const probability = value - 1;
    probabilities.push(probability);
    remaining -= Math.abs(probability);
    if (probability === 0) {
      let repeat: number;
      do {
        repeat = take(2);
        for (let count = 0; count < repeat; count++) probabilities.push(0);
      } while (repeat === 3);
    }
  }
  if (remaining < 0 || probabilities.length > maxSymbol + 1) {
    throw corrupt("FSE probabilities that add up", "others");
  }
  return { table: fseTable(probabilities, log), end: at + ((bit + 7) >> 3) };
};

/** A Huffman decoding table, indexed by the next `log` bits. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_HUFFMAN_BITS = 11;

/** Reads a Huffman tree description (RFC 8878, 4.2.1) that begins at `at`, and says where it ends. */
export const readHuffmanTable = (
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly table: HuffmanTable; readonly end: number } => {
  if (at >= end) throw corrupt("a Huffman tree inside its Zstandard block", "its end");
  const header = bytes[at++]!;
  const weights: number[] = [];
  const size = header < 128 ? header : (header - 126) >> 1;
  const last = at + size;
  if (last > end) throw corrupt("a Huffman tree inside its Zstandard block", "its end");
  if (header >= 128) {
    for (let index = 0; index < header - 127; index++) {
      const pair = bytes[at + (index >> 1)]!;
      weights.push(index & 1 ? pair & 15 : pair >> 4);
    }
  } else {
    const fse = readFseTable(bytes, at, last, 6, 255);
    readWeights(fse.table, new BackwardBits(bytes, fse.end, last), weights);
  }
  return { table: huffmanTable(weights), end: last };
};

/** Two interleaved FSE states produce the weights until the bits run out. */
const readWeights = (table: FseTable, stream: BackwardBits, weights: number[]): void => {
  const states = [stream.read(table.log), stream.read(table.log)] as [number, number];
  if (stream.position < 0) throw corrupt("Huffman weights in a bit stream", "too few bits");
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    const state = states[turn]!;
    weights.push(table.symbols[state]!);
    const bits = table.bits[state]!;
    if (bits > stream.position) {
      weights.push(table.symbols[states[turn ^ 1]!]!);
      return;
    }
    states[turn] = table.base[state]! + stream.read(bits);
  }
  throw corrupt("at most 255 Huffman weights", "more");
};

const huffmanTable = (weights: number[]): HuffmanTable => {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_HUFFMAN_BITS) throw corrupt("Huffman codes of at most 11 bits", "longer ones");
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum === 0) throw corrupt("a Huffman tree with a symbol", "none");
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  // The last weight is not written: it fills the sum up to a power of two.
  if (log > MAX_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) {
    throw corrupt("a complete Huffman tree", "another one");
  }
  const all = [...weights, 32 - Math.clz32(rest)];
  if (all.length > 256) throw corrupt("at most 256 Huffman symbols", `${all.length}`);
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (let symbol = 0; symbol < all.length; symbol++) {
      if (all[symbol] !== weight) continue;
      const count = 1 << (weight - 1);
      symbols.fill(symbol, at, at + count);
      bits.fill(log + 1 - weight, at, at + count);
      at += count;
    }
  }
  return { log, symbols, bits };
};
