/** A driver: finds a device behind virtio-mmio, sets up its queues in fake RAM and sends requests. */
import { join } from "../net/packets.js";
import type { VirtioDevice } from "../virtio-device.js";
import { STATUS, VIRTIO_MMIO } from "../virtio-mmio-registers.js";
import { VirtioMmio } from "../virtio-mmio.js";
import { FakeClock, FakeLine } from "../../testing/fakes.js";
import { RAM_BASE, RingMemory } from "./ring-memory.js";

type RegisterName = Parameters<typeof VIRTIO_MMIO.offset>[0];

export interface DescriptorFields {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next?: number;
}
export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** RAM of a queue: rings in the first 16 KiB, buffers after them. */
const QUEUE_BYTES = 0x80000;
const BUFFERS = 0x8000;
const PAGE = 4096;

export interface Queue {
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  /** Address of the first buffer, and of the next one. */
  readonly buffers: number;
  nextBuffer: number;
  nextDescriptor: number;
  usedSeen: number;
}
export interface DriverOptions {
  readonly version?: 1 | 2;
  readonly queueSize?: number;
  /** Feature bits that the driver wants, of those that are offered. */
  readonly features?: readonly number[];
  readonly memorySize?: number;
}

export class TestDriver {
  readonly memory: RingMemory;
  readonly line = new FakeLine();
  readonly clock = new FakeClock();
  readonly mmio: VirtioMmio;
  readonly version: 1 | 2;
  readonly queues: Queue[] = [];
  readonly #options: DriverOptions;

