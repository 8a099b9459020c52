/**
 * Files that hold a machine's state or a recorded run: compressed, versioned, checked by hashes.
 *
 * A header of 64 bytes: the 8 bytes `HYPLAB\r\n`; the kind, 4 letters; the version, 4 bytes; the size of the table,
 * 8 bytes; 8 bytes of zeros; SHA-256 of the header so far and the table, 32 bytes. Then the table, and what it lists.
 *
 * The contents are fields by name. A field is in the encoding of machine/state-codec.ts, in pieces of about a megabyte,
 * each a DEFLATE stream (RFC 1951) of its own: so they are unpacked on several threads, and a field that nobody asks
 * for is not unpacked. The table, in the same encoding, has for each field's name a list of its pieces, each the
 * stream's size, the size unpacked, and SHA-256 of the stream. Streams lie behind the table in the table's order.
 * Numbers are little-endian.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { inflateRaw, inflateRawSync, type ZlibOptions } from "node:zlib";
import { deflateSync } from "fflate";
import {
  decodePieces,
  encodePieces,
  encodeState,
  MachineError,
  type DeviceState,
} from "../machine/index.js";

/** What a file holds. */
export type SavedKind = "SNAP" | "RUN ";
export type SavedContents = Readonly<Record<string, DeviceState>>;

/** A file that is none of ours, of another version, or damaged. */
export class SavedFileError extends Error {
  readonly code = "lab/saved-file";
  constructor(message: string) {
    super(message);
    this.name = "SavedFileError";
  }
}

/** Raised whenever a reader of the old files would misunderstand the new ones. */
const VERSION = 2;
const MAGIC = "HYPLAB\r\n";
const HEADER = 64;
const HASHED = 32;
const PIECE = 1 << 20;
/** RAM of a machine is below 2 GiB, and V8's buffers end there. */
const MAX_CONTENTS = 2 ** 31 - 1;
/** The largest saved file: contents that nothing compresses, with their blocks' headers and the table. */
export const MOST_SAVED_BYTES = 2 ** 31 + 2 ** 21;
/** DEFLATE makes at most 1032 bytes of one: 258 bytes of 2 bits (RFC 1951, 3.2.5). */
const MOST_EXPANSION = 1032;
/** The least that zlib takes at a time. */
const SMALLEST_CHUNK = 64;
/** Fast: most of it is RAM that compresses at any level. */
const LEVEL = 3;
const NAMES: Readonly<Record<SavedKind, string>> = { SNAP: "a snapshot", "RUN ": "a recorded run" };

const latin1 = new TextDecoder("latin1");
const inflateSoon: (packed: Uint8Array, options: ZlibOptions) => Promise<Buffer> =
  promisify(inflateRaw);

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/**
 * A file's bytes for contents. The same contents give the same bytes: by fflate, because what zlib makes depends on
 * the version of Node. Reading has one answer only, and zlib gives it four times as fast.
 */
export const writeSaved = (kind: SavedKind, contents: SavedContents): Uint8Array => {
  const streams: Uint8Array[] = [];
  const table: Record<string, DeviceState[][]> = {};
  for (const name of Object.keys(contents).toSorted()) {
    table[name] = encodePieces(contents[name]!, PIECE).map((plain) => {
      const packed = deflateSync(plain, { level: LEVEL });
      streams.push(packed);
      return [packed.length, plain.length, sha256(packed)];
    });
  }
  const list = encodeState(table);
  const header = new Uint8Array(HEADER);
  header.set(new TextEncoder().encode(MAGIC + kind));
  const view = new DataView(header.buffer);
  view.setUint32(12, VERSION, true);
  view.setBigUint64(16, BigInt(list.length), true);
  header.set(sha256(header.subarray(0, HASHED), list), HASHED);
  return new Uint8Array(Buffer.concat([header, list, ...streams]));
};

/** True for the first bytes of a file that `writeSaved` made. */
export const isSaved = (bytes: Uint8Array): boolean =>
  latin1.decode(bytes.subarray(0, MAGIC.length)) === MAGIC;

interface Piece {
  readonly packed: Uint8Array;
  /** Bytes that it unpacks to. */
  readonly size: number;
  readonly hash: Uint8Array;
}
type Fields = ReadonlyMap<string, readonly Piece[]>;

/** The pieces that a table lists, or undefined where it lists what there cannot be. */
const fieldsOf = (table: DeviceState, behind: Uint8Array): Fields | undefined => {
  const fields = new Map<string, Piece[]>();
  let at = 0;
  let plain = 0;
  for (const [name, list] of Object.entries(table)) {
    if (!Array.isArray(list)) return undefined;
    const pieces: Piece[] = [];
    for (const item of list as readonly DeviceState[]) {
      const [length, size, hash] = Array.isArray(item) ? (item as readonly DeviceState[]) : [];
      if (typeof length !== "number" || typeof size !== "number" || !(hash instanceof Uint8Array))
        return undefined;
      plain += size;
      const possible =
        Number.isSafeInteger(length) &&
        Number.isSafeInteger(size) &&
        length > 0 &&
        size > 0 &&
        size <= length * MOST_EXPANSION &&
        plain <= MAX_CONTENTS;
      if (!possible || length > behind.length - at) return undefined;
      pieces.push({ packed: behind.subarray(at, at + length), size, hash });
      at += length;
    }
    fields.set(name, pieces);
  }
  return at === behind.length ? fields : undefined;
};

