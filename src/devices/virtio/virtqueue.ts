/** Split virtqueues (virtio 1.1, 2.6), the device's side. Whatever the driver wrote is checked first. */
import type { DeviceState, GuestMemory } from "../../machine/index.js";
import { stateBoolean, stateFields, stateInteger } from "../device-state.js";
import { DescriptorChain, type Segment } from "./descriptor-chain.js";
import { VirtqueueFault } from "./virtqueue-fault.js";

/** Largest queue: what QueueNumMax reads, as on the reference. */
export const QUEUE_SIZE_MAX = 1024;
/** Most descriptors in one chain, indirect ones counted. */
const CHAIN_MAX = 1024;
const DESCRIPTOR_BYTES = 16;
/** Bytes that one service of a queue may move before it comes back later. */
const WORK_BUDGET = 256 << 20;
/** What taking a chain costs of it. */
const CHAIN_COST = 256;

const DESCRIPTOR_FLAG = { next: 1, write: 2, indirect: 4 } as const;
/** VIRTQ_AVAIL_F_NO_INTERRUPT. */
const NO_INTERRUPT = 1;

/** Physical addresses of the three parts. */
export interface RingAddresses {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
}

/** Where the parts lie in the one block of a legacy queue (virtio 1.1, 2.6.2). */
export const legacyRings = (base: number, size: number, align: number): RingAddresses => {
  const available = base + DESCRIPTOR_BYTES * size;
  const end = available + 2 * (3 + size);
  return { descriptors: base, available, used: Math.ceil(end / align) * align };
};

/** Whether `to` passed `event` on its way from `from` (virtio 1.1, 2.6.7.2). */
const passed = (event: number, to: number, from: number): boolean =>
  ((to - event - 1) & 0xffff) < ((to - from) & 0xffff);

