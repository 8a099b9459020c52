/** A raw image file of the host as a disk, never written. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type BlockBackend, BlockError, diskSize, SECTOR } from "./block-backend.js";

export class FileImage implements BlockBackend {
  readonly size: number;
  readonly readOnly = true;
  readonly path: string;
  readonly #fd: number;
  #closed = false;

  /** Throws what node:fs throws when the file cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, "r");
    this.size = diskSize(fstatSync(this.#fd).size);
  }
  read(sector: number, count: number): Uint8Array {
    const out = new Uint8Array(count * SECTOR);
    try {
      for (let done = 0; done < out.length;) {
        const got = readSync(this.#fd, out, done, out.length - done, sector * SECTOR + done);
        // The end of the file, inside the last sector: the rest is zeros.
        if (got === 0) break;
        done += got;
      }
    } catch (e) {
      throw new BlockError(`${this.path}: ${e instanceof Error ? e.message : String(e)}`);
    }
    return out;
  }
  write(): void {
    throw new BlockError("image files are not written; lay a CopyOnWrite over it");
  }
  flush(): void {
    // Nothing was written.
  }
  close(): void {
    if (!this.#closed) closeSync(this.#fd);
    this.#closed = true;
  }
}
