import { describe, expect, test } from "vitest";
import {
  describeHsr,
  MODE,
  SLOT,
  systemSlot,
  vectorSlot,
  type SystemSlotName,
} from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine } from "./index.js";

const BASE = 0x4000_0000;
const CODE = 0x4000_8000;
const SIZE = 0x20_0000;
const UNDEFINED_VECTOR = 0x4000_1004;
const EN = 1 << 30;
const ONE = 0x3f80_0000;
/** A machine with code at CODE, floating point open to all modes. */
const machineWith = (source: string, mode: number = MODE.svc.encoding): Machine => {
  const machine = new Machine({ ram: [{ base: BASE, size: SIZE }] });
  machine.load(CODE, assemble(source, { base: CODE }).bytes);
  const { cpu } = machine;
  cpu.setCpsr(mode | 0x1c0);
  cpu.state[SLOT.PC] = CODE;
  cpu.state[systemSlot("VBAR")] = 0x4000_1000;
  cpu.state[systemSlot("HVBAR")] = 0x4000_2000;
  cpu.state[SLOT.FPEXC] = EN;
  set(machine, "CPACR", 0xf << 20);
  set(machine, "HCPTR", 0);
  return machine;
};
const set = (machine: Machine, name: SystemSlotName, value: number): void => {
  machine.cpu.state[systemSlot(name)] = value;
  machine.cpu.flushTlb();
};
const pc = (machine: Machine): number => machine.cpu.state[SLOT.PC]! >>> 0;

describe("access to floating point", () => {
  test("is UNDEFINED while FPEXC.EN is 0", () => {
    const machine = machineWith("vadd.f32 s0, s1, s2");
    machine.cpu.state[SLOT.FPEXC] = 0;
    machine.run(1);
    expect(pc(machine)).toBe(UNDEFINED_VECTOR);
  });
  test("is what CPACR says for privileged and User mode", () => {
    for (const [cpacr, mode, allowed] of [
      [0, MODE.svc, false],
      [5, MODE.svc, true],
      [5, MODE.usr, false],
      [15, MODE.usr, true],
    ] as const) {
      const machine = machineWith("vmov r0, s0", mode.encoding);
      set(machine, "CPACR", cpacr << 20);
      machine.run(1);
      expect(pc(machine)).toBe(allowed ? CODE + 4 : UNDEFINED_VECTOR);
    }
  });
  test("traps to HYP mode by HCPTR with the coprocessor in the syndrome", () => {
    const machine = machineWith("vldr d0, [r0]");
    set(machine, "HCPTR", 0xc00);
    machine.run(1);
    expect(pc(machine)).toBe(0x4000_2014);
    expect(describeHsr(machine.cpu.state[systemSlot("HSR")]! >>> 0)).toMatchObject({
      name: "hcptr",
      fields: { coproc: 10, TA: 0 },
    });
  });
  test("to bytes of a vector is Advanced SIMD's, to its words floating point's", () => {
    for (const [source, allowed] of [
      ["vmov.8 d0[1], r0", false],
      ["vmov.32 d0[1], r0", true],
      ["vdup.32 q0, r0", false],
    ] as const) {
      const machine = machineWith(source);
      // CPACR.ASEDIS
      set(machine, "CPACR", (0xf << 20) | (1 << 31));
      machine.run(1);
      expect(pc(machine), source).toBe(allowed ? CODE + 4 : UNDEFINED_VECTOR);
    }
  });
  test("that an instruction of the same run of code closes is closed for the next one", () => {
    const machine = machineWith("vmov s0, r0\nvmsr fpexc, r1\nvmov s1, r0");
    machine.cpu.setRegister(0, ONE);
    machine.cpu.setRegister(1, 0);
    machine.run(3);
    expect(pc(machine)).toBe(UNDEFINED_VECTOR);
    expect(machine.cpu.state[vectorSlot(0)]).toBe(ONE);
    expect(machine.cpu.state[vectorSlot(1)]).toBe(0);
  });
  test("that a condition keeps from running is not checked, the next one is", () => {
    const machine = machineWith("cmp r0, r0\nvmovne s0, r0\nvmov s1, r0");
    machine.cpu.state[SLOT.FPEXC] = 0;
    machine.run(2);
    expect(pc(machine)).toBe(CODE + 8);
    machine.run(1);
    expect(pc(machine)).toBe(UNDEFINED_VECTOR);
    const whole = machineWith("cmp r0, r0\nvmovne s0, r0\nvmov s1, r0");
    whole.cpu.state[SLOT.FPEXC] = 0;
    whole.run(3);
    expect(pc(whole)).toBe(UNDEFINED_VECTOR);
  });
});

test("arithmetic is UNDEFINED while FPSCR asks for short vectors, transfers are not", () => {
  const machine = machineWith("vmsr fpscr, r0\nvmov s1, r1\nvadd.f32 s0, s1, s1");
  machine.cpu.setRegister(0, 3 << 16);
  machine.run(2);
  expect(pc(machine)).toBe(CODE + 8);
  machine.run(1);
  expect(pc(machine)).toBe(UNDEFINED_VECTOR);
});

test("trap enables of FPSCR are read as zero, the saturation flag is kept", () => {
  const machine = machineWith("vmsr fpscr, r0\nvmrs r1, fpscr");
  machine.cpu.setRegister(0, -1);
  machine.run(2);
  expect(machine.cpu.register(1) >>> 0).toBe(0xfff7_009f);
});

test("an abort in the middle of VLDM and VSTM leaves the base as it was, and the whole runs again", () => {
  for (const [source, wholeBase] of [
    ["vldmia r0!, {d0-d7}", 64],
    ["vstmia r0!, {d0-d7}", 64],
    ["vldmdb r0!, {s0-s15}", -64],
  ] as const) {
    const machine = machineWith(source);
    // The last words lie beyond memory, or the first ones before it.
    const base = wholeBase > 0 ? BASE + SIZE - 32 : BASE + 32;
    machine.cpu.setRegister(0, base);
    machine.run(1);
    expect(pc(machine), source).toBe(0x4000_1010);
    expect(machine.cpu.register(0), source).toBe(base);
    const { cpu } = machine;
    cpu.setCpsr(MODE.svc.encoding | 0x1c0);
    cpu.state[SLOT.PC] = CODE;
    cpu.setRegister(0, BASE + 0x1_0000);
    machine.run(1);
    expect(pc(machine), source).toBe(CODE + 4);
    expect(cpu.register(0), source).toBe(BASE + 0x1_0000 + wholeBase);
  }
});

test("a double of big-endian memory is its eight bytes in reverse", () => {
  const machine = machineWith("vldr d0, [r0]\nvstr d0, [r0, #8]", MODE.svc.encoding | (1 << 9));
  const at = BASE + 0x1_0000;
  machine.load(at, Uint8Array.of(0x3f, 0xf0, 1, 2, 3, 4, 5, 6));
  machine.cpu.setRegister(0, at);
  machine.run(2);
  expect(machine.cpu.state[vectorSlot(1)]).toBe(0x3ff0_0102);
  expect(machine.cpu.state[vectorSlot(0)]).toBe(0x0304_0506);
  const offset = machine.memory.offsetOf(at + 8);
  expect([...machine.memory.bytes.subarray(offset, offset + 8)]).toEqual([
    0x3f, 0xf0, 1, 2, 3, 4, 5, 6,
  ]);
});
