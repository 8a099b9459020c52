import { Inflate } from "fflate";
import { crc32 } from "./checksums.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";
import type { Unpacked } from "./xz.js";

const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
/** A stored block of DEFLATE has at most 64 KiB; a longer silence means that the stream has ended. */
const SILENCE = 16;
/** Input given to the library at a time: bounds what one call can unpack (DEFLATE reaches 1032:1). */
const CHUNK = 8192;

/** True when a gzip member header with DEFLATE is at `at`. */
export const isGzip = (bytes: Uint8Array, at = 0): boolean =>
  bytes[at] === 0x1f &&
  bytes[at + 1] === 0x8b &&
  bytes[at + 2] === 8 &&
  (bytes[at + 3] ?? 0xff) < 32 &&
  at + 18 <= bytes.length;

/**
 * Unpacks one gzip member (RFC 1952) that begins at the first byte of `input`; what follows is left
 * alone. CRC-32 and size are verified. Errors: `truncated`, `corrupt`, `output-limit`.
 */
export const decodeGzip = (input: Uint8Array, limit = DEFAULT_OUTPUT_LIMIT): Unpacked => {
  const bodyAt = skipHeader(input);
  const output = new OutputBuffer(limit, input.length * 3);
  const inflate = new Inflate((chunk) => output.append(chunk));
  // The library keeps what it could not use yet, and reports the end of the DEFLATE stream only by
  // falling silent. The trailer tells where the stream really ended.
  try {
    let silent = 0;
    for (let at = bodyAt; at < input.length && silent < SILENCE; at += CHUNK) {
      const before = output.length;
      inflate.push(input.subarray(at, Math.min(at + CHUNK, input.length)));
      silent = output.length === before ? silent + 1 : 0;
    }
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(
      "corrupt",
      {
        expected: "a sound DEFLATE stream",
        found: error instanceof Error ? error.message : "an error",
        advice: "the file is damaged: get it again",
      },
      { cause: error },
    );
  }
  const bytes = output.take();
  const trailerAt = findTrailer(input, bodyAt, crc32(bytes), bytes.length);
  if (trailerAt === undefined) {
    throw corrupt("a gzip member that ends with its CRC-32 and size", "data that fits no trailer");
  }
  return { bytes, consumed: trailerAt + 8 };
};

/** Where the DEFLATE stream begins. */
const skipHeader = (input: Uint8Array): number => {
  if (input.length < 18) throw truncated("a gzip member of 18 bytes or more", `${input.length}`);
  if (!isGzip(input)) throw corrupt("a gzip header (1f 8b 08)", "other bytes");
  const flags = input[3]!;
  let at = 10;
  if (flags & FLAG_EXTRA) at += 2 + (input[at]! | (input[at + 1]! << 8));
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = input.indexOf(0, at);
    if (end < 0) throw truncated("the end of the file name in a gzip header", "none");
    at = end + 1;
  }
  if (flags & FLAG_HEADER_CRC) {
    if (
      at + 2 <= input.length &&
      (crc32(input, 0, at) & 0xffff) !== (input[at]! | (input[at + 1]! << 8))
    ) {
      throw corrupt("a sound gzip header", "a wrong CRC of it");
    }
    at += 2;
  }
  if (at + 8 > input.length) throw truncated("gzip data after its header", "the end of the data");
  return at;
};

/**
 * The position of the eight bytes that a member with this CRC and size must end with. DEFLATE packs at
 * most 1032:1, so that an early chance hit is excluded where the stream cannot have ended yet.
 */
const findTrailer = (
  input: Uint8Array,
  bodyAt: number,
  crc: number,
  size: number,
): number | undefined => {
  const first = crc & 0xff;
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const from = bodyAt + Math.max(1, Math.floor(size / 1032) - 16);
  for (let at = input.indexOf(first, from); at >= 0; at = input.indexOf(first, at + 1)) {
    if (at + 8 > input.length) return undefined;
    if (view.getUint32(at, true) === crc && view.getUint32(at + 4, true) === size >>> 0) return at;
  }
  return undefined;
};
