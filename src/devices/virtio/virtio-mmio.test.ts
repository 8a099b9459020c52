import { describe, expect, it } from "vitest";
import { FakeClock, FakeLine } from "../testing/fakes.js";
import { RAM_BASE, RingMemory } from "./testing/ring-memory.js";
import { INDIRECT, NEXT, TestDriver, WRITE } from "./testing/test-driver.js";
import { VirtioConsole } from "./virtio-console.js";
import { VirtioEntropy } from "./virtio-entropy.js";
import { VirtioMmio } from "./virtio-mmio.js";

const entropy = (version: 1 | 2, features: number[] = []) =>
  new TestDriver(new VirtioEntropy(1), { version, features }).start();

describe("an empty slot", () => {
  it("answers as the reference: magic, version, no device, vendor, and zeros", () => {
    const slot = new VirtioMmio({
      base: 0xa000000,
      line: new FakeLine(),
      memory: new RingMemory(4096),
      clock: new FakeClock(),
    });
    expect([0, 4, 8, 12, 16].map((at) => slot.read(at, 4))).toEqual([
      0x74726976, 1, 0, 0x554d4551, 0,
    ]);
    slot.write(0x70, 4, 3);
    slot.write(0x14, 4, 1);
    expect(slot.read(0x70, 4)).toBe(0);
    expect(slot.read(0x100, 4)).toBe(0);
    expect(slot.size).toBe(0x200);
  });
});

describe("identification", () => {
  it.each([1, 2] as const)("version %i", (version) => {
    const { mmio } = new TestDriver(new VirtioEntropy(1), { version });
    expect([0, 4, 8, 12].map((at) => mmio.read(at, 4))).toEqual([
      0x74726976,
      version,
      4,
      0x554d4551,
    ]);
  });
  it("offers VERSION_1 in version 2 only, and the rings' features in both", () => {
    expect(new TestDriver(new VirtioEntropy(1), { version: 1 }).offered()).toBe(0x38000000n);
    expect(new TestDriver(new VirtioEntropy(1), { version: 2 }).offered()).toBe(0x130000000n);
  });
  it("has 1024 entries in queues that are there and none in others", () => {
    const driver = new TestDriver(new VirtioEntropy(1));
    expect(driver.get("QueueNumMax")).toBe(1024);
    driver.put("QueueSel", 1);
    expect(driver.get("QueueNumMax")).toBe(0);
    driver.put("QueueSel", 0xffffffff);
    expect(driver.get("QueueNumMax")).toBe(0);
  });
  it("answers only whole words outside of the configuration", () => {
    const driver = new TestDriver(new VirtioEntropy(1));
    expect(driver.mmio.read(0, 1)).toBe(0);
    expect(driver.mmio.unmodelled.entries).toHaveLength(1);
  });
});

describe("features", () => {
  it("are refused in version 2 without VERSION_1, and with bits that were not offered", () => {
    for (const words of [
      [0, 0],
      [1, 1],
    ]) {
      const driver = new TestDriver(new VirtioEntropy(1), { version: 2 });
      words.forEach((word, i) => {
        driver.put("DriverFeaturesSel", i);
        driver.put("DriverFeatures", word);
      });
      driver.put("Status", 0xb);
      expect(driver.get("Status")).toBe(3);
    }
  });
  it("cannot change after FEATURES_OK", () => {
    const driver = entropy(2);
    driver.put("DriverFeaturesSel", 0);
    driver.put("DriverFeatures", 0xffffffff);
    expect(driver.mmio.unmodelled.entries).toHaveLength(1);
    expect(driver.get("Status")).toBe(0xf);
  });
});

