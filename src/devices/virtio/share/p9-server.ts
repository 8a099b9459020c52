/**
 * A 9P2000.L server for one client over a ShareBackend. The guest sees every file as owned by root;
 * numbers of files come from their paths, so they are the same on every host.
 */
import type { DeviceState } from "../../../machine/index.js";
import { stateFields, stateInteger } from "../../device-state.js";
import { type Fid, P9Fids } from "./p9-fids.js";
import { P9_HEADER, P9_REQUEST, P9Reader, P9Writer, type Qid, RLERROR } from "./p9-message.js";
import {
  ERRNO,
  isShareName,
  SHARE_DEPTH_MAX,
  type ShareBackend,
  type ShareChange,
  ShareError,
  type ShareKind,
  type SharePath,
  type ShareStat,
} from "./share-backend.js";

/** Largest message that is agreed to, and the smallest. */
export const P9_MESSAGE_MAX = 512 << 10;
const MESSAGE_MIN = 4096;
const VERSION = "9P2000.L";
const WALK_MAX = 16;
/** Header of a Tread's reply: size, type, tag and count. */
const READ_OVERHEAD = P9_HEADER + 4;

/** Open flags (P9_DOTL_*: Linux's generic numbers). */
const OPEN = {
  access: 3,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
} as const;
const AT_REMOVEDIR = 0x200;
const SETATTR = {
  mode: 1,
  uid: 2,
  gid: 4,
  size: 8,
  modified: 32,
  modifiedSet: 256,
} as const;
/** P9_GETATTR_BASIC: all but birth time, generation and data version. */
const GETATTR_BASIC = 0x7ff;
const QID_TYPE: Readonly<Record<ShareKind, number>> = { directory: 0x80, symlink: 2, file: 0 };
/** File types of st_mode, and of directory entries. */
const MODE_TYPE: Readonly<Record<ShareKind, number>> = {
  directory: 0o040000,
  symlink: 0o120000,
  file: 0o100000,
};
const ENTRY_TYPE: Readonly<Record<ShareKind, number>> = { directory: 4, symlink: 10, file: 8 };
const BLOCK = 4096;
/** The host's real numbers would differ from run to run: a size that is large enough, all of it free. */
const NOMINAL_BLOCKS = 1 << 24;
const V9FS_MAGIC = 0x01021997;
const NO_FID = 0xffffffff;

/** FNV-1a. */
const hash = (text: string, basis: number): number => {
  let h = basis;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
};
const qidOf = (path: SharePath, kind: ShareKind, version = 0): Qid => {
  const text = path.join("/");
  return {
    type: QID_TYPE[kind],
    version,
    pathLow: hash(text, 0x811c9dc5),
    pathHigh: hash(text, 0x5bd1e995),
  };
};
const qidOfStat = (path: SharePath, stat: ShareStat): Qid =>
  qidOf(path, stat.kind, (stat.modified.seconds ^ stat.modified.nanoseconds ^ stat.size) >>> 0);

type Handler = (request: P9Reader, reply: P9Writer) => void;

export class P9Server {
  readonly #backend: ShareBackend;
  readonly #fids = new P9Fids();
  readonly #handlers = new Map<number, Handler>();
  #messageMax = P9_MESSAGE_MAX;

