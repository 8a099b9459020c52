import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EXCEPTION,
  extract,
  hex,
  HYP_ENTRY,
  insert,
  itStateOf,
  maskOf,
  MODE,
  modeOf,
  MODES,
  privilegeOf,
  PSR,
  readCpsr,
  registerSlot,
  SLOT,
  SLOT_COUNT,
  SLOT_NAMES,
  spsrSlot,
  userRegisterSlot,
  writeCpsr,
} from "./index.js";

describe("Modes", () => {
  it("are found by their encodings, and other encodings name none", () => {
    for (const mode of MODES) expect(modeOf(mode.encoding)).toBe(mode);
    expect(
      Array.from({ length: 32 }, (_, m) => modeOf(m)).filter((m) => m !== undefined),
    ).toHaveLength(9);
    expect(privilegeOf(MODE.hyp.encoding)).toBe(2);
    expect(privilegeOf(0x14)).toBe(1);
  });
});

describe("PSR fields", () => {
  it("cover bits without overlap, 23 to 20 being reserved", () => {
    let seen = 0;
    for (const f of Object.values(PSR)) {
      expect(seen & maskOf(f)).toBe(0);
      seen |= maskOf(f);
    }
    expect(~seen >>> 0).toBe(0x00f00000);
  });
  it("read back what was put in", () => {
    const fields = fc
      .record({ lsb: fc.integer({ min: 0, max: 31 }), width: fc.integer({ min: 1, max: 32 }) })
      .filter((f) => f.lsb + f.width <= 32);
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fields, (word, value, f) => {
        const after = insert(word, f, value);
        expect(extract(after, f) >>> 0).toBe(
          (value & (f.width === 32 ? -1 : 2 ** f.width - 1)) >>> 0,
        );
        expect((after ^ word) & ~maskOf(f)).toBe(0);
      }),
    );
  });
  it("join ITSTATE's two parts", () => {
    expect(itStateOf(0x06000000 | 0xfc00)).toBe(0xff);
    expect(itStateOf(0x02000000)).toBe(1);
  });
  it("survive being spread over slots and gathered again", () => {
    fc.assert(
      fc.property(fc.integer(), (psr) => {
        const s = new Int32Array(SLOT_COUNT);
        writeCpsr(s, psr);
        expect(readCpsr(s) >>> 0).toBe((psr & 0xff0fffff) >>> 0);
      }),
    );
  });
});

describe("The state layout", () => {
  it("has every slot name once", () => {
    expect(new Set(SLOT_NAMES).size).toBe(SLOT_COUNT);
  });
  it("banks R13, R14 and SPSR by mode, and R8 to R12 for fiq", () => {
    const stackPointers = new Set(MODES.map((mode) => registerSlot(13, mode)));
    expect(stackPointers.size).toBe(8);
    expect(registerSlot(14, MODE.hyp)).toBe(userRegisterSlot(14));
    expect(registerSlot(13, MODE.sys)).toBe(registerSlot(13, MODE.usr));
    expect(registerSlot(8, MODE.fiq)).not.toBe(registerSlot(8, MODE.svc));
    expect(registerSlot(7, MODE.fiq)).toBe(registerSlot(7, MODE.svc));
    expect(registerSlot(15, MODE.irq)).toBe(SLOT.PC);
    expect(spsrSlot(MODE.usr)).toBeUndefined();
    expect(spsrSlot(MODE.sys)).toBeUndefined();
    expect(new Set(MODES.map(spsrSlot)).size).toBe(8);
  });
});

const masked = (key: "masksA" | "masksF") =>
  Object.entries(EXCEPTION)
    .filter(([, e]) => e[key])
    .map(([n]) => n);

describe("Exceptions", () => {
  it("have one vector each, four bytes apart, the same at PL1 and in HYP mode", () => {
    const offsets = Object.values(EXCEPTION).map((e) => e.vector);
    expect(offsets).toEqual([0x04, 0x08, 0x0c, 0x10, 0x18, 0x1c]);
    for (const name of ["undefined", "svc", "prefetchAbort", "dataAbort", "irq", "fiq"] as const) {
      expect(HYP_ENTRY[name].fromHyp).toBe(EXCEPTION[name].vector);
    }
  });
  it("reach HYP mode from below at 0x14, interrupts excepted", () => {
    for (const [name, e] of Object.entries(HYP_ENTRY)) {
      expect(e.fromLower).toBe(name === "irq" ? 0x18 : name === "fiq" ? 0x1c : 0x14);
      expect(e.writesHsr).toBe(name !== "irq" && name !== "fiq");
    }
  });
  it("mask A for aborts and interrupts, and F for FIQ alone", () => {
    expect(masked("masksA")).toEqual(["prefetchAbort", "dataAbort", "irq", "fiq"]);
    expect(masked("masksF")).toEqual(["fiq"]);
  });
});

describe("Addresses", () => {
  it("print with eight digits, and 40-bit ones in full", () => {
    expect(hex(0x80)).toBe("0x00000080");
    expect(hex(-1)).toBe("0xffffffff");
    expect(hex(0xff00000000)).toBe("0xff00000000");
  });
});
