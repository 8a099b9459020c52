import { describe, expect, test } from "vitest";
import { INSTRUCTIONS_PER_SECOND } from "../machine/index.js";
import { PL031, Pl031 } from "./pl031.js";
import { FakeClock, FakeLine } from "./testing/fakes.js";

const DR = PL031.offset("DR");
const MR = PL031.offset("MR");
const LR = PL031.offset("LR");
const IMSC = PL031.offset("IMSC");
const RIS = PL031.offset("RIS");
const MIS = PL031.offset("MIS");
const ICR = PL031.offset("ICR");
const EPOCH = 1_483_920_000;

const make = () => {
  const clock = new FakeClock();
  const line = new FakeLine();
  return { clock, line, rtc: new Pl031({ base: 0, clock, interrupt: line, epoch: EPOCH }) };
};

describe("a PL031", () => {
  test("counts seconds of instructions from its epoch, whatever the host's date", () => {
    const { clock, rtc } = make();
    expect(rtc.read(DR, 4)).toBe(EPOCH);
    clock.advance(3.5 * INSTRUCTIONS_PER_SECOND);
    expect(rtc.read(DR, 4)).toBe(EPOCH + 3);
  });

  test("can be set, and wraps at 32 bits", () => {
    const { clock, rtc } = make();
    rtc.write(LR, 4, 0xffffffff);
    expect(rtc.read(DR, 4)).toBe(0xffffffff);
    expect(rtc.read(LR, 4)).toBe(0xffffffff);
    clock.advance(2 * INSTRUCTIONS_PER_SECOND);
    expect(rtc.read(DR, 4)).toBe(1);
    rtc.reset();
    expect(rtc.read(DR, 4)).toBe(EPOCH + 2);
  });

  test("interrupts at the match, once masks allow", () => {
    const { clock, line, rtc } = make();
    rtc.write(MR, 4, EPOCH + 2);
    clock.advance(2 * INSTRUCTIONS_PER_SECOND - 1);
    expect(rtc.read(RIS, 4)).toBe(0);
    clock.advance(1);
    expect([rtc.read(RIS, 4), rtc.read(MIS, 4), line.level]).toEqual([1, 0, false]);
    rtc.write(IMSC, 4, 1);
    expect([rtc.read(MIS, 4), line.level]).toEqual([1, true]);
    rtc.write(ICR, 4, 1);
    expect(line.level).toBe(false);
    rtc.write(MR, 4, EPOCH + 2);
    expect(line.level).toBe(true);
  });

  test("moves the match when it is set", () => {
    const { clock, line, rtc } = make();
    rtc.write(IMSC, 4, 1);
    rtc.write(MR, 4, 100);
    rtc.write(LR, 4, 97);
    clock.advance(3 * INSTRUCTIONS_PER_SECOND);
    expect(line.level).toBe(true);
  });

  test("comes back from a snapshot", () => {
    const { clock, rtc } = make();
    rtc.write(LR, 4, 5);
    const state = rtc.save();
    rtc.write(LR, 4, 77);
    rtc.restore(state);
    clock.advance(INSTRUCTIONS_PER_SECOND);
    expect(rtc.read(DR, 4)).toBe(6);
    expect(() => rtc.restore({ registers: rtc.save(), ahead: 0.5 })).toThrow(/damaged/);
  });
});
