import { describe, expect, test } from "vitest";
import { SLOT, systemSlot, type SystemSlotName } from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine, type Cpu } from "./index.js";

const RAM = 0x40000000;
const CODE = 0x40008000;
const TABLES = 0x40010000;
const SECOND_LEVEL = 0x40014000;
/** A virtual address of its own 4 KiB page, and two pages that it may map. */
const VA = 0x50000000;
const ONE = 0x40100000,
  TWO = 0x40101000;

const setRegister = (cpu: Cpu, name: SystemSlotName, value: number): void => {
  cpu.state[systemSlot(name)] = value;
};
/** Short-descriptor tables: RAM flat by sections, pages from VA on by a table; CPUs in SVC. */
const machineWith = (sources: readonly string[], thumb = false): Machine => {
  const machine = new Machine({ ram: [{ base: RAM, size: 0x400000 }], cpus: sources.length });
  for (const at of [0, 0x100000, 0x200000])
    machine.memory.write32(TABLES + ((RAM + at) >>> 20) * 4, (RAM + at) | 0xc0e);
  machine.memory.write32(TABLES + (VA >>> 20) * 4, SECOND_LEVEL | 1);
  map(machine, 0, ONE);
  machine.memory.write32(ONE, 111);
  machine.memory.write32(TWO, 222);
  sources.forEach((source, i) => {
    const at = CODE + i * 0x1000;
    machine.load(at, assemble(source, { base: at, thumb }).bytes);
    const cpu = machine.cpus[i]!;
    cpu.powerOn({ entry: at + (thumb ? 1 : 0), context: 0, mode: "svc" });
    setRegister(cpu, "VBAR", 0x40001000);
    setRegister(cpu, "TTBR0", TABLES);
    setRegister(cpu, "DACR", 1);
    setRegister(cpu, "SCTLR", cpu.state[systemSlot("SCTLR")]! | 1);
    cpu.setRegister(8, VA);
    cpu.flushTlb();
  });
  return machine;
};
/** Small page `n` from VA on; `bits` e.g. nG. */
const map = (machine: Machine, n: number, page: number, bits = 0): void =>
  machine.memory.write32(SECOND_LEVEL + n * 4, page === 0 ? 0 : page | 0x3e | bits);
const NOT_GLOBAL = 1 << 11;

describe("TLB maintenance", () => {
  const load = "ldr r0, [r8]\nstr r4, [r8, #8]\n";
  const maintain = (op: string): string => `${load}mcr p15, 0, ${op}\n${load}wfi`;
  test.each([
    ["r8, c8, c7, 1", "TLBIMVA"],
    ["r8, c8, c7, 3", "TLBIMVAA"],
    ["r8, c8, c3, 1", "TLBIMVAIS"],
    ["r8, c8, c6, 1", "DTLBIMVA"],
    ["r8, c8, c7, 0", "TLBIALL"],
  ])("%s (%s) makes the new mapping seen; before it the old one is", (op) => {
    const machine = machineWith([maintain(op)]);
    machine.run(2);
    map(machine, 0, TWO);
    machine.run(1);
    machine.cpu.setRegister(4, 5);
    machine.run(100);
    expect(machine.cpu.register(0)).toBe(222);
    expect(machine.memory.read32(TWO + 8)).toBe(5);
    const without = machineWith([`${load}nop\n${load}wfi`]);
    without.run(2);
    map(without, 0, TWO);
    without.run(100);
    expect(without.cpu.register(0)).toBe(111);
  });
  test("the operation of another address leaves the entry", () => {
    const machine = machineWith([
      `${load}add r1, r8, #0x1000\nmcr p15, 0, r1, c8, c7, 1\n${load}wfi`,
    ]);
    machine.run(2);
    map(machine, 0, TWO);
    machine.run(100);
    expect(machine.cpu.register(0)).toBe(111);
  });
  test.each([
    ["mcr p15, 0, r8, c8, c3, 1", 222],
    ["mcr p15, 0, r8, c8, c3, 0", 222],
    ["mcr p15, 0, r8, c8, c7, 1", 111],
  ])("%s of another CPU gives %i", (op, expected) => {
    const wait = `mov r2, #0\nwait: add r2, r2, #1\ncmp r2, #1000\nbne wait\n`;
    const machine = machineWith([
      `${wait}${op}\nwfi`,
      `${load}${wait}${wait.replaceAll("wait", "more")}${load}wfi`,
    ]);
    machine.run(1000);
    map(machine, 0, TWO);
    machine.run(20_000);
    expect(machine.stopped?.reason).toBe("waiting");
    expect(machine.cpus[1]!.register(0)).toBe(expected);
  });
  test("HCR.FB makes a local operation one of all CPUs", () => {
    const wait = `mov r2, #0\nwait: add r2, r2, #1\ncmp r2, #1000\nbne wait\n`;
    const machine = machineWith([
      `${wait}mcr p15, 0, r8, c8, c7, 1\nwfi`,
      `${load}${wait}${wait.replaceAll("wait", "more")}${load}wfi`,
    ]);
    setRegister(machine.cpus[0]!, "HCR", 1 << 9);
    machine.run(1000);
    map(machine, 0, TWO);
    machine.run(20_000);
    expect(machine.cpus[1]!.register(0)).toBe(222);
  });
  test("one page of a section names all of it", () => {
    const section = TABLES + (0x60000000 >>> 20) * 4;
    const machine = machineWith([
      `ldr r0, [r8]\nadd r1, r8, #0x2000\nmcr p15, 0, r1, c8, c7, 1\nldr r0, [r8]\nwfi`,
    ]);
    machine.memory.write32(section, 0x40100000 | 0xc0e);
    machine.memory.write32(0x40200000, 333);
    machine.cpu.setRegister(8, 0x60000000);
    machine.run(1);
    expect(machine.cpu.register(0)).toBe(111);
    machine.memory.write32(section, 0x40200000 | 0xc0e);
    machine.run(100);
    expect(machine.cpu.register(0)).toBe(333);
  });
  test("a new CONTEXTIDR drops what is not global, a new TTBR0 too; the rest stays", () => {
    for (const [bits, expected] of [
      [NOT_GLOBAL, 222],
      [0, 111],
    ] as const) {
      for (const op of ["c13, c0, 1", "c2, c0, 0"]) {
        const machine = machineWith([
          `ldr r0, [r8]\nmrc p15, 0, r1, ${op}\nadd r1, r1, #1\nmcr p15, 0, r1, ${op}\nldr r0, [r8]\nwfi`,
        ]);
        map(machine, 0, ONE, bits);
        machine.run(1);
        map(machine, 0, TWO, bits);
        machine.run(100);
        expect(machine.cpu.register(0)).toBe(expected);
      }
    }
  });
});

