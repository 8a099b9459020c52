import { describe, expect, test } from "vitest";
import { readCpio, writeCpio } from "./cpio.js";
import { listDeb, readDeb } from "./deb.js";
import { readDtb } from "./dtb.js";
import { readElf } from "./elf.js";
import { ImageError } from "./image-error.js";
import { readKallsyms } from "./kallsyms.js";
import { loadImageBytes } from "./load-image.js";
import { recognise } from "./recognise.js";
import {
  makeDeb,
  makeDtb,
  makeElf,
  makeRawImage,
  makeTar,
  makeZImage,
} from "./testing/make-images.js";
import { announceSeed, mutate, Random, SEED } from "./testing/random.js";
import { hasTool, pipe } from "./testing/tools.js";
import { readTar } from "./tar.js";
import { unpackZImage } from "./zimage.js";

const random = new Random(SEED);
const kernel = makeRawImage(random.program(8000));
const LIMIT = 1 << 24;
/** One image, with everything the room would do with it. More than this is a run without end. */
const SLOWEST = 2000;

/** Everything that any command would do with a file, as far as it goes. */
const useAll = (bytes: Uint8Array): void => {
  const readers: readonly (() => void)[] = [
    () => {
      const image = loadImageBytes(bytes, "mutated", { limit: LIMIT });
      if (image.kind !== "zImage") return;
      readKallsyms(unpackZImage(image.zImage, { limit: LIMIT }).bytes);
    },
    () => readElf(bytes),
    () => readDtb(bytes),
    () => listDeb(readDeb(bytes), { limit: LIMIT }),
    () => [...readTar(bytes)],
    () => readCpio(bytes),
  ];
  recognise(bytes);
  for (const reader of readers) {
    try {
      reader();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      if (error.message.includes("\n"))
        throw new Error(`two lines: ${error.message}`, { cause: error });
    }
  }
};

const images: Record<string, Uint8Array> = {
  zImage: makeZImage(kernel),
  "zImage without table": makeZImage(kernel, { table: false }),
  "raw Image": kernel,
  "ELF file": makeElf(random.bytes(200)),
  "Debian package": makeDeb({ "./boot/vmlinuz-1": makeZImage(kernel) }),
  "device tree": makeDtb(),
  "tar archive": makeTar({ a: random.bytes(700), b: random.bytes(3) }),
  "cpio archive": writeCpio([{ name: "a", mode: 0o100644, bytes: random.bytes(300) }]),
};
for (const [tool, ...args] of [
  ["xz", "--arm", "--lzma2", "-c"],
  ["lzma", "-c"],
  ["lz4", "-l", "-c"],
  ["zstd", "-c", "-q"],
] as const) {
  if (!hasTool(tool))
    console.info(`hostile input: no ${tool} on this machine, its zImages are left out`);
  else
    images[`zImage with ${tool}`] = makeZImage(kernel, {
      stream: new Uint8Array(pipe(tool, args, kernel)),
    });
}

describe("hostile input", () => {
  test("1000 mutated images end typed and soon", () => {
    announceSeed("mutated images");
    const kinds = Object.entries(images);
    for (let count = 0; count < 1000; count++) {
      const [kind, image] = kinds[count % kinds.length]!;
      const damaged = mutate(image, random);
      const start = performance.now();
      try {
        useAll(damaged);
      } catch (error) {
        throw new Error(`${kind}, mutation ${count}, seed ${SEED}: ${String(error)}`, {
          cause: error,
        });
      }
      expect(performance.now() - start, `${kind}, mutation ${count}, seed ${SEED}`).toBeLessThan(
        SLOWEST,
      );
    }
  });

  test("every image truncated at 40 places ends typed", () => {
    for (const image of Object.values(images)) {
      for (let part = 0; part < 40; part++)
        useAll(image.subarray(0, Math.floor((image.length * part) / 40)));
    }
  });

  test("a zImage full of things that look like payloads is given up soon", () => {
    const image = makeZImage(kernel, { stream: random.bytes(400_000), sizeInStream: false });
    for (let at = 0x300; at + 40 < image.length; at += 40) {
      image.set(
        at % 80 === 0
          ? [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
          : [0x02, 0x21, 0x4c, 0x18, 30, 0, 0, 0],
        at,
      );
    }
    const start = performance.now();
    useAll(image);
    expect(performance.now() - start).toBeLessThan(SLOWEST * 5);
  });
});