describe.each([1, 2] as const)("queues, version %i", (version) => {
  it("give the same bytes for the same seed", () => {
    const a = entropy(version).request(0, [], [64]);
    expect(entropy(version).request(0, [], [64])).toEqual(a);
    expect(new Set(a).size).toBeGreaterThan(30);
  });
  it("run past the wrap of 16-bit indices", () => {
    const driver = entropy(version);
    for (let i = 0; i < 70000; i++) driver.request(0, [], [4]);
    expect(driver.mmio.fault).toBeUndefined();
  });
  it("take indirect descriptors, also after direct ones", () => {
    const driver = entropy(version, [28]);
    const [q] = driver.queues;
    const table = q!.buffers + 0x1000;
    const at = q!.buffers;
    driver.describe(table, 0, { address: at, length: 8, flags: WRITE | NEXT, next: 3 });
    driver.describe(table, 3, { address: at + 8, length: 8, flags: WRITE });
    driver.describe(q!.descriptors, 0, { address: table, length: 64, flags: INDIRECT });
    driver.offer(0, 0);
    expect(driver.used(0)).toEqual([{ head: 0, length: 16 }]);
    driver.describe(q!.descriptors, 1, { address: at, length: 8, flags: WRITE | NEXT, next: 0 });
    driver.offer(0, 1);
    expect(driver.used(0)).toEqual([{ head: 1, length: 24 }]);
  });
  it("do not interrupt when the driver asks not to", () => {
    const driver = entropy(version);
    driver.memory.put16(driver.queues[0]!.available, 1);
    driver.request(0, [], [4]);
    expect(driver.line.level).toBe(false);
    driver.memory.put16(driver.queues[0]!.available, 0);
    driver.request(0, [], [4]);
    expect(driver.line.level).toBe(true);
  });
  it("interrupt at the used event when event indices are agreed, and say when to notify", () => {
    const driver = entropy(version, [29]);
    const [q] = driver.queues;
    const usedEvent = q!.available + 4 + 2 * q!.size;
    driver.request(0, [], [4]);
    driver.acknowledge();
    driver.memory.put16(usedEvent, 3);
    for (const level of [false, false, true]) {
      driver.request(0, [], [4]);
      expect(driver.line.level).toBe(level);
    }
    expect(driver.memory.get16(q!.used + 4 + 8 * q!.size)).toBe(4);
  });
  it("stop the device until its reset when the driver breaks them", () => {
    const driver = entropy(version);
    const q = driver.queues[0]!;
    driver.describe(q.descriptors, 0, { address: 0x1000, length: 8, flags: WRITE });
    driver.offer(0, 0);
    expect(driver.mmio.fault).toContain("0x1000 are not in RAM");
    expect(driver.get("Status") & 64).toBe(version === 2 ? 64 : 0);
    expect(driver.acknowledge()).toBe(version === 2 ? 2 : 0);
    driver.layOut(0, [], [4]);
    driver.offer(0, 0);
    expect(driver.used(0)).toEqual([]);
    driver.start();
    expect(driver.mmio.fault).toBeUndefined();
    expect(driver.request(0, [], [4])).toHaveLength(4);
  });
  it("are not broken by a size that no queue has", () => {
    const driver = new TestDriver(new VirtioEntropy(1), { version });
    for (const size of [0, 3, 2048, 0xffffffff]) driver.put("QueueNum", size);
    expect(driver.mmio.fault).toBeUndefined();
    expect(driver.mmio.unmodelled.entries[0]?.count).toBe(4);
  });
});

