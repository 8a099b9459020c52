/**
 * What went wrong with an image, for programs to branch on.
 *
 * - `not-found`, `unreadable`, `directory`, `empty`, `too-large`: the file itself
 * - `truncated`, `corrupt`: recognised, but damaged
 * - `wrong-architecture`, `big-endian`: sound, but not for this machine
 * - `unsupported`: sound, but in a variant no reader here knows
 * - `unrecognised`: nothing here knows it
 * - `output-limit`: unpacking would exceed the limit the caller gave
 * - `no-member`: a container without the wanted file
 * - `bad-request`: the caller's specification makes no sense
 * - `no-apt`, `package-not-found`, `fetch-failed`: `debian:` specifications
 */
export type ImageErrorCode =
  | "not-found"
  | "unreadable"
  | "directory"
  | "empty"
  | "too-large"
  | "truncated"
  | "corrupt"
  | "wrong-architecture"
  | "big-endian"
  | "unsupported"
  | "unrecognised"
  | "output-limit"
  | "no-member"
  | "bad-request"
  | "no-apt"
  | "package-not-found"
  | "fetch-failed";

/** The three parts of every message: what should have been there, what was, what to do next. */
export interface ImageErrorParts {
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

/** The only error this room throws on bad input. Its message is one line. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly code: ImageErrorCode;
  readonly parts: ImageErrorParts;
  /** The file or package the error is about, when known. */
  readonly source: string | undefined;

  constructor(
    code: ImageErrorCode,
    parts: ImageErrorParts,
    options: { readonly source?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const prefix = options.source === undefined ? "" : `${options.source}: `;
    const text = `${prefix}expected ${parts.expected}, found ${parts.found}; ${parts.advice}`;
    super(oneLine(text), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.parts = parts;
    this.source = options.source;
  }

  /** The same error with the name of the file in front, unless it names one already. */
  about(source: string): ImageError {
    if (this.source !== undefined) return this;
    return new ImageError(this.code, this.parts, { source, cause: this.cause });
  }
}

/** File names and tool output may hold control characters; a terminal must not see them. */
const oneLine = (text: string): string => {
  let clean = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    clean += code < 0x20 || (code >= 0x7f && code < 0xa0) ? " " : character;
  }
  return clean.replace(/ {2,}/g, " ").trim();
};

/** A damaged image. `what` names the structure, `found` the contradiction. */
export const corrupt = (expected: string, found: string): ImageError =>
  new ImageError("corrupt", { expected, found, advice: "the file is damaged: get it again" });

/** An image that ends too early. */
export const truncated = (expected: string, found: string): ImageError =>
  new ImageError("truncated", { expected, found, advice: "the file is cut short: get it again" });
