import { ImageError } from "./image-error.js";

/** The default limit of unpacked data, in bytes: well above any kernel or package member. */
export const DEFAULT_OUTPUT_LIMIT = 512 * 1024 * 1024;

/**
 * A byte array that grows as a decompressor fills it and refuses to pass a limit, so that no input,
 * however hostile, takes more memory than the caller allowed.
 *
 * A decompressor reads `bytes` again after every `ensure`, because growing moves it.
 */
export class OutputBuffer {
  bytes: Uint8Array;
  length = 0;
  readonly limit: number;

  /** Space a decoder may write past what it ensured, before it checks: one Zstandard block and more. */
  static readonly SLACK = 0x20400;

  constructor(limit: number, hint = 1 << 16) {
    this.limit = limit;
    this.bytes = new Uint8Array(Math.min(hint, limit) + OutputBuffer.SLACK);
  }

  /** Makes room for `total` bytes in all. Errors: `output-limit`. */
  ensure(total: number): void {
    if (total > this.limit) {
      throw new ImageError("output-limit", {
        expected: `at most ${this.limit} bytes after unpacking`,
        found: `a stream that unpacks to ${total} bytes or more`,
        advice: "raise the limit if the file is trusted",
      });
    }
    if (total + OutputBuffer.SLACK <= this.bytes.length) return;
    const size = Math.min(this.limit, Math.max(total, this.bytes.length * 2));
    const grown = new Uint8Array(size + OutputBuffer.SLACK);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Appends `chunk`. Errors: `output-limit`. */
  append(chunk: Uint8Array): void {
    this.ensure(this.length + chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  /** What was written, without the spare room. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