export class Virtqueue {
  /** Number of descriptors: a power of 2. */
  size = QUEUE_SIZE_MAX;
  /** The driver has handed over the rings. */
  ready = false;
  rings: RingAddresses = { descriptors: 0, available: 0, used: 0 };
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  eventIndex = false;
  readonly #memory: GuestMemory;
  /** The rings were found to lie in RAM; looked at when they are first used. */
  #checked = false;
  /** Index of the next available entry to take, and of the next used entry to fill. */
  #next = 0;
  #used = 0;
  /** `#used` when interrupts were last considered. */
  #told = 0;
  #toldOnce = false;
  /** Of the service that runs: chains it may still take, work it may still do. */
  #pending = 0;
  #work = 0;
  #serving = false;
  readonly #charge = (bytes: number): void => {
    this.#work -= bytes;
  };

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** Forgets everything that the driver told. */
  reset(): void {
    this.size = QUEUE_SIZE_MAX;
    this.eventIndex = false;
    this.disable();
    this.rings = { descriptors: 0, available: 0, used: 0 };
  }
  /** Takes the rings over. An address beyond what a number holds exactly becomes one that no RAM has. */
  enable({ descriptors, available, used }: RingAddresses): void {
    const exact = (address: number): number => Math.min(address, Number.MAX_SAFE_INTEGER);
    this.rings = {
      descriptors: exact(descriptors),
      available: exact(available),
      used: exact(used),
    };
    this.ready = true;
    this.#checked = false;
    this.#next = 0;
    this.#used = 0;
    this.#told = 0;
    this.#toldOnce = false;
  }
  disable(): void {
    this.enable(this.rings);
    this.ready = false;
  }

  /** False for sizes that no queue can have. */
  static isSize(size: number): boolean {
    return size > 0 && size <= QUEUE_SIZE_MAX && (size & (size - 1)) === 0;
  }

  // ---- a service: the device takes and gives back ---------------------------------------------------

  /** True while chains are being taken; a second service of the same queue must not begin. */
  get serving(): boolean {
    return this.#serving;
  }
  /** Looks once at how many chains there are. What a chain's own data does to the ring is not seen. */
  begin(): void {
    this.#check();
    const { available } = this.rings;
    const pending = (this.#u16(available + 2) - this.#next) & 0xffff;
    if (pending > this.size) {
      throw new VirtqueueFault(`${pending} chains available in a queue of ${this.size}`);
    }
    this.#pending = pending;
    this.#work = WORK_BUDGET;
    this.#serving = true;
  }
  /** The next chain, or undefined when none is left or enough was done for now. */
  take(): DescriptorChain | undefined {
    if (this.#pending === 0 || this.#work <= 0) return undefined;
    const head = this.#u16(this.rings.available + 4 + 2 * (this.#next % this.size));
    if (head >= this.size) {
      throw new VirtqueueFault(`available descriptor ${head} of ${this.size}`);
    }
    const chain = this.#chain(head);
    this.#pending--;
    this.#next = (this.#next + 1) & 0xffff;
    this.#charge(CHAIN_COST);
    return chain;
  }
  /** Undoes the last `take`, of a chain that was not given. */
  putBack(): void {
    this.#pending++;
    this.#next = (this.#next - 1) & 0xffff;
  }
  /** Gives a chain back with `written` bytes of its writable part filled. */
  give(chain: DescriptorChain, written: number): void {
    const { used } = this.rings;
    const element = new Uint8Array(8);
    const view = new DataView(element.buffer);
    view.setUint32(0, chain.head, true);
    view.setUint32(4, written, true);
    this.#memory.write(used + 4 + 8 * (this.#used % this.size), element);
    this.#used = (this.#used + 1) & 0xffff;
    this.#put16(used + 2, this.#used);
  }
  /** Ends a service, also a failed one. */
  end(): void {
    this.#serving = false;
  }
  /** True when chains were left because enough was done. */
  get unfinished(): boolean {
    return this.#pending > 0 && this.#work <= 0;
  }
  /** After a service: tells the driver when to notify again, and says whether to interrupt it. */
  interruptDue(): boolean {
    if (!this.#checked) return false;
    const { available, used } = this.rings;
    if (this.eventIndex) this.#put16(used + 4 + 8 * this.size, this.#next);
    const from = this.#told;
    if (from === this.#used) return false;
    this.#told = this.#used;
    if (!this.eventIndex) return (this.#u16(available) & NO_INTERRUPT) === 0;
    const first = !this.#toldOnce;
    this.#toldOnce = true;
    return first || passed(this.#u16(available + 4 + 2 * this.size), this.#used, from);
  }

  // ---- memory ---------------------------------------------------------------------------------------

  #u16(address: number): number {
    const bytes = this.#memory.read(address, 2);
    return bytes[0]! | (bytes[1]! << 8);
  }
  #put16(address: number, value: number): void {
    this.#memory.write(address, Uint8Array.of(value, value >>> 8));
  }
  #holds(address: number, length: number): boolean {
    return Number.isSafeInteger(address + length) && this.#memory.holds(address, length);
  }
  #check(): void {
    if (this.#checked) return;
    const { size, rings } = this;
    const parts = [
      ["descriptor table", rings.descriptors, DESCRIPTOR_BYTES * size, 16],
      ["available ring", rings.available, 6 + 2 * size, 2],
      ["used ring", rings.used, 6 + 8 * size, 4],
    ] as const;
    for (const [what, address, length, align] of parts) {
      if (!this.#holds(address, length) || address % align !== 0) {
        throw new VirtqueueFault(
          `${what} at 0x${address.toString(16)}, ${length} bytes: not in RAM or not aligned to ${align}`,
        );
      }
    }
    this.#checked = true;
  }
  #chain(head: number): DescriptorChain {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table = this.rings.descriptors;
    let entries = this.size;
    let index = head;
    let indirect = false;
    /** Descriptors that this table may still give: a chain that is longer runs in a circle. */
    let left = entries;
    for (;;) {
      if (left-- === 0) throw new VirtqueueFault(`the chain at descriptor ${head} does not end`);
      const at = this.#memory.read(table + DESCRIPTOR_BYTES * index, DESCRIPTOR_BYTES);
      const view = new DataView(at.buffer, at.byteOffset, DESCRIPTOR_BYTES);
      const address = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
      const length = view.getUint32(8, true);
      const flags = view.getUint16(12, true);
      const next = view.getUint16(14, true);
      if (length === 0 || !this.#holds(address, length)) {
        throw new VirtqueueFault(
          `descriptor ${index} of the chain at ${head}: ${length} bytes at 0x${address.toString(16)} are not in RAM`,
        );
      }
      if ((flags & DESCRIPTOR_FLAG.indirect) !== 0) {
        if (indirect || (flags & DESCRIPTOR_FLAG.next) !== 0 || length % DESCRIPTOR_BYTES !== 0) {
          throw new VirtqueueFault(
            `indirect descriptor ${index} of the chain at ${head}: nested, with a next one, or a table of ${length} bytes`,
          );
        }
        indirect = true;
        table = address;
        entries = length / DESCRIPTOR_BYTES;
        left = Math.min(entries, CHAIN_MAX);
        index = 0;
        continue;
      }
      if ((flags & DESCRIPTOR_FLAG.write) !== 0) writable.push({ address, length });
      else if (writable.length > 0) {
        throw new VirtqueueFault(`the chain at ${head} has a part to read after one to write`);
      } else readable.push({ address, length });
      if ((flags & DESCRIPTOR_FLAG.next) === 0) break;
      if (next >= entries) {
        throw new VirtqueueFault(
          `the chain at ${head} goes on at descriptor ${next} of ${entries}`,
        );
      }
      index = next;
    }
    return new DescriptorChain(head, readable, writable, this.#memory, this.#charge);
  }

  // ---- snapshots ------------------------------------------------------------------------------------

  save(): DeviceState {
    return {
      size: this.size,
      ready: this.ready,
      ...this.rings,
      eventIndex: this.eventIndex,
      next: this.#next,
      usedIndex: this.#used,
      told: this.#told,
      toldOnce: this.#toldOnce,
    };
  }
  restore(state: DeviceState): void {
    const what = "virtqueue";
    const s = stateFields(state, what);
    const size = stateInteger(s["size"], what, 1, QUEUE_SIZE_MAX);
    this.size = Virtqueue.isSize(size) ? size : stateInteger(-1, `${what} size`);
    this.enable({
      descriptors: stateInteger(s["descriptors"], what),
      available: stateInteger(s["available"], what),
      used: stateInteger(s["used"], what),
    });
    this.ready = stateBoolean(s["ready"], what);
    this.eventIndex = stateBoolean(s["eventIndex"], what);
    this.#next = stateInteger(s["next"], what, 0, 0xffff);
    this.#used = stateInteger(s["usedIndex"], what, 0, 0xffff);
    this.#told = stateInteger(s["told"], what, 0, 0xffff);
    this.#toldOnce = stateBoolean(s["toldOnce"], what);
  }
}
