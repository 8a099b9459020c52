import { describe, expect, test } from "vitest";
import { SLOT, systemSlot } from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine } from "../machine/index.js";
import { Psci, PSCI_RESULT, type PsciOptions } from "./psci.js";

const CODE = 0x40008000;
/** Runs code of CPU 0 that ends in WFI; `entry` is what others are sent to. */
const run = (
  source: string,
  {
    hyp = true,
    cpus = 2,
    limit = 2000,
    ...options
  }: PsciOptions & {
    hyp?: boolean;
    cpus?: number;
    limit?: number;
  } = {},
): Machine => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x100000 }], cpus, hyp });
  new Psci(machine, options).install();
  const program = assemble(
    `${source}\nwfi\nentry: mrs r9, CPSR\nadd r10, pc, #0\nwfi\nstay: b stay`,
    { base: CODE },
  );
  machine.load(CODE, program.bytes);
  machine.cpu.state[SLOT.PC] = CODE;
  machine.cpu.setRegister(11, program.symbols.get("entry")!);
  machine.run(limit);
  return machine;
};
/** Loads r0 with a function and calls. */
const call = (fn: number, conduit = "smc"): string =>
  `movw r0, #${fn & 0xffff}\nmovt r0, #${fn >>> 16}\n${conduit} #0`;

describe("PSCI", () => {
  test("version, features and unknown functions answer as the reference board does", () => {
    for (const [fn, argument, result] of [
      [0x84000000, 0, 0x10001],
      [0x84000006, 0, 2],
      [0x8400000a, 0x80000000, -1],
      [0x8400000a, 0x84000001, 0],
      [0x8400000a, 0x8400000e, -1],
      [0x8400000a, 0x84000012, -1],
      [0x80000000, 0, -1],
      [0xffffffff, 0, -1],
      [0, 0, -1],
    ] as const) {
      const machine = run(
        `movw r1, #${argument & 0xffff}\nmovt r1, #${argument >>> 16}\n${call(fn)}`,
      );
      expect(machine.cpu.register(0)).toBe(result);
    }
  });
  test("CPU_ON starts a CPU in HYP mode at the entry with its context, interrupts masked", () => {
    const machine = run(`mov r1, #1\nmov r2, r11\nmov r3, #77\n${call(0x84000003)}`);
    const other = machine.cpus[1]!;
    expect(machine.cpu.register(0)).toBe(PSCI_RESULT.SUCCESS);
    expect(other.register(9) & 0x1ff).toBe(0x1da);
    expect(other.register(0)).toBe(77);
    expect(other.state[systemSlot("HSCTLR")]! & 1).toBe(0);
  });
  test("bit 0 of the entry selects T32", () => {
    const machine = run(`mov r1, #1\nadd r2, r11, #1\n${call(0x84000003)}`, { limit: 5 });
    expect(machine.cpus[1]!.state[SLOT.T]).toBe(1);
  });
  test("a CPU that is on, or is not there, is refused", () => {
    expect(run(`mov r1, #0\n${call(0x84000003)}`).cpu.register(0)).toBe(PSCI_RESULT.ALREADY_ON);
    for (const target of [2, 7, 256]) {
      const machine = run(`mov r1, #${target}\n${call(0x84000003)}`);
      expect(machine.cpu.register(0)).toBe(PSCI_RESULT.INVALID_PARAMETERS);
    }
  });
  test("the mode that a CPU starts in can be chosen, so that CPUs differ", () => {
    const machine = run(`mov r1, #1\nmov r2, r11\n${call(0x84000003)}`, {
      bootMode: () => "svc",
    });
    expect(machine.cpus[1]!.mode.name).toBe("svc");
    expect(machine.cpu.mode.name).toBe("hyp");
  });
  test("without HYP mode the conduit is HVC and CPUs start in SVC", () => {
    const machine = run(`mov r1, #1\nmov r2, r11\n${call(0x84000003, "hvc")}`, { hyp: false });
    expect(machine.cpu.register(0)).toBe(0);
    expect(machine.cpus[1]!.register(9) & 0x1f).toBe(0x13);
  });
  test("AFFINITY_INFO tells who is on; CPU_OFF ends a CPU", () => {
    const ask = `mov r1, #1\nmov r2, #0\n${call(0x84000004)}`;
    expect(run(ask).cpu.register(0)).toBe(1);
    const on = run(`mov r1, #1\nmov r2, r11\n${call(0x84000003)}\n${ask}`);
    expect(on.cpu.register(0)).toBe(0);
    const off = run(`${call(0x84000002)}\nmov r5, #1`);
    expect(off.cpu.poweredOff).toBe(true);
    expect(off.cpu.register(5)).toBe(0);
    expect(off.stopped).toMatchObject({
      reason: "waiting",
      what: "CPU 0: powered off, CPU 1: powered off",
    });
  });
  test("SYSTEM_OFF and SYSTEM_RESET stop the machine by name and do not return", () => {
    for (const [fn, reason] of [
      [0x84000008, "off"],
      [0x84000009, "reset"],
    ] as const) {
      const machine = run(`${call(fn)}\nmov r5, #1`);
      expect(machine.stopped).toMatchObject({ reason, cpu: 0 });
      expect(machine.run(100)).toBe(0);
      expect(machine.cpu.register(5)).toBe(0);
      machine.reset();
      expect(machine.stopped).toBeUndefined();
      expect(machine.instructions).toBe(0);
    }
  });
  test("CPU_SUSPEND waits in standby, or comes back at the entry after power-down", () => {
    const wake = (machine: Machine): void => {
      machine.cpu.interrupts.lines.irq.set(true);
      machine.run(100);
    };
    const standby = run(`mov r1, #0\n${call(0x84000001)}\nmov r5, #1`);
    expect(standby.cpu.register(5)).toBe(0);
    wake(standby);
    expect([standby.cpu.register(5), standby.cpu.register(0)]).toEqual([1, 0]);
    const down = run(`mov r5, #3\nmov r1, #0x10000\nmov r2, r11\nmov r3, #9\n${call(0x84000001)}`);
    expect(down.stopped?.reason).toBe("waiting");
    wake(down);
    expect([down.cpu.register(0), down.cpu.register(5)]).toEqual([9, 0]);
    expect(down.cpu.register(9) & 0x1f).toBe(0x1a);
  });
});
