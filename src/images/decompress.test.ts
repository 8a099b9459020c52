import { createHash } from "node:crypto";
import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { crc32, crc64, sha256 } from "./checksums.js";
import { type Compression, compressionAt, decompress, decompressOne } from "./decompress.js";
import { ImageError } from "./image-error.js";
import { announceSeed, mutate, Random, SEED } from "./testing/random.js";
import { pipe, toolTest } from "./testing/tools.js";

const levels = (from: number, to: number, ...more: string[]): string[][] =>
  Array.from({ length: to - from + 1 }, (_, index) => [`-${from + index}`, ...more]);

/** Every way of packing that a test goes through: format, program, arguments. */
const PACKERS: readonly (readonly [Compression, string, readonly string[]])[] = [
  ...levels(0, 9, "-c").map((args) => ["xz", "xz", args] as const),
  ["xz", "xz", ["-9e", "-c"]],
  ["xz", "xz", ["--check=none", "-c"]],
  ["xz", "xz", ["--check=crc32", "-c"]],
  ["xz", "xz", ["--check=sha256", "-c"]],
  ["xz", "xz", ["--block-size=20000", "-c"]],
  ["xz", "xz", ["-T2", "--block-size=30000", "-c"]],
  ["xz", "xz", ["--arm", "--lzma2=preset=6", "-c"]],
  ["xz", "xz", ["--arm=start=4096", "--lzma2=preset=6", "-c"]],
  ["xz", "xz", ["--armthumb", "--lzma2=preset=6", "-c"]],
  ["xz", "xz", ["--delta=dist=4", "--lzma2=preset=2", "-c"]],
  ["xz", "xz", ["--delta=dist=256", "--arm", "--lzma2=lc=0,lp=4,pb=0", "-c"]],
  ["xz", "xz", ["--lzma2=lc=4,lp=0,pb=4,dict=4KiB", "-c"]],
  ...levels(0, 9, "-c").map((args) => ["lzma", "lzma", args] as const),
  ["lzma", "xz", ["--format=lzma", "--lzma1=lc=2,lp=2,pb=1", "-c"]],
  ...levels(1, 12, "-c").map((args) => ["lz4", "lz4", args] as const),
  ["lz4", "lz4", ["-l", "-c"]],
  ["lz4", "lz4", ["-l", "-9", "-c"]],
  ["lz4", "lz4", ["-BD", "-B4", "-BX", "-c"]],
  ["lz4", "lz4", ["-BI", "-B5", "--no-frame-crc", "-c"]],
  ...levels(1, 9, "-c").map((args) => ["gzip", "gzip", args] as const),
  ...levels(1, 19, "-c", "-q").map((args) => ["zstd", "zstd", args] as const),
  ["zstd", "zstd", ["--ultra", "-22", "-c", "-q"]],
  ["zstd", "zstd", ["--no-check", "--fast=5", "-c", "-q"]],
];

/** Texts that compressors treat differently. */
const samples = (): readonly (readonly [string, Uint8Array])[] => {
  const random = new Random(SEED);
  return [
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(65)],
    ["zeros", new Uint8Array(200_000)],
    ["random bytes", random.bytes(70_000)],
    ["a program", random.program(300_000)],
  ];
};

const expectTyped = (run: () => unknown, context: string): void => {
  try {
    run();
  } catch (error) {
    if (error instanceof ImageError) return;
    throw new Error(`${context}: ${String(error)}`, { cause: error });
  }
};

describe("decompression against the formats' own programs", () => {
  for (const tool of ["xz", "lzma", "lz4", "gzip", "zstd"]) {
    toolTest([tool], `what ${tool} packs in any way comes out the same`, () => {
      announceSeed(tool);
      for (const [compression, program, args] of PACKERS) {
        if (program !== tool) continue;
        for (const [name, plain] of samples()) {
          const packed = new Uint8Array(pipe(program, args, plain));
          const context = `${program} ${args.join(" ")}, ${name}`;
          expect(compressionAt(packed), context).toBe(compression);
          // A buffer compare: comparing arrays of this size element by element takes minutes.
          const back = decompress(packed, compression);
          expect(Buffer.compare(back, plain), context).toBe(0);
        }
      }
    });
  }

  toolTest(["xz"], "several XZ streams with padding between them are one file", () => {
    const random = new Random(SEED);
    const first = random.program(5000);
    const second = random.program(7000);
    const file = Buffer.concat([
      pipe("xz", ["-c"], first),
      new Uint8Array(8),
      pipe("xz", ["--arm", "--lzma2", "-c"], second),
    ]);
    expect(Buffer.compare(decompress(file, "xz"), Buffer.concat([first, second]))).toBe(0);
    expect(Buffer.compare(decompressOne(file, "xz").bytes, first)).toBe(0);
  });

  toolTest(["xz"], "an XZ stream says where it ends when something follows it", () => {
    const plain = new Random(SEED).program(3000);
    const packed = pipe("xz", ["-c"], plain);
    const file = Buffer.concat([packed, Buffer.from("and then something else")]);
    expect(decompressOne(file, "xz").consumed).toBe(packed.length);
    expect(() => decompress(file, "xz")).toThrow(/only xz streams/);
  });

  toolTest(["xz"], "the x86 branch filter is refused by name", () => {
    const packed = pipe("xz", ["--x86", "--lzma2", "-c"], new Random(SEED).program(3000));
    expect(() => decompress(packed, "xz")).toThrow(/the filter x86/);
  });

  toolTest(["xz"], "unpacking stops early when the caller has enough", () => {
    const plain = new Random(SEED).program(100_000);
    const packed = pipe("xz", ["--block-size=20000", "-c"], plain);
    const part = decompress(packed, "xz", { enough: (soFar) => soFar.length >= 30_000 });
    expect(part.length).toBe(40_000);
    expect(Buffer.compare(part, plain.subarray(0, 40_000))).toBe(0);
  });
});

