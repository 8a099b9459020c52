/** Entropy device (virtio 1.1, 5.4). Its bytes come from a seed: the same run gives the same bytes. */
import type { DeviceState } from "../../machine/index.js";
import { SeededGenerator } from "./seeded-generator.js";
import { VIRTIO_DEVICE_ID, type VirtioDevice } from "./virtio-device.js";
import type { Virtqueue } from "./virtqueue.js";

/** Bytes given for one buffer; a larger one is filled in part, as the device may. */
const MOST = 65536;

export class VirtioEntropy implements VirtioDevice {
  readonly name = "virtio-entropy";
  readonly id = VIRTIO_DEVICE_ID.entropy;
  readonly features = 0;
  readonly queues = 1;
  readonly inputs: readonly number[] = [];
  readonly configuration = new Uint8Array(0);
  readonly #generator: SeededGenerator;

  constructor(seed: number) {
    this.#generator = new SeededGenerator(seed);
  }
  connect(): void {
    // Bytes come only when asked for.
  }
  serve(_queue: number, ring: Virtqueue): void {
    for (let chain = ring.take(); chain !== undefined; chain = ring.take()) {
      const bytes = this.#generator.bytes(Math.min(chain.writeSize, MOST));
      chain.write(0, bytes);
      ring.give(chain, bytes.length);
    }
  }
  reset(): void {
    // The sequence goes on: a second driver does not get the first one's bytes.
  }
  save(): DeviceState {
    return this.#generator.save();
  }
  restore(state: DeviceState): void {
    this.#generator.restore(state);
  }
}
