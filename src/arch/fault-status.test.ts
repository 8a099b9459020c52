import { describe, expect, it } from "vitest";
import {
  FaultEncodingError,
  FAULTS,
  faultInWords,
  faultOfStatus,
  faultStatusRegister,
  longFaultStatus,
  shortFaultStatus,
  type ReportedFault,
} from "./index.js";

const kinds = Object.keys(FAULTS) as ReportedFault[];
const codes = (row: number | readonly number[] | undefined): readonly number[] =>
  row === undefined ? [] : typeof row === "number" ? [row] : row;

const at = (kind: ReportedFault, level: number) =>
  faultStatusRegister({ kind, level, long: false, domain: 5, write: true });

describe("The fault table", () => {
  for (const format of ["short", "long"] as const) {
    it(`has no code twice in the ${format} format, and each code leads back to its fault`, () => {
      const all = kinds.flatMap((kind) => codes(FAULTS[kind][format]));
      expect(new Set(all).size).toBe(all.length);
      for (const kind of kinds) {
        codes(FAULTS[kind][format]).forEach((code, i) => {
          const back = faultOfStatus(code, format);
          expect(back?.kind).toBe(kind);
          if (back!.level !== 0) expect(back!.level).toBe(i + 1);
        });
      }
    });
  }
  it("encodes the faults of a kernel's usual day as the Arm ARM's tables do", () => {
    expect(shortFaultStatus("translation", 1)).toBe(0b00101);
    expect(shortFaultStatus("permission", 2)).toBe(0b01111);
    expect(shortFaultStatus("asynchronousExternal", 0)).toBe(0b10110);
    expect(longFaultStatus("translation", 3)).toBe(0b000111);
    expect(longFaultStatus("alignment", 0)).toBe(0b100001);
  });
  it("keeps the domain only where it is valid, and splits FS", () => {
    expect(at("translation", 1)).toBe(0x805);
    expect(at("translation", 2)).toBe(0x857);
    expect(at("asynchronousExternal", 0)).toBe(0xc06);
  });
  it("sets LPAE in the long format", () => {
    expect(faultStatusRegister({ kind: "permission", level: 3, long: true, write: true })).toBe(
      0xa0f,
    );
    expect(faultStatusRegister({ kind: "debug", level: 0, long: true })).toBe(0x222);
  });
  it("refuses a level or a format that has no code", () => {
    expect(() => shortFaultStatus("translation", 3)).toThrow(FaultEncodingError);
    expect(() => longFaultStatus("instructionCacheMaintenance", 1)).toThrow(
      /long-descriptor format/,
    );
  });
  it("speaks in words", () => {
    expect(faultInWords({ kind: "accessFlag", level: 2 })).toBe("access flag fault, level 2");
    expect(faultInWords({ kind: "debug", level: 0 })).toBe("debug event");
  });
});
