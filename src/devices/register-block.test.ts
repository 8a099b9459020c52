import { describe, expect, test } from "vitest";
import { registerBlock, ro, rw, w1c, w1s, wo } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

const SAMPLE = registerBlock(
  "sample",
  "no document",
  {
    CTL: { at: 0x00, fields: { En: rw(0), Mode: rw(4, 3, 5), Id: ro(8, 8, 0x5a) } },
    STATUS: { at: 0x04, fields: { Done: w1c(0), Error: w1c(1), Pend: w1s(8, 8) } },
    CMD: { at: 0x08, fields: { Go: wo(0, 4) }, access: [4] },
    ENABLE: { at: 0x10, count: 4, banked: 1, fields: { Bits: rw(0, 32) } },
    PRIO: { at: 0x20, count: 8, width: 1, banked: 4, fields: { Level: rw(3, 5) } },
    TAGGED: { at: 0x30, unmodelled: true, fields: { All: rw(0, 32) } },
    DATA: { at: 0x80, window: 16 },
  },
  { size: 0x100 },
);

const make = () => {
  const cpu = { current: 0 };
  return { cpu, device: new RegisterDevice(SAMPLE, { base: 0, banks: 2, initiator: cpu }) };
};

describe("a register block", () => {
  test("refuses fields and registers that overlap, do not fit or are misplaced", () => {
    const block = (rows: Parameters<typeof registerBlock>[2]) => () => registerBlock("b", "", rows);
    expect(block({ A: { at: 0, fields: { X: rw(0, 4), Y: rw(3) } } })).toThrow(/A\.Y overlaps/);
    expect(block({ A: { at: 0, fields: { X: rw(30, 4) } } })).toThrow(/does not fit/);
    expect(block({ A: { at: 0, fields: { X: rw(0, 2, 4) } } })).toThrow(/reset value/);
    expect(block({ A: { at: 2, fields: {} } })).toThrow(/multiple/);
    expect(block({ A: { at: 0, count: 4, fields: {} }, B: { at: 12, fields: {} } })).toThrow(
      /B overlaps A at 0xc/,
    );
    expect(block({ A: { at: 0, window: 8 }, B: { at: 4, fields: {} } })).toThrow(/overlaps/);
    expect(() => registerBlock("b", "", { A: { at: 8, fields: {} } }, { size: 8 })).toThrow(
      /beyond/,
    );
  });

  test("documents itself", () => {
    expect(SAMPLE.document()[0]).toEqual({
      name: "CTL",
      offset: 0,
      count: 1,
      stride: 4,
      access: [1, 2, 4],
      banked: 0,
      reset: 0x5a50,
      unmodelled: false,
      ref: undefined,
      fields: [
        { name: "Id", bits: "15:8", access: "ro", reset: 0x5a },
        { name: "Mode", bits: "6:4", access: "rw", reset: 5 },
        { name: "En", bits: "0", access: "rw", reset: 0 },
      ],
    });
  });

  test("knows its names at compile time", () => {
    const { device } = make();
    // @ts-expect-error: no such field
    expect(() => device.get("CTL.Enable")).toThrow();
    // @ts-expect-error: no such register
    expect(() => SAMPLE.offset("CTRL")).toThrow();
    expect(SAMPLE.offset("ENABLE", 3)).toBe(0x1c);
  });
});

