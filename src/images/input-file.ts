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

/** A regular file that is open, to be read piece by piece. Every failure is an `ImageError` that begins with its path. */
export class InputFile {
  readonly name: string;
  /** Bytes that it had when it was opened: at least one. */
  readonly size: number;
  readonly #wanted: InputWanted;
  readonly #handle: number;

  constructor(file: string, wanted: InputWanted) {
    this.name = file;
    this.#wanted = wanted;
    this.#handle = this.#try(() => openSync(file, "r"));
    try {
      this.size = this.#try(() => this.#checkedSize());
    } catch (error) {
      this.close();
      throw error;
    }
  }
  #try<T>(what: () => T): T {
    try {
      return what();
    } catch (error) {
      throw fileError(error, this.#wanted.expected, this.name);
    }
  }
  #checkedSize(): number {
    const { expected, limit = DEFAULT_LIMIT, tooLarge } = this.#wanted;
    const stat = fstatSync(this.#handle);
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
        advice: tooLarge ?? "check which file you meant",
      });
    }
    return stat.size;
  }
  /** `length` bytes from `at` on. */
  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#try(() => {
      for (let got = 0; got < length;) {
        const count = readSync(this.#handle, bytes, got, Math.min(length - got, CHUNK), at + got);
        if (count === 0)
          throw truncated(`${this.size} bytes`, `${at + got}: the file shrank while it was read`);
        got += count;
      }
    });
    return bytes;
  }
  close(): void {
    closeSync(this.#handle);
  }
}

/** Calls `use` with an open regular file that is not empty. What it throws of its own is about the file too. */
export const withInputFile = <T>(
  file: string,
  wanted: InputWanted,
  use: (input: InputFile) => T,
): T => {
  const input = new InputFile(file, wanted);
  try {
    return use(input);
  } catch (error) {
    throw fileError(error, wanted.expected, file);
  } finally {
    input.close();
  }
};

/** The contents of a regular file that is not empty. */
export const readInputFile = (file: string, wanted: InputWanted): Uint8Array =>
  withInputFile(file, wanted, (input) => input.read(0, input.size));
