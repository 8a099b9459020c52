import { corrupt, truncated } from "./image-error.js";
import { alignUp } from "./little-endian.js";

/** One entry of a cpio archive of the "newc" format. */
export interface CpioEntry {
  /** As in the archive; the kernel's initramfs uses no leading slash. */
  readonly name: string;
  /** Type and permissions, as `st_mode`. */
  readonly mode: number;
  /** The file's contents; for a symbolic link its target. */
  readonly bytes: Uint8Array;
  readonly ino?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly nlink?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** Device numbers of a device node. */
  readonly rdev?: { readonly major: number; readonly minor: number };
}

/** File types in `mode`. */
export const CPIO_TYPE = {
  directory: 0o040000,
  characterDevice: 0o020000,
  file: 0o100000,
  symlink: 0o120000,
} as const;

const HEADER = 110;
const TRAILER = "TRAILER!!!";
const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/**
 * Reads a cpio archive in newc format, with or without checksums (070701, 070702), and any further
 * archives behind it, as the kernel does for an initramfs. Errors: `truncated`, `corrupt`.
 */
export const readCpio = (bytes: Uint8Array): CpioEntry[] => {
  const entries: CpioEntry[] = [];
  let open = true;
  for (let at = 0; at < bytes.length;) {
    // Between archives there may be zeros.
    if (!open && bytes[at] === 0) {
      at++;
      continue;
    }
    if (at + HEADER > bytes.length) {
      throw truncated("a cpio header of 110 bytes", `${bytes.length - at} bytes`);
    }
    const text = latin1.decode(bytes.subarray(at, at + HEADER));
    const magic = text.slice(0, 6);
    if ((magic !== "070701" && magic !== "070702") || !/^[0-9a-fA-F]{110}$/.test(text)) {
      throw corrupt("a cpio header in newc format", `other bytes at ${at}`);
    }
    open = true;
    const value = (index: number): number =>
      Number.parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
    const size = value(6);
    const nameSize = value(11);
    const nameAt = at + HEADER;
    const dataAt = alignUp(nameAt + nameSize, 4);
    if (nameSize === 0 || dataAt + size > bytes.length) {
      throw truncated(
        `a cpio entry of ${size} bytes`,
        `${Math.max(0, bytes.length - dataAt)} bytes`,
      );
    }
    const name = utf8.decode(bytes.subarray(nameAt, nameAt + nameSize - 1));
    const data = bytes.subarray(dataAt, dataAt + size);
    at = alignUp(dataAt + size, 4);
    if (name === TRAILER) {
      open = false;
      continue;
    }
    // Writers sum up regular files only.
    if (magic === "070702" && (value(1) & 0o170000) === CPIO_TYPE.file) {
      let sum = 0;
      for (const byte of data) sum += byte;
      if (sum >>> 0 !== value(12)) throw corrupt(`the checksum of ${name}`, "different data");
    }
    entries.push({
      name,
      mode: value(1),
      bytes: data,
      ino: value(0),
      uid: value(2),
      gid: value(3),
      nlink: value(4),
      mtime: value(5),
      rdev: { major: value(9), minor: value(10) },
    });
  }
  if (open) throw truncated(`a cpio archive that ends with ${TRAILER}`, "its end without it");
  return entries;
};

/**
 * Writes a cpio archive in newc format, padded to 512 bytes. Fields that are left out become numbers
 * that depend on the entries alone, so that the same entries give the same bytes.
 */
export const writeCpio = (entries: readonly CpioEntry[]): Uint8Array => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const push = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    length += chunk.length;
    const padding = alignUp(length, 4) - length;
    if (padding > 0) chunks.push(new Uint8Array(padding));
    length += padding;
  };
  const encoder = new TextEncoder();
  const write = (entry: CpioEntry, ino: number): void => {
    const name = encoder.encode(`${entry.name}\0`);
    const directory = (entry.mode & 0o170000) === CPIO_TYPE.directory;
    const fields = [
      entry.ino ?? ino,
      entry.mode,
      entry.uid ?? 0,
      entry.gid ?? 0,
      entry.nlink ?? (directory ? 2 : 1),
      entry.mtime ?? 0,
      entry.bytes.length,
      0,
      0,
      entry.rdev?.major ?? 0,
      entry.rdev?.minor ?? 0,
      name.length,
      0,
    ];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
    const head = new Uint8Array(HEADER + name.length);
    head.set(encoder.encode(header));
    head.set(name, HEADER);
    push(head);
    push(entry.bytes);
  };
  entries.forEach((entry, index) => write(entry, index + 1));
  write({ name: TRAILER, mode: 0, bytes: new Uint8Array(0), ino: 0, nlink: 1 }, 0);
  const archive = new Uint8Array(alignUp(length, 512));
  let at = 0;
  for (const chunk of chunks) {
    archive.set(chunk, at);
    at += chunk.length;
  }
  return archive;
};
