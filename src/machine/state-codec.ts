/**
 * A state of plain data as bytes and back. The encoding is canonical: equal states give equal bytes on every
 * host, so that a hash of the bytes is a hash of the state.
 *
 * One byte of kind, then: a number, 8 bytes, IEEE 754 little-endian; a string, its length and UTF-8; bytes, their
 * length and themselves; an array, its length and items; an object, its number of fields and, sorted by name,
 * each name and value. Lengths are 4 bytes, little-endian.
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
  #view = new DataView(this.bytes.buffer);
  readonly #encoder = new TextEncoder();

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
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  #take(count: number, what: string): number {
    const { at } = this;
    if (count > this.#bytes.length - at) throw damaged(what);
    this.at += count;
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

/** The canonical bytes of a state. */
export const encodeState = (state: DeviceState): Uint8Array => {
  const writer = new Writer();
  writer.value(state);
  return writer.bytes.subarray(0, writer.length);
};

/** A state from its bytes, of which its own bytes are views. Throws MachineError `machine/state` for anything that `encodeState` cannot have made. */
export const decodeState = (bytes: Uint8Array): DeviceState => {
  const reader = new Reader(bytes);
  const state = reader.value(0);
  if (reader.at !== bytes.length) throw damaged("the end");
  return state;
};
