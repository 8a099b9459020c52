import { describe, expect, test } from "vitest";
import { describeHsr, MODE, SLOT, systemSlot, type SystemSlotName } from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine } from "./index.js";

const CODE = 0x40008000;
const ADDRESS = 0x12345678;
/** Stage 2 maps RAM by pages but for the one at `HOLE`; a stage 1 table there has entries for the code alone. */
const HOLE = 0x40110000;

/** A machine that runs one address translation operation, in a mode, of a guest with short descriptors. */
const translating = (operation: string, mode: number, stage1 = HOLE): Machine => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x200000 }] });
  machine.load(CODE, assemble(`mcr p15, 0, r0, ${operation}`, { base: CODE }).bytes);
  const { cpu, memory } = machine;
  const word = (at: number, value: number): void => {
    memory.write(at, new Uint8Array(Uint32Array.of(value).buffer));
  };
  word(0x40180008, 0x40181003);
  word(0x40181000, 0x40182003);
  for (let page = 0; page < 512; page++) {
    const address = 0x40000000 + page * 0x1000;
    if (address !== HOLE) word(0x40182000 + 8 * page, address | 0x7ff);
  }
  // The section of the code.
  if (memory.holds(stage1, 0x4000)) word(stage1 + 0x1000, 0x40000c0e);
  const set = (name: SystemSlotName, value: number): void => {
    cpu.state[systemSlot(name)] = value;
  };
  set("VTCR", 0x80000040);
  set("VTTBR", 0x40180000);
  set("HCR", 1);
  set("TTBR0", stage1);
  set("DACR", 0x55555555);
  set("SCTLR", 1);
  set("HVBAR", 0x40002000);
  cpu.setCpsr(mode | 0x1c0);
  cpu.state[SLOT.PC] = CODE;
  cpu.setRegister(0, ADDRESS);
  cpu.flushTlb();
  return machine;
};
const get = (machine: Machine, name: SystemSlotName): number =>
  machine.cpu.state[systemSlot(name)]! >>> 0;
const ATS1CPR = "c7, c8, 0";
const ATS12NSOPR = "c7, c8, 4";
/** PAR in the 64-bit format: F, FST, S1PTW, FSTAGE. */
const STAGE2_LEVEL3 = 1 | (0b000111 << 1) | (1 << 8) | (1 << 9) | (1 << 11);

describe("address translation operations", () => {
  test("in HYP mode tell of a table walk's fault in stage 2 in 64 bits, also where the guest's tables are short", () => {
    for (const operation of [ATS1CPR, ATS12NSOPR]) {
      const machine = translating(operation, MODE.hyp.encoding);
      machine.run(1);
      expect(machine.cpu.state[SLOT.PC]! >>> 0).toBe(CODE + 4);
      expect(get(machine, "PAR")).toBe(STAGE2_LEVEL3);
    }
  });

  test("at PL1 take such a fault to HYP mode", () => {
    const machine = translating(ATS1CPR, MODE.svc.encoding);
    machine.run(1);
    expect(machine.cpu.mode.name).toBe("hyp");
    expect(describeHsr(get(machine, "HSR"))).toMatchObject({
      name: "dataAbortLower",
      fields: { S1PTW: 1, CM: 1, DFSC: 0b000111 },
    });
  });

  test("abort where a walk leaves memory", () => {
    // By TTBR1, without a second stage.
    const machine = translating(ATS1CPR, MODE.svc.encoding, 0x40100000);
    machine.cpu.state[systemSlot("HCR")] = 0;
    machine.cpu.state[systemSlot("TTBCR")] = 1;
    machine.cpu.state[systemSlot("TTBR1")] = 0x80000000;
    machine.cpu.setRegister(0, ADDRESS | 0x80000000);
    machine.cpu.flushTlb();
    machine.run(1);
    expect(machine.cpu.mode.name).toBe("abt");
    expect(get(machine, "DFAR")).toBe((ADDRESS | 0x80000000) >>> 0);
    expect(get(machine, "DFSR") & 0x40f).toBe(0b01100);
  });

  test("give 32 bits to a guest with short descriptors", () => {
    const machine = translating(ATS1CPR, MODE.svc.encoding, 0x40100000);
    machine.run(1);
    expect(get(machine, "PAR")).toBe(1 | (0b00101 << 1));
  });
});
