import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bootLayout } from "./boot-layout.js";
import { deviceTreeNode } from "./device-tree.js";
import { ImageError } from "./image-error.js";
import { loadImageBytes } from "./load-image.js";
import { makeUImage, makeZImage } from "./testing/make-images.js";

const program = Uint8Array.from({ length: 4000 }, (_, n) => n * 7);
const place = { load: 0x40800000, entry: 0x40800040 };
const tree = { root: deviceTreeNode(""), reservations: [], bootCpu: 0 };
const ram = { address: 0x40000000, size: 1 << 28 };

describe("a uImage", () => {
  test("goes where it asks and is entered where it says", () => {
    const image = loadImageBytes(makeUImage(program, place), "uImage");
    const layout = bootLayout({ image, ram, tree });
    expect(layout.pieces[0]).toMatchObject({ address: place.load, bytes: program });
    expect(layout.entry).toBe(place.entry);
    const moved = bootLayout({ image, ram, tree, loadAddress: 0x41000000 });
    expect(moved.entry).toBe(0x41000040);
  });

  test("may be compressed, and may hold a zImage", () => {
    const packed = makeUImage(Uint8Array.from(gzipSync(program)), { ...place, packed: 1 });
    expect(loadImageBytes(packed, "uImage").bytes).toEqual(program);
    const image = loadImageBytes(makeUImage(makeZImage(program), place), "uImage");
    expect(image.kind).toBe("zImage");
    expect(bootLayout({ image, ram, tree }).entry).toBe(place.entry);
  });

  test("that is damaged, cut or for another machine is refused by name", () => {
    const codeOf = (file: Uint8Array): string => {
      try {
        loadImageBytes(file, "uImage");
      } catch (error) {
        if (error instanceof ImageError) return error.code;
        throw error;
      }
      return "taken";
    };
    const good = makeUImage(program, place);
    const spoilt = good.slice();
    spoilt[100]! ^= 1;
    expect(codeOf(spoilt)).toBe("corrupt");
    const header = good.slice();
    header[20]! ^= 1;
    expect(codeOf(header)).toBe("corrupt");
    expect(codeOf(good.subarray(0, 50))).toBe("truncated");
    expect(codeOf(good.subarray(0, 500))).toBe("truncated");
    expect(codeOf(makeUImage(program, { ...place, packed: 2 }))).toBe("unsupported");
  });
});
