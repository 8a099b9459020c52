/** Console device with one port (virtio 1.1, 5.3). */
import type { DeviceState } from "../../machine/index.js";
import { stateBytes } from "../device-state.js";
import { LARGEST_READ } from "./descriptor-chain.js";
import { VirtqueueFault } from "./virtqueue-fault.js";
import { VIRTIO_DEVICE_ID, type VirtioDevice, type VirtioPort } from "./virtio-device.js";
import type { Virtqueue } from "./virtqueue.js";

/** Where the guest's output goes. */
export interface ConsoleOutput {
  write(data: Uint8Array): void;
}
export interface VirtioConsoleOptions {
  readonly output: ConsoleOutput;
  /** Size of the terminal in characters, when it is known. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

const RECEIVE = 0;
const TRANSMIT = 1;
/** VIRTIO_CONSOLE_F_SIZE. */
const FEATURE_SIZE = 0;
/** Bytes of input kept until the driver takes them. */
const PENDING_MAX = 65536;
const PIECE = Math.min(65536, LARGEST_READ);

export class VirtioConsole implements VirtioDevice {
  readonly name = "virtio-console";
  readonly id = VIRTIO_DEVICE_ID.console;
  readonly queues = 2;
  readonly inputs = [RECEIVE];
  readonly features: number;
  readonly configuration = new Uint8Array(12);
  readonly #output: ConsoleOutput;
  #port: VirtioPort | undefined;
  #pending = new Uint8Array(0);

  constructor(options: VirtioConsoleOptions) {
    this.#output = options.output;
    this.features = options.size === undefined ? 0 : 1 << FEATURE_SIZE;
    const view = new DataView(this.configuration.buffer);
    view.setUint16(0, options.size?.columns ?? 0, true);
    view.setUint16(2, options.size?.rows ?? 0, true);
    view.setUint32(4, 1, true);
  }
  connect(port: VirtioPort): void {
    this.#port = port;
  }
  /** Input from the host. Returns how many bytes were accepted; offer the rest again later. */
  receive(data: Uint8Array): number {
    const accepted = Math.min(data.length, PENDING_MAX - this.#pending.length);
    const joined = new Uint8Array(this.#pending.length + accepted);
    joined.set(this.#pending);
    joined.set(data.subarray(0, accepted), this.#pending.length);
    this.#pending = joined;
    this.#port?.serve(RECEIVE);
    return accepted;
  }
  serve(queue: number, ring: Virtqueue): void {
    if (queue === TRANSMIT) this.#transmit(ring);
    else this.#deliver(ring);
  }
  #deliver(ring: Virtqueue): void {
    while (this.#pending.length > 0) {
      const chain = ring.take();
      if (chain === undefined) return;
      const part = this.#pending.slice(0, chain.writeSize);
      this.#pending = this.#pending.slice(part.length);
      chain.write(0, part);
      ring.give(chain, part.length);
    }
  }
  #transmit(ring: Virtqueue): void {
    for (let chain = ring.take(); chain !== undefined; chain = ring.take()) {
      if (chain.readSize > LARGEST_READ) {
        throw new VirtqueueFault(`${chain.readSize} bytes of console output at once`);
      }
      for (let done = 0; done < chain.readSize; done += PIECE) {
        this.#output.write(chain.read(done, Math.min(PIECE, chain.readSize - done)));
      }
      ring.give(chain, 0);
    }
  }
  reset(): void {
    // Input that came meanwhile waits for the next driver.
  }
  save(): DeviceState {
    return this.#pending.slice();
  }
  restore(state: DeviceState): void {
    this.#pending = stateBytes(state, this.name).slice(0, PENDING_MAX);
  }
}
