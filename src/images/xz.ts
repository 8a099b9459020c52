import { decodeArmBranches, decodeArmThumbBranches, decodeDelta } from "./branch-filters.js";
import { crc32, crc64, sha256 } from "./checksums.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { u32 } from "./little-endian.js";
import { LZMA_INPUT_SLACK, LzmaDecoder } from "./lzma-decoder.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";

/** How `decodeXz` works; every field may be left out. */
export interface XzOptions {
  /** The most bytes to unpack; default 512 MiB. */
  readonly limit?: number;
  /** The expected size of the result, to allocate it once. Only a hint. */
  readonly sizeHint?: number;
  /**
   * Asked after every block whose check has been verified, with everything unpacked so far (a view
   * that the next block may invalidate). True ends the work early: index and footer are not read.
   */
  readonly enough?: (unpacked: Uint8Array) => boolean;
}

/** What a decompressor of this room returns. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  /** How many bytes of the input the stream took. */
  readonly consumed: number;
}

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] as const;
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const CHECK_NONE = 0;
const CHECK_CRC32 = 1;
const CHECK_CRC64 = 4;
const CHECK_SHA256 = 10;

const FILTER_DELTA = 0x03;
const FILTER_ARM = 0x07;
const FILTER_ARM_THUMB = 0x08;
const FILTER_LZMA2 = 0x21;
const FILTER_NAMES: Readonly<Record<number, string>> = {
  0x04: "x86",
  0x05: "PowerPC",
  0x06: "IA-64",
  0x09: "SPARC",
  0x0a: "ARM64",
  0x0b: "RISC-V",
};

interface Filter {
  readonly id: number;
  /** Delta: distance in bytes. Branch filters: start offset. */
  readonly argument: number;
}

/** True when `bytes` has an XZ stream header with a sound CRC at `at`. */
export const isXz = (bytes: Uint8Array, at = 0): boolean =>
  MAGIC.every((byte, index) => bytes[at + index] === byte) &&
  at + 12 <= bytes.length &&
  crc32(bytes, at + 6, at + 8) === u32(bytes, at + 8);

/**
 * Unpacks one XZ stream (XZ file format 1.1.0) that begins at the first byte of `input`; what follows
 * the stream is left alone. Checks (CRC32, CRC64, SHA-256), index and footer are verified.
 *
 * Filters: LZMA2, ARM, ARM-Thumb, Delta. Errors: `truncated`, `corrupt`, `unsupported`,
 * `output-limit`.
 */
export const decodeXz = (input: Uint8Array, options: XzOptions = {}): Unpacked => {
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  return new XzStream(input, new OutputBuffer(limit, options.sizeHint)).decode(options.enough);
};

class XzStream {
  private readonly input: Uint8Array;
  private readonly size: number;
  private readonly output: OutputBuffer;
  private readonly lzma = new LzmaDecoder();
  private at = 0;
  private check = CHECK_NONE;
  /** Unpadded and uncompressed size of each block, as the index must repeat them. */
  private readonly blocks: number[] = [];

  constructor(input: Uint8Array, output: OutputBuffer) {
    // The decoder reads a few bytes past the end before it notices; they must exist.
    this.input = new Uint8Array(input.length + LZMA_INPUT_SLACK);
    this.input.set(input);
    this.size = input.length;
    this.output = output;
    this.lzma.input = this.input;
  }

  decode(enough: ((unpacked: Uint8Array) => boolean) | undefined): Unpacked {
    this.streamHeader();
    for (;;) {
      this.need(1, "a block or the index of the XZ stream");
      if (this.input[this.at] === 0) break;
      this.block();
      if (enough?.(this.output.bytes.subarray(0, this.output.length)) === true) {
        return { bytes: this.output.take(), consumed: this.at };
      }
    }
    const indexSize = this.index();
    this.footer(indexSize);
    return { bytes: this.output.take(), consumed: this.at };
  }

