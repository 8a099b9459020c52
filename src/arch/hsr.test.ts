import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dataAccessIss,
  describeHsr,
  EXCEPTION_CLASS,
  extract,
  faultOfStatus,
  hsr,
  HsrFieldError,
  ISS_FIELDS,
  longFaultStatus,
  maskOf,
  PASSED,
  type BitField,
  type ExceptionClassName,
  type Iss,
} from "./index.js";

const classes = Object.keys(EXCEPTION_CLASS) as ExceptionClassName[];
const fieldsOf = (name: ExceptionClassName): [string, BitField][] =>
  Object.entries(ISS_FIELDS[name]);
/** Any class with any values of its fields. */
const anyHsr = fc.constantFrom(...classes).chain((name) =>
  fc.record({
    name: fc.constant(name),
    iss: fc.record(
      Object.fromEntries(
        fieldsOf(name).map(([k, f]) => [k, fc.integer({ min: 0, max: 2 ** f.width - 1 })]),
      ),
    ),
    il: fc.constantFrom(0 as const, 1 as const),
  }),
);

describe("HSR", () => {
  it("comes back from its description as it was made", () => {
    fc.assert(
      fc.property(anyHsr, ({ name, iss, il }) => {
        const word = hsr(name, iss, il);
        const back = describeHsr(word);
        expect(back.name).toBe(name);
        expect(back.exceptionClass).toBe(EXCEPTION_CLASS[name]);
        expect({ ...back.fields }).toEqual({ ...iss });
        if (back.il !== undefined) expect(back.il).toBe(il);
        else expect(extract(word, { lsb: 25, width: 1 })).toBe(0);
      }),
    );
  });
  it("has fields that lie inside ISS and do not overlap", () => {
    for (const name of classes) {
      let seen = 0;
      for (const [key, f] of fieldsOf(name)) {
        expect(f.lsb + f.width, `${name}.${key}`).toBeLessThanOrEqual(25);
        expect(seen & maskOf(f), `${name}.${key}`).toBe(0);
        seen |= maskOf(f);
      }
    }
    expect(new Set(Object.values(EXCEPTION_CLASS)).size).toBe(classes.length);
  });
  it("of HVC #0 from A32 and T32 is what kernels compare with", () => {
    expect(hsr("hvc", { imm16: 0 })).toBe(0x4a000000);
    expect(hsr("hvc", { imm16: 0xea1 })).toBe(0x4a000ea1);
  });
  it("has IL 0 for the unknown reason, prefetch aborts and data aborts without ISV", () => {
    expect(hsr("unknown", {}, 1)).toBe(0);
    expect(hsr("prefetchAbortLower", { IFSC: 6 }, 1) >>> 0).toBe(0x80000006);
    expect(hsr("dataAbortSame", { DFSC: 6 }, 1) >>> 0).toBe(0x94000006);
    expect(hsr("dataAbortLower", { DFSC: 6 }, 1) >>> 0).toBe(0x90000006);
    expect(hsr("dataAbortLower", { DFSC: 6, ISV: 1, SAS: 2, SRT: 3 }, 1) >>> 0).toBe(0x93830006);
    expect(hsr("dataAbortLower", { DFSC: 6, ISV: 1, SAS: 2, SRT: 3 }, 0) >>> 0).toBe(0x91830006);
  });
  it("takes the instruction's part of a data abort's ISS apart", () => {
    const iss = { ISV: 1, SAS: 1, SSE: 1, SRT: 7 };
    expect(dataAccessIss(hsr("dataAbortLower", { ...iss, DFSC: 5, WnR: 1 }))).toEqual(iss);
  });
  it("refuses a value that does not fit and a field that the class lacks, naming what fits", () => {
    expect(() => hsr("hvc", { imm16: 0x10000 })).toThrow(/expected 0 to 65535 for imm16/);
    expect(() => hsr("wfx", { TI: -1 })).toThrow(HsrFieldError);
    expect(() => hsr("hvc", { TI: 1 } as Iss<"hvc">)).toThrow(/its fields are imm16/);
  });
  it("is put into words with the register's name and the fault", () => {
    const access = hsr("mcrCp15", {
      ...PASSED,
      Opc1: 0,
      CRn: 1,
      CRm: 0,
      Opc2: 0,
      Rt: 3,
      Direction: 0,
    });
    expect(describeHsr(access).words).toContain("MCR p15, 0, r3, c1, c0, 0 (SCTLR)");
    const wide = hsr("mcrrCp15", { ...PASSED, Opc1: 1, Rt: 2, Rt2: 3, CRm: 2, Direction: 1 });
    expect(describeHsr(wide).words).toContain("MRRC p15, 1, r2, r3, c2 (TTBR1)");
    const abort = hsr("dataAbortLower", { WnR: 1, DFSC: longFaultStatus("translation", 2) });
    expect(describeHsr(abort).words).toContain("write: translation fault, level 2");
    expect(describeHsr(0x7c000000).words).toBe("reserved exception class 0x1f");
    expect(faultOfStatus(0b000110, "long")).toEqual({ kind: "translation", level: 2 });
  });
});
