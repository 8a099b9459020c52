import { describe, expect, test } from "vitest";
import { FW_CFG_KEY, FwCfg } from "./fw-cfg.js";
import { FakeMemory } from "./testing/fakes.js";

const RAM = 0x4000_0000;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const swap16 = (value: number) => ((value & 0xff) << 8) | (value >>> 8);
const swap32 = (value: number) => (swap16(value & 0xffff) << 16) | swap16(value >>> 16);

const make = () => {
  const memory = new FakeMemory(RAM, 0x40000);
  const fw = new FwCfg({
    base: 0,
    memory,
    cpus: 4,
    kernel: Uint8Array.from({ length: 100_000 }, (_, i) => i % 251),
    commandLine: "quiet",
    files: new Map([
      ["opt/second", new TextEncoder().encode("two")],
      ["etc/first", new TextEncoder().encode("number one")],
    ]),
  });
  const select = (key: number) => fw.write(8, 2, swap16(key));
  const take = (count: number) => Uint8Array.from({ length: count }, () => fw.read(0, 1));
  const dma = (control: number, length: number, target: number, at = RAM + 0x100) => {
    const request = new Uint8Array(16);
    const view = new DataView(request.buffer);
    view.setUint32(0, control);
    view.setUint32(4, length);
    view.setBigUint64(8, BigInt(target));
    if (memory.holds(at, 16)) memory.write(at, request);
    fw.write(0x10, 4, 0);
    fw.write(0x14, 4, swap32(at));
    return memory.holds(at, 4) ? new DataView(memory.read(at, 4).buffer).getUint32(0) : undefined;
  };
  return { fw, memory, select, take, dma };
};

describe("fw_cfg", () => {
  test("signs and counts", () => {
    const { fw, select, take } = make();
    select(FW_CFG_KEY.signature);
    expect(text(take(4))).toBe("QEMU");
    expect([...take(3)]).toEqual([0, 0, 0]);
    select(FW_CFG_KEY.signature);
    expect(fw.read(0, 4)).toBe(0x554d4551);
    select(FW_CFG_KEY.id);
    expect(fw.read(0, 4)).toBe(3);
    select(FW_CFG_KEY.cpus);
    expect(fw.read(0, 2)).toBe(4);
    select(FW_CFG_KEY.commandLineSize);
    expect(fw.read(0, 4)).toBe(6);
    const signature = new Uint8Array(8);
    for (const half of [0, 4])
      new DataView(signature.buffer).setUint32(half, fw.read(0x10 + half, 4), true);
    expect(text(signature)).toBe("QEMU CFG");
  });

  test("lists its files by name", () => {
    const { select, take } = make();
    select(FW_CFG_KEY.fileDirectory);
    const directory = take(4 + 2 * 64);
    const view = new DataView(directory.buffer);
    expect(view.getUint32(0)).toBe(2);
    const files = [4, 68].map((at) => ({
      size: view.getUint32(at),
      key: view.getUint16(at + 4),
      name: text(directory.slice(at + 8, directory.indexOf(0, at + 8))),
    }));
    expect(files).toEqual([
      { size: 10, key: 0x20, name: "etc/first" },
      { size: 3, key: 0x21, name: "opt/second" },
    ]);
    select(0x20);
    expect(text(take(10))).toBe("number one");
  });

  test("copies items to RAM by DMA, with zeros beyond their end", () => {
    const { memory, dma } = make();
    memory.bytes.fill(0xee);
    const control = (FW_CFG_KEY.kernelData << 16) | 8 | 2;
    expect(dma(control, 100_010, RAM + 0x1000)).toBe(0);
    const data = memory.read(RAM + 0x1000, 100_011);
    expect(data.subarray(0, 100_000)).toEqual(
      Uint8Array.from({ length: 100_000 }, (_, i) => i % 251),
    );
    expect([...data.subarray(100_000)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xee]);
  });

  test("skips by DMA and goes on reading", () => {
    const { dma, take } = make();
    expect(dma((0x20 << 16) | 8 | 4, 7, 0)).toBe(0);
    expect(text(take(3))).toBe("one");
  });

  test("answers errors for targets outside of RAM and for writes; without RAM for the answer, nothing", () => {
    const { fw, memory, dma } = make();
    const control = (FW_CFG_KEY.kernelData << 16) | 8 | 2;
    expect(dma(control, 0xffffffff, RAM + 0x1000)).toBe(1);
    expect(dma(control, 16, RAM + 0x3fff8)).toBe(1);
    expect(dma(control, 16, 2 ** 40)).toBe(1);
    expect(dma((0x20 << 16) | 8 | 16, 4, RAM)).toBe(1);
    const before = memory.bytes.slice();
    expect(dma(control, 16, RAM, 0x1000)).toBeUndefined();
    expect(memory.bytes).toEqual(before);
    expect(fw.unmodelled.entries.map((e) => e.register)).toEqual(["DMA"]);
  });

  test("refuses file names that the directory has no room for", () => {
    expect(
      () =>
        new FwCfg({
          base: 0,
          memory: new FakeMemory(0, 16),
          cpus: 1,
          files: new Map([["x".repeat(56), new Uint8Array(1)]]),
        }),
    ).toThrow(/at most 55/);
  });

  test("comes back from a snapshot in the middle of an item", () => {
    const { fw, select, take } = make();
    select(0x20);
    take(7);
    const state = fw.save();
    fw.reset();
    fw.restore(state);
    expect(text(take(3))).toBe("one");
  });
});
