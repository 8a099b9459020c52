import { describe, expect, test } from "vitest";
import {
  describeHsr,
  MODE,
  registerSlot,
  SLOT,
  spsrSlot,
  systemSlot,
  type SystemSlotName,
} from "../arch/index.js";
import { assemble } from "../isa/index.js";
import { Machine, MachineError } from "./index.js";

const BASE = 0x40000000;
const CODE = 0x40008000;
/** A machine with code at CODE, in a mode, PC at the code. */
const machineWith = (source: string, mode: number = MODE.svc.encoding): Machine => {
  const machine = new Machine({ ram: [{ base: BASE, size: 0x200000 }] });
  machine.load(CODE, assemble(source, { base: CODE }).bytes);
  const { cpu } = machine;
  cpu.setCpsr(mode | 0x1c0);
  cpu.state[SLOT.PC] = CODE;
  cpu.state[systemSlot("VBAR")] = 0x40001000;
  cpu.state[systemSlot("HVBAR")] = 0x40002000;
  cpu.flushTlb();
  return machine;
};
const set = (machine: Machine, name: SystemSlotName, value: number): void => {
  machine.cpu.state[systemSlot(name)] = value;
  machine.cpu.flushTlb();
};
const get = (machine: Machine, name: SystemSlotName): number =>
  machine.cpu.state[systemSlot(name)]! >>> 0;
const pc = (machine: Machine): number => machine.cpu.state[SLOT.PC]! >>> 0;

describe("exception entry", () => {
  test("HVC from SVC goes to HVBAR + 0x14 with its immediate in HSR and returns by ERET", () => {
    const machine = machineWith("hvc #0x1234");
    machine.run(1);
    expect(pc(machine)).toBe(0x40002014);
    expect(machine.cpu.mode.name).toBe("hyp");
    expect(describeHsr(get(machine, "HSR"))).toMatchObject({
      name: "hvc",
      fields: { imm16: 0x1234 },
    });
    expect(machine.cpu.state[SLOT.ELR_hyp]).toBe(CODE + 4);
    machine.load(0x40002014, assemble("eret", { base: 0x40002014 }).bytes);
    machine.run(1);
    expect(pc(machine)).toBe(CODE + 4);
    expect(machine.cpu.mode.name).toBe("svc");
  });
  test("HVC from HYP mode goes to HVBAR + 0x08; from User mode it is UNDEFINED", () => {
    const hyp = machineWith("hvc #0", MODE.hyp.encoding);
    hyp.run(1);
    expect(pc(hyp)).toBe(0x40002008);
    const user = machineWith("hvc #0", MODE.usr.encoding);
    user.run(1);
    expect(pc(user)).toBe(0x40001004);
    expect(user.cpu.mode.name).toBe("und");
  });
  test("an UNDEFINED word in SVC banks LR and SPSR of und mode and masks IRQs alone", () => {
    const machine = machineWith("udf #0");
    machine.cpu.setCpsr(MODE.svc.encoding);
    machine.run(1);
    expect(machine.cpu.state[registerSlot(14, MODE.und)]! >>> 0).toBe(CODE + 4);
    expect(machine.cpu.state[spsrSlot(MODE.und)!]! & 31).toBe(MODE.svc.encoding);
    expect([
      machine.cpu.state[SLOT.I],
      machine.cpu.state[SLOT.A],
      machine.cpu.state[SLOT.F],
    ]).toEqual([1, 0, 0]);
  });
  test("with HCR.TGE an SVC of User mode is taken to HYP mode", () => {
    const machine = machineWith("svc #5", MODE.usr.encoding);
    set(machine, "HCR", 1 << 27);
    machine.run(1);
    expect(pc(machine)).toBe(0x40002014);
    expect(describeHsr(get(machine, "HSR")).name).toBe("svc");
  });
  test("HCR.TVM traps a write of TTBR0 with its whole syndrome", () => {
    const machine = machineWith("mcr p15, 0, r3, c2, c0, 0");
    set(machine, "HCR", 1 << 26);
    machine.run(1);
    expect(describeHsr(get(machine, "HSR"))).toMatchObject({
      name: "mcrCp15",
      fields: { Rt: 3, CRn: 2, CRm: 0, Direction: 0 },
    });
    expect(machine.cpu.state[SLOT.ELR_hyp]).toBe(CODE);
  });
  test("a load from where nothing is aborts to HYP mode when HYP mode made it", () => {
    const machine = machineWith("mov r1, #0\nldr r0, [r1]", MODE.hyp.encoding);
    machine.run(2);
    expect(pc(machine)).toBe(0x40002010);
    expect(get(machine, "HDFAR")).toBe(0);
    expect(describeHsr(get(machine, "HSR")).name).toBe("dataAbortSame");
  });
});

