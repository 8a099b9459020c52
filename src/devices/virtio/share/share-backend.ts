/** A folder that a guest sees, as the 9P server asks for it. Paths are lists of names below its root. */

/** Each one a name that `isShareName` accepts; empty for the root. */
export type SharePath = readonly string[];
export type ShareKind = "file" | "directory" | "symlink";

export interface ShareTime {
  /** Since 1970. */
  readonly seconds: number;
  readonly nanoseconds: number;
}
export interface ShareStat {
  readonly kind: ShareKind;
  /** Permission bits 8:0. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly modified: ShareTime;
}
export interface ShareEntry {
  readonly name: string;
  readonly kind: ShareKind;
}
/** What may change about a file; absent stays. */
export interface ShareChange {
  readonly mode?: number;
  readonly size?: number;
  readonly modified?: ShareTime | "now";
}
/** A file that was opened; it stays the same file when its name goes. */
export interface ShareFile {
  stat(): ShareStat;
  /** At most `size` bytes; fewer at the end of the file. */
  read(offset: number, size: number): Uint8Array;
  write(offset: number, data: Uint8Array): void;
  change(change: ShareChange): void;
  sync(): void;
  close(): void;
}

/**
 * Throws ShareError, nothing else, for whatever cannot be done. A backend follows no symbolic link,
 * believes no path, and refuses changes unless it is writable.
 */
export interface ShareBackend {
  readonly writable: boolean;
  /** Of the entry itself: a symbolic link is not followed. */
  stat(path: SharePath): ShareStat;
  /** In the order of their names' bytes, at most SHARE_LIST_MAX. */
  list(path: SharePath): readonly ShareEntry[];
  readLink(path: SharePath): string;
  open(path: SharePath, write: boolean): ShareFile;
  /** Opens for reading and writing, made first where it is missing; `exclusive`: must be missing. */
  create(path: SharePath, mode: number, exclusive: boolean): ShareFile;
  makeDirectory(path: SharePath, mode: number): void;
  remove(path: SharePath, directory: boolean): void;
  rename(from: SharePath, to: SharePath): void;
  change(path: SharePath, change: ShareChange): void;
}

export const SHARE_LIST_MAX = 65536;
export const SHARE_DEPTH_MAX = 64;
const NAME_BYTES_MAX = 255;

/** Errors that a guest can see, with Linux's numbers. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EPROTO: 71,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  EDQUOT: 122,
} as const;
export type ErrnoName = keyof typeof ERRNO;

export class ShareError extends Error {
  readonly code: ErrnoName;
  constructor(code: ErrnoName, message: string = code) {
    super(message);
    this.name = "ShareError";
    this.code = code;
  }
}

/** One component of a path: never `.`, `..`, empty, or anything with a separator in it. */
export const isShareName = (name: string): boolean =>
  name !== "" &&
  name !== "." &&
  name !== ".." &&
  !/[/\0]/.test(name) &&
  // Where the host separates by backslash or names drives with a colon, these lead elsewhere.
  !(hostSeparates && /[\\:]/.test(name)) &&
  name.isWellFormed() &&
  new TextEncoder().encode(name).length <= NAME_BYTES_MAX;

const hostSeparates = typeof process !== "undefined" && process.platform === "win32";
