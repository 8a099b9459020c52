import { corrupt, truncated } from "./image-error.js";
import { LZMA_INPUT_SLACK, LzmaDecoder } from "./lzma-decoder.js";
import { DEFAULT_OUTPUT_LIMIT, OutputBuffer } from "./output-buffer.js";
import type { Unpacked } from "./xz.js";

const HEADER_SIZE = 13;
/** Sizes above this are taken as a sign that the bytes are not a `.lzma` header. */
const PLAUSIBLE_SIZE = 2 ** 38;
/** How much is unpacked between two looks at the buffer when the size is unknown. */
const STEP = 1 << 20;

/**
 * True when a `.lzma` ("LZMA alone") header is plausible at `at`. The format has no magic number; as
 * the xz tools do, only dictionary sizes of 2^n and 2^n + 2^(n-1) and believable sizes are accepted,
 * and the range coder's first byte has to be zero.
 */
export const isLzmaAlone = (bytes: Uint8Array, at = 0): boolean => {
  if (at + HEADER_SIZE + 5 > bytes.length || bytes[at]! >= 225) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_SIZE + 1);
  const dictionary = view.getUint32(1, true);
  const top = 2 ** (31 - Math.clz32(dictionary));
  if (dictionary < 4096) return false;
  if (dictionary !== top && dictionary !== top + top / 2 && dictionary !== 0xffffffff) return false;
  const size = view.getUint32(5, true) + view.getUint32(9, true) * 2 ** 32;
  return (size >= 2 ** 64 - 1 || size < PLAUSIBLE_SIZE) && view.getUint8(13) === 0;
};

/**
 * Unpacks a `.lzma` stream (LZMA SDK, lzma.txt) that begins at the first byte of `input`; what follows
 * it is left alone. The format has no checksum. Errors: `truncated`, `corrupt`, `output-limit`.
 */
export const decodeLzmaAlone = (input: Uint8Array, limit = DEFAULT_OUTPUT_LIMIT): Unpacked => {
  if (input.length < HEADER_SIZE + 5) {
    throw truncated("an LZMA header of 13 bytes and its data", `${input.length} bytes`);
  }
  const padded = new Uint8Array(input.length + LZMA_INPUT_SLACK);
  padded.set(input);
  const view = new DataView(padded.buffer);
  const properties = padded[0]!;
  const low = view.getUint32(5, true);
  const high = view.getUint32(9, true);
  const size = low === 0xffffffff && high === 0xffffffff ? undefined : low + high * 2 ** 32;

  const lzma = new LzmaDecoder();
  if (!lzma.reset(properties % 9, Math.floor(properties / 9) % 5, Math.floor(properties / 45))) {
    throw corrupt("LZMA properties below 225", `the byte ${properties}`);
  }
  const output = new OutputBuffer(limit, size ?? input.length * 4);
  if (size !== undefined) output.ensure(size);
  lzma.input = padded;
  lzma.inputAt = HEADER_SIZE;
  lzma.inputEnd = input.length;
  lzma.dictionarySize = Math.max(4096, view.getUint32(1, true));
  if (!lzma.startRange()) throw corrupt("an LZMA stream after its header", "other bytes");
  for (;;) {
    // A stream that fills the limit exactly may still have its end marker to come.
    const target =
      size ?? (output.length < limit ? Math.min(output.length + STEP, limit) : limit + 1);
    output.ensure(Math.min(target, limit));
    lzma.output = output.bytes;
    lzma.outputAt = output.length;
    const stop = lzma.run(target);
    output.length = lzma.outputAt;
    if (stop === "input-ended") {
      throw truncated("the end of the LZMA stream", `the end of the data at byte ${input.length}`);
    }
    if (stop === "bad-distance") {
      throw corrupt("an LZMA match inside the dictionary", "a distance beyond it");
    }
    if (stop === "end-marker") break;
    if (size !== undefined) break;
    // One match may pass the target, and so the limit.
    output.ensure(output.length);
  }
  if (size !== undefined && output.length !== size) {
    throw corrupt(`an LZMA stream of ${size} bytes`, `${output.length} bytes`);
  }
  return { bytes: output.take(), consumed: lzma.inputAt };
};
