/** Files that a user named, read whole; every failure is an `ImageError` of one line that begins with the path. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ImageError, truncated } from "./image-error.js";

/** What a file is wanted for. */
export interface InputWanted {
  /** In words: "expected ..., found no such file". */
  readonly expected: string;
  /** More bytes than this are refused before anything is read; default 512 MiB. */
  readonly limit?: number;
  /** What to do about a file that is larger. */
  readonly tooLarge?: string;
}

const DEFAULT_LIMIT = 512 * 1024 * 1024;
/** Node reads less than 2 GiB at once. */
const CHUNK = 2 ** 30;

/** What the operating system said about a path, as an `ImageError`; what is no such error stays as it is. */
export const fileError = (error: unknown, expected: string, source: string): unknown => {
  if (error instanceof ImageError) return error.about(source);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code !== "string") return error;
  const options = { source, cause: error };
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ImageError(
      "not-found",
      { expected, found: "no such file", advice: "check the path" },
      options,
    );
  }
  return new ImageError(
    "unreadable",
    { expected: "a readable file", found: `the error ${code}`, advice: "check its permissions" },
    options,
  );
};

/** Calls `use` with an open regular file that is not empty, and its size. */
export const withInputFile = <T>(
  file: string,
  { expected, limit = DEFAULT_LIMIT, tooLarge = "check which file you meant" }: InputWanted,
  use: (handle: number, size: number) => T,
): T => {
  let handle: number | undefined;
  try {
    handle = openSync(file, "r");
    const stat = fstatSync(handle);
    if (stat.isDirectory()) {
      throw new ImageError("directory", {
        expected,
        found: "a directory",
        advice: "name a file in it",
      });
    }
    if (!stat.isFile()) {
      throw new ImageError("unreadable", {
        expected: "a regular file",
        found: "a device, pipe or socket",
        advice: "copy its contents to a file first",
      });
    }
    if (stat.size === 0)
      throw new ImageError("empty", { expected, found: "an empty file", advice: "get it again" });
    if (stat.size > limit) {
      throw new ImageError("too-large", {
        expected: `a file of at most ${limit} bytes`,
        found: `${stat.size} bytes`,
        advice: tooLarge,
      });
    }
    return use(handle, stat.size);
  } catch (error) {
    throw fileError(error, expected, file);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
};

/** The contents of a regular file that is not empty. */
export const readInputFile = (file: string, wanted: InputWanted): Uint8Array =>
  withInputFile(file, wanted, (handle, size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const count = readSync(handle, bytes, at, Math.min(size - at, CHUNK), at);
      if (count === 0) throw truncated(`${size} bytes`, `${at}: the file shrank while it was read`);
      at += count;
    }
    return bytes;
  });
