/** Block device (virtio 1.1, 5.2). */
import type { DeviceState } from "../../../machine/index.js";
import { stateFields } from "../../device-state.js";
import { type DescriptorChain, LARGEST_READ } from "../descriptor-chain.js";
import { VIRTIO_DEVICE_ID, type VirtioDevice } from "../virtio-device.js";
import type { Virtqueue } from "../virtqueue.js";
import { VirtqueueFault } from "../virtqueue-fault.js";
import { type BlockBackend, BlockError, SECTOR } from "./block-backend.js";
import { CopyOnWrite } from "./copy-on-write.js";

/** Feature bits (virtio 1.1, 5.2.3). */
const FEATURE = { segmentMax: 2, geometry: 4, readOnly: 5, blockSize: 6, flush: 9, topology: 10 };
/** Request types (virtio 1.1, 5.2.6). */
const REQUEST = { in: 0, out: 1, flush: 4, getId: 8 } as const;
const STATUS = { ok: 0, ioError: 1, unsupported: 2 } as const;
const HEADER_BYTES = 16;
const ID_BYTES = 20;
/** Segments a request, as on the reference. */
const SEGMENT_MAX = 254;
/** Largest request: what one may keep the machine busy with. Larger ones are I/O errors. */
const REQUEST_MAX = 256 << 20;
/** Bytes moved at a time. */
const PIECE = Math.min(1 << 20, LARGEST_READ);

export interface VirtioBlockOptions {
  readonly disk: BlockBackend;
  /** The guest may not write, whatever the disk can do. */
  readonly readOnly?: boolean;
  /** Serial number, at most 20 bytes of ASCII. */
  readonly serial?: string;
}

const layOut = (sectors: number): Uint8Array => {
  const space = new Uint8Array(36);
  const view = new DataView(space.buffer);
  view.setUint32(0, sectors >>> 0, true);
  view.setUint32(4, Math.floor(sectors / 2 ** 32), true);
  view.setUint32(12, SEGMENT_MAX, true);
  // 16 heads and 63 sectors, as on the reference.
  view.setUint16(16, Math.min(Math.floor(sectors / (16 * 63)), 16383), true);
  view.setUint8(18, 16);
  view.setUint8(19, 63);
  view.setUint32(20, SECTOR, true);
  // Topology: one logical block a physical one, aligned at 0, no preferred sizes.
  return space;
};

export class VirtioBlock implements VirtioDevice {
  readonly name = "virtio-block";
  readonly id = VIRTIO_DEVICE_ID.block;
  readonly queues = 1;
  readonly inputs: readonly number[] = [];
  readonly features: number;
  readonly configuration: Uint8Array;
  readonly disk: BlockBackend;
  readonly readOnly: boolean;
  /** What the host last could not do, for reports. Not part of the state. */
  hostError: string | undefined;
  readonly #serial = new Uint8Array(ID_BYTES);
  readonly #sectors: number;

  constructor(options: VirtioBlockOptions) {
    this.disk = options.disk;
    this.readOnly = options.readOnly === true || options.disk.readOnly;
    this.#serial.set(new TextEncoder().encode(options.serial ?? "").subarray(0, ID_BYTES));
    this.#sectors = Math.floor(options.disk.size / SECTOR);
    this.configuration = layOut(this.#sectors);
    const { segmentMax, geometry, blockSize, flush, topology } = FEATURE;
    this.features =
      [segmentMax, geometry, blockSize, flush, topology].reduce((all, n) => all | (1 << n), 0) |
      (this.readOnly ? 1 << FEATURE.readOnly : 0);
  }
  connect(): void {
    // A disk never speaks first.
  }
  serve(_queue: number, ring: Virtqueue): void {
    for (let chain = ring.take(); chain !== undefined; chain = ring.take()) {
      const header = chain.read(0, HEADER_BYTES);
      // The status byte is the last one to write; a chain without it faults the driver.
      const room = chain.writeSize - 1;
      if (room < 0) throw new VirtqueueFault("a request without room for its status");
      let status: number = STATUS.ioError;
      try {
        status = this.#request(chain, header, room);
      } catch (e) {
        if (!(e instanceof BlockError)) throw e;
        this.hostError = e.message;
      }
      chain.write(room, Uint8Array.of(status));
      // The whole chain, also after an error, as on the reference: the status byte is its last.
      ring.give(chain, chain.writeSize);
    }
  }
  #request(chain: DescriptorChain, header: Uint8Array, room: number): number {
    const view = new DataView(header.buffer);
    const sector = view.getUint32(12, true) * 2 ** 32 + view.getUint32(8, true);
    switch (view.getUint32(0, true)) {
      case REQUEST.in: {
        if (!this.#fits(sector, room)) return STATUS.ioError;
        this.#pieces(room, (done, length) =>
          chain.write(done, this.disk.read(sector + done / SECTOR, length / SECTOR)),
        );
        return STATUS.ok;
      }
      case REQUEST.out: {
        const size = chain.readSize - HEADER_BYTES;
        if (this.readOnly || !this.#fits(sector, size)) return STATUS.ioError;
        this.#pieces(size, (done, length) =>
          this.disk.write(sector + done / SECTOR, chain.read(HEADER_BYTES + done, length)),
        );
        return STATUS.ok;
      }
      case REQUEST.flush:
        this.disk.flush();
        return STATUS.ok;
      case REQUEST.getId: {
        const length = Math.min(room, ID_BYTES);
        if (length > 0) chain.write(0, this.#serial.subarray(0, length));
        return STATUS.ok;
      }
      default:
        return STATUS.unsupported;
    }
  }
  #fits(sector: number, size: number): boolean {
    return (
      size >= 0 &&
      size % SECTOR === 0 &&
      size <= REQUEST_MAX &&
      sector + size / SECTOR <= this.#sectors
    );
  }
  #pieces(size: number, move: (done: number, length: number) => void): void {
    for (let done = 0; done < size; done += PIECE) move(done, Math.min(PIECE, size - done));
  }
  reset(): void {
    // The driver's reset leaves the disk as it is.
  }
  /** What was written, when the disk is a CopyOnWrite. Other disks keep their own contents. */
  save(): DeviceState {
    return { disk: this.disk instanceof CopyOnWrite ? this.disk.save() : 0 };
  }
  restore(state: DeviceState): void {
    const { disk } = stateFields(state, this.name);
    if (this.disk instanceof CopyOnWrite) this.disk.restore(disk ?? 0);
  }
}
