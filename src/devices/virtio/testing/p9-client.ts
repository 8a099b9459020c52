/** A 9P client for tests: builds requests, takes replies apart. */
import {
  P9_REQUEST,
  P9Reader,
  type P9RequestName,
  P9Writer,
  RLERROR,
} from "../share/p9-message.js";
import { ERRNO } from "../share/share-backend.js";

export class P9Client {
  readonly #send: (message: Uint8Array) => Uint8Array;
  #tag = 0;
  constructor(send: (message: Uint8Array) => Uint8Array) {
    this.#send = send;
  }
  /** The reply's fields, or the error's name. */
  ask(name: P9RequestName, build: (w: P9Writer) => P9Writer): P9Reader | string {
    const writer = build(new P9Writer());
    this.#tag = (this.#tag + 1) & 0xffff;
    const reply = this.#send(writer.finish(P9_REQUEST[name], this.#tag));
    const view = new DataView(reply.buffer, reply.byteOffset);
    if (view.getUint32(0, true) !== reply.length) throw new Error("size of the reply");
    if (view.getUint16(5, true) !== this.#tag) throw new Error("tag of the reply");
    const fields = new P9Reader(reply.subarray(7));
    if (reply[4] === RLERROR) {
      const errno = fields.u32();
      return Object.entries(ERRNO).find(([, n]) => n === errno)?.[0] ?? `errno ${errno}`;
    }
    if (reply[4] !== P9_REQUEST[name] + 1) throw new Error(`reply of type ${reply[4]}`);
    return fields;
  }
  #ok(name: P9RequestName, build: (w: P9Writer) => P9Writer): P9Reader {
    const reply = this.ask(name, build);
    if (typeof reply === "string") throw new Error(`${name}: ${reply}`);
    return reply;
  }
  /** "ok", or the error's name. */
  outcome(name: P9RequestName, build: (w: P9Writer) => P9Writer): string {
    const reply = this.ask(name, build);
    return typeof reply === "string" ? reply : "ok";
  }
  start(messageSize = 65536): string {
    const reply = this.#ok("version", (w) => w.u32(messageSize).text("9P2000.L"));
    reply.u32();
    const version = reply.text();
    this.#ok("attach", (w) => w.u32(0).u32(0xffffffff).text("root").text("").u32(0));
    return version;
  }
  /** Walks from the root; gives the qid's type byte or the error. */
  walk(fid: number, ...names: string[]): number | string {
    const reply = this.ask("walk", (w) => {
      w.u32(0).u32(fid).u16(names.length);
      for (const name of names) w.text(name);
      return w;
    });
    if (typeof reply === "string") return reply;
    const count = reply.u16();
    if (count < names.length) return `walked ${count} of ${names.length}`;
    let type = 0x80;
    for (let i = 0; i < count; i++) {
      type = reply.u8();
      reply.bytes(12);
    }
    return type;
  }
  open(fid: number, flags = 0): string {
    return this.outcome("lopen", (w) => w.u32(fid).u32(flags));
  }
  read(fid: number, offset = 0, count = 4096): Uint8Array {
    const reply = this.#ok("read", (w) => w.u32(fid).u64(offset).u32(count));
    return reply.bytes(reply.u32());
  }
  write(fid: number, offset: number, data: Uint8Array): string {
    return this.outcome("write", (w) => w.u32(fid).u64(offset).u32(data.length).bytes(data));
  }
  clunk(fid: number): string {
    return this.outcome("clunk", (w) => w.u32(fid));
  }
  getattr(fid: number): { mode: number; uid: number; size: number; modified: number } {
    const reply = this.#ok("getattr", (w) => w.u32(fid).u64(0x7ff));
    reply.bytes(8 + 13);
    const [mode, uid] = [reply.u32(), reply.u32()];
    reply.bytes(4 + 8 + 8);
    const size = reply.u64();
    reply.bytes(16 + 16);
    return { mode, uid, size, modified: reply.u64() };
  }
  /** Names of an open directory, read in parts of `count` bytes; `seen` is told each part's. */
  names(fid: number, count = 4096, seen?: (names: string[]) => void): string[] {
    const names: string[] = [];
    let offset = 0;
    let told = 0;
    for (;;) {
      seen?.(names.slice(told));
      told = names.length;
      const reply = this.#ok("readdir", (w) => w.u32(fid).u64(offset).u32(count));
      const size = reply.u32();
      if (size === 0) return names;
      const part = new P9Reader(reply.bytes(size));
      for (let left = size; left > 0;) {
        part.bytes(13);
        offset = part.u64();
        part.u8();
        const name = part.text();
        names.push(name);
        left -= 13 + 8 + 1 + 2 + new TextEncoder().encode(name).length;
      }
    }
  }
}