describe("decompression of damaged streams", () => {
  const packers: Readonly<Record<Compression, readonly string[]>> = {
    xz: ["xz", "--arm", "--lzma2", "-c"],
    lzma: ["lzma", "-c"],
    lz4: ["lz4", "-c"],
    gzip: ["gzip", "-c"],
    zstd: ["zstd", "-c", "-q"],
  };
  for (const [compression, [program, ...args]] of Object.entries(packers)) {
    toolTest([program!], `1000 damaged ${compression} streams end typed and soon`, () => {
      announceSeed(`damaged ${compression}`);
      const random = new Random(SEED);
      const plain = random.program(20_000);
      const packed = new Uint8Array(pipe(program!, args, plain));
      for (let count = 0; count < 1000; count++) {
        const damaged = mutate(packed, random);
        expectTyped(
          () => decompress(damaged, compression as Compression, { limit: 1 << 22 }),
          `seed ${SEED}, mutation ${count}`,
        );
      }
    });

    toolTest([program!], `every truncation of a ${compression} stream is noticed`, () => {
      const plain = new Random(SEED).program(2000);
      const packed = new Uint8Array(pipe(program!, args, plain));
      for (let length = 0; length < packed.length; length++) {
        const cut = packed.subarray(0, length);
        expect(() => decompress(cut, compression as Compression), `${length} bytes`).toThrow(
          ImageError,
        );
      }
    });

    toolTest([program!], `the output limit of ${compression} is kept`, () => {
      const packed = new Uint8Array(pipe(program!, args, new Uint8Array(3_000_000)));
      const run = (limit: number) => decompress(packed, compression as Compression, { limit });
      expect(run(3_000_000).length).toBe(3_000_000);
      for (const limit of [0, 1, 65_536, 2_999_999]) {
        expect(() => run(limit), `${limit}`).toThrow(
          expect.objectContaining({ name: "ImageError", code: "output-limit" }),
        );
      }
    });
  }

  test("random bytes behind each format's header end typed", () => {
    announceSeed("random streams");
    const random = new Random(SEED);
    const headers: Readonly<Record<Compression, readonly number[]>> = {
      xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1, 0x69, 0x22, 0xde, 0x36],
      lzma: [0x5d, 0, 0, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
      lz4: [0x02, 0x21, 0x4c, 0x18],
      gzip: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
      zstd: [0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58],
    };
    for (const [compression, header] of Object.entries(headers)) {
      for (let count = 0; count < 300; count++) {
        const bytes = Uint8Array.from([...header, ...random.bytes(random.below(400))]);
        expectTyped(
          () => decompress(bytes, compression as Compression, { limit: 1 << 20 }),
          `${compression}, seed ${SEED}, ${count}`,
        );
      }
    }
  });

  test("a gzip member whose CRC is wrong is refused although DEFLATE is sound", () => {
    const packed = gzipSync(new TextEncoder().encode("hello, hypervisor"));
    packed[packed.length - 6]! ^= 1;
    expect(() => decompress(packed, "gzip")).toThrow(/CRC-32/);
  });
});

describe("checksums", () => {
  const check = new TextEncoder().encode("123456789");

  test("agree with the catalogue's check values", () => {
    expect(crc32(check)).toBe(0xcbf43926);
    expect(crc64(check)).toEqual({ high: 0x995dc9bb, low: 0xdf1939fa });
  });

  test("SHA-256 agrees with Node's for every length around a block", () => {
    const random = new Random(SEED);
    for (let length = 0; length < 200; length++) {
      const bytes = random.bytes(length);
      const expected = createHash("sha256").update(bytes).digest("hex");
      expect(Buffer.from(sha256(bytes)).toString("hex"), `${length} bytes`).toBe(expected);
    }
  });
});
