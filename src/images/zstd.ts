import { corrupt, ImageError, truncated } from "./image-error.js";
import { u32 } from "./little-endian.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";
import { xxHash64 } from "./xx-hash64.js";
import type { Unpacked } from "./xz.js";
import {
  BackwardBits,
  fseTable,
  type FseTable,
  type HuffmanTable,
  readFseTable,
  readHuffmanTable,
  rleTable,
} from "./zstd-tables.js";

/** Little-endian magic of a Zstandard frame. */
export const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const BLOCK_MAX = 128 * 1024;

/** How a code becomes a value: a base and a number of extra bits (RFC 8878, 3.1.1.3.2.1.1). */
const extraBits = (
  first: number,
  bits: readonly number[],
): { base: Uint32Array; bits: Uint8Array } => {
  const base = new Uint32Array(bits.length);
  let value = first;
  bits.forEach((count, code) => {
    base[code] = value;
    value += 2 ** count;
  });
  return { base, bits: Uint8Array.from(bits) };
};
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const LITERAL_LENGTHS = extraBits(0, [
  ...zeros(16),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);
const MATCH_LENGTHS = extraBits(3, [
  ...zeros(32),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);

const DEFAULT_LITERAL_LENGTHS = fseTable(
  [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
    -1, -1, -1, -1,
  ],
  6,
);
const DEFAULT_MATCH_LENGTHS = fseTable(
  [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
  ],
  6,
);
const DEFAULT_OFFSETS = fseTable(
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  5,
);

/** True when a Zstandard frame's magic is at `at`. */
export const isZstd = (bytes: Uint8Array, at = 0): boolean =>
  at + 9 <= bytes.length && u32(bytes, at) === ZSTD_MAGIC;

/**
 * Unpacks one Zstandard frame (RFC 8878) that begins at the first byte of `input`, with skippable
 * frames before it; what follows is left alone. The content checksum, when there, is verified.
 * Errors: `truncated`, `corrupt`, `unsupported` (dictionaries), `output-limit`.
 */
export const decodeZstd = (input: Uint8Array, limit = DEFAULT_OUTPUT_LIMIT): Unpacked => {
  let at = 0;
  while (at + 8 <= input.length && (u32(input, at) & 0xfffffff0) >>> 0 === SKIPPABLE) {
    at += 8 + u32(input, at + 4);
  }
  if (!isZstd(input, at)) throw corrupt("a Zstandard frame (28 b5 2f fd)", "other bytes");
  return new ZstdFrame(input, at + 4, limit).decode();
};

class ZstdFrame {
  private readonly input: Uint8Array;
  private at: number;
  private readonly limit: number;
  private output = new OutputBuffer(0, 0);
  private blockMax = BLOCK_MAX;
  private huffman: HuffmanTable | undefined;
  private literalLengths: FseTable | undefined;
  private offsets: FseTable | undefined;
  private matchLengths: FseTable | undefined;
  private readonly recent = [1, 4, 8] as [number, number, number];
  private readonly literals = new Uint8Array(BLOCK_MAX);
  private literalCount = 0;

  constructor(input: Uint8Array, at: number, limit: number) {
    this.input = input;
    this.at = at;
    this.limit = limit;
  }

  decode(): Unpacked {
    const { size, checksum } = this.header();
    for (let last = false; !last;) {
      this.need(3, "a block header");
      const header = u32(this.input, this.at) & 0xffffff;
      this.at += 3;
      last = (header & 1) !== 0;
      this.block((header >> 1) & 3, header >>> 3);
      this.output.ensure(this.output.length);
    }
    if (size !== undefined && size !== this.output.length) {
      throw corrupt(`a Zstandard frame of ${size} bytes`, `${this.output.length} bytes`);
    }
    const bytes = this.output.take();
    if (checksum) {
      this.need(4, "the checksum");
      if (xxHash64(bytes).low !== u32(this.input, this.at)) {
        throw corrupt("the checksum of a Zstandard frame", "different data");
      }
      this.at += 4;
    }
    return { bytes, consumed: this.at };
  }

  private need(count: number, what: string): void {
    if (this.at + count > this.input.length) {
      throw truncated(
        `${what} of the Zstandard frame`,
        `the end of the data at byte ${this.input.length}`,
      );
    }
  }

  private header(): { readonly size: number | undefined; readonly checksum: boolean } {
    const { input } = this;
    const descriptor = input[this.at++]!;
    const single = (descriptor & 0x20) !== 0;
    if (descriptor & 0x08) throw corrupt("a reserved bit of zero in a Zstandard header", "one");
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    this.need((single ? 0 : 1) + dictionaryBytes + sizeBytes, "the header");
    let window = 0;
    if (!single) {
      const byte = input[this.at++]!;
      const base = 2 ** (10 + (byte >> 3));
      window = base + (base / 8) * (byte & 7);
    }
    for (let index = 0; index < dictionaryBytes; index++) {
      if (input[this.at++] === 0) continue;
      throw new ImageError("unsupported", {
        expected: "a Zstandard frame without a dictionary",
        found: "one that needs a dictionary",
        advice: "unpack the file with zstd and give the result",
      });
    }
    let size: number | undefined;
    if (sizeBytes > 0) {
      size = sizeBytes === 2 ? 256 : 0;
      for (let index = 0; index < sizeBytes; index++) size += input[this.at++]! * 2 ** (8 * index);
    }
    if (single) window = size!;
    this.blockMax = Math.min(BLOCK_MAX, Math.max(window, 1));
    this.output = new OutputBuffer(this.limit, size ?? input.length * 3);
    if (size !== undefined) this.output.ensure(size);
    return { size, checksum: (descriptor & 4) !== 0 };
  }

  private block(type: number, size: number): void {
    const { output } = this;
    if (type === 3 || size > this.blockMax) {
      throw corrupt(`a Zstandard block of at most ${this.blockMax} bytes`, `${size}, type ${type}`);
    }
    // A block may pass the limit by less than the buffer's slack; `decode` looks after each.
    output.ensure(Math.min(this.limit, output.length + this.blockMax));
    if (type === 1) {
      this.need(1, "a block");
      output.bytes.fill(this.input[this.at++]!, output.length, output.length + size);
      output.length += size;
      return;
    }
    this.need(size, "a block");
    const end = this.at + size;
    if (type === 0) {
      output.bytes.set(this.input.subarray(this.at, end), output.length);
      output.length += size;
    } else {
      this.readLiterals(end);
      this.readSequences(end);
    }
    this.at = end;
  }

  private readLiterals(end: number): void {
    const { input, literals } = this;
    const first = input[this.at]!;
    const type = first & 3;
    const format = (first >> 2) & 3;
    const headerSize = type < 2 ? [1, 2, 1, 3][format]! : [3, 3, 4, 5][format]!;
    if (this.at + headerSize > end) throw corrupt("a literals header in its block", "its end");
    if (type < 2) {
      const raw =
        u32(input, this.at) & (headerSize === 3 ? 0xffffff : headerSize === 2 ? 0xffff : 0xff);
      const count = raw >>> (headerSize === 1 ? 3 : 4);
      this.at += headerSize;
      const stored = type === 0 ? count : 1;
      if (count > this.blockMax || this.at + stored > end) {
        throw corrupt("literals inside their Zstandard block", `${count} bytes of them`);
      }
      if (type === 0) literals.set(input.subarray(this.at, this.at + count));
      else literals.fill(input[this.at]!, 0, count);
      this.literalCount = count;
      this.at += stored;
      return;
    }
    const width = [10, 10, 14, 18][format]!;
    const low = u32(input, this.at);
    const count = (low >>> 4) & ((1 << width) - 1);
    const packed =
      Math.floor(
        (low + (headerSize === 5 ? input[this.at + 4]! * 2 ** 32 : 0)) / 2 ** (4 + width),
      ) &
      ((1 << width) - 1);
    this.at += headerSize;
    const packedEnd = this.at + packed;
    if (count > this.blockMax || packedEnd > end) {
      throw corrupt("literals inside their Zstandard block", `${count} bytes of them`);
    }
    if (type === 2) {
      const huffman = readHuffmanTable(input, this.at, packedEnd);
      this.huffman = huffman.table;
      this.at = huffman.end;
    }
    if (this.huffman === undefined) throw corrupt("a Huffman tree in an earlier block", "none");
    if (format === 0) {
      this.huffmanStream(this.huffman, this.at, packedEnd, 0, count);
    } else {
      const part = (count + 3) >> 2;
      let from = this.at + 6;
      if (from > packedEnd || part * 3 > count)
        throw corrupt("four Huffman streams", "too few bytes");
      for (let stream = 0; stream < 4; stream++) {
        const jump = this.at + stream * 2;
        const to = stream === 3 ? packedEnd : from + (input[jump]! | (input[jump + 1]! << 8));
        if (to > packedEnd) throw corrupt("four Huffman streams inside their block", "its end");
        this.huffmanStream(
          this.huffman,
          from,
          to,
          stream * part,
          stream === 3 ? count : (stream + 1) * part,
        );
        from = to;
      }
    }
    this.literalCount = count;
    this.at = packedEnd;
  }

  private huffmanStream(
    table: HuffmanTable,
    from: number,
    to: number,
    at: number,
    end: number,
  ): void {
    const stream = new BackwardBits(this.input, from, to);
    const { literals } = this;
    const { log, symbols, bits } = table;
    for (let index = at; index < end; index++) {
      const code = stream.peek(log);
      literals[index] = symbols[code]!;
      stream.position -= bits[code]!;
    }
    if (stream.position !== 0) throw corrupt("Huffman codes that fill their stream", "others");
  }

  private readSequences(end: number): void {
    const { input } = this;
    if (this.at >= end) throw corrupt("a sequences header in its block", "its end");
    let count = input[this.at++]!;
    if (count >= 128) {
      const long = count === 255;
      if (this.at + (long ? 2 : 1) > end)
        throw corrupt("a sequences header in its block", "its end");
      if (long) {
        count = (input[this.at]! | (input[this.at + 1]! << 8)) + 0x7f00;
        this.at += 2;
      } else {
        count = ((count - 128) << 8) | input[this.at++]!;
      }
    }
    if (count === 0) {
      if (this.at !== end) throw corrupt("a block that ends after its literals", "more data");
      this.copyLiterals(0, this.literalCount);
      return;
    }
    if (this.at >= end) throw corrupt("a sequences header in its block", "its end");
    const modes = input[this.at++]!;
    if (modes & 3) throw corrupt("reserved bits of zero in a sequences header", `${modes & 3}`);
    const ll = (this.literalLengths = this.sequenceTable(
      modes >> 6,
      DEFAULT_LITERAL_LENGTHS,
      this.literalLengths,
      9,
      35,
      end,
    ));
    const of = (this.offsets = this.sequenceTable(
      (modes >> 4) & 3,
      DEFAULT_OFFSETS,
      this.offsets,
      8,
      31,
      end,
    ));
    const ml = (this.matchLengths = this.sequenceTable(
      (modes >> 2) & 3,
      DEFAULT_MATCH_LENGTHS,
      this.matchLengths,
      9,
      52,
      end,
    ));
    this.runSequences(count, ll, of, ml, end);
  }

  private sequenceTable(
    mode: number,
    predefined: FseTable,
    previous: FseTable | undefined,
    maxLog: number,
    maxSymbol: number,
    end: number,
  ): FseTable {
    if (mode === 0) return predefined;
    if (mode === 1) {
      if (this.at >= end) throw corrupt("an RLE symbol in its block", "its end");
      const symbol = this.input[this.at++]!;
      if (symbol > maxSymbol) throw corrupt(`a code up to ${maxSymbol}`, `${symbol}`);
      return rleTable(symbol);
    }
    if (mode === 3) {
      if (previous === undefined) throw corrupt("an FSE table in an earlier block", "none");
      return previous;
    }
    const read = readFseTable(this.input, this.at, end, maxLog, maxSymbol);
    this.at = read.end;
    return read.table;
  }

  private copyLiterals(from: number, count: number): void {
    const { output } = this;
    for (let index = 0, to = output.length; index < count; index++) {
      output.bytes[to + index] = this.literals[from + index]!;
    }
    output.length += count;
  }

  private runSequences(count: number, ll: FseTable, of: FseTable, ml: FseTable, end: number): void {
    const { output, recent } = this;
    const stream = new BackwardBits(this.input, this.at, end);
    const bytes = output.bytes;
    const most = output.length + this.blockMax;
    let literalAt = 0;
    let llState = stream.read(ll.log);
    let ofState = stream.read(of.log);
    let mlState = stream.read(ml.log);
    for (let left = count; left > 0; left--) {
      const llCode = ll.symbols[llState]!;
      const ofCode = of.symbols[ofState]!;
      const mlCode = ml.symbols[mlState]!;
      const value = 2 ** ofCode + stream.readLong(ofCode);
      const length = MATCH_LENGTHS.base[mlCode]! + stream.read(MATCH_LENGTHS.bits[mlCode]!);
      const literals = LITERAL_LENGTHS.base[llCode]! + stream.read(LITERAL_LENGTHS.bits[llCode]!);
      const distance = recentOffset(recent, value, literals === 0);
      if (left > 1) {
        llState = ll.base[llState]! + stream.read(ll.bits[llState]!);
        mlState = ml.base[mlState]! + stream.read(ml.bits[mlState]!);
        ofState = of.base[ofState]! + stream.read(of.bits[ofState]!);
      }
      if (stream.position < 0) throw corrupt("sequences that fit their bit stream", "more of them");
      if (literalAt + literals > this.literalCount || output.length + literals + length > most) {
        throw corrupt("sequences that fit their Zstandard block", "longer ones");
      }
      this.copyLiterals(literalAt, literals);
      literalAt += literals;
      let out = output.length;
      if (distance === 0 || distance > out) {
        throw corrupt("a Zstandard match inside what was unpacked", `distance ${distance}`);
      }
      for (const stop = out + length; out < stop; out++) bytes[out] = bytes[out - distance]!;
      output.length = out;
    }
    if (stream.position !== 0) throw corrupt("sequences that use up their bit stream", "fewer");
    const rest = this.literalCount - literalAt;
    if (output.length + rest > most) throw corrupt("a Zstandard block within its limit", "more");
    this.copyLiterals(literalAt, rest);
  }
}

/** The distance that an offset value stands for; keeps the three recent ones (RFC 8878, 3.1.1.5). */
const recentOffset = (
  recent: [number, number, number],
  value: number,
  noLiterals: boolean,
): number => {
  if (value > 3) {
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = value - 3;
    return recent[0];
  }
  const index = noLiterals ? value : value - 1;
  if (index === 0) return recent[0];
  const distance = index === 3 ? recent[0] - 1 : recent[index as 1 | 2];
  if (index > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = distance;
  return distance;
};
