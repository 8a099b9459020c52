/**
 * Files that hold a machine's state or a recorded run: compressed, versioned, checked by a hash.
 *
 * A header of 64 bytes: the 8 bytes `HYPLAB\r\n`; the kind, 4 letters; the version, 4 bytes; the size of the
 * contents, 8 bytes; 8 bytes of zeros; SHA-256 of the contents, 32 bytes. Then the contents, in the encoding
 * of machine/state-codec.ts, as a DEFLATE stream (RFC 1951). Numbers are little-endian.
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { deflateSync } from "fflate";
import { decodeState, encodeState, MachineError, type DeviceState } from "../machine/index.js";

/** What a file holds. */
export type SavedKind = "SNAP" | "RUN ";

/** A file that is none of ours, of another version, or damaged. */
export class SavedFileError extends Error {
  readonly code = "lab/saved-file";
  constructor(message: string) {
    super(message);
    this.name = "SavedFileError";
  }
}

/** Raised whenever a reader of the old files would misunderstand the new ones. */
const VERSION = 1;
const MAGIC = "HYPLAB\r\n";
const HEADER = 64;
/** RAM of a machine is below 2 GiB, and V8's buffers end there. */
const MAX_CONTENTS = 2 ** 31 - 1;
/** The largest saved file: contents that nothing compresses, with their blocks' headers. */
export const MOST_SAVED_BYTES = 2 ** 31 + 2 ** 20;
/** DEFLATE makes at most 1032 bytes of one: 258 bytes of 2 bits (RFC 1951, 3.2.5). */
const MOST_EXPANSION = 1032;
/** The least that zlib takes at a time. */
const SMALLEST_CHUNK = 64;
/** Fast: most of it is RAM that compresses at any level. */
const LEVEL = 3;
const NAMES: Readonly<Record<SavedKind, string>> = { SNAP: "a snapshot", "RUN ": "a recorded run" };

const latin1 = new TextDecoder("latin1");

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/**
 * A file's bytes for a state. The same state gives the same bytes: by fflate, because what zlib makes depends on
 * the version of Node. Reading has one answer only, and zlib gives it four times as fast.
 */
export const writeSaved = (kind: SavedKind, contents: DeviceState): Uint8Array => {
  const plain = encodeState(contents);
  const packed = deflateSync(plain, { level: LEVEL });
  const file = new Uint8Array(HEADER + packed.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(MAGIC + kind));
  view.setUint32(12, VERSION, true);
  view.setBigUint64(16, BigInt(plain.length), true);
  file.set(sha256(plain), 32);
  file.set(packed, HEADER);
  return file;
};

/** True for the first bytes of a file that `writeSaved` made. */
export const isSaved = (bytes: Uint8Array): boolean =>
  latin1.decode(bytes.subarray(0, MAGIC.length)) === MAGIC;

/** Reads a file back. Throws SavedFileError; the caller puts the file's name in front. */
export const readSaved = (kind: SavedKind, file: Uint8Array): DeviceState => {
  const fail = (found: string): SavedFileError =>
    new SavedFileError(`expected ${NAMES[kind]} of hyplab, version ${VERSION}, found ${found}`);
  if (!isSaved(file)) throw fail("another kind of file");
  if (file.length < HEADER) throw fail("a file that is cut short");
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const there = latin1.decode(file.subarray(8, 12));
  if (there !== kind) throw fail(NAMES[there as SavedKind] ?? "another kind of file");
  const version = view.getUint32(12, true);
  if (version !== VERSION) throw fail(`version ${version}; make it again with this version`);
  const size = Number(view.getBigUint64(16, true));
  if (size > MAX_CONTENTS || size > (file.length - HEADER) * MOST_EXPANSION)
    throw fail("contents of an impossible size; the file is damaged");
  let plain: Uint8Array;
  try {
    const unpacked = inflateRawSync(file.subarray(HEADER), {
      // One byte more than there should be, so that contents that are too long are found.
      maxOutputLength: size + 1,
      chunkSize: Math.max(size, SMALLEST_CHUNK),
    });
    plain = new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.length);
  } catch (error) {
    if (error instanceof Error && "code" in error)
      throw fail("contents that cannot be unpacked; the file is damaged");
    throw error;
  }
  const digest = sha256(plain);
  if (plain.length !== size || digest.some((byte, i) => byte !== file[32 + i])) {
    throw fail("contents that do not fit their hash; the file is damaged");
  }
  try {
    return decodeState(plain);
  } catch (error) {
    if (error instanceof MachineError) throw fail("contents in another encoding");
    throw error;
  }
};
