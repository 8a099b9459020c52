import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { makeDtb, makeRawImage, makeZImage } from "./testing/make-images.js";
import { Random, SEED } from "./testing/random.js";
import { pipe, toolTest } from "./testing/tools.js";
import { readZImage, unpackZImage } from "./zimage.js";

const kernel = makeRawImage(new Random(SEED).program(60_000));
const typed = (code: string) => expect.objectContaining({ name: "ImageError", code });

describe("zImage", () => {
  test("gives the header's facts and the kernel inside", () => {
    const image = readZImage(makeZImage(kernel));
    expect(image.table).toMatchObject({
      bssSize: 0x1234,
      textOffset: 0x208000,
      mallocSize: 0x10000,
    });
    const unpacked = unpackZImage(image);
    expect(Buffer.compare(unpacked.bytes, kernel)).toBe(0);
    expect(unpacked).toMatchObject({
      compression: "gzip",
      payload: { offset: 0x203 },
      textOffset: 0x208000,
      textOffsetFrom: "table",
      bssSize: 0x1234,
    });
  });

  test("finds the payload without the table of newer kernels", () => {
    const unpacked = unpackZImage(readZImage(makeZImage(kernel, { table: false })));
    expect(Buffer.compare(unpacked.bytes, kernel)).toBe(0);
    expect(unpacked).toMatchObject({ textOffset: 0x8000, textOffsetFrom: "assumed" });
    expect(unpacked.bssSize).toBeUndefined();
  });

  for (const [tool, compression, ...args] of [
    ["xz", "xz", "--check=crc32", "--arm", "--lzma2=dict=32MiB", "-c"],
    ["lzma", "lzma", "-9", "-c"],
    ["lz4", "lz4", "-l", "-9", "-c"],
    ["zstd", "zstd", "-19", "-c", "-q"],
  ] as const) {
    for (const table of [true, false]) {
      const title = `unpacks a ${compression} payload ${table ? "with" : "without"} the table`;
      toolTest([tool], title, () => {
        const stream = new Uint8Array(pipe(tool, args, kernel));
        const unpacked = unpackZImage(readZImage(makeZImage(kernel, { stream, table })));
        expect(Buffer.compare(unpacked.bytes, kernel)).toBe(0);
        expect(unpacked.compression).toBe(compression);
        expect(unpacked.payload).toEqual({ offset: 0x203, size: stream.length });
      });
    }
  }

  test("sees an appended device tree", () => {
    const dtb = makeDtb();
    const image = readZImage(makeZImage(kernel, { appended: dtb }));
    expect(image.appendedDtb).toEqual({ offset: image.size, size: dtb.length });
    expect(readZImage(makeZImage(kernel)).appendedDtb).toBeUndefined();
  });

  test("refuses a big-endian image by name", () => {
    const image = makeZImage(kernel);
    image.set([4, 3, 2, 1], 0x30);
    expect(() => readZImage(image)).toThrow(typed("big-endian"));
    expect(() => readZImage(image)).toThrow(/big-endian kernels are not supported/);
  });

  test("refuses an image cut short, with both sizes", () => {
    const image = makeZImage(kernel);
    expect(() => readZImage(image.subarray(0, 1000))).toThrow(typed("truncated"));
    expect(() => readZImage(image.subarray(0, 1000))).toThrow(`${image.length} bytes`);
  });

  test("refuses what is not a zImage", () => {
    expect(() => readZImage(kernel)).toThrow(/found a raw ARM kernel Image/);
  });

  test("refuses a payload whose size word disagrees", () => {
    const image = makeZImage(kernel);
    const { table } = readZImage(image);
    image[table!.sizeWordOffset]! ^= 1;
    expect(() => unpackZImage(readZImage(image))).toThrow(typed("corrupt"));
  });

  test("says that there is no kernel in a zImage header of something else", () => {
    // As Xen: the size includes zeroed memory, no endian flag, a small packed text inside.
    const hypervisor = new Uint8Array(0x4000);
    const view = new DataView(hypervisor.buffer);
    view.setUint32(0x24, 0x016f2818, true);
    view.setUint32(0x2c, 0x8000, true);
    hypervisor.set(gzipSync(new TextEncoder().encode("CONFIG_ARM_32=y\n")), 0x1000);
    const image = readZImage(hypervisor);
    expect(image).toMatchObject({ size: 0x4000, memorySize: 0x8000 });
    expect(() => unpackZImage(image)).toThrow(typed("no-member"));
  });

  test("names LZO, which it cannot unpack", () => {
    const image = new Uint8Array(0x1000);
    const view = new DataView(image.buffer);
    view.setUint32(0x24, 0x016f2818, true);
    view.setUint32(0x2c, 0x1000, true);
    view.setUint32(0x30, 0x04030201, true);
    image.set([0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a], 0x400);
    expect(() => unpackZImage(readZImage(image))).toThrow(/LZO/);
  });

  test("keeps the output limit", () => {
    const image = readZImage(makeZImage(kernel));
    expect(() => unpackZImage(image, { limit: 1000 })).toThrow(typed("output-limit"));
  });
});
