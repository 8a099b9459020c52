import { xxHash32 } from "./checksums.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { u32 } from "./little-endian.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";
import type { Unpacked } from "./xz.js";

/** Little-endian magic of the standard LZ4 frame. */
export const LZ4_FRAME_MAGIC = 0x184d2204;
/** Little-endian magic of the legacy LZ4 frame, the one that kernels are packed with. */
export const LZ4_LEGACY_MAGIC = 0x184c2102;

const LEGACY_BLOCK = 8 * 1024 * 1024;
/** The greatest packed size of a legacy block (LZ4_compressBound). */
const LEGACY_BOUND = LEGACY_BLOCK + Math.floor(LEGACY_BLOCK / 255) + 16;
const BLOCK_SIZES: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};

/**
 * Unpacks one LZ4 frame, standard (LZ4 Frame Format 1.6.3) or legacy, that begins at the first byte of
 * `input`. A legacy frame has no end mark: it ends at the end of `input`, at a block that unpacks to
 * less than 8 MiB, or at a word that cannot be a block's size. Errors: `truncated`, `corrupt`,
 * `unsupported`, `output-limit`.
 */
export const decodeLz4 = (input: Uint8Array, limit = DEFAULT_OUTPUT_LIMIT): Unpacked => {
  if (input.length < 4) throw truncated("an LZ4 frame", `${input.length} bytes`);
  const magic = u32(input, 0);
  if (magic === LZ4_LEGACY_MAGIC) return decodeLegacy(input, limit);
  if (input.length < 8) throw truncated("an LZ4 frame", `${input.length} bytes`);
  if (magic === LZ4_FRAME_MAGIC) return decodeFrame(input, limit);
  throw corrupt("the magic number of an LZ4 frame", `0x${magic.toString(16)}`);
};

const decodeLegacy = (input: Uint8Array, limit: number): Unpacked => {
  const output = new OutputBuffer(limit, input.length * 3);
  let at = 4;
  while (at + 4 <= input.length) {
    const size = u32(input, at);
    // A kernel's payload ends with its unpacked size, which must not be taken for a block.
    if (at > 4 && (size > LEGACY_BOUND || size === 0 || size === output.length)) break;
    at += 4;
    if (size > LEGACY_BOUND) throw corrupt("an LZ4 block of at most 8 MiB", `${size} bytes`);
    if (at + size > input.length) {
      throw truncated(`an LZ4 block of ${size} bytes`, `${input.length - at} bytes`);
    }
    const from = output.length;
    decodeBlock(input, at, at + size, output, from, LEGACY_BLOCK);
    at += size;
    if (output.length - from < LEGACY_BLOCK) break;
  }
  return { bytes: output.take(), consumed: at };
};

const decodeFrame = (input: Uint8Array, limit: number): Unpacked => {
  const flags = input[4]!;
  const descriptor = input[5]!;
  const blockMax = BLOCK_SIZES[(descriptor >> 4) & 7];
  if (flags >> 6 !== 1 || (flags & 2) !== 0 || (descriptor & 0x8f) !== 0 || !blockMax) {
    throw corrupt("the descriptor of an LZ4 frame of version 1", `bytes ${flags} ${descriptor}`);
  }
  const independent = (flags & 0x20) !== 0;
  const blockChecksum = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0;
  const contentChecksum = (flags & 0x04) !== 0;
  if ((flags & 1) !== 0) {
    throw new ImageError("unsupported", {
      expected: "an LZ4 frame without a dictionary",
      found: "one that needs a dictionary",
      advice: "unpack the file with lz4 and give the result",
    });
  }
  let at = 6 + (hasSize ? 8 : 0);
  if (at + 1 > input.length) throw truncated("an LZ4 frame header", `${input.length} bytes`);
  const size = hasSize ? u32(input, 6) + u32(input, 10) * 2 ** 32 : undefined;
  if (input[at] !== ((xxHash32(input.subarray(4, at)) >>> 8) & 0xff)) {
    throw corrupt("a sound LZ4 frame header", "a wrong checksum of it");
  }
  at += 1;
  const output = new OutputBuffer(limit, size ?? input.length * 3);
  if (size !== undefined) output.ensure(size);
  const need = (count: number): void => {
    if (at + count > input.length) {
      throw truncated("the rest of an LZ4 frame", `the end of the data at byte ${input.length}`);
    }
  };
  for (;;) {
    need(4);
    const header = u32(input, at);
    at += 4;
    if (header === 0) break;
    const length = header & 0x7fffffff;
    if (length > blockMax) throw corrupt(`an LZ4 block of at most ${blockMax} bytes`, `${length}`);
    need(length + (blockChecksum ? 4 : 0));
    const end = at + length;
    if (header >>> 31) output.append(input.subarray(at, end));
    else decodeBlock(input, at, end, output, independent ? output.length : 0, blockMax);
    if (blockChecksum && xxHash32(input.subarray(at, end)) !== u32(input, end)) {
      throw corrupt("the checksum of an LZ4 block", "different data");
    }
    at = end + (blockChecksum ? 4 : 0);
  }
  if (size !== undefined && size !== output.length) {
    throw corrupt(`an LZ4 frame of ${size} bytes`, `${output.length} bytes`);
  }
  const bytes = output.take();
  if (contentChecksum) {
    need(4);
    if (xxHash32(bytes) !== u32(input, at)) {
      throw corrupt("the checksum of an LZ4 frame", "different data");
    }
    at += 4;
  }
  return { bytes, consumed: at };
};

/** Unpacks the LZ4 block `input[at, end)`; matches may reach back to `oldest` in the output. */
const decodeBlock = (
  input: Uint8Array,
  at: number,
  end: number,
  output: OutputBuffer,
  oldest: number,
  blockMax: number,
): void => {
  const most = output.length + blockMax;
  let out = output.length;
  for (;;) {
    if (at >= end) throw corrupt("an LZ4 block that ends with literals", "one cut short");
    const token = input[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let byte: number;
      do {
        if (at >= end) throw corrupt("a literal length inside the LZ4 block", "its end");
        byte = input[at++]!;
        literals += byte;
      } while (byte === 255);
    }
    if (at + literals > end || out + literals > most) {
      throw corrupt("literals inside the LZ4 block", `${literals} bytes of them`);
    }
    output.length = out;
    output.ensure(out + literals);
    output.bytes.set(input.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === end) break;
    if (at + 2 > end) throw corrupt("a match offset inside the LZ4 block", "its end");
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let byte: number;
      do {
        if (at >= end) throw corrupt("a match length inside the LZ4 block", "its end");
        byte = input[at++]!;
        length += byte;
      } while (byte === 255);
    }
    length += 4;
    if (distance === 0 || distance > out - oldest || out + length > most) {
      throw corrupt("an LZ4 match inside what was unpacked", `distance ${distance}`);
    }
    output.length = out;
    output.ensure(out + length);
    const bytes = output.bytes;
    if (distance >= length) {
      bytes.copyWithin(out, out - distance, out - distance + length);
      out += length;
    } else {
      for (const stop = out + length; out < stop; out++) bytes[out] = bytes[out - distance]!;
    }
  }
  output.length = out;
};
