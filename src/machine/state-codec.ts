/**
 * A state of plain data as bytes and back. The encoding is canonical: equal states give equal bytes on every
 * host, so that a hash of the bytes is a hash of the state.
 *
 * One byte of kind, then: a number, 8 bytes, IEEE 754 little-endian; a string, its length and UTF-8; bytes, their
 * length and themselves; an array, its length and items; an object, its number of fields and, sorted by name,
 * each name and value. Lengths are 4 bytes, little-endian.
 *
 * A long encoding may come in pieces, which end between two values: bytes lie in one piece whole.
 */
import type { DeviceState } from "./bus.js";
import { MachineError } from "./errors.js";

const KIND = { false: 0, true: 1, number: 2, string: 3, bytes: 4, array: 5, object: 6 } as const;
/** Deeper than any device nests; a damaged file must not exhaust the stack. */
const MAX_DEPTH = 32;

const damaged = (what: string): MachineError =>
  new MachineError(
    "machine/state",
    `expected ${what} in a saved state, found other data; it is damaged`,
  );

class Writer {
  bytes = new Uint8Array(1 << 16);
  length = 0;
  /** Where pieces begin, but for the first. */
  readonly cuts: number[] = [];
  #begin = 0;
  /** Bytes that a piece may have, unless one value has more. */
  readonly #most: number;
  #view = new DataView(this.bytes.buffer);
  readonly #encoder = new TextEncoder();

  constructor(most: number) {
    this.#most = most;
  }
  /** Begins a piece where the next value, of about so many bytes, would make this one too long. */
  #cut(size: number): void {
    if (this.length === this.#begin || this.length + size - this.#begin <= this.#most) return;
    this.cuts.push(this.length);
    this.#begin = this.length;
  }
  /** Where `count` more bytes go. It may replace `bytes`: call it before they are looked up. */
  #room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length));
      grown.set(this.bytes);
      this.bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
  #kind(kind: number): void {
    const at = this.#room(1);
    this.bytes[at] = kind;
  }
  #count(count: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, count, true);
  }
  #blob(blob: Uint8Array): void {
    this.#count(blob.length);
    const at = this.#room(blob.length);
    this.bytes.set(blob, at);
  }

  value(value: DeviceState): void {
    this.#cut(value instanceof Uint8Array ? 5 + value.length : 9);
    if (typeof value === "boolean") this.#kind(value ? KIND.true : KIND.false);
    else if (typeof value === "number") {
      this.#kind(KIND.number);
      const at = this.#room(8);
      this.#view.setFloat64(at, value, true);
    } else if (typeof value === "string") {
      this.#kind(KIND.string);
      this.#blob(this.#encoder.encode(value));
    } else if (value instanceof Uint8Array) {
      this.#kind(KIND.bytes);
      this.#blob(value);
    } else if (isArray(value)) {
      this.#kind(KIND.array);
      this.#count(value.length);
      for (const item of value) this.value(item);
    } else {
      this.#kind(KIND.object);
      const names = Object.keys(value).toSorted();
      this.#count(names.length);
      for (const name of names) {
        this.#blob(this.#encoder.encode(name));
        this.value(value[name]!);
      }
    }
  }
}
const isArray = (value: DeviceState): value is readonly DeviceState[] => Array.isArray(value);

class Reader {
  readonly #pieces: readonly Uint8Array[];
  #next = 1;
  #bytes: Uint8Array;
  #view: DataView;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #at = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.#bytes = pieces[0] ?? new Uint8Array(0);
    this.#view = viewOf(this.#bytes);
  }
  get ended(): boolean {
    return this.#at === this.#bytes.length && this.#next >= this.#pieces.length;
  }
  /** Goes on in the next piece at the end of this one. */
  #turn(): void {
    const piece = this.#pieces[this.#next];
    if (this.#at < this.#bytes.length || piece === undefined) return;
    this.#next++;
    this.#bytes = piece;
    this.#view = viewOf(piece);
    this.#at = 0;
  }
  #take(count: number, what: string): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw damaged(what);
    this.#at += count;
    return at;
  }
  #count(): number {
    return this.#view.getUint32(this.#take(4, "a length"), true);
  }
  #blob(): Uint8Array {
    const size = this.#count();
    const at = this.#take(size, `${size} bytes`);
    return this.#bytes.subarray(at, at + size);
  }
  #text(): string {
    try {
      return this.#decoder.decode(this.#blob());
    } catch (error) {
      if (error instanceof TypeError) throw damaged("text");
      throw error;
    }
  }

  value(depth: number): DeviceState {
    if (depth > MAX_DEPTH) throw damaged("at most 32 levels");
    this.#turn();
    const kind = this.#bytes[this.#take(1, "a value")]!;
    switch (kind) {
      case KIND.false:
        return false;
      case KIND.true:
        return true;
      case KIND.number:
        return this.#view.getFloat64(this.#take(8, "a number"), true);
      case KIND.string:
        return this.#text();
      case KIND.bytes:
        return this.#blob();
      case KIND.array: {
        const count = this.#count();
        const items: DeviceState[] = [];
        // Every item takes a byte at least, so a false length ends at the end of the data.
        for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
        return items;
      }
      case KIND.object: {
        const count = this.#count();
        const fields: [string, DeviceState][] = [];
        for (let i = 0; i < count; i++) fields.push([this.#text(), this.value(depth + 1)]);
        return Object.fromEntries(fields);
      }
      default:
        throw damaged("a known kind of value");
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The canonical bytes of a state in pieces of at most `most` bytes, but for a value that is longer. */
export const encodePieces = (state: DeviceState, most: number): Uint8Array[] => {
  const writer = new Writer(most);
  writer.value(state);
  const { bytes, length, cuts } = writer;
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? length));
};
/** The canonical bytes of a state. */
export const encodeState = (state: DeviceState): Uint8Array => encodePieces(state, Infinity)[0]!;

/** A state from the pieces of its bytes. Its own bytes are views of them. Throws MachineError as `decodeState`. */
export const decodePieces = (pieces: readonly Uint8Array[]): DeviceState => {
  const reader = new Reader(pieces);
  const state = reader.value(0);
  if (!reader.ended) throw damaged("the end");
  return state;
};
/** A state from its bytes, of which its own bytes are views. Throws MachineError `machine/state` for anything that `encodeState` cannot have made. */
export const decodeState = (bytes: Uint8Array): DeviceState => decodePieces([bytes]);
