import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ACCESS_CHECKS,
  findRegister32,
  findRegister64,
  holdsState,
  maskOf,
  resetValue,
  SLOT_NAMES,
  slotNamed,
  SYSTEM_REGISTERS,
  SYSTEM_SLOT_NAMES,
  systemRegister,
  systemRegisterIndex,
  systemSlot,
  TIDCP_SPACE,
  valueAfterWrite,
  writableMask,
  type SystemRegister,
  type SystemRegisterName,
} from "../index.js";

const names = new Set(SYSTEM_REGISTERS.map((r) => r.name));
const oracle = path.resolve(import.meta.dirname, "../../../../shared/oracle");

describe("The system register table", () => {
  it("names every register once and finds it by name, by 32-bit and by 64-bit encoding", () => {
    expect(names.size).toBe(SYSTEM_REGISTERS.length);
    SYSTEM_REGISTERS.forEach((r, i) => {
      expect(systemRegisterIndex(r.name as SystemRegisterName)).toBe(i);
      expect(systemRegister(r.name as SystemRegisterName)).toBe(r);
      for (const e of [r.encoding, ...(r.alsoAt ?? [])]) {
        if (e !== undefined) expect(findRegister32(r.coprocessor, e)).toBe(i);
      }
      if (r.encoding64) expect(findRegister64(r.coprocessor, r.encoding64)).toBe(i);
    });
    expect(SYSTEM_REGISTERS.length).toBeGreaterThan(200);
  });
  it("finds nothing for encodings that no core has, such as GICv3's and ARMv8's RMR", () => {
    expect(findRegister32(15, { opc1: 0, CRn: 12, CRm: 12, opc2: 5 })).toBe(-1); // ICC_SRE
    expect(findRegister32(15, { opc1: 4, CRn: 12, CRm: 9, opc2: 5 })).toBe(-1); // ICC_HSRE
    expect(findRegister64(15, { opc1: 0, CRm: 12 })).toBe(-1); // ICC_SGI1R
    expect(findRegister32(15, { opc1: 0, CRn: 12, CRm: 0, opc2: 2 })).toBe(-1); // RMR
  });
  it("hides the registers of one core from the other", () => {
    const ramIndex = { opc1: 0, CRn: 15, CRm: 4, opc2: 0 };
    expect(findRegister32(15, ramIndex, "cortex-a15")).toBe(systemRegisterIndex("RAMINDEX"));
    expect(findRegister32(15, ramIndex, "cortex-a7")).toBe(-1);
    expect(findRegister32(15, { opc1: 3, CRn: 15, CRm: 2, opc2: 0 }, "cortex-a15")).toBe(-1);
  });
  it("keeps encodings in range and fields inside the word without overlap", () => {
    for (const r of SYSTEM_REGISTERS) {
      for (const e of [r.encoding, ...(r.alsoAt ?? [])]) {
        if (e === undefined) continue;
        expect([e.opc1 < 8, e.CRn < 16, e.CRm < 16, e.opc2 < 8], r.name).toEqual([
          true,
          true,
          true,
          true,
        ]);
      }
      let seen = 0;
      for (const [name, f] of Object.entries(r.fields ?? {})) {
        expect(f.lsb + f.width, `${r.name}.${name}`).toBeLessThanOrEqual(32);
        expect(seen & maskOf(f), `${r.name}.${name} overlaps`).toBe(0);
        seen |= maskOf(f);
      }
    }
  });
  it("resets rao fields to ones and raz fields to zeros", () => {
    for (const r of SYSTEM_REGISTERS) {
      for (const cpu of ["cortex-a15", "cortex-a7"] as const) {
        for (const [name, f] of Object.entries(r.fields ?? {})) {
          const value = resetValue(r, cpu) & maskOf(f);
          if (f.access === "rao") expect(value, `${r.name}.${name}`).toBe(maskOf(f));
          if (f.access === "raz") expect(value, `${r.name}.${name}`).toBe(0);
        }
      }
    }
  });
  it("refers from views, selectors and PL1 reads to registers that hold state", () => {
    for (const r of SYSTEM_REGISTERS) {
      const references = [
        ...(r.view ? [r.view.of] : []),
        ...(r.readAtPl1 === undefined ? [] : [r.readAtPl1]),
        ...(r.selected ? [r.selected.by, ...Object.values(r.selected.from)] : []),
      ];
      for (const name of references) {
        expect(names.has(name), `${r.name} refers to ${name}`).toBe(true);
        expect(holdsState(systemRegister(name as SystemRegisterName)), name).toBe(true);
      }
    }
  });
  it("leaves bits outside of the writable fields alone, whatever is written", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SYSTEM_REGISTERS),
        fc.integer(),
        fc.integer(),
        (r: SystemRegister, old, value) => {
          const mask = writableMask(r, "cortex-a15");
          const after = valueAfterWrite(r, old, value, "cortex-a15");
          expect((after ^ old) & ~mask).toBe(0);
          if (r.view === undefined) expect((after ^ value) & mask).toBe(0);
        },
      ),
    );
  });
  it("sets and clears through PMCNTENSET and PMCNTENCLR", () => {
    expect(valueAfterWrite(systemRegister("PMCNTENSET"), 0b0001, 0b0110, "cortex-a7")).toBe(0b0111);
    expect(valueAfterWrite(systemRegister("PMCNTENCLR"), 0b0111, 0b0110, "cortex-a7")).toBe(0b0001);
    expect(valueAfterWrite(systemRegister("PMCNTENSET"), 0, 0b110000, "cortex-a7")).toBe(0);
    expect(valueAfterWrite(systemRegister("PMCNTENSET"), 0, 0b110000, "cortex-a15")).toBe(0b110000);
  });
  it("puts the CPU's number into MPIDR and the number of CPUs into L2CTLR", () => {
    expect(resetValue(systemRegister("MPIDR"), "cortex-a15", 3, 4) >>> 0).toBe(0x80000003);
    expect(resetValue(systemRegister("L2CTLR"), "cortex-a15", 3, 4)).toBe(0x03800000);
  });
  it("gives a slot to each register that holds state, and two to those of 64 bits", () => {
    for (const r of SYSTEM_REGISTERS) {
      expect(SYSTEM_SLOT_NAMES.includes(r.name), r.name).toBe(holdsState(r));
      expect(SYSTEM_SLOT_NAMES.includes(`${r.name}_hi`), r.name).toBe(
        holdsState(r) && r.encoding64 !== undefined,
      );
    }
    expect(systemSlot("TTBR0_hi")).toBe(systemSlot("TTBR0") + 1);
    expect(slotNamed("HSR")).toBe(systemSlot("HSR"));
    expect(new Set(SLOT_NAMES).size).toBe(SLOT_NAMES.length);
  });
  it("traps only from levels that have access, and every HYP register is out of reach below HYP mode", () => {
    for (const r of SYSTEM_REGISTERS) {
      if (r.access.pl1 === "-" && r.access.pl0 === "-") expect(r.traps, r.name).toBeUndefined();
      const opc1 = r.encoding?.opc1 ?? r.encoding64?.opc1;
      if (r.coprocessor === 15 && r.encoding?.opc1 === 4 && opc1 === 4 && r.name !== "CBAR") {
        expect([r.access.pl0, r.access.pl1], r.name).toEqual(["-", "-"]);
      }
    }
  });
  it("marks with TIDCP what lies in TIDCP's space", () => {
    for (const r of SYSTEM_REGISTERS) {
      if (r.coprocessor !== 15 || r.encoding === undefined) continue;
      const inside = TIDCP_SPACE[r.encoding.CRn]?.includes(r.encoding.CRm) === true;
      expect(r.traps?.read?.includes("HCR.TIDCP") === true, r.name).toBe(inside);
    }
    expect(ACCESS_CHECKS.at(-1)?.outcome).toBe("done");
  });

  for (const file of ["cp15-linux.txt", "cp15-xen.txt"]) {
    const absent = existsSync(path.join(oracle, file))
      ? ""
      : ` (skipped: ${file} of the oracle is not here)`;
    it.skipIf(absent !== "")(
      `has every register that ${file} saw, with the direction it saw${absent}`,
      () => {
        const lines = readFileSync(path.join(oracle, file), "utf8").split("\n");
        let count = 0;
        for (const line of lines) {
          const wide = /^p(1[45]),(\d+),c(\d+) \(64\)\s+([RW]) /.exec(line);
          const narrow = /^p(1[45]),(\d+),c(\d+),c(\d+),(\d+)\s+([RW]) /.exec(line);
          if (wide === null && narrow === null) continue;
          count++;
          const [cp, opc1, a, CRm, opc2] = (wide ?? narrow)!.slice(1).map(Number) as [
            number,
            number,
            number,
            number,
            number,
          ];
          const i =
            wide === null
              ? findRegister32(cp, { opc1, CRn: a, CRm, opc2 }, "cortex-a15")
              : findRegister64(cp, { opc1, CRm: a }, "cortex-a15");
          expect(i, line).toBeGreaterThanOrEqual(0);
          const { access } = SYSTEM_REGISTERS[i]!;
          const letter = (wide?.[4] ?? narrow?.[6]) === "R" ? "RO" : "WO";
          expect(
            [access.pl2, access.pl1].some((x) => x === "RW" || x === letter),
            line,
          ).toBe(true);
        }
        expect(count).toBeGreaterThan(70);
      },
    );
  }
});
