import { describe, expect, test } from "vitest";
import { PL061, Pl061 } from "./pl061.js";
import { FakeLine } from "./testing/fakes.js";

const DIR = PL061.offset("DIR");
const IS = PL061.offset("IS");
const IBE = PL061.offset("IBE");
const IEV = PL061.offset("IEV");
const IE = PL061.offset("IE");
const RIS = PL061.offset("RIS");
const MIS = PL061.offset("MIS");
const IC = PL061.offset("IC");
const ALL = 0x3fc;

const make = () => {
  const line = new FakeLine();
  const gpio = new Pl061({ base: 0, interrupt: line });
  const seen: [number, boolean][] = [];
  gpio.onOutput = (pin, level) => seen.push([pin, level]);
  return { gpio, line, seen };
};

describe("a PL061", () => {
  test("reads and writes the pins that the address selects", () => {
    const { gpio, seen } = make();
    gpio.write(DIR, 1, 0x0f);
    gpio.write(0x0c << 2, 1, 0xff);
    expect(gpio.read(ALL, 1)).toBe(0x0c);
    expect(seen).toEqual([
      [2, true],
      [3, true],
    ]);
    gpio.write(0x04 << 2, 1, 0);
    expect(gpio.read(ALL, 1)).toBe(0x08);
    gpio.input(7, true);
    gpio.input(0, true);
    expect(gpio.read(ALL, 4)).toBe(0x88);
    expect(gpio.read(0x80 << 2, 1)).toBe(0x80);
    expect(gpio.read(0, 1)).toBe(0);
  });

  test("interrupts at rising, falling and both edges until cleared", () => {
    const { gpio, line } = make();
    gpio.write(IE, 1, 0x08);
    gpio.input(3, true);
    expect(line.level).toBe(false);
    gpio.input(3, false);
    expect([gpio.read(RIS, 1), line.level]).toEqual([0x08, true]);
    gpio.write(IC, 1, 0x08);
    expect(line.level).toBe(false);
    gpio.write(IEV, 1, 0x08);
    gpio.input(3, true);
    expect(line.level).toBe(true);
    gpio.write(IC, 1, 0xff);
    gpio.write(IBE, 1, 0x08);
    gpio.input(3, false);
    expect([gpio.read(MIS, 1), line.level]).toEqual([0x08, true]);
  });

  test("interrupts while a level lasts", () => {
    const { gpio, line } = make();
    gpio.write(IS, 1, 0x02);
    gpio.write(IEV, 1, 0x02);
    gpio.write(IE, 1, 0x02);
    gpio.input(1, true);
    expect(line.level).toBe(true);
    gpio.write(IC, 1, 0x02);
    expect(line.level).toBe(true);
    gpio.input(1, false);
    expect(line.level).toBe(false);
    gpio.write(IEV, 1, 0);
    expect(line.level).toBe(true);
  });

  test("identifies itself and comes back from a snapshot", () => {
    const { gpio } = make();
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map((at) => gpio.read(at, 4))).toEqual([
      0x61, 0x10, 0x04, 0x00,
    ]);
    gpio.write(DIR, 1, 0xf0);
    gpio.write(ALL, 1, 0xa0);
    gpio.input(0, true);
    const state = gpio.save();
    gpio.reset();
    expect(gpio.read(ALL, 1)).toBe(0x01);
    gpio.restore(state);
    expect(gpio.read(ALL, 1)).toBe(0xa1);
  });
});
