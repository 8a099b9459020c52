import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bootLayout, XEN_MODULE_ADDRESS, type BootRequest } from "./boot-layout.js";
import {
  deviceTreeNode,
  findNode,
  readReg,
  readString,
  readStrings,
  cells,
} from "./device-tree.js";
import { readDtb } from "./dtb.js";
import { ImageError } from "./image-error.js";
import { u32, u32Big } from "./little-endian.js";
import { loadImageBytes } from "./load-image.js";
import { makeElf, makeRawImage, makeZImage } from "./testing/make-images.js";
import { toolTest, withFolder } from "./testing/tools.js";

const MiB = 1024 * 1024;
const ram = { address: 0x40000000, size: 512 * MiB };
const tree = {
  root: deviceTreeNode("", { "#address-cells": cells(2), "#size-cells": cells(2) }),
  reservations: [],
  bootCpu: 0,
};
const kernel = new Uint8Array(70_000).fill(0x5a);
const zImage = makeZImage(kernel);
const initrd = new TextEncoder().encode("070701 is how an initial RAM disk begins");
const request = (more: Partial<BootRequest> = {}): BootRequest => ({
  image: loadImageBytes(zImage, "zImage"),
  ram,
  tree,
  ...more,
});
const addresses = (r: BootRequest): [string, string][] =>
  bootLayout(r).pieces.map(({ what, address }) => [what, `0x${address.toString(16)}`]);

describe("a boot's layout", () => {
  test("a zImage lies 64 KiB into RAM, the RAM disk 128 MiB, the device tree on the page behind it", () => {
    expect(addresses(request({ initrd }))).toEqual([
      ["zImage", "0x40010000"],
      ["initial RAM disk", "0x48000000"],
      ["device tree", "0x48001000"],
    ]);
    const small = request({ initrd, ram: { ...ram, size: 64 * MiB } });
    expect(addresses(small)[1]).toEqual(["initial RAM disk", "0x42000000"]);
  });

  test("the kernel is entered with r0 = 0, r1 = all ones and r2 = the device tree", () => {
    const layout = bootLayout(request());
    expect(layout.entry).toBe(0x40010000);
    expect(layout.registers).toEqual([0, 0xffffffff, layout.dtb.address]);
    expect(layout.dtb.address % 8).toBe(0);
  });

  test("the payload of a zImage goes to its text offset", () => {
    const layout = bootLayout(request({ payload: true }));
    expect(layout.entry).toBe(0x40208000);
    expect(Buffer.compare(layout.pieces[0]!.bytes, kernel)).toBe(0);
  });

  test("a raw kernel goes to its text offset, a flat image to where zImages go or where it is told", () => {
    const raw = loadImageBytes(makeRawImage(new Uint8Array(100)), "Image");
    expect(bootLayout(request({ image: raw })).entry).toBe(0x40208000);
    const flat = loadImageBytes(Uint8Array.of(1, 2, 3, 0xea), "flat", { acceptRaw: true });
    expect(bootLayout(request({ image: flat })).entry).toBe(0x40010000);
    expect(bootLayout(request({ image: flat, loadAddress: 0x41000000 })).entry).toBe(0x41000000);
  });

  test("an ELF program lies where it asks, its zeroed memory included, the device tree before it", () => {
    const image = loadImageBytes(makeElf(Uint8Array.of(0xfe, 0xff, 0xff, 0xea)), "program");
    if (image.kind !== "elf") throw new Error("makeElf made no ELF file");
    const at = image.elf.segments[0]!.physicalAddress;
    const base = at - MiB;
    const layout = bootLayout(request({ image, ram: { address: base, size: 64 * MiB } }));
    expect(layout.pieces[0]).toMatchObject({ address: at });
    expect(layout.pieces[0]!.bytes.length).toBe(image.elf.segments[0]!.memorySize);
    expect(layout.dtb.address).toBe(base);
  });

  test("the device tree tells of RAM, the RAM disk, the arguments and a hypervisor's modules", () => {
    const layout = bootLayout(
      request({
        initrd,
        bootArguments: "console=ttyAMA0",
        ram: { ...ram, size: 1024 * MiB },
        modules: [
          {
            kind: "kernel",
            address: XEN_MODULE_ADDRESS.kernel,
            bytes: zImage,
            bootArguments: "a=b",
          },
          { kind: "ramdisk", address: XEN_MODULE_ADDRESS.ramdisk, bytes: initrd },
        ],
      }),
    );
    const back = readDtb(layout.pieces.at(-1)!.bytes);
    expect(readReg(findNode(back, "/memory")!, back.root)).toEqual([
      { address: 0x40000000, size: 1024 * MiB },
    ]);
    const chosen = findNode(back, "/chosen")!;
    expect(readString(chosen, "bootargs")).toBe("console=ttyAMA0");
    expect(u32Big(chosen.properties.get("linux,initrd-start")!, 4)).toBe(0x48000000);
    expect(u32Big(chosen.properties.get("linux,initrd-end")!, 4)).toBe(0x48000000 + initrd.length);
    const dom0 = findNode(back, "/chosen/module@0x50000000")!;
    expect(readStrings(dom0, "compatible")).toEqual(["multiboot,module", "multiboot,kernel"]);
    expect(readString(dom0, "bootargs")).toBe("a=b");
    expect(readReg(dom0, chosen)).toEqual([{ address: 0x50000000, size: zImage.length }]);
    // What was given stays as it is.
    expect(tree.root.children).toEqual([]);
  });

  test("what does not fit is refused in one line", () => {
    const cases: Partial<BootRequest>[] = [
      { initrd: new Uint8Array(40 * MiB), ram: { ...ram, size: 64 * MiB } },
      { loadAddress: 0x10000000 },
      { modules: [{ kind: "kernel", address: 0x40010000, bytes: zImage }] },
      { modules: [{ kind: "ramdisk", address: 0x70000000, bytes: initrd }] },
    ];
    for (const wrong of cases) expect(() => bootLayout(request(wrong))).toThrow(ImageError);
  });

  toolTest(
    ["qemu-system-arm"],
    "the reference emulator puts everything at the same addresses",
    () =>
      withFolder((folder) => {
        const files = { kernel: path.join(folder, "zImage"), initrd: path.join(folder, "initrd") };
        writeFileSync(files.kernel, zImage);
        writeFileSync(files.initrd, initrd);
        const { pieces } = bootLayout(request({ initrd }));
        const out = execFileSync(
          "qemu-system-arm",
          [
            ...["-M", "virt,virtualization=on,highmem=off,gic-version=2", "-cpu", "cortex-a15"],
            ...["-m", "512", "-display", "none", "-nic", "none", "-serial", "none", "-S"],
            ...["-monitor", "stdio", "-kernel", files.kernel, "-initrd", files.initrd],
          ],
          { input: `${pieces.map(({ address }) => `xp /1wx ${address}`).join("\n")}\nquit\n` },
        ).toString();
        const words = [...out.matchAll(/^[0-9a-f]{8,16}: 0x([0-9a-f]{8})/gm)].map((m) => m[1]);
        const expected = pieces.map(({ bytes }) => u32(bytes, 0).toString(16).padStart(8, "0"));
        expect(words).toEqual(expected);
      }),
  );
});
