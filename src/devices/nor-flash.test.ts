import { describe, expect, test } from "vitest";
import { SparseContents } from "./flash-contents.js";
import { FLASH_COMMAND as C, NorFlash } from "./nor-flash.js";

const SIZE = 0x0400_0000;
const SECTOR = 0x4_0000;
/** A command for both chips. */
const both = (command: number) => (command << 16) | command;

const make = () =>
  new NorFlash({
    name: "flash",
    base: 0,
    size: SIZE,
    sectorSize: SECTOR,
    contents: new SparseContents(SIZE, SECTOR, 0, Uint8Array.of(0x11, 0x22, 0x33, 0x44, 0x55)),
  });

describe("a NOR flash bank", () => {
  test("reads as memory after reset", () => {
    const flash = make();
    expect(flash.read(0, 4)).toBe(0x44332211);
    expect(flash.read(2, 2)).toBe(0x4433);
    expect(flash.read(4, 1)).toBe(0x55);
    expect(flash.read(SIZE - 4, 4)).toBe(0);
  });

  test("describes itself by CFI, on both chips", () => {
    const flash = make();
    flash.write(0x55 * 4, 4, both(C.query));
    const query = (at: number) => flash.read(at * 4, 4);
    expect([0x10, 0x11, 0x12].map(query)).toEqual([0x510051, 0x520052, 0x590059]);
    expect(query(0x13)).toBe(0x010001);
    // Chip of 32 MiB, 256 sectors of 128 KiB.
    expect(flash.read(0x27 * 4, 1)).toBe(25);
    expect([0x2d, 0x2e, 0x2f, 0x30].map((at) => flash.read(at * 4, 2))).toEqual([255, 0, 0, 2]);
    flash.write(0, 4, both(C.readIdentity));
    expect([0, 4, 8].map((at) => flash.read(at, 4))).toEqual([0x890089, 0x180018, 0]);
    flash.write(0, 4, both(C.readArray));
    expect(flash.read(0, 4)).toBe(0x44332211);
  });

  test("erases to ones and programs to zeros", () => {
    const flash = make();
    const at = SECTOR + 0x100;
    flash.write(at, 4, both(C.eraseSector));
    flash.write(at, 4, both(C.confirm));
    expect(flash.read(at, 4)).toBe(0x800080);
    flash.write(at, 4, both(C.program));
    flash.write(at, 4, 0xf0f01234);
    flash.write(at, 4, both(C.program));
    flash.write(at, 4, 0xff00ffff);
    expect(flash.read(0, 4)).toBe(0x800080);
    flash.write(0, 4, both(C.readArray));
    expect(flash.read(at, 4)).toBe(0xf0001234);
    expect(flash.read(SECTOR, 4)).toBe(0xffffffff);
    expect(flash.read(SECTOR - 4, 4)).toBe(0);
    expect(flash.read(2 * SECTOR, 4)).toBe(0);
  });

  test("programs from its buffer", () => {
    const flash = make();
    flash.write(SECTOR, 4, both(C.eraseSector));
    flash.write(SECTOR, 4, both(C.confirm));
    flash.write(SECTOR, 4, both(C.bufferedProgram));
    expect(flash.read(SECTOR, 4)).toBe(0x800080);
    flash.write(SECTOR, 4, both(3));
    for (let i = 0; i < 4; i++) flash.write(SECTOR + 8 + 4 * i, 4, 0x1000 + i);
    flash.write(SECTOR, 4, both(C.confirm));
    flash.write(SECTOR, 4, both(C.readArray));
    expect([4, 8, 12, 16, 20, 24].map((i) => flash.read(SECTOR + i, 4))).toEqual([
      0xffffffff, 0x1000, 0x1001, 0x1002, 0x1003, 0xffffffff,
    ]);
  });

  test("programs from its buffer by halfwords too", () => {
    const flash = make();
    flash.write(SECTOR, 2, C.eraseSector);
    flash.write(SECTOR, 2, C.confirm);
    flash.write(SECTOR, 2, C.bufferedProgram);
    flash.write(SECTOR, 2, 2);
    for (let i = 0; i < 3; i++) flash.write(SECTOR + 2 * i, 2, 0x4000 + i);
    flash.write(SECTOR, 2, C.confirm);
    flash.write(SECTOR, 2, C.readArray);
    expect([0, 4].map((i) => flash.read(SECTOR + i, 4))).toEqual([0x40014000, 0xffff4002]);
  });

  test("tells of errors in its status until cleared", () => {
    const flash = make();
    flash.write(0, 4, both(C.eraseSector));
    flash.write(0, 4, both(C.readArray));
    expect(flash.read(0, 4)).toBe(0xb000b0);
    flash.write(0, 4, both(C.clearStatus));
    expect(flash.read(0, 4)).toBe(0x800080);
    flash.write(0, 4, both(C.bufferedProgram));
    flash.write(0, 4, both(0x7fff));
    expect(flash.read(0, 4)).toBe(0xb000b0);
    flash.write(0, 4, both(C.readArray));
    expect(flash.read(0, 4)).toBe(0x44332211);
  });

  test("keeps its contents over a reset and takes them back from a snapshot", () => {
    const flash = make();
    const state = flash.save();
    flash.write(0, 4, both(C.eraseSector));
    flash.write(0, 4, both(C.confirm));
    flash.reset();
    expect(flash.read(0, 4)).toBe(0xffffffff);
    flash.restore(state);
    expect(flash.read(0, 4)).toBe(0x44332211);
  });
});