  constructor(device: VirtioDevice | undefined, options: DriverOptions = {}) {
    this.#options = options;
    this.version = options.version ?? 1;
    this.memory = new RingMemory(options.memorySize ?? 4 << 20);
    this.mmio = new VirtioMmio({
      base: 0xa000000,
      line: this.line,
      memory: this.memory,
      clock: this.clock,
      device,
      version: this.version,
    });
  }
  get(name: RegisterName): number {
    return this.mmio.read(VIRTIO_MMIO.offset(name), 4);
  }
  put(name: RegisterName, value: number): void {
    this.mmio.write(VIRTIO_MMIO.offset(name), 4, value);
  }
  offered(): bigint {
    let all = 0n;
    for (const word of [1, 0]) {
      this.put("DeviceFeaturesSel", word);
      all = (all << 32n) | BigInt(this.get("DeviceFeatures"));
    }
    return all;
  }
  /** Whole initialisation (virtio 1.1, 3.1.1). */
  start(): this {
    const { acknowledge, driver, driverOk, featuresOk } = STATUS;
    // As Linux does: the page size once, then the reset.
    if (this.version === 1) this.put("GuestPageSize", PAGE);
    this.put("Status", 0);
    this.queues.length = 0;
    this.put("Status", acknowledge);
    this.put("Status", acknowledge | driver);
    const wanted = [...(this.#options.features ?? []), 32].reduce(
      (all, n) => all | (1n << BigInt(n)),
      0n,
    );
    const features = this.offered() & wanted;
    for (const word of [0, 1]) {
      this.put("DriverFeaturesSel", word);
      this.put("DriverFeatures", Number((features >> BigInt(32 * word)) & 0xffffffffn));
    }
    let status = acknowledge | driver;
    if (this.version === 2) {
      status |= featuresOk;
      this.put("Status", status);
      if ((this.get("Status") & featuresOk) === 0)
        throw new Error("the device refuses the features");
    }
    for (let i = 0; ; i++) {
      this.put("QueueSel", i);
      if (this.get("QueueNumMax") === 0) break;
      this.queues.push(this.#setUp(RAM_BASE + i * QUEUE_BYTES));
    }
    this.put("Status", status | driverOk);
    return this;
  }
  #setUp(base: number): Queue {
    const size = this.#options.queueSize ?? 16;
    const descriptors = base;
    const available = base + 16 * size;
    const used = Math.ceil((available + 6 + 2 * size) / PAGE) * PAGE;
    this.memory.bytes.fill(0, base - RAM_BASE, base - RAM_BASE + QUEUE_BYTES);
    this.put("QueueNum", size);
    if (this.version === 1) {
      this.put("QueueAlign", PAGE);
      this.put("QueuePFN", base / PAGE);
    } else {
      const parts = { Desc: descriptors, Driver: available, Device: used } as const;
      for (const [part, address] of Object.entries(parts) as [keyof typeof parts, number][]) {
        this.put(`Queue${part}Low`, address);
        this.put(`Queue${part}High`, 0);
      }
      this.put("QueueReady", 1);
    }
    const buffers = base + BUFFERS;
    return {
      size,
      descriptors,
      available,
      used,
      buffers,
      nextBuffer: buffers,
      nextDescriptor: 0,
      usedSeen: 0,
    };
  }
  describe(table: number, index: number, d: DescriptorFields): void {
    const at = table + 16 * index;
    this.memory.put32(at, d.address);
    this.memory.put32(at + 4, Math.floor(d.address / 2 ** 32));
    this.memory.put32(at + 8, d.length);
    this.memory.put16(at + 12, d.flags);
    this.memory.put16(at + 14, d.next ?? 0);
  }
  /** Makes a chain available and notifies, unless told not to. */
  offer(queue: number, head: number, notify = true): void {
    const q = this.queues[queue]!;
    const index = this.memory.get16(q.available + 2);
    this.memory.put16(q.available + 4 + 2 * (index % q.size), head);
    this.memory.put16(q.available + 2, index + 1);
    if (notify) this.put("QueueNotify", queue);
  }
  /** Lays out a request in the next descriptors: pieces to read, sizes to write. */
  layOut(
    queue: number,
    readable: readonly Uint8Array[],
    writable: readonly number[],
  ): { head: number; answers: { address: number; length: number }[] } {
    const q = this.queues[queue]!;
    const count = readable.length + writable.length;
    // Wraps round by starting again: no chain is in flight across it in these tests.
    if (q.nextDescriptor + count > q.size) q.nextDescriptor = 0;
    const end = q.buffers + QUEUE_BYTES - BUFFERS;
    const bytes =
      readable.reduce((sum, r) => sum + r.length, 0) + writable.reduce((a, b) => a + b, 0);
    if (q.nextBuffer + bytes > end) q.nextBuffer = q.buffers;
    const head = q.nextDescriptor;
    const answers: { address: number; length: number }[] = [];
    for (let i = 0; i < count; i++) {
      const data = readable[i];
      const length = data?.length ?? writable[i - readable.length]!;
      const address = q.nextBuffer;
      q.nextBuffer += length;
      if (data === undefined) answers.push({ address, length });
      else this.memory.write(address, data);
      const flags = (data === undefined ? WRITE : 0) | (i + 1 < count ? NEXT : 0);
      this.describe(q.descriptors, q.nextDescriptor, {
        address,
        length,
        flags,
        next: q.nextDescriptor + 1,
      });
      q.nextDescriptor++;
    }
    return { head, answers };
  }
  /** Used elements that came since the last look. */
  used(queue: number): { head: number; length: number }[] {
    const q = this.queues[queue]!;
    const found: { head: number; length: number }[] = [];
    const index = this.memory.get16(q.used + 2);
    for (; q.usedSeen !== index; q.usedSeen = (q.usedSeen + 1) & 0xffff) {
      const at = q.used + 4 + 8 * (q.usedSeen % q.size);
      found.push({ head: this.memory.get32(at), length: this.memory.get32(at + 4) });
    }
    return found;
  }
  /** Sends one request and returns its whole answer, as many bytes as the device says it wrote. */
  request(queue: number, readable: readonly Uint8Array[], writable: readonly number[]): Uint8Array {
    const { head, answers } = this.layOut(queue, readable, writable);
    this.offer(queue, head);
    const [done] = this.used(queue);
    if (done === undefined)
      throw new Error(`no answer: ${this.mmio.fault ?? "the device is silent"}`);
    if (done.head !== head) throw new Error(`answer of ${done.head}, not ${head}`);
    return this.collect(answers).slice(0, done.length);
  }
  collect(answers: readonly { address: number; length: number }[]): Uint8Array {
    return join(...answers.map((a) => this.memory.read(a.address, a.length)));
  }
  acknowledge(): number {
    const why = this.get("InterruptStatus");
    this.put("InterruptACK", why);
    return why;
  }
}
