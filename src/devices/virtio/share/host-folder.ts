/**
 * A folder of the host, confined: paths are walked one name at a time from an open descriptor of the
 * root, and no step follows a symbolic link, so nothing outside can be reached, also when the folder
 * changes meanwhile. Where the host has no /proc/self/fd each step is looked at before it is taken,
 * which a program of the host that swaps folders for links at the right moment can defeat.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import {
  ERRNO,
  type ErrnoName,
  isShareName,
  SHARE_DEPTH_MAX,
  SHARE_LIST_MAX,
  type ShareBackend,
  type ShareChange,
  type ShareEntry,
  ShareError,
  type ShareFile,
  type ShareKind,
  type SharePath,
  type ShareStat,
} from "./share-backend.js";

export interface HostFolderOptions {
  /** Default: false. */
  readonly writable?: boolean;
  /** Largest file that the guest may make, in bytes (4 GiB). */
  readonly largestFile?: number;
  /** Walk by descriptors; default where the host has /proc/self/fd. */
  readonly byDescriptor?: boolean;
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = constants;
/** NONBLOCK: opening a FIFO that took a file's place must not wait. */
const SAFE = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const DIRECTORY = constants.O_DIRECTORY ?? 0;
const PERMISSIONS = 0o777;
const DESCRIPTORS = "/proc/self/fd";

/** Runs `act`, and turns what node:fs throws into what a guest may see. */
const guarded = <T>(act: () => T): T => {
  try {
    return act();
  } catch (e) {
    if (e instanceof ShareError) throw e;
    const code = (e as { code?: unknown }).code;
    if (typeof code !== "string") throw e;
    throw new ShareError(code in ERRNO ? (code as ErrnoName) : "EIO", code);
  }
};
const kindOf = (stat: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): ShareKind | undefined =>
  stat.isFile()
    ? "file"
    : stat.isDirectory()
      ? "directory"
      : stat.isSymbolicLink()
        ? "symlink"
        : undefined;
/** Devices, sockets and FIFOs of the host are not there for the guest. */
const statOf = (stat: Stats): ShareStat => {
  const kind = kindOf(stat);
  if (kind === undefined) throw new ShareError("ENOENT", "neither file, folder nor link");
  const seconds = Math.floor(stat.mtimeMs / 1000);
  return {
    kind,
    mode: stat.mode & PERMISSIONS,
    size: stat.size,
    links: stat.nlink,
    modified: {
      seconds,
      nanoseconds: Math.floor((stat.mtimeMs - seconds * 1000) * 1e6),
    },
  };
};

