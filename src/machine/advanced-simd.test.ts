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
const DATA = BASE + 0x1_0000;
const VECTORS = 0x4000_1000;
const EN = 1 << 30;
/** A machine with code at CODE, Advanced SIMD open to all modes, bytes 0 to 63 at DATA. */
const machineWith = (source: string, mode: number = MODE.svc.encoding): Machine => {
  const machine = new Machine({ ram: [{ base: BASE, size: SIZE }] });
  machine.load(CODE, assemble(source, { base: CODE }).bytes);
  machine.load(
    DATA,
    Uint8Array.from({ length: 64 }, (_, i) => i),
  );
  const { cpu } = machine;
  cpu.setCpsr(mode | 0x1c0);
  cpu.state[SLOT.PC] = CODE;
  cpu.state[systemSlot("VBAR")] = VECTORS;
  cpu.state[systemSlot("HVBAR")] = 0x4000_2000;
  cpu.state[SLOT.FPEXC] = EN;
  set(machine, "CPACR", 0xf << 20);
  set(machine, "HCPTR", 0);
  cpu.setRegister(0, DATA);
  return machine;
};
const set = (machine: Machine, name: SystemSlotName, value: number): void => {
  machine.cpu.state[systemSlot(name)] = value;
  machine.cpu.flushTlb();
};
const pc = (machine: Machine): number => machine.cpu.state[SLOT.PC]! >>> 0;
/** Dn as sixteen digits. */
const d = (machine: Machine, n: number): string =>
  [1, 0]
    .map((i) => (machine.cpu.state[vectorSlot(2 * n + i)]! >>> 0).toString(16).padStart(8, "0"))
    .join("");
const run = (source: string, mode?: number): Machine => {
  const machine = machineWith(source, mode);
  machine.run(1);
  return machine;
};
const memory = (machine: Machine, at: number, size: number): number[] => {
  const offset = machine.memory.offsetOf(at);
  return [...machine.memory.bytes.subarray(offset, offset + size)];
};
const BIG = MODE.svc.encoding | (1 << 9);

describe("access to Advanced SIMD", () => {
  const SOURCES = ["vadd.i8 d0, d1, d2", "vld1.8 {d0}, [r0]", "vmov.i32 d0, #1"];
  test.each(SOURCES)(
    "%s is UNDEFINED while FPEXC.EN is 0, CPACR closes it or ASEDIS is set",
    (source) => {
      for (const close of [
        (m: Machine) => (m.cpu.state[SLOT.FPEXC] = 0),
        (m: Machine) => set(m, "CPACR", 0),
        (m: Machine) => set(m, "CPACR", (0xf << 20) | (1 << 31)),
      ]) {
        const machine = machineWith(source);
        close(machine);
        machine.run(1);
        expect(pc(machine)).toBe(VECTORS + 4);
      }
    },
  );
  test.each(SOURCES)("%s traps to HYP mode by HCPTR.TCP10 and TASE", (source) => {
    for (const hcptr of [0xc00, 1 << 15]) {
      const machine = machineWith(source);
      set(machine, "HCPTR", hcptr);
      // The trap stands before FPEXC.EN.
      machine.cpu.state[SLOT.FPEXC] = 0;
      machine.run(1);
      expect(pc(machine)).toBe(0x4000_2014);
      expect(describeHsr(machine.cpu.state[systemSlot("HSR")]! >>> 0)).toMatchObject({
        name: "hcptr",
        fields: { TA: 1 },
      });
    }
  });
  test("does not ask FPSCR for short vectors", () => {
    const machine = machineWith("vadd.f32 d0, d1, d2");
    machine.cpu.state[SLOT.FPSCR] = 3 << 16;
    machine.run(1);
    expect(pc(machine)).toBe(CODE + 4);
  });
});

describe("structures in memory", () => {
  test("are taken apart by their number of elements", () => {
    const two = run("vld2.8 {d0, d1}, [r0]");
    expect([d(two, 0), d(two, 1)]).toEqual(["0e0c0a0806040200", "0f0d0b0907050301"]);
    const three = run("vld3.16 {d0, d2, d4}, [r0]");
    expect([d(three, 0), d(three, 2), d(three, 4)]).toEqual([
      "13120d0c07060100",
      "15140f0e09080302",
      "171611100b0a0504",
    ]);
    const four = run("vld4.32 {d0-d3}, [r0]");
    expect([d(four, 0), d(four, 3)]).toEqual(["1312111003020100", "1f1e1d1c0f0e0d0c"]);
  });
  test("of big-endian memory have the bytes of each element in reverse", () => {
    expect(d(run("vld1.8 {d0}, [r0]", BIG), 0)).toBe("0706050403020100");
    expect(d(run("vld1.16 {d0}, [r0]", BIG), 0)).toBe("0607040502030001");
    expect(d(run("vld1.32 {d0}, [r0]", BIG), 0)).toBe("0405060700010203");
    expect(d(run("vld1.64 {d0}, [r0]", BIG), 0)).toBe("0001020304050607");
    expect(d(run("vld2.16 {d0, d1}, [r0]", BIG), 1)).toBe("0e0f0a0b06070203");
    for (const size of [8, 16, 32, 64]) {
      const machine = machineWith(`vld1.${size} {d0-d3}, [r0]!\nvst1.${size} {d0-d3}, [r0]`, BIG);
      machine.run(2);
      expect(memory(machine, DATA + 32, 32)).toEqual(Array.from({ length: 32 }, (_, i) => i));
    }
  });
  test("to one lane leave the other lanes, to all lanes fill them", () => {
    const machine = machineWith("vmov.i8 d0, #0xff\nvld1.16 {d0[2]}, [r0]\nvld1.16 {d1[]}, [r0]");
    machine.run(3);
    expect([d(machine, 0), d(machine, 1)]).toEqual(["ffff0100ffffffff", "0100010001000100"]);
  });
  test("write the base back by their size or by a register", () => {
    for (const [source, step] of [
      ["vld1.8 {d0-d2}, [r0]!", 24],
      ["vld4.16 {d0[1], d1[1], d2[1], d3[1]}, [r0]!", 8],
      ["vld3.32 {d0[], d1[], d2[]}, [r0]!", 12],
      ["vst1.8 {d0}, [r0], r1", 0x123],
    ] as const) {
      const machine = machineWith(source);
      machine.cpu.setRegister(1, 0x123);
      machine.run(1);
      expect(machine.cpu.register(0), source).toBe(DATA + step);
    }
  });
});