describe("a register device", () => {
  test("keeps read-only bits and bits that no field names", () => {
    const { device } = make();
    device.write(0, 4, 0xffffffff);
    expect(device.read(0, 4)).toBe(0x5a71);
    device.write(0, 4, 0);
    expect(device.read(0, 4)).toBe(0x5a00);
    device.reset();
    expect(device.get("CTL.Mode")).toBe(5);
  });

  test("clears and sets by ones", () => {
    const { device } = make();
    device.set("STATUS", 3);
    device.write(4, 4, 0x301);
    expect(device.read(4, 4)).toBe(0x302);
    device.write(4, 1, 2);
    expect(device.read(4, 4)).toBe(0x300);
  });

  test("cuts narrow accesses out of registers", () => {
    const { device } = make();
    device.write(0x14, 4, 0x11223344);
    device.write(0x16, 1, 0xaa);
    expect(device.read(0x14, 4)).toBe(0x11aa3344);
    expect(device.read(0x16, 2)).toBe(0x11aa);
    expect(device.read(0x17, 1)).toBe(0x11);
  });

  test("spreads wide accesses over byte registers", () => {
    const { device } = make();
    device.write(0x24, 4, 0xffa0_5008);
    expect(device.read(0x24, 4)).toBe(0xf8a05008);
    expect(device.read(0x26, 1)).toBe(0xa0);
    expect(device.get("PRIO.Level", 7)).toBe(0x1f);
  });

  test("gives each CPU its own of banked registers", () => {
    const { cpu, device } = make();
    device.write(0x10, 4, 1);
    device.write(0x14, 4, 2);
    device.write(0x20, 4, 0x08080808);
    cpu.current = 1;
    expect(device.read(0x10, 4)).toBe(0);
    expect(device.read(0x14, 4)).toBe(2);
    expect(device.read(0x20, 4)).toBe(0);
    expect(device.get("ENABLE", 0, 0)).toBe(1);
    expect(
      device
        .view()
        .filter((v) => v.name === "ENABLE")
        .map((v) => [v.index, v.cpu, v.value]),
    ).toEqual([
      [0, 0, 1],
      [0, 1, 0],
      [1, undefined, 2],
      [2, undefined, 0],
      [3, undefined, 0],
    ]);
  });

  test("counts what it does not model", () => {
    const { device } = make();
    expect(device.read(0x40, 4)).toBe(0);
    device.write(0x40, 4, 7);
    device.write(0x40, 4, 8);
    device.read(8, 1);
    device.write(0x30, 4, 5);
    device.read(0x80, 4);
    device.read(0x102, 4);
    expect(device.unmodelled.entries).toEqual([
      { register: undefined, offset: 0x40, size: 4, write: false, value: 0, count: 1 },
      { register: undefined, offset: 0x40, size: 4, write: true, value: 7, count: 2 },
      { register: undefined, offset: 8, size: 1, write: false, value: 0, count: 1 },
      { register: "TAGGED", offset: 0x30, size: 4, write: true, value: 5, count: 1 },
      { register: undefined, offset: 0x80, size: 4, write: false, value: 0, count: 1 },
      { register: undefined, offset: 0x102, size: 4, write: false, value: 0, count: 1 },
    ]);
    for (let i = 0; i < 200; i++) device.read(0x40 + (i % 60), 1);
    expect(device.unmodelled.entries).toHaveLength(64);
    expect(device.unmodelled.dropped).toBeGreaterThan(0);
  });

  test("stops where its block says so", () => {
    const block = registerBlock("strict", "", { A: { at: 0, fields: {} } }, { unlisted: "stop" });
    expect(() => new RegisterDevice(block, { base: 0 })).toThrow(/stop/);
    const stops: string[] = [];
    const device = new RegisterDevice(block, { base: 0, stop: (what) => stops.push(what) });
    device.write(4, 2, 1);
    expect(stops).toEqual(["strict: write to offset 0x4, 2 bytes, where no register is modelled"]);
  });

  test("runs hooks with what was written, and window hooks with offsets from the start", () => {
    const seen: unknown[] = [];
    class Hooked extends RegisterDevice<typeof SAMPLE.rows> {
      constructor() {
        super(SAMPLE, { base: 0 });
        this.on({
          CTL: {
            read: () => -1,
            written: (value, index, lanes, before) =>
              seen.push([value, index, lanes, before, this.get("CTL")]),
          },
          CMD: { written: (value) => seen.push(value) },
          DATA: {
            read: (offset, size) => offset + size * 0x100,
            write: (offset, size, value) => seen.push([offset, size, value]),
          },
        });
      }
    }
    const device = new Hooked();
    expect(device.read(0, 4)).toBe(0xff71);
    device.write(1, 1, 0xff);
    device.write(0, 2, 0x21);
    device.write(8, 4, 3);
    expect(device.read(8, 4)).toBe(0);
    device.write(0x84, 2, 0x12345);
    expect(device.read(0x86, 2)).toBe(0x206);
    expect(device.read(0x8c, 1)).toBe(0x0c);
    expect(seen).toEqual([
      [0xff00, 0, 0xff00, 0x5a50, 0x5a50],
      [0x21, 0, 0xffff, 0x5a50, 0x5a21],
      3,
      [4, 2, 0x2345],
    ]);
  });

  test("comes back from a snapshot, and refuses another's", () => {
    const { device } = make();
    device.write(0x14, 4, 0xdeadbeef);
    const state = device.save();
    device.reset();
    expect(device.read(0x14, 4)).toBe(0);
    device.restore(state);
    expect(device.read(0x14, 4)).toBe(0xdeadbeef);
    expect(() => device.restore(new Uint8Array(4))).toThrow(/damaged/);
    expect(() => device.restore(7)).toThrow(/damaged/);
  });
});