describe("translation", () => {
  /** Short-descriptor sections: RAM flat, and 0x50000000 to RAM with an AP. */
  const shortTables = (machine: Machine, ap: number): void => {
    machine.memory.write32(0x40010000 + (BASE >>> 20) * 4, BASE | 0xc0e);
    machine.memory.write32(0x40010000 + (0x50000000 >>> 20) * 4, 0x40100000 | (ap << 10) | 0xe);
    set(machine, "TTBR0", 0x40010000);
    set(machine, "DACR", 1);
    set(machine, "SCTLR", machine.cpu.state[systemSlot("SCTLR")]! | 1);
  };
  test("a section maps, and a write to read-only memory is a permission fault in DFSR", () => {
    const machine = machineWith("ldr r0, [r1]\nstr r0, [r1]");
    shortTables(machine, 0);
    // AP[2] makes it read-only at PL1.
    machine.memory.write32(
      0x40010000 + (0x50000000 >>> 20) * 4,
      0x40100000 | (1 << 15) | (1 << 10) | 0xe,
    );
    machine.memory.write32(0x40100000, 0x12345678);
    machine.cpu.setRegister(1, 0x50000000);
    machine.cpu.flushTlb();
    machine.run(1);
    expect(machine.cpu.register(0)).toBe(0x12345678);
    machine.run(1);
    expect(pc(machine)).toBe(0x40001010);
    expect(get(machine, "DFSR") & 0x40f).toBe(0xd);
    expect((get(machine, "DFSR") >>> 11) & 1).toBe(1);
    expect(get(machine, "DFAR")).toBe(0x50000000);
  });
  test("stage 2 faults go to HYP mode with the IPA in HPFAR and a valid ISS", () => {
    const machine = machineWith("strb r7, [r1]");
    // VTCR: 32-bit input, start at level 1; one block maps the GiB of RAM.
    machine.memory.write32(
      0x40020000 + (BASE / 2 ** 30) * 8,
      BASE | (1 << 10) | (3 << 6) | (0xf << 2) | 1,
    );
    set(machine, "VTTBR", 0x40020000);
    set(machine, "VTCR", 0x80000040);
    set(machine, "HCR", 1);
    machine.cpu.setRegister(1, 0x81234567);
    machine.run(1);
    expect(pc(machine)).toBe(0x40002014);
    const hsr = describeHsr(get(machine, "HSR"));
    expect(hsr).toMatchObject({
      name: "dataAbortLower",
      fields: { ISV: 1, SAS: 0, SRT: 7, WnR: 1 },
    });
    expect(get(machine, "HPFAR")).toBe((0x81234 << 4) >>> 0);
    expect(get(machine, "HDFAR")).toBe(0x81234567);
  });
  test("an unaligned word is loaded from normal memory and faults when SCTLR.A is set", () => {
    const machine = machineWith("ldr r0, [r1]\nldr r0, [r1]");
    shortTables(machine, 3);
    machine.memory.write32(0x40030000, 0x44332211);
    machine.memory.write32(0x40030004, 0x88776655 | 0);
    machine.cpu.setRegister(1, 0x40030001);
    machine.run(1);
    expect(machine.cpu.register(0) >>> 0).toBe(0x55443322);
    set(machine, "SCTLR", machine.cpu.state[systemSlot("SCTLR")]! | 2);
    machine.run(1);
    expect(pc(machine)).toBe(0x40001010);
    expect(get(machine, "DFSR") & 0x40f).toBe(1);
  });
});

