import { decodeGzip, isGzip } from "./gzip.js";
import { corrupt } from "./image-error.js";
import { decodeLz4, LZ4_FRAME_MAGIC, LZ4_LEGACY_MAGIC } from "./lz4.js";
import { decodeLzmaAlone, isLzmaAlone } from "./lzma-alone.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";
import { decodeXz, isXz, type Unpacked, type XzOptions } from "./xz.js";
import { decodeZstd, isZstd } from "./zstd.js";

/** The compressed formats this room unpacks. */
export type Compression = "gzip" | "xz" | "lzma" | "lz4" | "zstd";

/** The compressed format that begins at `at`, judged by its header; undefined when there is none. */
export const compressionAt = (bytes: Uint8Array, at = 0): Compression | undefined => {
  switch (bytes[at]) {
    case 0x1f:
      return isGzip(bytes, at) ? "gzip" : undefined;
    case 0xfd:
      return isXz(bytes, at) ? "xz" : undefined;
    case 0x28:
      return isZstd(bytes, at) ? "zstd" : undefined;
    case 0x02:
    case 0x04: {
      if (at + 4 > bytes.length) return undefined;
      const magic =
        bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      if (magic === LZ4_FRAME_MAGIC || magic === LZ4_LEGACY_MAGIC) return "lz4";
      break;
    }
  }
  return isLzmaAlone(bytes, at) ? "lzma" : undefined;
};

const DECODERS: Readonly<Record<Compression, (bytes: Uint8Array, options: XzOptions) => Unpacked>> =
  {
    gzip: (bytes, { limit }) => decodeGzip(bytes, limit),
    xz: decodeXz,
    lzma: (bytes, { limit }) => decodeLzmaAlone(bytes, limit),
    lz4: (bytes, { limit }) => decodeLz4(bytes, limit),
    zstd: (bytes, { limit }) => decodeZstd(bytes, limit),
  };

/**
 * Unpacks the one stream, member or frame of `compression` that begins at the first byte; what follows
 * it is left alone, and `consumed` says where it begins. Never unpacks more than `limit` bytes.
 */
export const decompressOne = (
  bytes: Uint8Array,
  compression: Compression,
  options: XzOptions = {},
): Unpacked => {
  return DECODERS[compression](bytes, options);
};

/**
 * Unpacks a whole file of one or more streams one after the other (as `gzip -d` and the like do); XZ
 * streams may have padding between them. Errors: as the formats', and `corrupt` for anything else
 * behind the last stream.
 */
export const decompress = (
  bytes: Uint8Array,
  compression: Compression,
  options: XzOptions = {},
): Uint8Array => {
  const limit = options.limit ?? DEFAULT_OUTPUT_LIMIT;
  const first = decompressOne(bytes, compression, options);
  if (first.consumed === bytes.length || options.enough?.(first.bytes) === true) return first.bytes;
  const output = new OutputBuffer(limit, first.bytes.length * 2);
  output.append(first.bytes);
  let at = first.consumed;
  for (;;) {
    // XZ pads streams to four bytes with zeros, and gzip files on tapes end with zeros.
    while (at < bytes.length && bytes[at] === 0) at++;
    if (at === bytes.length) return output.take();
    if (compressionAt(bytes, at) !== compression) {
      throw corrupt(`only ${compression} streams`, `something else at byte ${at}`);
    }
    const next = decompressOne(bytes.subarray(at), compression, { limit: limit - output.length });
    output.append(next.bytes);
    at += next.consumed;
  }
};