/** A file that was opened: whole, as its hashes say. Its fields are unpacked when they are asked for. */
export class SavedFile {
  readonly #fields: Fields;
  readonly #soon: ReadonlyMap<string, Promise<readonly PromiseSettledResult<Uint8Array>[]>>;
  readonly #fail: (found: string) => SavedFileError;

  /**
   * Looks through a file's bytes, which stay the file's own. The fields named `soon` are unpacked on zlib's threads
   * meanwhile. Throws SavedFileError; the caller puts the file's name in front.
   */
  constructor(kind: SavedKind, file: Uint8Array, soon: readonly string[] = []) {
    const fail = (found: string): SavedFileError =>
      new SavedFileError(`expected ${NAMES[kind]} of hyplab, version ${VERSION}, found ${found}`);
    this.#fail = fail;
    if (!isSaved(file)) throw fail("another kind of file");
    if (file.length < HEADER) throw fail("a file that is cut short");
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    const there = latin1.decode(file.subarray(8, 12));
    if (there !== kind) throw fail(NAMES[there as SavedKind] ?? "another kind of file");
    const version = view.getUint32(12, true);
    if (version !== VERSION) throw fail(`version ${version}; make it again with this version`);
    const size = view.getBigUint64(16, true);
    if (size > file.length - HEADER)
      throw fail("a table of an impossible size; the file is damaged");
    const list = file.subarray(HEADER, HEADER + Number(size));
    if (differ(sha256(file.subarray(0, HASHED), list), file.subarray(HASHED, HEADER)))
      throw fail("a table that does not fit its hash; the file is damaged");
    const fields = fieldsOf(this.#decode([list]), file.subarray(HEADER + list.length));
    if (fields === undefined) throw fail("pieces of an impossible size; the file is damaged");
    this.#fields = fields;
    this.#soon = new Map(
      soon.map((name) => {
        const unpacked = (fields.get(name) ?? []).map(async (piece) =>
          bytesOf(await inflateSoon(piece.packed, optionsFor(piece))),
        );
        return [name, Promise.allSettled(unpacked)];
      }),
    );
    for (const [name, pieces] of fields) {
      for (const [n, piece] of pieces.entries()) {
        if (differ(sha256(piece.packed), piece.hash))
          throw fail(
            `contents (${name}, piece ${n}) that do not fit their hash; the file is damaged`,
          );
      }
    }
  }

  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }
  /** A field, or undefined where the file has none of that name. Throws SavedFileError. */
  read(name: string): DeviceState | undefined {
    const pieces = this.#fields.get(name);
    return (
      pieces &&
      this.#decode(
        pieces.map((piece) =>
          this.#whole(piece, () => bytesOf(inflateRawSync(piece.packed, optionsFor(piece)))),
        ),
      )
    );
  }
  /** As `read`, of a field that was named to be unpacked `soon`. */
  async readSoon(name: string): Promise<DeviceState | undefined> {
    const pieces = this.#fields.get(name);
    const unpacked = await this.#soon.get(name);
    if (pieces === undefined || unpacked === undefined) return undefined;
    return this.#decode(
      pieces.map((piece, n) =>
        this.#whole(piece, () => {
          const result = unpacked[n]!;
          if (result.status === "rejected") throw result.reason;
          return result.value;
        }),
      ),
    );
  }
  /** What a piece unpacks to, if it is of the size that the table says. */
  #whole({ size }: Piece, unpack: () => Uint8Array): Uint8Array {
    let plain: Uint8Array;
    try {
      plain = unpack();
    } catch (error) {
      if (error instanceof Error && "code" in error)
        throw this.#fail("contents that cannot be unpacked; the file is damaged");
      throw error;
    }
    if (plain.length !== size) throw this.#fail("contents of another size; the file is damaged");
    return plain;
  }
  #decode(pieces: readonly Uint8Array[]): DeviceState {
    try {
      return decodePieces(pieces);
    } catch (error) {
      if (error instanceof MachineError) throw this.#fail("contents in another encoding");
      throw error;
    }
  }
}
const optionsFor = ({ size }: Piece): ZlibOptions => ({
  // One byte more than there should be, so that contents that are too long are found.
  maxOutputLength: size + 1,
  chunkSize: Math.max(size, SMALLEST_CHUNK),
});
/** Buffers compare as what they are not: plain arrays of bytes. */
const bytesOf = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);
const differ = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) !== 0;

/** Reads all fields back. Throws SavedFileError; the caller puts the file's name in front. */
export const readSaved = (kind: SavedKind, file: Uint8Array): SavedContents => {
  const saved = new SavedFile(kind, file);
  return Object.fromEntries(saved.names.map((name) => [name, saved.read(name)!]));
};
