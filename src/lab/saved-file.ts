/**
 * Files that hold a machine's state or a recorded run: compressed, versioned, checked by CRCs.
 *
 * A header of 32 bytes: the 8 bytes `HYPLAB\r\n`; the kind, 4 letters; the version, 4 bytes; the size of the table,
 * 8 bytes; 4 bytes of zeros; CRC-32 (as ZIP has it) of the 28 bytes before and of the table, 4 bytes. Then the table,
 * and the streams that it lists.
 *
 * The contents are lists of values by name. Each value is in the encoding of machine/state-codec.ts, and a DEFLATE
 * stream (RFC 1951) of its own, or stored as it is where that is no longer or was asked for: what nobody asks for is
 * neither read nor unpacked. The table, a value in the same encoding, has for each name 12 bytes a stream: its size, the
 * size unpacked, the same for one that is stored, and its CRC-32, 4 bytes each. Streams lie in the table's order.
 * Numbers are little-endian.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { deflateSync } from "fflate";
import { decodeState, encodeState, MachineError, type DeviceState } from "../machine/index.js";

/** What a file holds. */
export type SavedKind = "SNAP" | "RUN ";
export type SavedContents = Readonly<Record<string, readonly DeviceState[]>>;

/** A file that is none of ours, of another version, or damaged. */
export class SavedFileError extends Error {
  readonly code = "lab/saved-file";
  /** The file, once it is known. */
  readonly source: string | undefined;

  constructor(message: string, source?: string) {
    super(source === undefined ? message : `${source}: ${message}`);
    this.name = "SavedFileError";
    this.source = source;
  }
  /** The same error with the file that it is about, unless it names one. */
  about(source: string): SavedFileError {
    return this.source === undefined ? new SavedFileError(this.message, source) : this;
  }
}

/** Where a file's bytes come from, as they are wanted. */
export interface SavedSource {
  /** Its name in errors that come after it was opened. */
  readonly name?: string;
  /** Bytes. */
  readonly size: number;
  /** `length` bytes from `at` on, all of them in the file when it was opened. */
  read(at: number, length: number): Uint8Array;
}
const sourceOf = (file: Uint8Array): SavedSource => ({
  size: file.length,
  read: (at, length) => file.subarray(at, at + length),
});

/** Raised whenever a reader of the old files would misunderstand the new ones. */
const VERSION = 3;
const MAGIC = "HYPLAB\r\n";
/** Bytes of a stream's row in the table. */
const ROW = 12;
const HEADER = 32;
const CHECK = 28;
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

/**
 * A file's bytes for contents. The same contents give the same bytes: by fflate, because what zlib makes depends on
 * the version of Node. Reading has one answer only, and zlib gives it four times as fast. Names in `stored` are read
 * so often that unpacking them would cost more than their bytes do.
 */
export const writeSaved = (
  kind: SavedKind,
  contents: SavedContents,
  stored: readonly string[] = [],
): Uint8Array => {
  const streams: Uint8Array[] = [];
  const table: Record<string, Uint8Array> = {};
  for (const name of Object.keys(contents).toSorted()) {
    const values = contents[name]!;
    const rows = Buffer.alloc(values.length * ROW);
    values.forEach((value, n) => {
      const plain = encodeState(value);
      const packed = stored.includes(name) ? plain : deflateSync(plain, { level: LEVEL });
      const stream = packed.length < plain.length ? packed : plain;
      streams.push(stream);
      rows.writeUInt32LE(stream.length, n * ROW);
      rows.writeUInt32LE(plain.length, n * ROW + 4);
      rows.writeUInt32LE(crc32(stream), n * ROW + 8);
    });
    table[name] = rows;
  }
  const list = encodeState(table);
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC + kind, "latin1");
  header.writeUInt32LE(VERSION, 12);
  header.writeBigUInt64LE(BigInt(list.length), 16);
  header.writeUInt32LE(headCheck(header, list), CHECK);
  const { buffer, byteOffset, length } = Buffer.concat([header, list, ...streams]);
  return new Uint8Array(buffer, byteOffset, length);
};

/** Check of a header and a table. */
const headCheck = (header: Uint8Array, list: Uint8Array): number =>
  crc32(list, crc32(header.subarray(0, CHECK)));

/** True for the first bytes of a file that `writeSaved` made. */
export const isSaved = (bytes: Uint8Array): boolean =>
  latin1.decode(bytes.subarray(0, MAGIC.length)) === MAGIC;

/** Streams of a name. */
interface StreamRows {
  readonly count: number;
  /** Of the n-th its size, the size unpacked and its check. */
  readonly rows: DataView;
  /** Where in the file it begins. */
  readonly at: Float64Array;
}
type Streams = ReadonlyMap<string, StreamRows>;

