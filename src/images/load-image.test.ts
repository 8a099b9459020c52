import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { ImageError } from "./image-error.js";
import { loadImage, loadImageBytes } from "./load-image.js";
import { makeDeb, makeDtb, makeElf, makeRawImage, makeZImage } from "./testing/make-images.js";
import { Random, SEED } from "./testing/random.js";
import { withFolder } from "./testing/tools.js";

const raw = makeRawImage(new Random(SEED).program(9000));
const zImage = makeZImage(raw);
const at = (offset: number, text: string): Uint8Array => {
  const file = new Uint8Array(0x1000);
  file.set(new TextEncoder().encode(text), offset);
  return file;
};
const elfFor = (machine: number, elfClass = 1, data = 1): Uint8Array => {
  const elf = makeElf(new Uint8Array(4));
  elf[4] = elfClass;
  elf[5] = data;
  elf.set(data === 1 ? [machine, 0] : [0, machine], 18);
  return elf;
};
const bigEndian = (): Uint8Array => {
  const image = zImage.slice();
  image.set([4, 3, 2, 1], 0x30);
  return image;
};
const object = (): Uint8Array => {
  const elf = makeElf(new Uint8Array(4));
  elf[16] = 1;
  return elf;
};

const expectCode = (spec: string, code: string) =>
  expect(loadImage(spec)).rejects.toThrow(expect.objectContaining({ name: "ImageError", code }));

describe("loadImage", () => {
  test("takes every form a kernel comes in", () =>
    withFolder(async (folder) => {
      const forms: readonly (readonly [string, Uint8Array, string])[] = [
        ["zImage", zImage, "zImage"],
        ["Image", raw, "raw-image"],
        ["Image.gz", gzipSync(raw), "raw-image"],
        ["vmlinux", makeElf(new Uint8Array(64)), "elf"],
        ["kernel.deb", makeDeb({ "./boot/config-1": raw, "./boot/vmlinuz-1": zImage }), "zImage"],
      ];
      for (const [name, bytes, kind] of forms) {
        const file = path.join(folder, name);
        writeFileSync(file, bytes);
        const image = await loadImage(file);
        expect(image.kind, name).toBe(kind);
        expect(image.source.spec).toBe(file);
      }
      symlinkSync("zImage", path.join(folder, "link"));
      expect((await loadImage(path.join(folder, "link"))).kind).toBe("zImage");
    }));

  test("says which package and file an image came from", () => {
    const image = loadImageBytes(makeDeb({ "./boot/vmlinuz-1": zImage }), "k.deb");
    expect(image.source).toEqual({
      spec: "k.deb",
      package: { name: "linux-image-test", version: "1.0-1" },
      member: "boot/vmlinuz-1",
    });
  });

  test("takes an unknown program only when told to", () => {
    const program = new Random(SEED).bytes(2000);
    expect(() => loadImageBytes(program, "p")).toThrow(ImageError);
    expect(loadImageBytes(program, "p", { acceptRaw: true })).toMatchObject({ kind: "raw-image" });
  });

  test.each([
    ["an empty file", new Uint8Array(0), "empty", /found an empty file/],
    [
      "a truncated zImage",
      zImage.subarray(0, 2000),
      "truncated",
      /as its header says, found 2000 bytes/,
    ],
    ["a big-endian zImage", bigEndian(), "big-endian", /big-endian kernels are not supported/],
    ["an arm64 kernel", at(0x38, "ARM\x64"), "wrong-architecture", /arm64 Linux kernel/],
    ["an x86-64 program", elfFor(62, 2), "wrong-architecture", /64-bit ELF file for x86-64/],
    ["an arm64 program", elfFor(183, 2), "wrong-architecture", /64-bit ELF file for arm64/],
    ["a big-endian ARM program", elfFor(40, 1, 2), "big-endian", /build it little-endian/],
    ["an object file", object(), "unsupported", /found an object file/],
    ["a device tree", makeDtb(), "unrecognised", /found a device tree blob/],
    ["text", new TextEncoder().encode("hello\n"), "unrecognised", /found text/],
    ["random bytes", new Random(SEED).bytes(5000), "unrecognised", /bytes of no known format/],
    ["a package for amd64", makeDeb({}, "amd64"), "wrong-architecture", /found one for amd64/],
    ["a package without kernel", makeDeb({ "./x": raw }), "no-member", /without one/],
    ["a corrupt package", makeDeb({ "./x": raw }).subarray(0, 150), "truncated", /ar member/],
  ])("refuses %s in one line", (name, bytes, code, message) => {
    let error: unknown;
    try {
      loadImageBytes(bytes, "given-file");
    } catch (caught) {
      error = caught;
    }
    expect(error, name).toBeInstanceOf(ImageError);
    const failure = error as ImageError;
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.message).toMatch(/^given-file: expected .*, found .*; .*$/);
    expect(failure.message).not.toContain("\n");
  });

  test("recognises an x86 kernel by its boot header", () => {
    const kernel = new Uint8Array(0x1000);
    kernel.set([0x55, 0xaa, 0xeb, 0x66, 0x48, 0x64, 0x72, 0x53], 0x1fe);
    expect(() => loadImageBytes(kernel, "bzImage")).toThrow(/x86 Linux kernel \(bzImage\)/);
  });

  test("refuses what is no file, before reading anything large", () =>
    withFolder(async (folder) => {
      await expectCode(path.join(folder, "absent"), "not-found");
      await expectCode(path.join(folder, "absent/below"), "not-found");
      await expectCode("", "not-found");
      await expectCode(folder, "directory");
      await expectCode("/dev/zero", "unreadable");
      await expectCode("debian:", "bad-request");
      const huge = path.join(folder, "huge");
      writeFileSync(huge, "x");
      // Sparse: it takes no room on the disk.
      truncateSync(huge, 3 * 2 ** 30);
      await expectCode(huge, "too-large");
      writeFileSync(path.join(folder, "zImage"), zImage);
      await expectCode(path.join(folder, "zImage/below"), "not-found");
      await expect(loadImage(path.join(folder, "zImage"), { fileLimit: 100 })).rejects.toThrow(
        /at most 100 bytes, found \d+ bytes/,
      );
    }));

  test("keeps control characters of a file's name out of the message", () => {
    expect(() => loadImageBytes(new Uint8Array(0), "a\nb\u001b[31m")).toThrow(
      /^a b \[31m: expected/,
    );
  });

  test("does not unpack a compressed file beyond the limit", () => {
    const bomb = gzipSync(new Uint8Array(10_000_000));
    expect(() => loadImageBytes(bomb, "bomb", { limit: 1_000_000 })).toThrow(
      expect.objectContaining({ code: "output-limit" }),
    );
  });

  test("does not follow compressed files inside compressed files for ever", () => {
    let nested: Uint8Array = zImage;
    for (let depth = 0; depth < 6; depth++) nested = gzipSync(nested);
    expect(() => loadImageBytes(nested, "nested")).toThrow(/a stream compressed with gzip/);
  });

  test("reports an unreadable path as such", () =>
    withFolder(async (folder) => {
      mkdirSync(path.join(folder, "loop"));
      symlinkSync("self", path.join(folder, "self"));
      await expect(loadImage(path.join(folder, "self"))).rejects.toThrow(
        expect.objectContaining({ name: "ImageError", code: "unreadable" }),
      );
    }));
});
