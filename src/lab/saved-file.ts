/**
 * Files that hold a machine's state or a recorded run: compressed, versioned, checked by a hash.
 *
 * A header of 64 bytes: the 8 bytes `HYPLAB\r\n`; the kind, 4 letters; the version, 4 bytes; the size of the table,
 * 8 bytes; 8 bytes of zeros; SHA-256 of the 32 bytes before and of all that follows, 32 bytes. Then the table, and the
 * streams that it lists.
 *
 * The contents are lists of values by name. Each value is in the encoding of machine/state-codec.ts, and a DEFLATE
 * stream (RFC 1951) of its own, so that what nobody asks for is not unpacked. The table, a value in the same encoding,
 * has for each name a list with each stream's size and the size unpacked. Streams lie in the table's order. Numbers are
 * little-endian.
 */
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { deflateSync } from "fflate";
import { decodeState, encodeState, MachineError, type DeviceState } from "../machine/index.js";

/** What a file holds. */
export type SavedKind = "SNAP" | "RUN ";
export type SavedContents = Readonly<Record<string, readonly DeviceState[]>>;

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
const HASH = 32;
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

/** The hash of a file, but for the place that it stands in. */
const hashOf = (file: Uint8Array): Uint8Array =>
  createHash("sha256").update(file.subarray(0, HASH)).update(file.subarray(HEADER)).digest();

/**
 * A file's bytes for contents. The same contents give the same bytes: by fflate, because what zlib makes depends on
 * the version of Node. Reading has one answer only, and zlib gives it four times as fast.
 */
export const writeSaved = (kind: SavedKind, contents: SavedContents): Uint8Array => {
  const streams: Uint8Array[] = [];
  const table: Record<string, DeviceState[]> = {};
  for (const name of Object.keys(contents).toSorted()) {
    table[name] = contents[name]!.map((value) => {
      const plain = encodeState(value);
      const packed = deflateSync(plain, { level: LEVEL });
      streams.push(packed);
      return [packed.length, plain.length];
    });
  }
  const list = encodeState(table);
  const header = new Uint8Array(HEADER);
  header.set(new TextEncoder().encode(MAGIC + kind));
  const view = new DataView(header.buffer);
  view.setUint32(12, VERSION, true);
  view.setBigUint64(16, BigInt(list.length), true);
  const { buffer, byteOffset, length } = Buffer.concat([header, list, ...streams]);
  const file = new Uint8Array(buffer, byteOffset, length);
  file.set(hashOf(file), HASH);
  return file;
};

/** True for the first bytes of a file that `writeSaved` made. */
export const isSaved = (bytes: Uint8Array): boolean =>
  latin1.decode(bytes.subarray(0, MAGIC.length)) === MAGIC;

interface Stream {
  readonly packed: Uint8Array;
  /** Bytes that it unpacks to. */
  readonly size: number;
}
type Streams = ReadonlyMap<string, readonly Stream[]>;
const isList = (state: DeviceState | undefined): state is readonly DeviceState[] =>
  Array.isArray(state);

/** The streams that a table lists, or undefined where it lists what there cannot be. */
const streamsOf = (table: DeviceState, behind: Uint8Array): Streams | undefined => {
  const streams = new Map<string, Stream[]>();
  let at = 0;
  let plain = 0;
  for (const [name, list] of Object.entries(table) as [string, DeviceState][]) {
    if (!isList(list)) return undefined;
    const own: Stream[] = [];
    for (const item of list) {
      const [length, size] = isList(item) ? item : [];
      if (!Number.isSafeInteger(length) || !Number.isSafeInteger(size)) return undefined;
      const [from, to] = [at, at + (length as number)];
      plain += size as number;
      const possible = from < to && to <= behind.length && (size as number) > 0;
      if (!possible || (size as number) > (to - from) * MOST_EXPANSION || plain > MAX_CONTENTS)
        return undefined;
      own.push({ packed: behind.subarray(from, to), size: size as number });
      at = to;
    }
    streams.set(name, own);
  }
  return at === behind.length ? streams : undefined;
};

/** A file that was opened: whole, as its hash says. Its values are unpacked when they are asked for. */
export class SavedFile {
  readonly #kind: SavedKind;
  readonly #streams: Streams;

  /** Looks through a file's bytes. Throws SavedFileError; the caller puts the file's name in front. */
  constructor(kind: SavedKind, file: Uint8Array) {
    this.#kind = kind;
    if (!isSaved(file)) throw this.#error("another kind of file");
    if (file.length < HEADER) throw this.#error("a file that is cut short");
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    const there = latin1.decode(file.subarray(8, 12));
    if (there !== kind) throw this.#error(NAMES[there as SavedKind] ?? "another kind of file");
    const version = view.getUint32(12, true);
    if (version !== VERSION)
      throw this.#error(`version ${version}; make it again with this version`);
    const size = view.getBigUint64(16, true);
    if (size > file.length - HEADER)
      throw this.#error("a table of an impossible size; the file is damaged");
    if (Buffer.compare(hashOf(file), file.subarray(HASH, HEADER)) !== 0)
      throw this.#error("contents that do not fit their hash; the file is damaged");
    const behind = HEADER + Number(size);
    const table = this.#decode(file.subarray(HEADER, behind));
    const streams = streamsOf(table, file.subarray(behind));
    if (streams === undefined)
      throw this.#error("streams of an impossible size; the file is damaged");
    this.#streams = streams;
  }

  #error(found: string): SavedFileError {
    return new SavedFileError(
      `expected ${NAMES[this.#kind]} of hyplab, version ${VERSION}, found ${found}`,
    );
  }
  /** The values of a name; none where the file has none of that name. Reading them throws SavedFileError. */
  count(name: string): number {
    return this.#streams.get(name)?.length ?? 0;
  }
  /** The n-th value of a name. Throws SavedFileError. */
  read(name: string, n = 0): DeviceState {
    const stream = this.#streams.get(name)?.[n];
    if (stream === undefined) throw this.#error(`nothing under ${name}, ${n}`);
    const { packed, size } = stream;
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
    return this.#decode(new Uint8Array(plain.buffer, plain.byteOffset, plain.length));
  }
  /** All values, as `writeSaved` took them. Throws SavedFileError. */
  readAll(): SavedContents {
    return Object.fromEntries(
      [...this.#streams].map(([name, list]) => [name, list.map((_, n) => this.read(name, n))]),
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