/** The streams that a table lists, from `begin` to the file's `end`; undefined where it lists what there cannot be. */
const streamsOf = (table: DeviceState, begin: number, end: number): Streams | undefined => {
  const streams = new Map<string, StreamRows>();
  let next = begin;
  let plain = 0;
  for (const [name, bytes] of Object.entries(table) as [string, DeviceState][]) {
    if (!(bytes instanceof Uint8Array) || bytes.length % ROW !== 0) return undefined;
    const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const count = bytes.length / ROW;
    const at = new Float64Array(count);
    for (let n = 0; n < count; n++) {
      const length = rows.getUint32(n * ROW, true);
      const size = rows.getUint32(n * ROW + 4, true);
      plain += size;
      if (length === 0 || length > size || size > length * MOST_EXPANSION) return undefined;
      at[n] = next;
      next += length;
    }
    if (plain > MAX_CONTENTS || next > end) return undefined;
    streams.set(name, { count, rows, at });
  }
  return next === end ? streams : undefined;
};

/** A file that was opened. Its values are read, checked and unpacked when they are asked for. */
export class SavedFile {
  readonly #kind: SavedKind;
  readonly #source: SavedSource;
  readonly #streams: Streams;
  #opened = false;

  /** Looks through a file's header and table. Throws SavedFileError; the caller puts the file's name in front. */
  constructor(kind: SavedKind, file: SavedSource | Uint8Array) {
    this.#kind = kind;
    const source = file instanceof Uint8Array ? sourceOf(file) : file;
    this.#source = source;
    const header = Buffer.from(source.read(0, Math.min(HEADER, source.size)));
    if (!isSaved(header)) throw this.#error("another kind of file");
    if (header.length < HEADER) throw this.#error("a file that is cut short");
    const there = header.toString("latin1", 8, 12);
    if (there !== kind) throw this.#error(NAMES[there as SavedKind] ?? "another kind of file");
    const version = header.readUInt32LE(12);
    if (version !== VERSION)
      throw this.#error(`version ${version}; make it again with this version`);
    const size = header.readBigUInt64LE(16);
    if (size > source.size - HEADER)
      throw this.#error("a table of an impossible size; the file is damaged");
    const list = source.read(HEADER, Number(size));
    if (header.readUInt32LE(CHECK) !== headCheck(header, list))
      throw this.#error("a table that does not fit its check; the file is damaged");
    const streams = streamsOf(this.#decode(list), HEADER + list.length, source.size);
    if (streams === undefined)
      throw this.#error("streams of an impossible size; the file is damaged");
    this.#streams = streams;
    this.#opened = true;
  }

  #error(found: string): SavedFileError {
    return new SavedFileError(
      `expected ${NAMES[this.#kind]} of hyplab, version ${VERSION}, found ${found}`,
      this.#opened ? this.#source.name : undefined,
    );
  }
  /** The values of a name; none where the file has none of that name. Reading them throws SavedFileError. */
  count(name: string): number {
    return this.#streams.get(name)?.count ?? 0;
  }
  /** The n-th value of a name. Throws SavedFileError. */
  read(name: string, n = 0): DeviceState {
    const streams = this.#streams.get(name);
    if (streams === undefined || n >= streams.count)
      throw this.#error(`nothing under ${name}, ${n}`);
    const { rows, at } = streams;
    const length = rows.getUint32(n * ROW, true);
    const size = rows.getUint32(n * ROW + 4, true);
    const packed = this.#source.read(at[n]!, length);
    if (crc32(packed) !== rows.getUint32(n * ROW + 8, true))
      throw this.#error("contents that do not fit their check; the file is damaged");
    return this.#decode(length === size ? packed : this.#unpack(packed, size));
  }
  #unpack(packed: Uint8Array, size: number): Uint8Array {
    let plain: Buffer;
    try {
      plain = inflateRawSync(packed, {
        // One byte more than there should be, so that contents that are too long are found.
        maxOutputLength: size + 1,
        chunkSize: Math.max(size, SMALLEST_CHUNK),
      });
    } catch (error) {
      if (error instanceof Error && "code" in error)
        throw this.#error("contents that cannot be unpacked; the file is damaged");
      throw error;
    }
    if (plain.length !== size) throw this.#error("contents of another size; the file is damaged");
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
  }
  /** All values, as `writeSaved` took them. Throws SavedFileError. */
  readAll(): SavedContents {
    return Object.fromEntries(
      [...this.#streams].map(([name, { count }]) => [
        name,
        Array.from({ length: count }, (_, n) => this.read(name, n)),
      ]),
    );
  }
  #decode(plain: Uint8Array): DeviceState {
    try {
      return decodeState(plain);
    } catch (error) {
      if (error instanceof MachineError) throw this.#error("contents in another encoding");
      throw error;
    }
  }
}
