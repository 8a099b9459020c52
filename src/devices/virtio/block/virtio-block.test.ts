import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { TestDriver } from "../testing/test-driver.js";
import { BytesImage } from "./block-backend.js";
import { CopyOnWrite } from "./copy-on-write.js";
import { FileImage } from "./file-image.js";
import { VirtioBlock } from "./virtio-block.js";

const IN = 0,
  OUT = 1,
  FLUSH = 4,
  GET_ID = 8;
const header = (type: number, sector = 0): Uint8Array => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(sector), true);
  return bytes;
};
const image = (sectors: number): Uint8Array =>
  Uint8Array.from({ length: sectors * 512 }, (_, i) => (i >> 9) + i);
const sectors = (bytes: Uint8Array, from: number, count: number): Uint8Array =>
  bytes.slice(from * 512, (from + count) * 512);

describe.each([1, 2] as const)("block device, virtio-mmio version %i", (version) => {
  const make = (options: { readOnly?: boolean; bytes?: Uint8Array; limit?: number } = {}) => {
    const bytes = options.bytes ?? image(64);
    const disk = new CopyOnWrite(new BytesImage(bytes), options.limit);
    const device = new VirtioBlock({
      disk,
      serial: "hyplab-disk",
      ...(options.readOnly !== undefined && { readOnly: options.readOnly }),
    });
    return { bytes, disk, device, driver: new TestDriver(device, { version }).start() };
  };

  it("tells its capacity in sectors", () => {
    const { driver } = make();
    expect(driver.get("DeviceID")).toBe(2);
    expect(driver.mmio.read(0x100, 4)).toBe(64);
    expect(driver.mmio.read(0x104, 4)).toBe(0);
    expect(driver.mmio.read(0x114, 4)).toBe(512);
  });
  it("reads sectors and interrupts", () => {
    const { driver, bytes } = make();
    const answer = driver.request(0, [header(IN, 3)], [1024, 1]);
    expect(answer.slice(0, 1024)).toEqual(sectors(bytes, 3, 2));
    expect(answer[1024]).toBe(0);
    expect(driver.line.level).toBe(true);
    expect(driver.acknowledge()).toBe(1);
    expect(driver.line.level).toBe(false);
  });
  it("takes header, data and status in any layout", () => {
    const { driver, bytes } = make();
    const h = header(IN, 1);
    const answer = driver.request(0, [h.slice(0, 7), h.slice(7)], [100, 413]);
    expect(answer.slice(0, 512)).toEqual(sectors(bytes, 1, 1));
    expect(answer[512]).toBe(0);
  });
  it("keeps what is written and leaves the image alone", () => {
    const { driver, bytes, disk } = make();
    const before = bytes.slice();
    const data = new Uint8Array(1536).fill(0xa5);
    expect(driver.request(0, [header(OUT, 7), data], [1])).toEqual(Uint8Array.of(0));
    const answer = driver.request(0, [header(IN, 6)], [2560, 1]);
    expect(answer.slice(0, 512)).toEqual(sectors(bytes, 6, 1));
    expect(answer.slice(512, 2048)).toEqual(data);
    expect(answer.slice(2048, 2560)).toEqual(sectors(bytes, 10, 1));
    expect(bytes).toEqual(before);
    expect(disk.writtenPages).toBe(2);
  });
  it("refuses what reaches beyond the end, and sizes that are no sectors", () => {
    const { driver } = make();
    expect(driver.request(0, [header(IN, 63)], [1024, 1]).at(-1)).toBe(1);
    expect(driver.request(0, [header(IN, Number.MAX_SAFE_INTEGER)], [512, 1]).at(-1)).toBe(1);
    expect(driver.request(0, [header(IN, 0)], [511, 1]).at(-1)).toBe(1);
    expect(driver.request(0, [header(OUT, 64), new Uint8Array(512)], [1]).at(-1)).toBe(1);
    expect(driver.request(0, [header(OUT, 0), new Uint8Array(8)], [1]).at(-1)).toBe(1);
  });
  it("refuses writes when read-only, and says so in its features", () => {
    const { driver } = make({ readOnly: true });
    expect(driver.offered() & (1n << 5n)).not.toBe(0n);
    expect(driver.request(0, [header(OUT, 0), new Uint8Array(512)], [1])).toEqual(Uint8Array.of(1));
  });
  it("flushes, gives its serial number, and knows no other request", () => {
    const { driver } = make();
    expect(driver.request(0, [header(FLUSH)], [1])).toEqual(Uint8Array.of(0));
    const id = driver.request(0, [header(GET_ID)], [20, 1]);
    expect(new TextDecoder().decode(id.slice(0, 11))).toBe("hyplab-disk");
    expect(id[20]).toBe(0);
    expect(driver.request(0, [header(99)], [1])).toEqual(Uint8Array.of(2));
  });
  it("is an I/O error when the copy on write is full", () => {
    const { driver, device } = make({ limit: 4096 });
    const data = new Uint8Array(512);
    expect(driver.request(0, [header(OUT, 0), data], [1])).toEqual(Uint8Array.of(0));
    expect(driver.request(0, [header(OUT, 8), data], [1])).toEqual(Uint8Array.of(1));
    expect(device.hostError).toContain("4096 bytes");
  });
  it("rounds the size of the last sector up with zeros", () => {
    const { driver } = make({ bytes: new Uint8Array(700).fill(9) });
    expect(driver.mmio.read(0x100, 4)).toBe(2);
    const answer = driver.request(0, [header(IN, 1)], [512, 1]);
    expect(answer.slice(0, 188)).toEqual(new Uint8Array(188).fill(9));
    expect(answer.slice(188, 512)).toEqual(new Uint8Array(324));
    expect(driver.request(0, [header(OUT, 1), new Uint8Array(512).fill(3)], [1])[0]).toBe(0);
  });
  it("stops at a request without header or without status", () => {
    for (const [readable, writable] of [
      [[new Uint8Array(8)], [1]],
      [[header(IN)], []],
    ] as const) {
      const { driver } = make();
      expect(() => driver.request(0, readable, writable)).toThrow("no answer");
      expect(driver.mmio.fault).toBeDefined();
    }
  });
  it("goes on after save and restore as if nothing had been", () => {
    const one = make();
    one.driver.request(0, [header(OUT, 9), new Uint8Array(512).fill(7)], [1]);
    const state = structuredClone(one.driver.mmio.save());
    const two = make();
    two.driver.memory.bytes.set(one.driver.memory.bytes);
    two.driver.mmio.restore(state);
    Object.assign(two.driver.queues[0]!, one.driver.queues[0]);
    expect(two.driver.line.level).toBe(true);
    const answer = two.driver.request(0, [header(IN, 9)], [512, 1]);
    expect(answer.slice(0, 512)).toEqual(new Uint8Array(512).fill(7));
    expect(structuredClone(two.driver.mmio.save())).not.toEqual(state);
  });
  it("keeps the disk over a reset", () => {
    const { driver } = make();
    driver.request(0, [header(OUT, 9), new Uint8Array(512).fill(7)], [1]);
    driver.mmio.reset();
    expect(driver.get("Status")).toBe(0);
    driver.start();
    expect(driver.request(0, [header(IN, 9)], [512, 1])[0]).toBe(7);
  });
});

describe("image file", () => {
  it("gives the file's bytes and is not written", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "hyplab-image-"));
    const file = path.join(folder, "disk.img");
    const bytes = image(20).slice(0, 9999);
    writeFileSync(file, bytes);
    const disk = new FileImage(file);
    expect(disk.size).toBe(10240);
    const all = disk.read(0, 20);
    expect(all.slice(0, 9999)).toEqual(bytes);
    expect(all.slice(9999)).toEqual(new Uint8Array(241));
    expect(() => disk.write()).toThrow("not written");
    disk.close();
    expect(() => disk.read(0, 1)).toThrow(file);
    rmSync(folder, { recursive: true });
  });
});
