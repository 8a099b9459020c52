import { describe, expect, test } from "vitest";
import { ConstantWindow } from "./constant-window.js";
import { PcieHost } from "./pcie-host.js";

const words = (host: PcieHost, at: number, count: number) =>
  Array.from({ length: count }, (_, n) => host.read(at + 4 * n, 4));

describe("the PCIe host", () => {
  test("has its bridge and no other function, word for word as U-Boot shows the reference's", () => {
    const host = new PcieHost({ name: "pcie", base: 0x3f000000, size: 0x1000000 });
    expect(words(host, 0, 4)).toEqual([0x00081b36, 0x00000004, 0x06000000, 0x00000008]);
    for (const at of [4, 0xc, 0x10, 0x30, 0x3c, 0x40]) host.write(at, 4, 0xffffffff);
    expect(words(host, 0, 18)).toEqual([
      ...[0x00081b36, 0x00000507, 0x06000000, 0x000000ff, 0, 0, 0, 0],
      ...[0, 0, 0, 0x11001af4, 0, 0, 0, 0xff, 0xffffffff, 0],
    ]);
    expect(words(host, 0x100, 1)).toEqual([0xffffffff]);
    host.write(0x8000, 4, 0);
    expect(host.read(0x8000, 2)).toBe(0xffff);
    expect(host.read(0x100001, 1)).toBe(0xff);
    host.reset();
    expect(words(host, 4, 1)).toEqual([4]);
    expect(host.unmodelled.entries).toEqual([]);
  });

  test("gives all ones at ports that nobody has", () => {
    const ports = new ConstantWindow("ports", 0, 0x10000, 0xff);
    ports.write();
    expect([1, 2, 4].map((size) => ports.read(8, size as 1 | 2 | 4))).toEqual([
      0xff, 0xffff, 0xffffffff,
    ]);
  });
});
