/** virtio over memory-mapped registers, version 1 (legacy, what the reference board has) or 2. */
import type { Alarm, Clock, DeviceState, GuestMemory, Line } from "../../machine/index.js";
import { stateFields, stateInteger, stateList, stateString } from "../device-state.js";
import type { AccessSize } from "../register-block.js";
import { RegisterDevice } from "../register-device.js";
import type { VirtioDevice, VirtioPort } from "./virtio-device.js";
import { FEATURE, STATUS, VIRTIO_MMIO } from "./virtio-mmio-registers.js";
import { legacyRings, QUEUE_SIZE_MAX, Virtqueue } from "./virtqueue.js";
import { VirtqueueFault } from "./virtqueue-fault.js";

export interface VirtioMmioOptions {
  readonly name?: string;
  readonly base: number;
  readonly line: Line;
  readonly memory: GuestMemory;
  readonly clock: Clock;
  /** What is plugged in; absent in an empty slot. */
  readonly device?: VirtioDevice | undefined;
  /** 1 is legacy, the default of the reference board; 2 is virtio 1.x. */
  readonly version?: 1 | 2;
}

const USED_BUFFER = 1;
const CONFIGURATION = 2;
/** Alignment of the used ring where the driver has said nothing, as on the reference. */
const LEGACY_ALIGN = 4096;
/** What a reset by the driver leaves as it was, as on the reference. */
const KEPT = [
  "DeviceFeaturesSel",
  "DriverFeaturesSel",
  "QueueSel",
  "GuestPageSize",
  "QueueAlign",
] as const;
const bit = (n: number): number => (1 << n) >>> 0;
/** Ring addresses that the driver has written and not yet handed over with QueueReady. */
interface Addresses {
  descLow: number;
  descHigh: number;
  driverLow: number;
  driverHigh: number;
  deviceLow: number;
  deviceHigh: number;
}
const noAddresses = (): Addresses => ({
  descLow: 0,
  descHigh: 0,
  driverLow: 0,
  driverHigh: 0,
  deviceLow: 0,
  deviceHigh: 0,
});

/**
 * One slot. The driver's numbers are little-endian in both versions: a legacy driver of a big-endian
 * guest is not served.
 */
export class VirtioMmio extends RegisterDevice<typeof VIRTIO_MMIO.rows> {
  readonly version: 1 | 2;
  readonly device: VirtioDevice | undefined;
  /** Why the device stopped serving: what the driver did wrong. Until the driver resets it. */
  fault: string | undefined;
  readonly #line: Line;
  readonly #queues: readonly Virtqueue[];
  readonly #addresses: Addresses[];
  /** The driver's features, words 0 and 1. */
  readonly #driverFeatures = [0, 0];
  /** Rings when chains were left because a service had done enough. An empty slot has none. */
  readonly #later: Alarm | undefined;
  readonly #clock: Clock;

