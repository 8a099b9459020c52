/** A buffer that the driver made available: pieces to read, then pieces to write (virtio 1.1, 2.6.4). */
import type { GuestMemory } from "../../machine/index.js";
import { VirtqueueFault } from "./virtqueue-fault.js";

/** A stretch of RAM, checked to be RAM. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** Most bytes that one `read` of a chain may ask for: what a device holds in memory at once. */
export const LARGEST_READ = 16 << 20;

const total = (segments: readonly Segment[]): number =>
  segments.reduce((sum, s) => sum + s.length, 0);

export class DescriptorChain {
  /** Index of the first descriptor: the chain's name in the used ring. */
  readonly head: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
  /** Bytes that the device may read, and write. */
  readonly readSize: number;
  readonly writeSize: number;
  readonly #memory: GuestMemory;
  readonly #charge: (bytes: number) => void;

  constructor(
    head: number,
    readable: readonly Segment[],
    writable: readonly Segment[],
    memory: GuestMemory,
    charge: (bytes: number) => void,
  ) {
    this.head = head;
    this.readable = readable;
    this.writable = writable;
    this.readSize = total(readable);
    this.writeSize = total(writable);
    this.#memory = memory;
    this.#charge = charge;
  }

  /** A copy of `size` bytes of the readable part. Asking for more than there is faults the driver. */
  read(offset: number, size: number): Uint8Array {
    if (offset + size > this.readSize || size > LARGEST_READ) {
      throw new VirtqueueFault(
        `a request of ${this.readSize} bytes where ${offset + size} are needed, at most ${LARGEST_READ} at once`,
      );
    }
    const out = new Uint8Array(size);
    this.#each(this.readable, offset, size, (address, length, done) => {
      out.set(this.#memory.read(address, length), done);
    });
    return out;
  }
  /** Writes to the writable part. More than it holds faults the driver. */
  write(offset: number, data: Uint8Array): void {
    if (offset + data.length > this.writeSize) {
      throw new VirtqueueFault(
        `room for ${this.writeSize} bytes of answer where ${offset + data.length} are needed`,
      );
    }
    this.#each(this.writable, offset, data.length, (address, length, done) => {
      this.#memory.write(address, data.subarray(done, done + length));
    });
  }
  #each(
    segments: readonly Segment[],
    offset: number,
    size: number,
    visit: (address: number, length: number, done: number) => void,
  ): void {
    this.#charge(size);
    let skip = offset;
    let done = 0;
    for (const segment of segments) {
      if (done === size) return;
      if (skip >= segment.length) {
        skip -= segment.length;
        continue;
      }
      const length = Math.min(segment.length - skip, size - done);
      visit(segment.address + skip, length, done);
      done += length;
      skip = 0;
    }
  }
}
