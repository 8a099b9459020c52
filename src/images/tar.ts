import { corrupt, truncated } from "./image-error.js";

/** One entry of a tar archive; `bytes` is a view of the archive, empty for anything but a file. */
export interface TarEntry {
  /** Relative, with `/` between the parts, without `./` in front. */
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "other";
  readonly mode: number;
  readonly bytes: Uint8Array;
  /** Where a link points to. */
  readonly target: string;
}

const BLOCK = 512;
const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();

const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
};

const field = (bytes: Uint8Array, at: number, size: number): string => {
  const end = bytes.subarray(at, at + size).indexOf(0);
  return utf8.decode(bytes.subarray(at, end < 0 ? at + size : at + end));
};

const octal = (bytes: Uint8Array, at: number, size: number, what: string): number => {
  // GNU tar writes numbers that do not fit in base 256, marked by the top bit.
  if (bytes[at]! & 0x80) {
    let value = bytes[at]! & 0x7f;
    for (let index = 1; index < size; index++) value = value * 256 + bytes[at + index]!;
    if (Number.isSafeInteger(value)) return value;
    throw corrupt(`${what} in a tar header`, "an impossible number");
  }
  const text = latin1
    .decode(bytes.subarray(at, at + size))
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (text === "") return 0;
  if (!/^[0-7]+$/.test(text))
    throw corrupt(`${what} in a tar header as octal digits`, "other bytes");
  return Number.parseInt(text, 8);
};

/**
 * A name as a relative path. Errors: `corrupt` when it leaves the archive's root, so that nobody who
 * joins it to a folder can be led outside.
 */
export const safePath = (name: string): string => {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || name.includes("\\") || parts.includes("..")) {
    throw corrupt("paths inside the archive", `the path ${JSON.stringify(name)}`);
  }
  return parts.join("/");
};

/**
 * Walks a tar archive (ustar, with the GNU and pax extensions for long names). With `partial`, the
 * archive may stop anywhere: an entry that is not there in full ends the walk. Errors: `truncated`,
 * `corrupt`.
 */
export function* readTar(
  bytes: Uint8Array,
  options: { readonly partial?: boolean } = {},
): Generator<TarEntry> {
  let longName: string | undefined;
  let longLink: string | undefined;
  let paxSize: number | undefined;
  for (let at = 0; at < bytes.length;) {
    if (at + BLOCK > bytes.length) {
      if (options.partial === true) return;
      throw truncated("a tar header of 512 bytes", `${bytes.length - at} bytes`);
    }
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header, at);
    const flag = String.fromCharCode(header[156]!);
    const size = (flag === "x" ? undefined : paxSize) ?? octal(header, 124, 12, "a size");
    const from = at + BLOCK;
    if (from + size > bytes.length) {
      if (options.partial === true) return;
      throw truncated(`a tar entry of ${size} bytes`, `${bytes.length - from} bytes`);
    }
    const body = bytes.subarray(from, from + size);
    at = from + Math.ceil(size / BLOCK) * BLOCK;
    if (flag === "L") longName = field(body, 0, body.length);
    else if (flag === "K") longLink = field(body, 0, body.length);
    else if (flag === "x") {
      const pax = readPax(body);
      longName = pax.get("path") ?? longName;
      longLink = pax.get("linkpath") ?? longLink;
      const stated = pax.get("size");
      if (stated !== undefined) {
        if (!/^\d{1,15}$/.test(stated)) throw corrupt("a size in a pax header", stated);
        paxSize = Number(stated);
      }
    } else if (flag !== "g") {
      const prefix =
        latin1.decode(header.subarray(257, 262)) === "ustar" ? field(header, 345, 155) : "";
      const short = field(header, 0, 100);
      // GNU's own magic uses the prefix field for other things.
      const gnu = header[263] === 0x20;
      const name = longName ?? (prefix !== "" && !gnu ? `${prefix}/${short}` : short);
      const type = TYPES[flag] ?? "other";
      yield {
        path: safePath(name),
        type,
        mode: octal(header, 100, 8, "a mode"),
        bytes: type === "file" ? body : bytes.subarray(0, 0),
        target: longLink ?? field(header, 157, 100),
      };
      longName = undefined;
      longLink = undefined;
      paxSize = undefined;
    }
  }
}

const checkSum = (header: Uint8Array, at: number): void => {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) {
    sum += index >= 148 && index < 156 ? 0x20 : header[index]!;
  }
  if (sum !== octal(header, 148, 8, "a checksum")) {
    throw corrupt("a tar header whose checksum fits", `another one at byte ${at}`);
  }
};

/** The records of a pax header: "length key=value\n", the length counting itself. */
const readPax = (body: Uint8Array): Map<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(latin1.decode(body.subarray(at, space)));
    if (
      !Number.isInteger(length) ||
      length < 5 ||
      at + length > body.length ||
      space >= at + length
    ) {
      throw corrupt("a pax header's record", "other bytes");
    }
    const record = utf8.decode(body.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
};
