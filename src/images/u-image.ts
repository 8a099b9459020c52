/**
 * U-Boot's legacy image format (its include/image.h): a flat program that says where it is to be loaded and
 * entered. Numbers in the header are big-endian.
 */
import { crc32 } from "./checksums.js";
import { type Compression, decompress } from "./decompress.js";
import { ImageError, truncated } from "./image-error.js";
import { u32Big } from "./little-endian.js";

/** A program out of a uImage. */
export interface UImage {
  /** Unpacked. */
  readonly bytes: Uint8Array;
  readonly load: number;
  readonly entry: number;
  readonly linux: boolean;
}

export const UIMAGE_MAGIC = 0x27051956;
const HEADER = 64;
const AT = { headerSum: 4, size: 12, load: 16, entry: 20, dataSum: 24, os: 28 } as const;
const LINUX = 5;
const ARM = 2;
/** Types that are one program: standalone, kernel, firmware. */
const TYPES: ReadonlySet<number> = new Set([1, 2, 5]);
/** Compressions by number. */
const COMPRESSIONS: readonly (Compression | "none" | undefined)[] = [
  "none",
  "gzip",
  undefined,
  "lzma",
  undefined,
  "lz4",
  "zstd",
];

/** Reads a uImage. Throws ImageError: `truncated`, `corrupt`, `wrong-architecture`, `unsupported`. */
export const readUImage = (file: Uint8Array, options: { readonly limit: number }): UImage => {
  if (file.length < HEADER) throw truncated("a uImage header of 64 bytes", `${file.length}`);
  const header = file.slice(0, HEADER);
  const sum = u32Big(header, AT.headerSum);
  header.fill(0, AT.headerSum, AT.headerSum + 4);
  const size = u32Big(file, AT.size);
  if (HEADER + size > file.length) throw truncated(`${HEADER + size} bytes`, `${file.length}`);
  const data = file.subarray(HEADER, HEADER + size);
  for (const [what, bytes, told] of [
    ["header", header, sum],
    ["contents", data, u32Big(file, AT.dataSum)],
  ] as const) {
    const found = crc32(bytes) >>> 0;
    if (found === told) continue;
    throw new ImageError("corrupt", {
      expected: `a ${what} with the checksum 0x${told.toString(16)}`,
      found: `0x${found.toString(16)}`,
      advice: "get the file again",
    });
  }
  const [os, architecture, type, packed] = file.subarray(AT.os, AT.os + 4);
  if (architecture !== ARM) {
    throw new ImageError("wrong-architecture", {
      expected: "a uImage for 32-bit ARM (2)",
      found: `one for architecture ${architecture}`,
      advice: "give one built for 32-bit ARM",
    });
  }
  const compression = COMPRESSIONS[packed!];
  if (!TYPES.has(type!) || compression === undefined) {
    throw new ImageError("unsupported", {
      expected: "a kernel or program, plain or packed with gzip, lzma, lz4 or zstd",
      found: `a uImage of type ${type} and compression ${packed}`,
      advice: "take the kernel out with dumpimage",
    });
  }
  return {
    bytes: compression === "none" ? data.slice() : decompress(data, compression, options),
    load: u32Big(file, AT.load),
    entry: u32Big(file, AT.entry),
    linux: os === LINUX,
  };
};