describe("snapshots", () => {
  test("restore brings back registers and exactly the pages that were written", () => {
    const machine = machineWith("str r0, [r1]\nstr r0, [r1, #4]\nstay: b stay");
    machine.cpu.setRegister(0, 0x1234);
    machine.cpu.setRegister(1, 0x40030ffc);
    machine.snapshot();
    for (let round = 0; round < 3; round++) {
      machine.run(2);
      expect(machine.memory.dirtyCount).toBe(2);
      expect(machine.memory.changes(8).map((c) => c.address)).toEqual([0x40030ffc, 0x40031000]);
      machine.restore();
      expect(machine.memory.dirtyCount).toBe(0);
      expect(machine.memory.read32(0x40030ffc)).toBe(0);
      expect(pc(machine)).toBe(CODE);
    }
  });
  test("a store that the fast path could take after a restore is logged again", () => {
    const machine = machineWith("loop: str r0, [r1]\nb loop");
    machine.cpu.setRegister(1, 0x40030000);
    machine.cpu.setRegister(0, 7);
    machine.snapshot();
    machine.run(100);
    machine.restore();
    machine.run(100);
    expect(machine.memory.dirtyCount).toBe(1);
    machine.restore();
    expect(machine.memory.read32(0x40030000)).toBe(0);
  });
  test("code that is overwritten is translated anew", () => {
    const machine = machineWith("mov r0, #1\nb . - 4");
    machine.run(20);
    expect(machine.cpu.register(0)).toBe(1);
    machine.load(CODE, assemble("mov r0, #2", { base: CODE }).bytes);
    machine.run(20);
    expect(machine.cpu.register(0)).toBe(2);
  });
  test("a program that writes its own code runs what it wrote", () => {
    const machine = machineWith(
      "ldr r0, =0xe3a02007\nadr r1, there\nstr r0, [r1]\nisb\nthere: mov r2, #1\nstay: b stay",
    );
    machine.run(6);
    expect(machine.cpu.register(2)).toBe(7);
  });
});

test("VMRS is UNDEFINED until CPACR gives access, then reads the unit's identity", () => {
  const off = machineWith("vmrs r0, mvfr0");
  off.run(1);
  expect(pc(off)).toBe(0x40001004);
  const on = machineWith("vmrs r0, mvfr0\nvmrs r1, fpscr");
  set(on, "CPACR", 0xf << 20);
  set(on, "HCPTR", 0);
  on.run(1);
  expect(on.cpu.register(0)).toBe(0x10110222);
  // FPSCR needs FPEXC.EN as well.
  on.run(1);
  expect(pc(on)).toBe(0x40001004);
});

test("the instruction count is exact whatever the budget is cut into", () => {
  const run = (steps: readonly number[]): number[] => {
    const machine = machineWith("loop: add r0, r0, #1\ncmp r0, #5\nmoveq r0, #0\nb loop");
    const ran = steps.map((n) => machine.run(n));
    return [ran.reduce((a, b) => a + b, 0), pc(machine), machine.cpu.register(0)];
  };
  expect(run([1000])).toEqual(run(Array.from({ length: 1000 }, () => 1)));
  expect(run([1000])).toEqual(run([7, 13, 980]));
});

test("after a stop in the middle of a long run the next run keeps to its own limit, from a snapshot too", () => {
  const machine = machineWith("loop: add r0, r0, #1\nsmc #1\nb loop");
  machine.cpu.firmware = (cpu) => {
    cpu.halt({ reason: "firmware", what: "asked for" });
    return true;
  };
  machine.run(1_000_000);
  machine.snapshot();
  for (let n = 0; n < 2; n++) {
    machine.restore();
    machine.cpu.stopped = undefined;
    machine.cpu.firmware = () => true;
    expect(machine.run(1)).toBe(1);
    expect(machine.run(4)).toBe(4);
  }
});
test("a machine that cannot be is refused with what was expected", () => {
  expect(() => new Machine({ ram: [{ base: 1, size: 4096 }] })).toThrow(MachineError);
  expect(() => new Machine({ ram: [{ base: 0, size: 4096 }], cpus: 9 })).toThrow(/1 to 8/);
});
