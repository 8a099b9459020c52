/** What a transport asks of a device, and a device of its transport (virtio 1.1, 2). */
import type { DeviceState } from "../../machine/index.js";
import type { Virtqueue } from "./virtqueue.js";

/** Device numbers (virtio 1.1, 5). */
export const VIRTIO_DEVICE_ID = { net: 1, block: 2, console: 3, entropy: 4, p9: 9 } as const;

/** What a device can do to its transport. */
export interface VirtioPort {
  /** Serves a queue now, if the driver has set it up and says that it is ready. */
  serve(queue: number): void;
  /** Both sides agreed on a feature bit. */
  negotiated(bit: number): boolean;
  /** The device changed its configuration. */
  configurationChanged(): void;
}

export interface VirtioDevice {
  readonly name: string;
  /** One of VIRTIO_DEVICE_ID. */
  readonly id: number;
  /** Feature bits 23:0 that the device offers. The transport adds those of rings and transport. */
  readonly features: number;
  /** Queues. */
  readonly queues: number;
  /** Queues that wait for the host; served when the driver becomes ready, besides when it notifies. */
  readonly inputs: readonly number[];
  /** Configuration space, read by the driver at any time. */
  readonly configuration: Uint8Array;
  /** A driver's write to configuration space, in its bounds; absent where it is read-only. */
  configure?(offset: number, size: number, value: number): boolean;
  /** Once, by the transport. */
  connect(port: VirtioPort): void;
  /** Takes chains from a queue and gives them back, until `take` has none or there is nothing to do. */
  serve(queue: number, ring: Virtqueue): void;
  /** The driver reset the device: what it was told is forgotten; what the host holds stays. */
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}