  constructor(backend: ShareBackend) {
    this.#backend = backend;
    for (const [name, handler] of Object.entries<Handler>(this.#table())) {
      this.#handlers.set(P9_REQUEST[name as keyof typeof P9_REQUEST], handler);
    }
  }
  /** Forgets the client. */
  reset(): void {
    this.#fids.clear();
    this.#messageMax = P9_MESSAGE_MAX;
  }
  /**
   * The reply to a message that is at least a header long. Replies are at most as long as was agreed
   * and at most `room`; a request that asks for more is refused.
   */
  answer(message: Uint8Array, room: number): Uint8Array {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const type = view.getUint8(4);
    const tag = view.getUint16(5, true);
    const refuse = (errno: number): Uint8Array => new P9Writer().u32(errno).finish(RLERROR, tag);
    try {
      const size = view.getUint32(0, true);
      if (size < P9_HEADER || size > message.length || size > this.#messageMax) {
        throw new ShareError("EPROTO", `a message of ${size} bytes`);
      }
      const handler = this.#handlers.get(type);
      if (handler === undefined) throw new ShareError("EOPNOTSUPP", `message ${type}`);
      const reply = new P9Writer();
      // Up to the end of what came: kernels before 5.0 leave the data of a write out of `size`.
      handler(new P9Reader(message.subarray(P9_HEADER)), reply);
      if (P9_HEADER + reply.length > Math.min(room, this.#messageMax)) {
        throw new ShareError("EPROTO", "no room for the reply");
      }
      return reply.finish(type + 1, tag);
    } catch (e) {
      if (!(e instanceof ShareError)) throw e;
      return refuse(ERRNO[e.code]);
    }
  }

  // ---- messages -------------------------------------------------------------------------------------

  #table(): { readonly [K in keyof typeof P9_REQUEST]: Handler } {
    const refuse =
      (code: keyof typeof ERRNO): Handler =>
      () => {
        throw new ShareError(code);
      };
    return {
      version: (request, reply) => {
        const size = request.u32();
        const version = request.text();
        this.reset();
        if (size < MESSAGE_MIN) throw new ShareError("EINVAL", `messages of ${size} bytes`);
        this.#messageMax = Math.min(size, P9_MESSAGE_MAX);
        reply.u32(this.#messageMax).text(version === VERSION ? VERSION : "unknown");
      },
      // No authentication is asked for.
      auth: refuse("EOPNOTSUPP"),
      attach: (request, reply) => {
        const fid = request.u32();
        if (request.u32() !== NO_FID) throw new ShareError("EINVAL", "authentication");
        request.text();
        // A part of the folder cannot be asked for: its root is what there is.
        request.text();
        this.#fids.add(fid, []);
        reply.qid(qidOfStat([], this.#backend.stat([])));
      },
      // Requests are answered before the next is read: there is never one to take back.
      flush: (request) => {
        request.u16();
      },
      walk: (request, reply) => this.#walk(request, reply),
      clunk: (request) => this.#fids.remove(request.u32()),
      remove: (request) => {
        const number = request.u32();
        const { path } = this.#fids.get(number);
        // The fid is gone whether or not the file can go.
        this.#fids.remove(number);
        this.#backend.remove(path, this.#backend.stat(path).kind === "directory");
      },
      statfs: (request, reply) => {
        this.#fids.get(request.u32());
        reply.u32(V9FS_MAGIC).u32(BLOCK);
        for (let i = 0; i < 5; i++) reply.u64(NOMINAL_BLOCKS);
        reply.u64(0).u32(255);
      },
      getattr: (request, reply) => this.#getattr(request, reply),
      setattr: (request) => this.#setattr(request),
      readlink: (request, reply) => {
        reply.text(this.#backend.readLink(this.#fids.get(request.u32()).path));
      },
      lopen: (request, reply) => this.#open(request, reply),
      lcreate: (request, reply) => this.#create(request, reply),
      read: (request, reply) => {
        const { open } = this.#fids.get(request.u32());
        const offset = request.u64();
        const count = request.u32();
        if (open?.file === undefined) throw new ShareError("EBADF", "not an open file");
        if (count > this.#messageMax - READ_OVERHEAD) throw new ShareError("EINVAL");
        const data = open.file.read(offset, count);
        reply.u32(data.length).bytes(data);
      },
      write: (request, reply) => {
        const { open } = this.#fids.get(request.u32());
        const offset = request.u64();
        const data = request.bytes(request.u32());
        if (open?.file === undefined || !open.write)
          throw new ShareError("EBADF", "not open for writing");
        open.file.write(open.append ? open.file.stat().size : offset, data);
        reply.u32(data.length);
      },
      readdir: (request, reply) => this.#readdir(request, reply),
      fsync: (request) => {
        const { open } = this.#fids.get(request.u32());
        if (open?.write === true) open.file?.sync();
      },
      mkdir: (request, reply) => {
        const path = this.#child(request.u32(), request.text());
        this.#backend.makeDirectory(path, request.u32());
        reply.qid(qidOfStat(path, this.#backend.stat(path)));
      },
      unlinkat: (request) => {
        const path = this.#child(request.u32(), request.text());
        this.#backend.remove(path, (request.u32() & AT_REMOVEDIR) !== 0);
      },
      renameat: (request) => {
        const from = this.#child(request.u32(), request.text());
        this.#rename(from, this.#child(request.u32(), request.text()));
      },
      rename: (request) => {
        const from = this.#fids.get(request.u32()).path;
        this.#rename(from, this.#child(request.u32(), request.text()));
      },
      // One client: its own kernel has settled who holds a lock before it asks.
      lock: (request, reply) => {
        this.#fids.get(request.u32());
        reply.u8(0);
      },
      getlock: (request, reply) => {
        const UNLOCKED = 2;
        this.#fids.get(request.u32());
        request.u8();
        const range = request.bytes(16);
        const process = request.u32();
        reply.u8(UNLOCKED).bytes(range).u32(process).text(request.text());
      },
      xattrwalk: refuse("EOPNOTSUPP"),
      xattrcreate: refuse("EOPNOTSUPP"),
      // Links and device files made by a guest would be traps for programs of the host.
      symlink: refuse("EPERM"),
      link: refuse("EPERM"),
      mknod: refuse("EPERM"),
    };
  }
  #child(fid: number, name: string): SharePath {
    const { path } = this.#fids.get(fid);
    if (!isShareName(name)) throw new ShareError("EINVAL", "not a name");
    if (path.length >= SHARE_DEPTH_MAX) throw new ShareError("ENAMETOOLONG");
    return [...path, name];
  }
  #walk(request: P9Reader, reply: P9Writer): void {
    const from = request.u32();
    const to = request.u32();
    const count = request.u16();
    if (count > WALK_MAX) throw new ShareError("EINVAL", `a walk of ${count} steps`);
    const fid = this.#fids.get(from);
    if (fid.open !== undefined) throw new ShareError("EINVAL", "a walk from an open file");
    if (to !== from && this.#fids.has(to)) throw new ShareError("EINVAL", `fid ${to} is in use`);
    const names = Array.from({ length: count }, () => request.text());
    let { path } = fid;
    const qids: Qid[] = [];
    for (const name of names) {
      try {
        // Of the root, the parent is the root.
        const next = name === ".." ? path.slice(0, -1) : this.#step(path, name);
        qids.push(qidOfStat(next, this.#backend.stat(next)));
        path = next;
      } catch (e) {
        if (!(e instanceof ShareError) || qids.length === 0) throw e;
        break;
      }
    }
    // A walk that comes only part of the way makes no fid.
    if (qids.length === names.length) {
      if (to === from) fid.path = path;
      else this.#fids.add(to, path);
    }
    reply.u16(qids.length);
    for (const qid of qids) reply.qid(qid);
  }
  #step(path: SharePath, name: string): SharePath {
    if (!isShareName(name)) throw new ShareError("ENOENT", "not a name");
    if (path.length >= SHARE_DEPTH_MAX) throw new ShareError("ENAMETOOLONG");
    return [...path, name];
  }
  #stat(fid: Fid): ShareStat {
    return fid.open?.file?.stat() ?? this.#backend.stat(fid.path);
  }
  #getattr(request: P9Reader, reply: P9Writer): void {
    const fid = this.#fids.get(request.u32());
    const stat = this.#stat(fid);
    reply.u64(GETATTR_BASIC).qid(qidOfStat(fid.path, stat));
    reply.u32(MODE_TYPE[stat.kind] | stat.mode);
    // Owner and group: root.
    reply.u32(0).u32(0);
    reply
      .u64(stat.links)
      .u64(0)
      .u64(stat.size)
      .u64(BLOCK)
      .u64(Math.ceil(stat.size / 512));
    // Access and change times would move with every run: they are the time of modification.
    for (let i = 0; i < 3; i++) reply.u64(stat.modified.seconds).u64(stat.modified.nanoseconds);
    for (let i = 0; i < 4; i++) reply.u64(0);
  }
  #setattr(request: P9Reader): void {
    const fid = this.#fids.get(request.u32());
    const valid = request.u32();
    const [mode, uid, gid] = [request.u32(), request.u32(), request.u32()];
    const size = request.u64();
    request.bytes(16);
    const modified = { seconds: request.u64(), nanoseconds: request.u64() };
    const has = (bit: number): boolean => (valid & bit) !== 0;
    if (!this.#backend.writable) throw new ShareError("EROFS");
    if ((has(SETATTR.uid) && uid !== 0) || (has(SETATTR.gid) && gid !== 0))
      throw new ShareError("EPERM", "files belong to root");
    if (modified.nanoseconds >= 1e9) throw new ShareError("EINVAL");
    const change: ShareChange = {
      ...(has(SETATTR.mode) && { mode }),
      ...(has(SETATTR.size) && { size }),
      ...(has(SETATTR.modified) && {
        modified: has(SETATTR.modifiedSet) ? modified : ("now" as const),
      }),
    };
    if (Object.keys(change).length === 0) return;
    const file = fid.open?.write === true ? fid.open.file : undefined;
    if (file === undefined) this.#backend.change(fid.path, change);
    else file.change(change);
  }
  #open(request: P9Reader, reply: P9Writer): void {
    const fid = this.#fids.get(request.u32());
    const flags = request.u32();
    if (fid.open !== undefined) throw new ShareError("EINVAL", "open already");
    const write = (flags & OPEN.access) !== 0;
    const stat = this.#backend.stat(fid.path);
    if (stat.kind === "symlink") throw new ShareError("ELOOP");
    if (stat.kind === "directory") {
      if (write) throw new ShareError("EISDIR");
      this.#fids.setOpen(fid, { write: false, append: false, file: undefined });
    } else {
      this.#fids.checkOpen();
      const truncate = (flags & OPEN.truncate) !== 0;
      if (truncate && !this.#backend.writable) throw new ShareError("EROFS");
      const file = this.#backend.open(fid.path, write || truncate);
      this.#fids.setOpen(fid, { write, append: (flags & OPEN.append) !== 0, file });
      if (truncate) file.change({ size: 0 });
    }
    reply.qid(qidOfStat(fid.path, stat)).u32(0);
  }
  #create(request: P9Reader, reply: P9Writer): void {
    const number = request.u32();
    const fid = this.#fids.get(number);
    const path = this.#child(number, request.text());
    const flags = request.u32();
    const mode = request.u32();
    request.u32();
    if (fid.open !== undefined) throw new ShareError("EINVAL", "open already");
    this.#fids.checkOpen();
    const file = this.#backend.create(path, mode, (flags & OPEN.exclusive) !== 0);
    const write = (flags & OPEN.access) !== 0;
    // The fid stands for the new file from here on.
    fid.path = path;
    this.#fids.setOpen(fid, { write, append: (flags & OPEN.append) !== 0, file });
    if ((flags & OPEN.truncate) !== 0) file.change({ size: 0 });
    reply.qid(qidOfStat(path, file.stat())).u32(0);
  }
  #readdir(request: P9Reader, reply: P9Writer): void {
    const fid = this.#fids.get(request.u32());
    const offset = request.u64();
    const count = Math.min(request.u32(), this.#messageMax - READ_OVERHEAD);
    if (fid.open === undefined || fid.open.file !== undefined)
      throw new ShareError("ENOTDIR", "not an open directory");
    // What was there when reading began is read to its end, also while entries go.
    if (offset === 0 || fid.listing === undefined)
      this.#fids.setListing(fid, this.#backend.list(fid.path));
    const { path } = fid;
    const listing = fid.listing!;
    const entries = new P9Writer();
    for (let at = offset; at < listing.length + 2; at++) {
      const entry = at < 2 ? undefined : listing[at - 2]!;
      const name = entry?.name ?? (at === 0 ? "." : "..");
      const kind = entry?.kind ?? "directory";
      const where = entry !== undefined ? [...path, name] : at === 0 ? path : path.slice(0, -1);
      const size = 13 + 8 + 1 + 2 + new TextEncoder().encode(name).length;
      if (entries.length + size > count) break;
      entries
        .qid(qidOf(where, kind))
        .u64(at + 1)
        .u8(ENTRY_TYPE[kind])
        .text(name);
    }
    const data = entries.finish(0, 0).subarray(P9_HEADER);
    reply.u32(data.length).bytes(data);
  }
  #rename(from: SharePath, to: SharePath): void {
    this.#backend.rename(from, to);
    this.#fids.renamed(from, to);
  }

  save(): DeviceState {
    return { messageMax: this.#messageMax, fids: this.#fids.save() };
  }
  restore(state: DeviceState): void {
    const s = stateFields(state, "9P");
    this.#messageMax = stateInteger(s["messageMax"], "9P", MESSAGE_MIN, P9_MESSAGE_MAX);
    this.#fids.restore(s["fids"] ?? 0, this.#backend);
  }
}