class HostFile implements ShareFile {
  readonly #fd: number;
  readonly #writable: boolean;
  readonly #largest: number;
  constructor(fd: number, writable: boolean, largest: number) {
    this.#fd = fd;
    this.#writable = writable;
    this.#largest = largest;
  }
  stat(): ShareStat {
    return guarded(() => statOf(fstatSync(this.#fd)));
  }
  read(offset: number, size: number): Uint8Array {
    return guarded(() => {
      const out = new Uint8Array(size);
      let done = 0;
      while (done < size) {
        const got = readSync(this.#fd, out, done, size - done, offset + done);
        if (got === 0) break;
        done += got;
      }
      return out.subarray(0, done);
    });
  }
  write(offset: number, data: Uint8Array): void {
    guarded(() => {
      this.#need();
      if (offset + data.length > this.#largest) throw new ShareError("EFBIG");
      for (let done = 0; done < data.length;) {
        done += writeSync(this.#fd, data, done, data.length - done, offset + done);
      }
    });
  }
  change(change: ShareChange): void {
    guarded(() => {
      this.#need();
      applyChange(this.#fd, change, this.#largest);
    });
  }
  #need(): void {
    if (!this.#writable) throw new ShareError("EROFS");
  }
  sync(): void {
    guarded(() => fsyncSync(this.#fd));
  }
  close(): void {
    closeSync(this.#fd);
  }
}

const applyChange = (fd: number, change: ShareChange, largest: number): void => {
  const { size, mode, modified } = change;
  if (size !== undefined) {
    if (size > largest) throw new ShareError("EFBIG");
    ftruncateSync(fd, size);
  }
  if (mode !== undefined) fchmodSync(fd, mode & PERMISSIONS);
  if (modified !== undefined) {
    // The host's files carry the host's time; what the guest reads of it is input.
    const time =
      modified === "now" ? new Date() : modified.seconds + modified.nanoseconds / 1_000_000_000;
    futimesSync(fd, time, time);
  }
};

export class HostFolder implements ShareBackend {
  readonly writable: boolean;
  readonly root: string;
  readonly #rootFd: number;
  readonly #largest: number;
  readonly #byDescriptor: boolean;

  /** Throws what node:fs throws when the folder cannot be opened. */
  constructor(folder: string, options: HostFolderOptions = {}) {
    this.writable = options.writable === true;
    this.#largest = options.largestFile ?? 2 ** 32;
    this.#byDescriptor = options.byDescriptor ?? existsSync(DESCRIPTORS);
    this.root = realpathSync(folder);
    this.#rootFd = openSync(this.root, O_RDONLY | DIRECTORY);
  }
  /** Gives the descriptor back; the share cannot be used after it. */
  close(): void {
    closeSync(this.#rootFd);
  }

  // ---- walking --------------------------------------------------------------------------------------

  /** Calls `act` with a host path of the folder, at which single names can be used. */
  #in<T>(names: SharePath, act: (folder: string) => T): T {
    return guarded(() => {
      if (names.length > SHARE_DEPTH_MAX) throw new ShareError("ENAMETOOLONG");
      if (!names.every(isShareName)) throw new ShareError("EINVAL", "not a name");
      return this.#byDescriptor ? this.#byFd(names, act) : this.#byLook(names, act);
    });
  }
  #byFd<T>(names: SharePath, act: (folder: string) => T): T {
    let fd = this.#rootFd;
    try {
      for (const name of names) {
        const next = openSync(`${DESCRIPTORS}/${fd}/${name}`, O_RDONLY | DIRECTORY | SAFE);
        if (fd !== this.#rootFd) closeSync(fd);
        fd = next;
      }
      return act(`${DESCRIPTORS}/${fd}`);
    } finally {
      if (fd !== this.#rootFd) closeSync(fd);
    }
  }
  #byLook<T>(names: SharePath, act: (folder: string) => T): T {
    let at = this.root;
    for (const name of names) {
      at = path.join(at, name);
      if (!lstatSync(at).isDirectory()) throw new ShareError("ENOTDIR");
    }
    return act(at);
  }
  /** As `#in`, of the folder that holds the last name; `act` gets the host path of that name. */
  #at<T>(names: SharePath, act: (entry: string) => T): T {
    const last = names.at(-1);
    if (last === undefined) throw new ShareError("EBUSY", "the root of a share stays as it is");
    if (!isShareName(last)) throw new ShareError("EINVAL", "not a name");
    return this.#in(names.slice(0, -1), (folder) => act(`${folder}/${last}`));
  }
  #change<T>(names: SharePath, act: (entry: string) => T): T {
    if (!this.writable) throw new ShareError("EROFS");
    return this.#at(names, act);
  }
  /** Opens what must be a file or a folder; a link in its place is refused. */
  #open(entry: string, flags: number, mode?: number): number {
    // Looked at first where O_NOFOLLOW is missing, and so that opening a device has no effect on it.
    const there = lstatSync(entry, { throwIfNoEntry: (flags & O_CREAT) === 0 });
    if (there !== undefined) {
      const kind = kindOf(there);
      if (kind === "symlink") throw new ShareError("ELOOP");
      if (kind === undefined) throw new ShareError("ENOENT", "neither file, folder nor link");
    }
    const fd = openSync(entry, flags | SAFE, mode);
    try {
      statOf(fstatSync(fd));
      return fd;
    } catch (e) {
      closeSync(fd);
      throw e;
    }
  }

  // ---- what a server asks ---------------------------------------------------------------------------

  stat(names: SharePath): ShareStat {
    if (names.length === 0) return guarded(() => statOf(fstatSync(this.#rootFd)));
    return this.#at(names, (entry) => statOf(lstatSync(entry)));
  }
  list(names: SharePath): readonly ShareEntry[] {
    return this.#in(names, (folder) => {
      const entries = readdirSync(folder, { withFileTypes: true, encoding: "buffer" });
      if (entries.length > SHARE_LIST_MAX) throw new ShareError("EOVERFLOW");
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return entries
        .sort((a, b) => Buffer.compare(a.name, b.name))
        .flatMap((entry): ShareEntry[] => {
          const kind = kindOf(entry);
          if (kind === undefined) return [];
          // A name that is not UTF-8 could not be asked for again.
          try {
            return [{ name: decoder.decode(entry.name), kind }];
          } catch (e) {
            if (e instanceof TypeError) return [];
            throw e;
          }
        });
    });
  }
  readLink(names: SharePath): string {
    return this.#at(names, (entry) => readlinkSync(entry));
  }
  open(names: SharePath, write: boolean): ShareFile {
    if (write && !this.writable) throw new ShareError("EROFS");
    return this.#at(names, (entry) => {
      const fd = this.#open(entry, write ? O_RDWR : O_RDONLY);
      return new HostFile(fd, write, this.#largest);
    });
  }
  create(names: SharePath, mode: number, exclusive: boolean): ShareFile {
    return this.#change(names, (entry) => {
      const flags = O_RDWR | O_CREAT | (exclusive ? O_EXCL : 0);
      return new HostFile(this.#open(entry, flags, mode & PERMISSIONS), true, this.#largest);
    });
  }
  makeDirectory(names: SharePath, mode: number): void {
    this.#change(names, (entry) => mkdirSync(entry, { mode: mode & PERMISSIONS }));
  }
  remove(names: SharePath, directory: boolean): void {
    this.#change(names, (entry) => (directory ? rmdirSync(entry) : unlinkSync(entry)));
  }
  rename(from: SharePath, to: SharePath): void {
    this.#change(from, (old) => this.#change(to, (entry) => renameSync(old, entry)));
  }
  change(names: SharePath, change: ShareChange): void {
    this.#change(names, (entry) => {
      const fd = this.#open(entry, change.size === undefined ? O_RDONLY : O_RDWR);
      try {
        applyChange(fd, change, this.#largest);
      } finally {
        closeSync(fd);
      }
    });
  }
}
