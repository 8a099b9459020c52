/** The files that a 9P client holds: its numbers for them, bounded, with what they stand for. */
import { type DeviceState, MachineError } from "../../../machine/index.js";
import {
  stateBoolean,
  stateFields,
  stateInteger,
  stateList,
  stateString,
} from "../../device-state.js";
import {
  isShareName,
  SHARE_DEPTH_MAX,
  type ShareBackend,
  type ShareEntry,
  ShareError,
  type ShareFile,
  type ShareKind,
  type SharePath,
} from "./share-backend.js";

export interface OpenFid {
  readonly write: boolean;
  readonly append: boolean;
  /** A directory has none. */
  readonly file: ShareFile | undefined;
}
export interface Fid {
  path: SharePath;
  open: OpenFid | undefined;
  /** Of a directory that is being read: its entries when reading began. */
  listing: readonly ShareEntry[] | undefined;
}

const FIDS_MAX = 4096;
/** Files held open at once: descriptors of the host. */
const OPEN_MAX = 512;
/** Entries in all listings. */
const LISTED_MAX = 1 << 18;
const KINDS: readonly ShareKind[] = ["file", "directory", "symlink"];

const isBelow = (path: SharePath, folder: SharePath): boolean =>
  folder.length <= path.length && folder.every((name, i) => path[i] === name);

export class P9Fids {
  readonly #fids = new Map<number, Fid>();
  #open = 0;
  #listed = 0;

  get(number: number): Fid {
    const fid = this.#fids.get(number);
    if (fid === undefined) throw new ShareError("EBADF", `fid ${number}`);
    return fid;
  }
  has(number: number): boolean {
    return this.#fids.has(number);
  }
  add(number: number, path: SharePath): void {
    if (this.#fids.has(number)) throw new ShareError("EINVAL", `fid ${number} is in use`);
    if (this.#fids.size >= FIDS_MAX) throw new ShareError("EMFILE");
    this.#fids.set(number, { path, open: undefined, listing: undefined });
  }
  /** Throws before a file is opened that would be one too many. */
  checkOpen(): void {
    if (this.#open >= OPEN_MAX) throw new ShareError("EMFILE");
  }
  setOpen(fid: Fid, open: OpenFid): void {
    fid.open = open;
    if (open.file !== undefined) this.#open++;
  }
  setListing(fid: Fid, listing: readonly ShareEntry[] | undefined): void {
    const count = this.#listed - (fid.listing?.length ?? 0) + (listing?.length ?? 0);
    if (count > LISTED_MAX) throw new ShareError("ENOMEM");
    this.#listed = count;
    fid.listing = listing;
  }
  remove(number: number): void {
    const fid = this.get(number);
    this.#fids.delete(number);
    this.setListing(fid, undefined);
    if (fid.open?.file === undefined) return;
    this.#open--;
    fid.open.file.close();
  }
  clear(): void {
    for (const number of [...this.#fids.keys()]) this.remove(number);
  }
  /** Follows a rename: the fids of the entry and of all that is below it. */
  renamed(from: SharePath, to: SharePath): void {
    for (const fid of this.#fids.values()) {
      if (isBelow(fid.path, from)) fid.path = [...to, ...fid.path.slice(from.length)];
    }
  }

  save(): DeviceState {
    return [...this.#fids].map(([number, { path, open, listing }]) => ({
      number,
      path: [...path],
      open: open !== undefined,
      write: open?.write === true,
      append: open?.append === true,
      isFile: open?.file !== undefined,
      isListed: listing !== undefined,
      listing: (listing ?? []).map((e) => [e.name, e.kind]),
    }));
  }
  /** Opens again what was open. What the host's folder no longer has answers EIO when it is used. */
  restore(state: DeviceState, backend: ShareBackend): void {
    const what = "9P fids";
    this.clear();
    for (const entry of stateList(state, what, FIDS_MAX)) {
      const s = stateFields(entry, what);
      const path = stateList(s["path"], what, SHARE_DEPTH_MAX).map((n) => stateString(n, what));
      const number = stateInteger(s["number"], what, 0, 0xffffffff);
      if (!path.every(isShareName))
        throw new MachineError("machine/snapshot", `${what}: a path of other things than names`);
      this.add(number, path);
      const fid = this.get(number);
      if (stateBoolean(s["open"], what)) {
        const write = stateBoolean(s["write"], what);
        this.checkOpen();
        const file = stateBoolean(s["isFile"], what) ? reopen(backend, path, write) : undefined;
        this.setOpen(fid, { write, append: stateBoolean(s["append"], what), file });
      }
      if (!stateBoolean(s["isListed"], what)) continue;
      const listing = stateList(s["listing"], what, LISTED_MAX).map((e): ShareEntry => {
        const [name, kind] = stateList(e, what, 2);
        const known = KINDS.find((k) => k === kind);
        return { name: stateString(name, what), kind: known ?? "file" };
      });
      this.setListing(fid, listing);
    }
  }
}

const reopen = (backend: ShareBackend, path: SharePath, write: boolean): ShareFile => {
  try {
    return backend.open(path, write);
  } catch (e) {
    if (!(e instanceof ShareError)) throw e;
    return new LostFile();
  }
};
/** A file that was open when the snapshot was taken and cannot be opened now. */
class LostFile implements ShareFile {
  #fail(): never {
    throw new ShareError("EIO", "the file was open in the snapshot and is gone from the host");
  }
  stat(): never {
    return this.#fail();
  }
  read(): never {
    return this.#fail();
  }
  write(): void {
    this.#fail();
  }
  change(): void {
    this.#fail();
  }
  sync(): void {
    this.#fail();
  }
  close(): void {
    // Nothing is open.
  }
}