  private need(count: number, what: string): void {
    if (this.at + count > this.size) {
      throw truncated(what, `the end of the data at byte ${this.size}`);
    }
  }

  private streamHeader(): void {
    this.need(12, "the 12-byte header of an XZ stream");
    if (MAGIC.some((byte, index) => this.input[index] !== byte)) {
      throw corrupt("an XZ stream (fd 37 7a 58 5a 00)", "other bytes");
    }
    if (!isXz(this.input)) throw corrupt("a sound XZ stream header", "a wrong CRC32 of it");
    this.check = this.flags(6);
    this.at = 12;
  }

  private flags(at: number): number {
    const check = this.input[at + 1]!;
    if (this.input[at] !== 0 || check > 15) {
      throw new ImageError("unsupported", {
        expected: "XZ stream flags of format version 1",
        found: `flags ${this.input[at]} ${check}`,
        advice: "pack the file again with xz",
      });
    }
    return check;
  }

  /** A variable-length integer (1.2). Sizes above 2^53 cannot be meant seriously. */
  private integer(end: number, what: string): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 9; count++) {
      if (this.at >= end) throw truncated(what, "the end of its header");
      const byte = this.input[this.at++]!;
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) {
        if (byte === 0 && count > 0) break;
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 128;
    }
    throw corrupt(`${what} as a variable-length integer`, "an overlong encoding");
  }

  private block(): void {
    const headerAt = this.at;
    const headerSize = (this.input[headerAt]! + 1) * 4;
    this.need(headerSize, "an XZ block header");
    const headerEnd = headerAt + headerSize;
    if (crc32(this.input, headerAt, headerEnd - 4) !== u32(this.input, headerEnd - 4)) {
      throw corrupt("a sound XZ block header", "a wrong CRC32 of it");
    }
    const flags = this.input[headerAt + 1]!;
    if ((flags & 0x3c) !== 0) throw corrupt("reserved XZ block flags of zero", `flags ${flags}`);
    this.at = headerAt + 2;
    const compressed =
      flags & 0x40 ? this.integer(headerEnd - 4, "the compressed size") : undefined;
    const uncompressed =
      flags & 0x80 ? this.integer(headerEnd - 4, "the uncompressed size") : undefined;
    const filters: Filter[] = [];
    for (let index = 0; index <= (flags & 3); index++) filters.push(this.filter(headerEnd - 4));
    const last = filters.pop()!;
    if (last.id !== FILTER_LZMA2 || filters.some((filter) => filter.id === FILTER_LZMA2)) {
      throw corrupt("LZMA2 as the last filter of an XZ block only", "another order of filters");
    }
    for (; this.at < headerEnd - 4; this.at++) {
      if (this.input[this.at] !== 0) throw corrupt("zero padding in an XZ block header", "data");
    }

    this.at = headerEnd;
    const outputFrom = this.output.length;
    if (uncompressed !== undefined) this.output.ensure(outputFrom + uncompressed);
    this.lzma.dictionarySize = last.argument;
    this.lzma2();
    const unpadded = this.at - headerAt;
    const produced = this.output.length - outputFrom;
    if (compressed !== undefined && compressed !== this.at - headerEnd) {
      throw corrupt(`an XZ block of ${compressed} bytes`, `${this.at - headerEnd} bytes`);
    }
    if (uncompressed !== undefined && uncompressed !== produced) {
      throw corrupt(`an XZ block that unpacks to ${uncompressed} bytes`, `${produced} bytes`);
    }
    for (; (this.at - headerAt) % 4 !== 0; this.at++) {
      this.need(1, "the padding of an XZ block");
      if (this.input[this.at] !== 0) throw corrupt("zero padding after an XZ block", "data");
    }
    // Filters were applied in header order when packing.
    for (const filter of filters.reverse()) this.unfilter(filter, outputFrom);
    this.verify(outputFrom);
    this.blocks.push(unpadded + CHECK_SIZES[this.check]!, produced);
  }

  private filter(end: number): Filter {
    const id = this.integer(end, "a filter's number");
    const size = this.integer(end, "the size of a filter's properties");
    if (size > end - this.at) throw corrupt("a filter's properties inside the header", "more");
    const at = this.at;
    this.at += size;
    if (id === FILTER_LZMA2 && size === 1) {
      const bits = this.input[at]!;
      if (bits > 40) throw corrupt("an LZMA2 dictionary size code up to 40", `${bits}`);
      return {
        id,
        argument: bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11),
      };
    }
    if (id === FILTER_DELTA && size === 1) return { id, argument: this.input[at]! + 1 };
    if ((id === FILTER_ARM || id === FILTER_ARM_THUMB) && (size === 0 || size === 4)) {
      return { id, argument: size === 0 ? 0 : u32(this.input, at) };
    }
    throw new ImageError("unsupported", {
      expected: "XZ with the filters LZMA2, ARM, ARM-Thumb or Delta",
      found: `the filter ${FILTER_NAMES[id] ?? `0x${id.toString(16)}`}`,
      advice: "unpack the file with xz and give the result",
    });
  }

  private unfilter(filter: Filter, from: number): void {
    const { bytes, length } = this.output;
    if (filter.id === FILTER_ARM) decodeArmBranches(bytes, from, length, filter.argument);
    else if (filter.id === FILTER_DELTA) decodeDelta(bytes, from, length, filter.argument);
    else decodeArmThumbBranches(bytes, from, length, filter.argument);
  }

  /** The chunks of an LZMA2 stream, up to and with its end mark. */
  private lzma2(): void {
    const { lzma, input, output } = this;
    lzma.dictionaryStart = output.length;
    // Which resets the next chunk has to bring with it.
    let needDictionary = true;
    let needProperties = true;
    let needState = true;
    for (;;) {
      this.need(1, "an LZMA2 chunk");
      const control = input[this.at++]!;
      if (control === 0) return;
      if (control >= 3 && control < 0x80) {
        throw corrupt("an LZMA2 chunk", `the control byte 0x${control.toString(16)}`);
      }
      if (control === 1 || control >= 0xe0) {
        needDictionary = false;
        // Distances of before the reset would point outside the new dictionary.
        needProperties = true;
        lzma.dictionaryStart = output.length;
      } else if (needDictionary) {
        throw corrupt("a dictionary reset in the first LZMA2 chunk", "none");
      }
      if (control < 0x80) {
        this.need(2, "an LZMA2 chunk header");
        const size = ((input[this.at]! << 8) | input[this.at + 1]!) + 1;
        this.at += 2;
        this.need(size, "an uncompressed LZMA2 chunk");
        output.append(input.subarray(this.at, this.at + size));
        this.at += size;
        continue;
      }
      this.need(control >= 0xc0 ? 5 : 4, "an LZMA2 chunk header");
      const unpackedSize =
        (((control & 0x1f) << 16) | (input[this.at]! << 8) | input[this.at + 1]!) + 1;
      const packedSize = ((input[this.at + 2]! << 8) | input[this.at + 3]!) + 1;
      this.at += 4;
      if (control >= 0xc0) {
        const properties = input[this.at++]!;
        const lc = properties % 9;
        const lp = Math.floor(properties / 9) % 5;
        const pb = Math.floor(properties / 45);
        if (lc + lp > 4 || !lzma.reset(lc, lp, pb)) {
          throw corrupt("LZMA2 properties lc + lp up to 4", `the byte ${properties}`);
        }
        needProperties = false;
        needState = false;
      } else if (needProperties) {
        throw corrupt("properties in the first LZMA chunk", "none");
      } else if (control >= 0xa0) {
        lzma.resetState();
        needState = false;
      } else if (needState) {
        throw corrupt("a state reset in the first LZMA chunk", "none");
      }
      this.lzmaChunk(packedSize, unpackedSize);
    }
  }

  private lzmaChunk(packedSize: number, unpackedSize: number): void {
    const { lzma, output } = this;
    this.need(packedSize, "an LZMA2 chunk");
    const target = output.length + unpackedSize;
    output.ensure(target);
    lzma.output = output.bytes;
    lzma.outputAt = output.length;
    lzma.inputAt = this.at;
    lzma.inputEnd = this.at + packedSize;
    if (!lzma.startRange()) throw corrupt("the start of an LZMA2 chunk", "other bytes");
    const stop = lzma.run(target);
    if (stop === "bad-distance") {
      throw corrupt("a match inside the dictionary", "a distance beyond it");
    }
    if (stop !== "target" || lzma.outputAt !== target || lzma.inputAt !== lzma.inputEnd) {
      throw corrupt(`an LZMA2 chunk of ${packedSize} bytes`, "one that ends elsewhere");
    }
    if (!lzma.rangeFinished) throw corrupt("the end of an LZMA2 chunk", "a range code left over");
    this.at += packedSize;
    output.length = target;
  }

  private verify(from: number): void {
    const size = CHECK_SIZES[this.check]!;
    this.need(size, "the check of an XZ block");
    const { bytes, length } = this.output;
    let sound = true;
    if (this.check === CHECK_CRC32) {
      sound = crc32(bytes, from, length) === u32(this.input, this.at);
    } else if (this.check === CHECK_CRC64) {
      const { low, high } = crc64(bytes, from, length);
      sound = low === u32(this.input, this.at) && high === u32(this.input, this.at + 4);
    } else if (this.check === CHECK_SHA256) {
      sound = sha256(bytes, from, length).every((byte, at) => byte === this.input[this.at + at]);
    } else if (this.check !== CHECK_NONE) {
      throw new ImageError("unsupported", {
        expected: "an XZ check of none, CRC32, CRC64 or SHA-256",
        found: `check number ${this.check}`,
        advice: "pack the file again with xz",
      });
    }
    if (!sound) throw corrupt("the checksum of an XZ block", "different data");
    this.at += size;
  }

  /** Compares the index with the blocks that were read, and returns its size in bytes. */
  private index(): number {
    const from = this.at++;
    const count = this.integer(this.size, "the number of records in the XZ index");
    if (count * 2 !== this.blocks.length) {
      throw corrupt(`an XZ index of ${this.blocks.length / 2} blocks`, `${count} blocks`);
    }
    for (const size of this.blocks) {
      const stated = this.integer(this.size, "a record of the XZ index");
      if (stated !== size) throw corrupt(`${size} in the XZ index`, `${stated}`);
    }
    while ((this.at - from) % 4 !== 0) {
      this.need(1, "the padding of the XZ index");
      if (this.input[this.at++] !== 0) throw corrupt("zero padding in the XZ index", "data");
    }
    this.need(4, "the CRC32 of the XZ index");
    if (crc32(this.input, from, this.at) !== u32(this.input, this.at)) {
      throw corrupt("a sound XZ index", "a wrong CRC32 of it");
    }
    this.at += 4;
    return this.at - from;
  }

  private footer(indexSize: number): void {
    this.need(12, "the 12-byte footer of an XZ stream");
    const at = this.at;
    if (this.input[at + 10] !== 0x59 || this.input[at + 11] !== 0x5a) {
      throw corrupt("an XZ stream footer (59 5a)", "other bytes");
    }
    if (crc32(this.input, at + 4, at + 10) !== u32(this.input, at)) {
      throw corrupt("a sound XZ stream footer", "a wrong CRC32 of it");
    }
    if ((u32(this.input, at + 4) + 1) * 4 !== indexSize || this.flags(at + 8) !== this.check) {
      throw corrupt("an XZ footer that agrees with header and index", "another one");
    }
    this.at += 12;
  }
}
