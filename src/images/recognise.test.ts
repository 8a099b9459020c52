import { describe, expect, test } from "vitest";
import { describeRecognised, rawImageHead, recognise } from "./recognise.js";
import {
  makeAr,
  makeDeb,
  makeDtb,
  makeElf,
  makeRawImage,
  makeZImage,
} from "./testing/make-images.js";
import { Random, SEED } from "./testing/random.js";

const kernel = makeRawImage(new Random(SEED).program(5000));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const at = (offset: number, bytes: ArrayLike<number>, size = 0x300): Uint8Array => {
  const file = new Uint8Array(size);
  file.set(bytes, offset);
  return file;
};

const halves = (values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(0x100);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < 0x80; index++)
    view.setUint16(index * 2, values[index] ?? 0xbf00, true);
  return bytes;
};

describe("recognise", () => {
  test.each([
    ["an empty file", new Uint8Array(0), { kind: "empty" }],
    ["a zImage", makeZImage(kernel), { kind: "zImage", bigEndian: false }],
    ["a raw Image", kernel, { kind: "raw-image", instructionSet: "A32" }],
    [
      "an ELF program",
      makeElf(new Uint8Array(4)),
      { kind: "elf", bits: 32, bigEndian: false, machine: 40 },
    ],
    ["a device tree", makeDtb(), { kind: "dtb" }],
    ["a Debian package", makeDeb({}), { kind: "deb" }],
    ["an ar archive", makeAr({ x: text("x") }), { kind: "ar" }],
    ["a cpio archive", text("070701000000"), { kind: "cpio" }],
    ["a bzImage", (() => at(0x1fe, [0x55, 0xaa, 0, 0, ...text("HdrS")]))(), { kind: "bzImage" }],
    ["an arm64 Image", at(0x38, text("ARM\x64")), { kind: "arm64-image" }],
    ["a uImage", at(0, [0x27, 0x05, 0x19, 0x56]), { kind: "uImage" }],
    ["text", text("#!/bin/sh\necho hello\n"), { kind: "text" }],
    ["random bytes", new Random(SEED).bytes(4096), { kind: "unknown" }],
    ["zeros", new Uint8Array(4096), { kind: "unknown" }],
  ])("knows %s", (_name, bytes, expected) => {
    expect(recognise(bytes)).toEqual(expected);
    expect(describeRecognised(recognise(bytes))).not.toBe("");
  });

  test("tells big-endian zImages of both kinds", () => {
    // BE8: only data is swapped, and the magic is kept little-endian on purpose.
    const be8 = makeZImage(kernel);
    be8.set([4, 3, 2, 1], 0x30);
    expect(recognise(be8)).toEqual({ kind: "zImage", bigEndian: true });
    const be32 = new Uint8Array(0x200);
    be32.set([0x01, 0x6f, 0x28, 0x18], 0x24);
    expect(recognise(be32)).toEqual({ kind: "zImage", bigEndian: true });
  });

  test("names class, byte order and machine of other ELF files", () => {
    const elf = makeElf(new Uint8Array(4));
    elf[4] = 2;
    elf[18] = 183;
    expect(describeRecognised(recognise(elf))).toBe("a 64-bit ELF file for arm64");
    elf.set([1, 2], 4);
    elf.set([0, 40], 18);
    expect(describeRecognised(recognise(elf))).toBe("a big-endian 32-bit ELF file for ARM");
  });

  test("prefers the arm64 and PE meaning of a file that begins with MZ", () => {
    const file = at(0, text("MZ"));
    file.set([0x80, 0, 0, 0], 0x3c);
    file.set([0x50, 0x45, 0, 0, 0x64, 0x86], 0x80);
    expect(describeRecognised(recognise(file))).toBe("a PE program for x86-64");
  });
});

describe("the raw Image heuristic", () => {
  test("accepts a Thumb-2 kernel that changes over after two words", () => {
    // ADR r9, .+13; BX r9; then MSR CPSR_c, r9 and MRC p15, 0, r9, c0, c0, 0 in T32.
    const head = [0x9001, 0xe28f, 0xff19, 0xe12f, 0xf389, 0x8100, 0xee10, 0x9f10];
    expect(rawImageHead(halves(head))).toBe("T32");
  });

  test("accepts the immediate form that old kernels use", () => {
    expect(rawImageHead(halves([0xf0d3, 0xe321, 0x9f10, 0xee10]))).toBe("A32");
  });

  test("wants both the mode change and the identification", () => {
    expect(rawImageHead(halves([0xf009, 0xe121]))).toBeUndefined();
    expect(rawImageHead(halves([0x9f10, 0xee10]))).toBeUndefined();
    expect(rawImageHead(halves([0xf389, 0x8100, 0xee10, 0x9f10]))).toBeUndefined();
    expect(rawImageHead(kernel.subarray(0, 0xff))).toBeUndefined();
  });

  test("does not take random bytes for a kernel", () => {
    const random = new Random(SEED);
    for (let count = 0; count < 2000; count++) {
      expect(rawImageHead(random.bytes(0x100)), `seed ${SEED}, ${count}`).toBeUndefined();
    }
  });
});