describe("alignment", () => {
  const faults = (source: string, offset: number, sctlr: number): boolean => {
    const machine = machineWith(`${source}\n${source}`);
    set(machine, "SCTLR", sctlr);
    // The second time the fast path knows the page.
    machine.run(1);
    const known = pc(machine) === CODE + 4;
    expect(known, source).toBe(true);
    machine.cpu.setRegister(0, DATA + offset);
    machine.run(1);
    if (pc(machine) === CODE + 8) return false;
    expect(pc(machine), source).toBe(VECTORS + 0x10);
    expect(machine.cpu.state[systemSlot("DFAR")]! >>> 0).toBe(DATA + offset);
    expect(machine.cpu.register(0)).toBe(DATA + offset);
    return true;
  };
  test("that the instruction demands is checked always, before anything is written", () => {
    for (const [source, bytes] of [
      ["vld1.8 {d0}, [r0 :64]", 8],
      ["vld1.64 {d0-d1}, [r0 :128]", 16],
      ["vld1.8 {d0-d3}, [r0 :256]", 32],
      ["vst1.8 {d0-d3}, [r0 :256]", 32],
      ["vst2.16 {d0-d3}, [r0 :256]", 32],
      ["vld4.8 {d0-d3}, [r0 :128]", 16],
      ["vld1.16 {d0[1]}, [r0 :16]", 2],
      ["vst1.32 {d0[1]}, [r0 :32]", 4],
      ["vld2.8 {d0[1], d1[1]}, [r0 :16]", 2],
      ["vld4.8 {d0[1], d1[1], d2[1], d3[1]}, [r0 :32]", 4],
      ["vld4.32 {d0[], d1[], d2[], d3[]}, [r0 :128]", 16],
    ] as const) {
      expect(faults(source, bytes / 2, 0), source).toBe(true);
      expect(faults(source, bytes, 0), source).toBe(false);
    }
  });
  test("of SCTLR.A is that of an element", () => {
    // Memory is Normal only while the MMU is on: SCTLR.A is looked at before.
    expect(faults("vld1.16 {d0}, [r0]", 1, 2)).toBe(true);
    expect(faults("vld1.32 {d0}, [r0]", 2, 2)).toBe(true);
    expect(faults("vst1.16 {d0[1]}, [r0]", 1, 2)).toBe(true);
    expect(faults("vld1.8 {d0}, [r0]", 8, 2)).toBe(false);
  });
});

test("an abort in the middle of a structure transfer leaves the base, and the whole runs again", () => {
  for (const [source, step] of [
    ["vld1.8 {d0-d3}, [r0]!", 32],
    ["vst1.64 {d0-d3}, [r0]!", 32],
    ["vld4.8 {d0-d3}, [r0]!", 32],
    ["vst3.16 {d0-d2}, [r0]!", 24],
  ] as const) {
    const machine = machineWith(source);
    const base = BASE + SIZE - 16;
    machine.cpu.setRegister(0, base);
    machine.run(1);
    expect(pc(machine), source).toBe(VECTORS + 0x10);
    expect(machine.cpu.register(0), source).toBe(base);
    const { cpu } = machine;
    cpu.setCpsr(MODE.svc.encoding | 0x1c0);
    cpu.state[SLOT.PC] = CODE;
    cpu.setRegister(0, DATA);
    machine.run(1);
    expect(pc(machine), source).toBe(CODE + 4);
    expect(cpu.register(0), source).toBe(DATA + step);
  }
});

test("an IT block's condition holds for Advanced SIMD in T32", () => {
  const machine = new Machine({ ram: [{ base: BASE, size: SIZE }] });
  machine.load(
    CODE,
    assemble("cmp r0, r0\nite eq\nvmoveq.i32 d0, #1\nvmovne.i32 d1, #1", {
      base: CODE,
      thumb: true,
    }).bytes,
  );
  const { cpu } = machine;
  cpu.setCpsr(MODE.svc.encoding | 0x1e0);
  cpu.state[SLOT.PC] = CODE;
  cpu.state[SLOT.FPEXC] = EN;
  set(machine, "CPACR", 0xf << 20);
  machine.run(4);
  expect([d(machine, 0), d(machine, 1)]).toEqual(["0000000100000001", "0000000000000000"]);
});
