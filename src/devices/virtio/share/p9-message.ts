/** 9P2000.L messages: their numbers, and the fields' form on the wire (little-endian). */
import { ShareError } from "./share-backend.js";

/** Requests; the reply is the number after. */
export const P9_REQUEST = {
  statfs: 8,
  lopen: 12,
  lcreate: 14,
  symlink: 16,
  mknod: 18,
  rename: 20,
  readlink: 22,
  getattr: 24,
  setattr: 26,
  xattrwalk: 30,
  xattrcreate: 32,
  readdir: 40,
  fsync: 50,
  lock: 52,
  getlock: 54,
  link: 70,
  mkdir: 72,
  renameat: 74,
  unlinkat: 76,
  version: 100,
  auth: 102,
  attach: 104,
  flush: 108,
  walk: 110,
  read: 116,
  write: 118,
  clunk: 120,
  remove: 122,
} as const;
export type P9RequestName = keyof typeof P9_REQUEST;
export const RLERROR = 7;
/** size[4] type[1] tag[2] */
export const P9_HEADER = 7;

/** What a server calls the same file: type, version, path (13 bytes). */
export interface Qid {
  /** 0x80 directory, 2 symbolic link, 0 file. */
  readonly type: number;
  readonly version: number;
  readonly pathLow: number;
  readonly pathHigh: number;
}

/** Takes fields out of a request. A field that is not whole is EPROTO. */
export class P9Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new ShareError("EPROTO", "message too short");
    this.#at += size;
    return at;
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  /** A number that is held exactly; beyond it is EFBIG. */
  u64(): number {
    const value = this.u32() + this.u32() * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw new ShareError("EFBIG");
    return value;
  }
  /** Bits 31:0 of a mask of 64. */
  mask64(): number {
    const low = this.u32();
    this.u32();
    return low;
  }
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }
  text(): string {
    const bytes = this.bytes(this.u16());
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (e) {
      if (e instanceof TypeError) throw new ShareError("EINVAL", "not UTF-8");
      throw e;
    }
  }
}

/** Puts a reply together; grows as needed, as far as the server lets it. */
export class P9Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  #room(size: number): number {
    const at = this.#length;
    if (at + size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + size));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length += size;
    return at;
  }
  u8(value: number): this {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
    return this;
  }
  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }
  u64(value: number): this {
    return this.u32(value).u32(Math.floor(value / 2 ** 32));
  }
  bytes(data: Uint8Array): this {
    const at = this.#room(data.length);
    this.#bytes.set(data, at);
    return this;
  }
  text(value: string): this {
    const data = new TextEncoder().encode(value);
    return this.u16(data.length).bytes(data);
  }
  qid(qid: Qid): this {
    return this.u8(qid.type).u32(qid.version).u32(qid.pathLow).u32(qid.pathHigh);
  }
  /** The message so far, with its size in front. */
  finish(type: number, tag: number): Uint8Array {
    const out = new Uint8Array(P9_HEADER + this.#length);
    const view = new DataView(out.buffer);
    view.setUint32(0, out.length, true);
    view.setUint8(4, type);
    view.setUint16(5, tag, true);
    out.set(this.#bytes.subarray(0, this.#length), P9_HEADER);
    return out;
  }
}