  constructor(options: VirtioMmioOptions) {
    super(VIRTIO_MMIO, { base: options.base, ...(options.name && { name: options.name }) });
    this.version = options.version ?? 1;
    this.device = options.device;
    this.#line = options.line;
    this.#clock = options.clock;
    const queues = this.device?.queues ?? 0;
    this.#queues = Array.from({ length: queues }, () => new Virtqueue(options.memory));
    this.#addresses = Array.from({ length: queues }, noAddresses);
    if (this.device !== undefined) {
      this.#later = options.clock.alarm(() => {
        for (let q = 0; q < queues; q++) this.#serve(q);
      });
    }
    this.#hang();
    const port: VirtioPort = {
      serve: (queue) => {
        if (this.#driverReady) this.#serve(queue);
      },
      negotiated: (n) => this.#negotiated(n),
      configurationChanged: () => this.#configurationChanged(),
    };
    this.device?.connect(port);
    this.#identify();
  }

  #identify(): void {
    this.set("Version", this.version);
    this.set("DeviceID", this.device?.id ?? 0);
  }

  // ---- registers ------------------------------------------------------------------------------------

  #hang(): void {
    const selected = (): Virtqueue | undefined => this.#queues[this.get("QueueSel")];
    /** A row that only one version has: what it does there, and a count of what is done elsewhere. */
    const only =
      (
        version: 1 | 2,
        name: "GuestPageSize" | "QueueAlign" | "QueuePFN" | "QueueReady",
        act: (value: number) => void,
      ) =>
      (value: number): void => {
        if (this.version === version) act(value >>> 0);
        else this.#elsewhere(VIRTIO_MMIO.offset(name), value);
      };
    const kept = (name: "DeviceFeaturesSel" | "DriverFeaturesSel" | "QueueSel") => ({
      written: (value: number) => this.set(name, value),
    });
    const address = (part: keyof Addresses, offset: number) => ({
      written: (value: number) => {
        if (this.version === 1) {
          this.#elsewhere(offset, value);
          return;
        }
        const addresses = this.#addresses[this.get("QueueSel")];
        if (addresses !== undefined) addresses[part] = value >>> 0;
      },
    });
    this.on({
      DeviceFeatures: { read: () => this.#offered(this.get("DeviceFeaturesSel")) },
      DeviceFeaturesSel: kept("DeviceFeaturesSel"),
      DriverFeatures: { written: (value) => this.#accept(value) },
      DriverFeaturesSel: kept("DriverFeaturesSel"),
      GuestPageSize: {
        written: only(1, "GuestPageSize", (value) => this.set("GuestPageSize", value)),
      },
      QueueSel: kept("QueueSel"),
      QueueNumMax: { read: () => (selected() === undefined ? 0 : QUEUE_SIZE_MAX) },
      QueueNum: {
        written: (value) => {
          const queue = selected();
          if (queue === undefined) return;
          if (Virtqueue.isSize(value >>> 0)) queue.size = value;
          // As on the reference a size that cannot be changes nothing: U-Boot writes 0 to say goodbye.
          else this.#elsewhere(VIRTIO_MMIO.offset("QueueNum"), value);
        },
      },
      QueueAlign: { written: only(1, "QueueAlign", (value) => this.set("QueueAlign", value)) },
      QueuePFN: {
        read: () => {
          const queue = selected();
          return this.version === 2 || queue?.ready !== true
            ? 0
            : Math.floor(queue.rings.descriptors / this.#pageSize);
        },
        written: only(1, "QueuePFN", (value) => this.#setPage(value)),
      },
      QueueReady: {
        read: () => (this.version === 2 && selected()?.ready === true ? 1 : 0),
        written: only(2, "QueueReady", (value) => this.#setReady((value & 1) !== 0)),
      },
      QueueNotify: { written: (value) => this.#serve(value >>> 0) },
      InterruptACK: {
        written: (value) => {
          this.set("InterruptStatus", this.get("InterruptStatus") & ~value);
          this.#update();
        },
      },
      Status: { written: (value) => this.#setStatus(value & 0xff) },
      QueueDescLow: address("descLow", 0x080),
      QueueDescHigh: address("descHigh", 0x084),
      QueueDriverLow: address("driverLow", 0x090),
      QueueDriverHigh: address("driverHigh", 0x094),
      QueueDeviceLow: address("deviceLow", 0x0a0),
      QueueDeviceHigh: address("deviceHigh", 0x0a4),
      Config: {
        read: (offset, size) => this.#readConfiguration(offset, size),
        write: (offset, size, value) => this.#writeConfiguration(offset, size, value),
      },
    });
  }
  override read(offset: number, size: AccessSize): number {
    // An empty slot has its four identification registers, and nothing else.
    return this.device === undefined && offset >= 0x10 ? 0 : super.read(offset, size);
  }
  override write(offset: number, size: AccessSize, value: number): void {
    if (this.device !== undefined) super.write(offset, size, value);
  }
  #elsewhere(offset: number, value: number): void {
    this.unmodelled.note(undefined, offset, 4, true, value);
  }
  #readConfiguration(offset: number, size: number): number {
    const { configuration } = this.device!;
    // As on the reference, what lies beyond reads as ones.
    if (offset + size > configuration.length) return -1;
    let value = 0;
    for (let i = 0; i < size; i++) value |= configuration[offset + i]! << (8 * i);
    return value;
  }
  #writeConfiguration(offset: number, size: number, value: number): void {
    const { device } = this;
    if (offset + size <= device!.configuration.length && device!.configure?.(offset, size, value))
      return;
    this.unmodelled.note("Config", 0x100 + offset, size, true, value);
  }

  // ---- features and status --------------------------------------------------------------------------

  #offered(word: number): number {
    if (word === 0) {
      const ring = bit(FEATURE.indirectDescriptors) | bit(FEATURE.eventIndex);
      return (
        (this.device!.features | ring | (this.version === 1 ? bit(FEATURE.anyLayout) : 0)) >>> 0
      );
    }
    return word === 1 && this.version === 2 ? bit(FEATURE.version1 - 32) : 0;
  }
  #accept(value: number): void {
    if ((this.get("Status") & STATUS.featuresOk) !== 0) {
      this.#elsewhere(VIRTIO_MMIO.offset("DriverFeatures"), value);
      return;
    }
    const word = this.get("DriverFeaturesSel");
    if (word > 1 || (word === 1 && this.version === 1)) return;
    this.#driverFeatures[word] = value >>> 0;
    this.#agree();
  }
  /** Features that a legacy driver sets hold at once; it has no FEATURES_OK. */
  #agree(): void {
    for (const queue of this.#queues) queue.eventIndex = this.#negotiated(FEATURE.eventIndex);
  }
  #negotiated(n: number): boolean {
    const word = n >>> 5;
    return (this.#driverFeatures[word]! & this.#offered(word) & bit(n & 31)) !== 0;
  }
  get #driverReady(): boolean {
    return (this.get("Status") & STATUS.driverOk) !== 0;
  }
  #setStatus(value: number): void {
    if (value === 0) {
      // The transport's own registers stay: Linux tells its page size before it resets the device.
      const kept = KEPT.map((name) => this.get(name));
      this.#resetDevice();
      KEPT.forEach((name, i) => this.set(name, kept[i]!));
      return;
    }
    let status = value & ~STATUS.needsReset;
    if (this.fault !== undefined && this.version === 2) status |= STATUS.needsReset;
    if (this.version === 2 && (status & STATUS.featuresOk) !== 0) {
      const excess = [0, 1].some((w) => (this.#driverFeatures[w]! & ~this.#offered(w)) !== 0);
      if (excess || !this.#negotiated(FEATURE.version1)) status &= ~STATUS.featuresOk;
    }
    this.set("Status", status);
    if (this.#driverReady) {
      for (const queue of this.device!.inputs) this.#serve(queue);
    }
  }
  #resetDevice(): void {
    super.reset();
    this.#identify();
    this.fault = undefined;
    this.#driverFeatures.fill(0);
    for (const queue of this.#queues) queue.reset();
    for (const addresses of this.#addresses) Object.assign(addresses, noAddresses());
    this.#later?.clear();
    this.device?.reset();
    this.#update();
  }
  #configurationChanged(): void {
    this.set("ConfigGeneration", this.get("ConfigGeneration") + 1);
    if (this.#driverReady) this.#interrupt(CONFIGURATION);
  }

  // ---- queues ---------------------------------------------------------------------------------------

  /** Legacy: a power of 2, as the reference takes it; 1 when the driver has said nothing. */
  get #pageSize(): number {
    const value = this.get("GuestPageSize");
    return value === 0 ? 1 : (value & -value) >>> 0;
  }
  #setPage(page: number): void {
    const queue = this.#queues[this.get("QueueSel")];
    if (queue === undefined) return;
    if (page === 0) {
      queue.disable();
      return;
    }
    const align = this.get("QueueAlign") || LEGACY_ALIGN;
    if ((align & (align - 1)) !== 0) {
      this.#break(`QueueAlign ${align}: not a power of 2`);
      return;
    }
    queue.enable(legacyRings(page * this.#pageSize, queue.size, align));
  }
  #setReady(ready: boolean): void {
    const at = this.get("QueueSel");
    const queue = this.#queues[at];
    if (queue === undefined) return;
    if (!ready) {
      queue.disable();
      return;
    }
    const a = this.#addresses[at]!;
    queue.enable({
      descriptors: a.descHigh * 2 ** 32 + a.descLow,
      available: a.driverHigh * 2 ** 32 + a.driverLow,
      used: a.deviceHigh * 2 ** 32 + a.deviceLow,
    });
  }
  #serve(index: number): void {
    const queue = this.#queues[index];
    if (queue === undefined || !queue.ready || queue.serving || this.fault !== undefined) return;
    try {
      queue.begin();
      this.device!.serve(index, queue);
    } catch (e) {
      if (!(e instanceof VirtqueueFault)) throw e;
      this.#break(`queue ${index}: ${e.message}`);
    } finally {
      queue.end();
    }
    if (queue.interruptDue()) this.#interrupt(USED_BUFFER);
    if (queue.unfinished && this.fault === undefined) this.#later?.set(this.#clock.now + 1);
  }
  #break(what: string): void {
    this.fault ??= what;
    if (this.version === 2) {
      this.set("Status", this.get("Status") | STATUS.needsReset);
      this.#configurationChanged();
    }
  }
  #interrupt(why: number): void {
    this.set("InterruptStatus", this.get("InterruptStatus") | why);
    this.#update();
  }
  #update(): void {
    this.#line.set(this.get("InterruptStatus") !== 0);
  }

  // ---- life -----------------------------------------------------------------------------------------

  override reset(): void {
    this.#resetDevice();
  }
  override save(): DeviceState {
    return {
      registers: super.save(),
      fault: this.fault ?? "",
      driverFeatures: [...this.#driverFeatures],
      addresses: this.#addresses.map((a) => ({ ...a })),
      queues: this.#queues.map((q) => q.save()),
      device: this.device?.save() ?? 0,
    };
  }
  override restore(state: DeviceState): void {
    const s = stateFields(state, this.name);
    super.restore(s["registers"] ?? 0);
    const fault = stateString(s["fault"], this.name);
    this.fault = fault === "" ? undefined : fault;
    stateList(s["driverFeatures"], this.name, 2).forEach((word, i) => {
      this.#driverFeatures[i] = stateInteger(word, this.name, 0, 0xffffffff);
    });
    const addresses = stateList(s["addresses"], this.name, this.#queues.length);
    const queues = stateList(s["queues"], this.name, this.#queues.length);
    this.#queues.forEach((queue, i) => {
      queue.restore(queues[i] ?? 0);
      const saved = stateFields(addresses[i] ?? 0, this.name);
      for (const part of Object.keys(noAddresses()) as (keyof Addresses)[]) {
        this.#addresses[i]![part] = stateInteger(saved[part], this.name, 0, 0xffffffff);
      }
    });
    this.device?.restore(s["device"] ?? 0);
    this.#identify();
    this.#update();
  }
}