describe("T32 instructions across pages", () => {
  /** 0x1ffe bytes into VA: the first half of "movw r0, #value", the second on the next page. */
  const place = (machine: Machine, first: number, second: number, value: number): void => {
    const bytes = assemble(`movw r0, #${value}\nbx lr`, { base: 0, thumb: true }).bytes;
    machine.load(first + 0xffe, bytes.subarray(0, 2));
    machine.load(second, bytes.subarray(2));
  };
  const call = `add r1, r8, #0x1000\nsubs r1, #1\nmov r9, lr\nblx r1\nwfi\nmov r0, r0\nblx r1\nwfi`;
  const THREE = 0x40102000;
  test("the second page is looked up each time", () => {
    const machine = machineWith([call], true);
    place(machine, ONE, TWO, 7);
    place(machine, ONE, THREE, 9);
    map(machine, 0, ONE);
    map(machine, 1, TWO);
    machine.run(1000);
    expect(machine.cpu.register(0)).toBe(7);
    map(machine, 1, THREE);
    machine.cpu.flushTlb();
    machine.cpu.interrupts.lines.irq.set(true);
    machine.run(1000);
    expect(machine.cpu.register(0)).toBe(9);
  });
  test("a write to the second page is seen", () => {
    const machine = machineWith([call], true);
    place(machine, ONE, TWO, 7);
    map(machine, 1, TWO);
    machine.run(1000);
    expect(machine.cpu.register(0)).toBe(7);
    machine.guestMemory.write(
      TWO,
      assemble("movw r0, #12", { base: 0, thumb: true }).bytes.slice(2),
    );
    machine.cpu.interrupts.lines.irq.set(true);
    machine.run(1000);
    expect(machine.cpu.register(0)).toBe(12);
  });
  test("a second page that is not there is a prefetch abort of the instruction, with its own address", () => {
    const machine = machineWith([call], true);
    place(machine, ONE, TWO, 7);
    map(machine, 1, 0);
    machine.run(5);
    const s = machine.cpu.state;
    expect(machine.cpu.mode.name).toBe("abt");
    expect(s[systemSlot("IFAR")]! >>> 0).toBe(VA + 0x1000);
    expect(s[systemSlot("IFSR")]! & 0x40f).toBe(7);
    expect(machine.cpu.register(14) >>> 0).toBe(VA + 0xffe + 4);
    expect(s[SLOT.PC]! >>> 0).toBe(0x4000100c);
  });
});

describe("Unaligned accesses", () => {
  const program = "ldr r0, [r8, #1]\nstr r1, [r8, #1]\n";
  test("take the entry at hand, and see a new mapping after maintenance", () => {
    const machine = machineWith([`${program}mcr p15, 0, r8, c8, c7, 1\n${program}wfi`]);
    const { cpu } = machine;
    cpu.setRegister(1, 0x55667788);
    machine.memory.write32(ONE, 0x04030201);
    machine.memory.write32(ONE + 4, 0x08070605);
    machine.run(2);
    expect(cpu.register(0)).toBe(0x05040302);
    map(machine, 0, TWO);
    machine.memory.write32(TWO, 0x14131211);
    machine.memory.write32(TWO + 4, 0x18171615);
    machine.run(3);
    expect(cpu.register(0)).toBe(0x15141312);
    for (const page of [ONE, TWO]) expect(machine.memory.read32(page) >>> 8).toBe(0x667788);
    expect(machine.memory.read32(TWO + 4) & 0xff).toBe(0x55);
  });
  test("of Device memory fault, though an aligned one has put the entry in", () => {
    const machine = machineWith([`ldr r2, [r8]\nstr r2, [r8]\n${program}wfi`]);
    // Small page with TEX 0, C 0, B 1: Device (B3.8.2).
    machine.memory.write32(SECOND_LEVEL, ONE | 0x36);
    machine.run(3);
    expect(machine.cpu.state[SLOT.PC]! >>> 0).toBe(0x40001010);
    expect(machine.cpu.state[systemSlot("DFSR")]! & 0xf).toBe(1);
  });
});
