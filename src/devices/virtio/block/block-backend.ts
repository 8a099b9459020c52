/** What a disk's bytes come from. */

/** Bytes of a sector (virtio 1.1, 5.2). */
export const SECTOR = 512;

export interface BlockBackend {
  /** Bytes, a multiple of SECTOR. */
  readonly size: number;
  readonly readOnly: boolean;
  /** `count` sectors from `sector` on; the caller keeps them inside `size`. Throws BlockError. */
  read(sector: number, count: number): Uint8Array;
  /** Whole sectors from `sector` on. Throws BlockError. */
  write(sector: number, data: Uint8Array): void;
  /** Returns when what was written is as safe as it will be. */
  flush(): void;
}

/** The host could not do it; the guest sees an I/O error. */
export class BlockError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BlockError";
  }
}

/** A file's size as a disk's: the last sector is filled up with zeros. */
export const diskSize = (bytes: number): number => Math.ceil(bytes / SECTOR) * SECTOR;

/** A read-only disk of bytes in memory. */
export class BytesImage implements BlockBackend {
  readonly size: number;
  readonly readOnly = true;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = diskSize(bytes.length);
  }
  read(sector: number, count: number): Uint8Array {
    const out = new Uint8Array(count * SECTOR);
    out.set(this.#bytes.subarray(sector * SECTOR, (sector + count) * SECTOR));
    return out;
  }
  write(): void {
    throw new BlockError("this image is read-only; lay a CopyOnWrite over it");
  }
  flush(): void {
    // Nothing was written.
  }
}
