/**
 * A million random register accesses and ring changes over all devices in both versions. Nothing may
 * throw, hang or reach outside RAM. VIRTIO_FUZZ_SEED repeats a run.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { BytesImage } from "./block/block-backend.js";
import { CopyOnWrite } from "./block/copy-on-write.js";
import { VirtioBlock } from "./block/virtio-block.js";
import { UserNetwork } from "./net/user-network.js";
import { VirtioNet } from "./net/virtio-net.js";
import { SeededGenerator } from "./seeded-generator.js";
import { HostFolder } from "./share/host-folder.js";
import { VirtioP9 } from "./share/virtio-p9.js";
import { RAM_BASE } from "./testing/ring-memory.js";
import { TestDriver } from "./testing/test-driver.js";
import { VirtioConsole } from "./virtio-console.js";
import type { VirtioDevice } from "./virtio-device.js";
import { VirtioEntropy } from "./virtio-entropy.js";
import { VIRTIO_MMIO } from "./virtio-mmio-registers.js";
import { Virtqueue } from "./virtqueue.js";

const OPERATIONS = 1_000_000;
const RAM = 1 << 20;
const seed = Number(process.env["VIRTIO_FUZZ_SEED"] ?? 0x5eed);
console.log(`virtio fuzz: seed ${seed}`);

const folder = mkdtempSync(path.join(tmpdir(), "hyplab-fuzz-"));
writeFileSync(path.join(folder, "file"), "contents");
const share = new HostFolder(folder);
afterAll(() => {
  share.close();
  rmSync(folder, { recursive: true });
});

const DEVICES: Readonly<Record<string, () => VirtioDevice>> = {
  block: () =>
    new VirtioBlock({ disk: new CopyOnWrite(new BytesImage(new Uint8Array(1 << 16)), 1 << 15) }),
  console: () => new VirtioConsole({ output: { write: (data) => expect(data).toBeDefined() } }),
  entropy: () => new VirtioEntropy(1),
  net: () => new VirtioNet({ network: new UserNetwork({ a: "10.0.2.2" }) }),
  p9: () => new VirtioP9({ backend: share, tag: "fuzz" }),
};
const RUNS = Object.entries(DEVICES).flatMap(([name, make]) =>
  ([1, 2] as const).map((version) => [name, version, make] as const),
);

/** One run: a driver that mostly does as it should, and often enough does not. */
class Fuzzer {
  readonly #random: SeededGenerator;
  readonly #driver: TestDriver;
  constructor(driver: TestDriver, random: SeededGenerator) {
    this.#driver = driver;
    this.#random = random;
  }
  below(n: number): number {
    return Math.floor((this.#random.next() / 2 ** 32) * n);
  }
  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
  #address(): number {
    const end = RAM_BASE + RAM;
    const edge = this.pick([0, RAM_BASE, end, 2 ** 32, 2 ** 53, 2 ** 64 - 4096]);
    return this.below(4) > 0 ? RAM_BASE + this.below(RAM) : Math.max(0, edge + this.below(64) - 32);
  }
  #length(): number {
    return this.pick([
      0,
      1,
      this.below(64),
      512,
      this.below(5000),
      this.below(RAM),
      0xffffffff,
      this.#random.next(),
    ]);
  }
  #descriptor(table: number, index: number, size: number): void {
    this.#driver.describe(table, index, {
      address: this.#address(),
      length: this.below(3) > 0 ? this.pick([10, 12, 16, 512, 513, 1, 2048]) : this.#length(),
      flags: this.below(8) > 0 ? this.below(4) : this.below(8),
      next: this.below(8) > 0 ? this.below(size) : this.below(65536),
    });
  }
  /** A plausible header for each device, so that requests get past the first look. */
  #content(): void {
    const at = RAM_BASE + this.below(RAM - 64);
    const { memory } = this.#driver;
    for (let i = 0; i < 8; i++) {
      memory.put32(at + 4 * i, this.below(2) === 0 ? this.below(130) : this.#random.next());
    }
  }
  step(): void {
    const driver = this.#driver;
    const { memory, mmio, queues } = driver;
    const index = this.below(queues.length);
    const q = queues[index]!;
    switch (this.below(16)) {
      case 0: {
        const offset = this.below(0x210);
        mmio.write(offset, this.pick([1, 2, 4]), this.#random.next());
        return;
      }
      case 1: {
        const offset = this.below(0x210);
        mmio.read(offset, this.pick([1, 2, 4]));
        return;
      }
      case 2: {
        if (this.below(4) > 0) return;
        const name = this.pick(VIRTIO_MMIO.compiled).name as Parameters<typeof driver.put>[0];
        driver.put(name, this.pick([0, 1, 2, 4, 15, 4096, this.#random.next()]));
        return;
      }
      case 3:
        if (this.below(4) > 0) return;
        memory.put16(q.available + this.below(4), this.below(65536));
        return;
      case 4:
        this.#content();
        return;
      case 5:
        driver.clock.advance(1);
        return;
      case 6:
        if (mmio.fault !== undefined || driver.get("Status") < 4 || this.below(20) === 0)
          driver.start();
        return;
      case 7:
        if (this.below(50) === 0) mmio.restore(structuredClone(mmio.save()));
        if (mmio.device instanceof VirtioConsole) mmio.device.receive(new Uint8Array(50));
        return;
      case 8:
        // A head with whatever the table holds.
        driver.offer(index, this.below(40) > 0 ? this.below(q.size) : this.below(65536));
        return;
      case 9:
      case 10:
        this.#descriptor(q.descriptors, this.below(q.size), q.size);
        return;
      default: {
        // A chain as it should be, with random contents.
        const parts = Array.from({ length: 1 + this.below(2) }, () =>
          this.#random.bytes(this.pick([7, 10, 12, 16, 60, 512])),
        );
        parts[0]![0] = this.below(10);
        const rooms = this.below(3) === 0 ? [] : [this.pick([1, 512, 2000]), 1];
        driver.offer(index, driver.layOut(index, parts, rooms).head);
        return;
      }
    }
  }
}

describe.each(RUNS)("%s, virtio-mmio version %i", (_, version, make) => {
  it("survives", () => {
    const driver = new TestDriver(make(), {
      version,
      memorySize: RAM,
      features: seed % 2 === 0 ? [28, 29] : [28],
    }).start();
    const random = new SeededGenerator(seed);
    const fuzzer = new Fuzzer(driver, random);
    const faults = new Set<string>();
    const given = vi.spyOn(Virtqueue.prototype, "give");
    for (let i = 0; i < OPERATIONS / RUNS.length; i++) {
      try {
        fuzzer.step();
      } catch (e) {
        throw new Error(`seed ${seed}, operation ${i}`, { cause: e });
      }
      if (driver.mmio.fault !== undefined) faults.add(driver.mmio.fault);
    }
    expect(driver.memory.outside).toBe(0);
    // The run has met the device's answers and refusals, not only its silence.
    expect(given.mock.calls.length).toBeGreaterThan(2000);
    expect(faults.size).toBeGreaterThan(100);
    given.mockRestore();
  });
});
