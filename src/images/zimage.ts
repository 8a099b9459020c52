import { type Compression, compressionAt, decompressOne } from "./decompress.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { u32, u32Big } from "./little-endian.js";
import { DEFAULT_OUTPUT_LIMIT } from "./output-buffer.js";
import { describeRecognised, recognise } from "./recognise.js";

/** What a zImage's tag table says (present in kernels since 4.15; the last two since 5.10). */
export interface ZImageTable {
  /** Offset of the word that holds the unpacked kernel's size; the payload ends there. */
  readonly sizeWordOffset: number;
  /** Bytes that the unpacked kernel clears behind itself. */
  readonly bssSize: number;
  /** Where in memory the unpacked kernel goes, as an offset from the aligned start of RAM. */
  readonly textOffset: number | undefined;
  /** The decompressor's heap, in bytes. */
  readonly mallocSize: number | undefined;
}

/** The facts in a zImage's header. */
export interface ZImage {
  readonly bytes: Uint8Array;
  /** Link address of the first byte; zero in position-independent images. */
  readonly start: number;
  /** Link address behind the last byte of the image proper. */
  readonly end: number;
  /** Size of the image proper in the file, without what may be appended. */
  readonly size: number;
  /** Memory the header asks for. Linux states the file's size; Xen includes its zeroed memory. */
  readonly memorySize: number;
  readonly table: ZImageTable | undefined;
  /** A device tree appended to the image (CONFIG_ARM_APPENDED_DTB). */
  readonly appendedDtb: { readonly offset: number; readonly size: number } | undefined;
}

/** A kernel taken out of its zImage. */
export interface UnpackedKernel {
  /** The raw Image. */
  readonly bytes: Uint8Array;
  readonly compression: Compression;
  /** Where in the zImage the compressed stream lies, in bytes. */
  readonly payload: { readonly offset: number; readonly size: number };
  /** The raw Image is placed at the start of RAM plus this. */
  readonly textOffset: number;
  /** `assumed`: the zImage is too old to say; 0x8000 is what such kernels used as a rule. */
  readonly textOffsetFrom: "table" | "assumed";
  /** Bytes that must be free behind the raw Image; undefined when the zImage does not say. */
  readonly bssSize: number | undefined;
}

/** At 0x30 in little-endian Linux images. */
const ENDIAN_FLAG = 0x04030201;
const TABLE_MAGIC = 0x45454545;
/** "ZSLK": the tag that describes the kernel inside. */
const KERNEL_TAG = 0x5a534c4b;
const DEFAULT_TEXT_OFFSET = 0x8000;
const MAX_TAGS = 64;
/** How many places that look like a compressed stream are tried before giving up. */
const MAX_CANDIDATES = 64;

/**
 * Reads a zImage's header. Errors: `big-endian`, `truncated`, `corrupt`, and `unrecognised` when the
 * bytes are not a zImage at all.
 */
export const readZImage = (bytes: Uint8Array): ZImage => {
  const what = recognise(bytes);
  if (what.kind !== "zImage") {
    throw new ImageError("unrecognised", {
      expected: "an ARM zImage (0x016f2818 at byte 0x24)",
      found: describeRecognised(what),
      advice: "give a 32-bit ARM kernel",
    });
  }
  if (what.bigEndian) {
    throw new ImageError("big-endian", {
      expected: "a little-endian ARM zImage",
      found: "a big-endian one",
      advice: "big-endian kernels are not supported: build it without CONFIG_CPU_BIG_ENDIAN",
    });
  }
  if (bytes.length < 0x34) throw truncated("a zImage header of 52 bytes", `${bytes.length} bytes`);
  const start = u32(bytes, 0x28);
  const end = u32(bytes, 0x2c);
  const memorySize = end - start;
  if (memorySize < 0x34) {
    const range = `0x${start.toString(16)} to 0x${end.toString(16)}`;
    throw corrupt("a zImage whose end lies behind its start", range);
  }
  // Linux states the size of the file and marks its byte order; Xen does neither.
  if (memorySize > bytes.length && u32(bytes, 0x30) === ENDIAN_FLAG) {
    throw truncated(`a zImage of ${memorySize} bytes, as its header says`, `${bytes.length} bytes`);
  }
  const size = Math.min(memorySize, bytes.length);
  const table = readTable(bytes, size);
  return { bytes, start, end, size, memorySize, table, appendedDtb: findDtb(bytes, size) };
};

