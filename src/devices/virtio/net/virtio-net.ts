/** Network device (virtio 1.1, 5.1): one pair of queues, no offloads. */
import type { DeviceState } from "../../../machine/index.js";
import { stateBytes, stateFields, stateList } from "../../device-state.js";
import { VIRTIO_DEVICE_ID, type VirtioDevice, type VirtioPort } from "../virtio-device.js";
import { FEATURE as TRANSPORT_FEATURE } from "../virtio-mmio-registers.js";
import type { Virtqueue } from "../virtqueue.js";
import { VirtqueueFault } from "../virtqueue-fault.js";
import { mac } from "./addresses.js";
import type { Network } from "./user-network.js";

/** Feature bits (virtio 1.1, 5.1.3). */
const FEATURE = { mac: 5, status: 16 } as const;
const RECEIVE = 0;
const TRANSMIT = 1;
/** VIRTIO_NET_S_LINK_UP. */
const LINK_UP = 1;
/** Header before each frame; the modern one has num_buffers at its end. */
const HEADER = { legacy: 10, modern: 12 } as const;
/** Largest frame: 1500 bytes, Ethernet header, one VLAN tag. */
const FRAME_MAX = 1518;
/** Frames kept until the driver gives buffers. */
const PENDING_MAX = 256;

export interface VirtioNetOptions {
  readonly network: Network;
  /** Default: the reference's first, 52:54:00:12:34:56. */
  readonly mac?: string;
}

export class VirtioNet implements VirtioDevice {
  readonly name = "virtio-net";
  readonly id = VIRTIO_DEVICE_ID.net;
  readonly features = (1 << FEATURE.mac) | (1 << FEATURE.status);
  readonly queues = 2;
  readonly inputs = [RECEIVE];
  readonly configuration = new Uint8Array(8);
  /** Frames lost because they were too long, or found no room. For reports, not part of the state. */
  lost = 0;
  readonly #network: Network;
  readonly #mac: Uint8Array;
  #port: VirtioPort | undefined;
  #pending: Uint8Array[] = [];

  constructor(options: VirtioNetOptions) {
    this.#network = options.network;
    this.#mac = mac(options.mac ?? "52:54:00:12:34:56");
    this.reset();
  }
  connect(port: VirtioPort): void {
    this.#port = port;
  }
  /** A legacy driver sets its address here; the space of a modern one is read-only (5.1.4.1). */
  configure(offset: number, size: number, value: number): boolean {
    if (this.#modern || offset + size > 6) return false;
    for (let i = 0; i < size; i++) this.configuration[offset + i] = value >>> (8 * i);
    return true;
  }
  get #modern(): boolean {
    return this.#port?.negotiated(TRANSPORT_FEATURE.version1) === true;
  }
  get #header(): number {
    return this.#modern ? HEADER.modern : HEADER.legacy;
  }
  /** A frame for the guest. */
  receive(frame: Uint8Array): void {
    if (frame.length > FRAME_MAX || this.#pending.length >= PENDING_MAX) {
      this.lost++;
      return;
    }
    this.#pending.push(frame);
    this.#port?.serve(RECEIVE);
  }
  serve(queue: number, ring: Virtqueue): void {
    if (queue === TRANSMIT) this.#transmit(ring);
    else this.#deliver(ring);
  }
  #transmit(ring: Virtqueue): void {
    const header = this.#header;
    for (let chain = ring.take(); chain !== undefined; chain = ring.take()) {
      const length = chain.readSize - header;
      if (length < 0)
        throw new VirtqueueFault(`a frame of ${chain.readSize} bytes, less than its header`);
      const frame = length <= FRAME_MAX ? chain.read(header, length) : undefined;
      ring.give(chain, 0);
      if (frame === undefined) this.lost++;
      else for (const answer of this.#network.send(frame)) this.receive(answer);
    }
  }
  #deliver(ring: Virtqueue): void {
    const header = new Uint8Array(this.#header);
    // num_buffers: every frame has one buffer of its own.
    if (header.length === HEADER.modern) header[10] = 1;
    for (let frame = this.#pending[0]; frame !== undefined; frame = this.#pending[0]) {
      const chain = ring.take();
      if (chain === undefined) return;
      this.#pending.shift();
      if (chain.writeSize < header.length + frame.length) {
        ring.putBack();
        this.lost++;
        continue;
      }
      chain.write(0, header);
      chain.write(header.length, frame);
      ring.give(chain, header.length + frame.length);
    }
  }
  reset(): void {
    this.#pending = [];
    this.configuration.set(this.#mac);
    this.configuration[6] = LINK_UP;
  }
  save(): DeviceState {
    return {
      configuration: this.configuration.slice(),
      pending: this.#pending.map((f) => f.slice()),
    };
  }
  restore(state: DeviceState): void {
    const s = stateFields(state, this.name);
    this.configuration.set(stateBytes(s["configuration"], this.name, this.configuration.length));
    this.#pending = stateList(s["pending"], this.name, PENDING_MAX).map((f) =>
      stateBytes(f, this.name).slice(0, FRAME_MAX),
    );
  }
}