describe.each([1, 2] as const)("hostile rings, version %i", (version) => {
  type Break = (driver: TestDriver, descriptors: number, free: number) => void;
  const single =
    (address: number, length: number, flags = WRITE): Break =>
    (driver, table) =>
      driver.describe(table, 0, { address, length, flags });
  const cases: Record<string, Break> = {
    "a descriptor that follows itself": (d, t, free) =>
      d.describe(t, 0, { address: free, length: 4, flags: WRITE | NEXT, next: 0 }),
    "two that follow each other": (d, t, free) => {
      d.describe(t, 0, { address: free, length: 4, flags: WRITE | NEXT, next: 1 });
      d.describe(t, 1, { address: free, length: 4, flags: WRITE | NEXT, next: 0 });
    },
    "a next descriptor outside the table": (d, t, free) =>
      d.describe(t, 0, { address: free, length: 4, flags: WRITE | NEXT, next: 16 }),
    "a buffer below RAM": single(RAM_BASE - 1, 2),
    "a buffer across the end of RAM": single(RAM_BASE + (4 << 20) - 4, 8),
    "a buffer that wraps at 32 bits": single(0xffffffff, 2),
    "a buffer that wraps at 64 bits": single(2 ** 64 - 2048, 4096),
    "a buffer at a far address with the same low word": single(2 ** 32 + RAM_BASE, 4),
    "a buffer of 4 GiB less one": single(RAM_BASE, 0xffffffff),
    "an empty buffer": single(RAM_BASE, 0),
    "an empty indirect table": single(RAM_BASE, 0, INDIRECT),
    "an indirect table of half a descriptor": single(RAM_BASE, 24, INDIRECT),
    "an indirect table outside RAM": single(0, 16, INDIRECT),
    "an indirect table with a next descriptor": single(RAM_BASE, 16, INDIRECT | NEXT),
    "an indirect table in an indirect table": (d, t, free) => {
      d.describe(t, 0, { address: free, length: 32, flags: INDIRECT });
      d.describe(free, 0, { address: free, length: 32, flags: INDIRECT });
    },
    "an indirect table that runs in a circle": (d, t, free) => {
      d.describe(t, 0, { address: free, length: 1 << 20, flags: INDIRECT });
      d.describe(free, 0, { address: free, length: 4, flags: WRITE | NEXT, next: 1 });
      d.describe(free, 1, { address: free, length: 4, flags: WRITE | NEXT, next: 0 });
    },
    "a part to read after one to write": (d, t, free) => {
      d.describe(t, 0, { address: free, length: 4, flags: WRITE | NEXT, next: 1 });
      d.describe(t, 1, { address: free, length: 4, flags: 0 });
    },
  };
  it.each(Object.entries(cases))("%s", (_, breaks) => {
    const driver = entropy(version);
    const q = driver.queues[0]!;
    breaks(driver, q.descriptors, q.buffers);
    driver.offer(0, 0);
    expect(driver.mmio.fault).toMatch(/^queue 0: /);
    expect(driver.used(0)).toEqual([]);
    expect(driver.memory.outside).toBe(0);
  });
  it("a head outside the table, and more chains than there are descriptors", () => {
    const head = entropy(version);
    head.offer(0, 16);
    expect(head.mmio.fault).toContain("available descriptor 16 of 16");
    const many = entropy(version);
    many.memory.put16(many.queues[0]!.available + 2, 17);
    many.put("QueueNotify", 0);
    expect(many.mmio.fault).toContain("17 chains");
  });
  it("rings that lie outside RAM, wholly or by their last byte", () => {
    const places =
      version === 1
        ? [1, 0xffffffff, (RAM_BASE + (4 << 20) - 4096) / 4096].map((page) => (d: TestDriver) => {
            d.put("QueuePFN", 0);
            d.put("QueuePFN", page);
          })
        : (["QueueDescLow", "QueueDriverLow", "QueueDeviceLow", "QueueDescHigh"] as const).map(
            (name) => (d: TestDriver) => {
              d.put("QueueReady", 0);
              d.put(name, name.endsWith("High") ? 0xffffffff : RAM_BASE + (4 << 20) - 16);
              d.put("QueueReady", 1);
            },
          );
    for (const place of places) {
      const driver = entropy(version);
      driver.put("QueueSel", 0);
      place(driver);
      driver.put("QueueNotify", 0);
      expect(driver.mmio.fault).toContain("not in RAM");
      expect(driver.memory.outside).toBe(0);
    }
  });
  it("a device that writes over its own available ring sees it only at the next notify", () => {
    const driver = entropy(version);
    const q = driver.queues[0]!;
    driver.describe(q.descriptors, 0, { address: q.available, length: 64, flags: WRITE });
    driver.offer(0, 0);
    expect(driver.used(0)).toHaveLength(1);
  });
  it("a great amount of work is done in parts", () => {
    let written = 0;
    const device = new VirtioConsole({ output: { write: (data) => (written += data.length) } });
    const driver = new TestDriver(device, { version, queueSize: 512, memorySize: 4 << 20 }).start();
    const q = driver.queues[1]!;
    driver.describe(q.descriptors, 0, { address: RAM_BASE, length: 1 << 20, flags: 0 });
    for (let i = 0; i < 512; i++) driver.offer(1, 0, false);
    driver.put("QueueNotify", 1);
    expect(written).toBeGreaterThan(200 << 20);
    expect(written).toBeLessThan(300 << 20);
    driver.clock.advance(1);
    driver.clock.advance(1);
    expect(written).toBe(512 << 20);
  });
});
