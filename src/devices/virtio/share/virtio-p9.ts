/** A 9P transport (device 9, virtio 1.2, 5.15 names it; the protocol is 9P2000.L). */
import type { DeviceState } from "../../../machine/index.js";
import { VIRTIO_DEVICE_ID, type VirtioDevice } from "../virtio-device.js";
import type { Virtqueue } from "../virtqueue.js";
import { VirtqueueFault } from "../virtqueue-fault.js";
import { P9_HEADER } from "./p9-message.js";
import { P9_MESSAGE_MAX, P9Server } from "./p9-server.js";
import type { ShareBackend } from "./share-backend.js";

/** VIRTIO_9P_MOUNT_TAG: the configuration holds the share's name. */
const FEATURE_MOUNT_TAG = 0;
const TAG_MAX = 32;

export interface VirtioP9Options {
  readonly backend: ShareBackend;
  /** What the guest mounts: `mount -t 9p -o trans=virtio TAG DIR`. ASCII, at most 32 bytes. */
  readonly tag: string;
}

export class VirtioP9 implements VirtioDevice {
  readonly name = "virtio-9p";
  readonly id = VIRTIO_DEVICE_ID.p9;
  readonly features = 1 << FEATURE_MOUNT_TAG;
  readonly queues = 1;
  readonly inputs: readonly number[] = [];
  readonly configuration: Uint8Array;
  readonly #server: P9Server;

  constructor(options: VirtioP9Options) {
    const tag = new TextEncoder().encode(options.tag);
    if (tag.length === 0 || tag.length > TAG_MAX) {
      throw new RangeError(`share tag "${options.tag}": give 1 to ${TAG_MAX} bytes`);
    }
    this.configuration = Uint8Array.of(tag.length, 0, ...tag);
    this.#server = new P9Server(options.backend);
  }
  connect(): void {
    // A server speaks when it is asked.
  }
  serve(_queue: number, ring: Virtqueue): void {
    for (let chain = ring.take(); chain !== undefined; chain = ring.take()) {
      if (chain.readSize < P9_HEADER || chain.readSize > P9_MESSAGE_MAX) {
        throw new VirtqueueFault(`a 9P message of ${chain.readSize} bytes`);
      }
      const reply = this.#server.answer(chain.read(0, chain.readSize), chain.writeSize);
      chain.write(0, reply);
      ring.give(chain, reply.length);
    }
  }
  reset(): void {
    this.#server.reset();
  }
  save(): DeviceState {
    return this.#server.save();
  }
  restore(state: DeviceState): void {
    this.#server.restore(state);
  }
}