const readTable = (bytes: Uint8Array, size: number): ZImageTable | undefined => {
  if (u32(bytes, 0x34) !== TABLE_MAGIC) return undefined;
  let at = u32(bytes, 0x38);
  for (let count = 0; count < MAX_TAGS && at + 16 <= size; count++) {
    const words = u32(bytes, at);
    if (words < 2 || at + words * 4 > size) return undefined;
    if (u32(bytes, at + 4) === KERNEL_TAG && words >= 4) {
      const sizeWordOffset = u32(bytes, at + 8);
      if (sizeWordOffset + 4 > size) {
        throw corrupt("a zImage payload inside the image", `one that ends at ${sizeWordOffset}`);
      }
      return {
        sizeWordOffset,
        bssSize: u32(bytes, at + 12),
        textOffset: words >= 5 ? u32(bytes, at + 16) : undefined,
        mallocSize: words >= 6 ? u32(bytes, at + 20) : undefined,
      };
    }
    at += words * 4;
  }
  return undefined;
};

const findDtb = (bytes: Uint8Array, at: number): ZImage["appendedDtb"] => {
  if (at + 40 > bytes.length || u32Big(bytes, at) !== 0xd00dfeed) return undefined;
  const size = u32Big(bytes, at + 4);
  return size >= 40 && at + size <= bytes.length ? { offset: at, size } : undefined;
};

/**
 * Takes the kernel out of a zImage: finds the compressed stream, unpacks it and holds the result
 * against the size that the image states.
 *
 * Errors: `no-member` when there is no compressed kernel inside (Xen's zImage header stands before the
 * hypervisor itself), `corrupt`, `unsupported` (LZO), `output-limit`.
 */
export const unpackZImage = (
  image: ZImage,
  options: { readonly limit?: number } = {},
): UnpackedKernel => {
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  const { bytes, table } = image;
  // Gzip keeps the size in its own trailer, so its stream includes the size word.
  const end = table === undefined ? image.size : table.sizeWordOffset + 4;
  const body = bytes.subarray(0, end);
  let failure: unknown;
  for (const { offset, compression } of candidates(body)) {
    const streamEnd = table !== undefined && compression !== "gzip" ? end - 4 : end;
    if (offset >= streamEnd) continue;
    try {
      const sizeHint = table === undefined ? end * 4 : u32(bytes, table.sizeWordOffset);
      const unpacked = decompressOne(body.subarray(offset, streamEnd), compression, {
        limit,
        sizeHint,
      });
      const stop = offset + unpacked.consumed;
      const stated = compression === "gzip" ? stop - 4 : stop;
      if (table !== undefined && stop !== streamEnd) {
        throw corrupt(`a payload that ends at ${streamEnd}`, `one that ends at ${stop}`);
      }
      if (stated + 4 > image.size || u32(bytes, stated) !== unpacked.bytes.length) {
        throw corrupt(
          `a kernel of ${u32(bytes, stated)} bytes, as the zImage states`,
          `${unpacked.bytes.length} bytes`,
        );
      }
      // Xen's hypervisor holds its packed build configuration; a kernel is what fills its zImage.
      if (unpacked.bytes.length < image.size / 2) continue;
      return {
        bytes: unpacked.bytes,
        compression,
        payload: { offset, size: unpacked.consumed },
        textOffset: table?.textOffset ?? DEFAULT_TEXT_OFFSET,
        textOffsetFrom: table?.textOffset === undefined ? "assumed" : "table",
        bssSize: table?.bssSize,
      };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      // The first candidate of the strongest kind is the likeliest; its complaint is the useful one.
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  if (findBytes(body, LZO_MAGIC) >= 0) {
    throw new ImageError("unsupported", {
      expected: "a kernel packed with gzip, XZ, LZMA, LZ4 or Zstandard",
      found: "one packed with LZO",
      advice: "build it with another CONFIG_KERNEL_ compression",
    });
  }
  throw new ImageError("no-member", {
    expected: "a compressed kernel inside the zImage",
    found: "none",
    advice: "run it as it is, if it is a hypervisor or an unpacked program",
  });
};

const LZO_MAGIC = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a];

const findBytes = (bytes: Uint8Array, wanted: readonly number[]): number => {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
};

interface Candidate {
  readonly offset: number;
  readonly compression: Compression;
}

/**
 * Places where a stream may begin. Formats with a checked header first; LZMA, whose header half of all
 * random data could hold, last and only with the properties that the kernel's build gives it.
 */
const candidates = (bytes: Uint8Array): Candidate[] => {
  const strong: Candidate[] = [];
  const weak: Candidate[] = [];
  for (const first of [0xfd, 0x1f, 0x02, 0x28]) {
    for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
      const compression = compressionAt(bytes, at);
      if (compression === undefined || compression === "lzma") continue;
      strong.push({ offset: at, compression });
      if (strong.length === MAX_CANDIDATES) return strong;
    }
  }
  for (let at = bytes.indexOf(0x5d); at >= 0; at = bytes.indexOf(0x5d, at + 1)) {
    if (bytes[at + 1] !== 0 || bytes[at + 2] !== 0) continue;
    if (compressionAt(bytes, at) === "lzma") weak.push({ offset: at, compression: "lzma" });
    if (strong.length + weak.length === MAX_CANDIDATES) break;
  }
  return [...strong, ...weak];
};
