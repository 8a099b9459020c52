import { describe, expect, test } from "vitest";
import { SLOT, systemSlot } from "../arch/index.js";
import { assemble } from "../isa/index.js";
import type { BusDevice, DeviceState, Device } from "./bus.js";
import { HALTED, Machine, type MachineOptions } from "./index.js";
import { MachineClock } from "./machine-clock.js";

const CODE = 0x40008000;
const DEVICE = 0x09000000;
/** A device that keeps when it was accessed. */
class Recorder implements Device {
  readonly name = "recorder";
  readonly base = DEVICE;
  readonly size = 0x1000;
  times: number[] = [];
  written: (offset: number, value: number) => void = () => {};
  readonly #machine: Machine;
  constructor(machine: Machine) {
    this.#machine = machine;
  }
  read(): number {
    this.times.push(this.#machine.clock.now);
    return 0;
  }
  write(offset: number, _size: 1 | 2 | 4, value: number): void {
    this.times.push(this.#machine.clock.now);
    this.written(offset, value);
  }
  reset(): void {
    this.times = [];
  }
  save(): DeviceState {
    return this.times.slice();
  }
  restore(state: DeviceState): void {
    this.times = (state as readonly number[]).slice();
  }
}
/** Code at CODE for CPU 0 and, at 0x1000 for each number above, the others. */
const machineWith = (
  sources: readonly string[],
  options: Partial<MachineOptions> = {},
): { machine: Machine; device: Recorder } => {
  const machine = new Machine({
    ram: [{ base: 0x40000000, size: 0x200000 }],
    cpus: sources.length,
    ...options,
  });
  const device = new Recorder(machine);
  machine.attach(device);
  sources.forEach((source, i) => {
    const at = CODE + i * 0x1000;
    machine.load(at, assemble(source, { base: at }).bytes);
    const cpu = machine.cpus[i]!;
    cpu.powerOn({ entry: at, context: 0, mode: "svc" });
    cpu.state[systemSlot("VBAR")] = 0x40001000;
    cpu.state[systemSlot("HVBAR")] = 0x40002000;
    cpu.setRegister(8, DEVICE);
    cpu.setRegister(9, 0x40100000);
  });
  return { machine, device };
};
const pc = (machine: Machine, cpu = 0): number => machine.cpus[cpu]!.state[SLOT.PC]! >>> 0;
const NOPS = (n: number): string => Array.from({ length: n }, () => "add r1, r1, #1").join("\n");

describe("the clock", () => {
  test("alarms ring in order of time, then of construction, and once", () => {
    const clock = new MachineClock();
    const rang: string[] = [];
    const a = clock.alarm(() => rang.push("a"));
    const b = clock.alarm(() => rang.push("b"));
    const c = clock.alarm(() => rang.push("c"));
    c.set(5);
    b.set(10);
    a.set(10);
    expect(clock.next).toBe(5);
    clock.moveTo(10);
    clock.ring();
    expect(rang).toEqual(["c", "a", "b"]);
    expect(clock.next).toBe(Infinity);
    expect(a.time).toBeUndefined();
  });
  test("an alarm that is set again from its own callback rings before anything else runs", () => {
    const clock = new MachineClock();
    let rang = 0;
    const a = clock.alarm(() => {
      if (++rang < 3) a.set(0);
    });
    a.set(4);
    clock.moveTo(4);
    clock.ring();
    expect(rang).toBe(3);
  });
  test("a device in the middle of a block sees the exact time, the first time and later", () => {
    const source = `again: ${NOPS(3)}\nldr r0, [r8]\n${NOPS(2)}\nstr r0, [r8, #4]\n${NOPS(5)}\nb again`;
    const { machine, device } = machineWith([source]);
    machine.run(39);
    expect(device.times).toEqual([4, 7, 17, 20, 30, 33]);
    expect(machine.instructions).toBe(39);
    expect(machine.cpu.register(1)).toBe(30);
  });
  test("the time that a device sees does not depend on how the run is cut", () => {
    const source = `again: ${NOPS(3)}\nldr r0, [r8]\n${NOPS(2)}\nstr r0, [r8, #4]\nbne again\nb again`;
    const whole = machineWith([source]);
    whole.machine.run(1000);
    for (const step of [1, 2, 3, 7, 48]) {
      const cut = machineWith([source]);
      for (let n = 0; n < 1000; n += step) cut.machine.run(Math.min(step, 1000 - n));
      expect(cut.device.times).toEqual(whole.device.times);
      expect(cut.machine.stateHash()).toBe(whole.machine.stateHash());
    }
  });
  test("a load of many registers from a device is done once", () => {
    const { machine, device } = machineWith([`add r1, r1, #1\nldm r8, {r2-r5}\n${NOPS(4)}`]);
    machine.run(6);
    expect(device.times).toEqual([2, 2, 2, 2]);
  });
  test("an alarm that a device sets rings before the exact instruction", () => {
    const { machine, device } = machineWith([`str r0, [r8]\n${NOPS(40)}\nhere: b here`]);
    let rang = -1;
    const alarm = machine.clock.alarm(() => {
      rang = machine.cpu.register(1);
      expect(machine.clock.now).toBe(12);
    });
    device.written = () => alarm.set(machine.clock.now + 11);
    machine.run(100);
    expect(rang).toBe(11);
  });
});

describe("interrupts", () => {
  test("an unmasked IRQ is taken before the instruction after the device access that raises it", () => {
    const { machine, device } = machineWith([`cpsie i\nstr r0, [r8]\n${NOPS(10)}`]);
    device.written = () => machine.cpu.interrupts.lines.irq.set(true);
    machine.run(3);
    expect(machine.cpu.mode.name).toBe("irq");
    expect(machine.cpu.register(14) - 4).toBe(CODE + 8);
    expect(machine.cpu.state[systemSlot("VBAR")]! + 0x18 + 4).toBe(pc(machine));
    expect(machine.cpu.register(1)).toBe(0);
  });
  test("a masked IRQ waits for the instruction that unmasks it", () => {
    const { machine } = machineWith([`${NOPS(3)}\ncpsie i\n${NOPS(10)}`]);
    machine.cpu.interrupts.lines.irq.set(true);
    machine.run(4);
    expect(machine.cpu.mode.name).toBe("svc");
    machine.run(1);
    expect(machine.cpu.mode.name).toBe("irq");
    expect(machine.cpu.register(14) - 4).toBe(CODE + 16);
  });
  test("with HCR.IMO a physical IRQ goes to HYP mode whatever CPSR.I says below it", () => {
    const { machine } = machineWith([NOPS(10)]);
    machine.cpu.state[systemSlot("HCR")] = 1 << 4;
    machine.cpu.interrupts.lines.irq.set(true);
    machine.run(0);
    machine.run(1);
    expect(machine.cpu.mode.name).toBe("hyp");
    expect(machine.cpu.state[SLOT.ELR_hyp]).toBe(CODE);
    expect(pc(machine)).toBe(0x40002018 + 4);
  });
  test("HCR.VI is a virtual IRQ where HCR.IMO is set, and is masked by CPSR.I", () => {
    const { machine } = machineWith([`${NOPS(2)}\ncpsie i\n${NOPS(10)}`]);
    machine.cpu.state[systemSlot("HCR")] = (1 << 4) | (1 << 7);
    machine.run(4);
    expect(machine.cpu.mode.name).toBe("irq");
    expect(machine.cpu.register(14) - 4).toBe(CODE + 12);
    const without = machineWith([`${NOPS(2)}\ncpsie i\n${NOPS(10)}`]).machine;
    without.cpu.state[systemSlot("HCR")] = 1 << 7;
    without.run(4);
    expect(without.cpu.mode.name).toBe("svc");
  });
  test("HCR.VA is taken as an asynchronous abort and is then clear", () => {
    const { machine } = machineWith([`cpsie a\n${NOPS(10)}`]);
    machine.cpu.state[systemSlot("HCR")] = (1 << 5) | (1 << 8);
    machine.run(2);
    expect(machine.cpu.mode.name).toBe("abt");
    expect(machine.cpu.state[systemSlot("HCR")]).toBe(1 << 5);
    expect(machine.cpu.state[systemSlot("DFSR")]! & 0x40f).toBe(0x406);
    expect(machine.cpu.register(14) - 8).toBe(CODE + 4);
  });
  test("ISR tells of the physical interrupts, or at PL1 of the virtual ones", () => {
    const { machine } = machineWith([`mrc p15, 0, r0, c12, c1, 0\nmrc p15, 0, r1, c12, c1, 0`]);
    machine.cpu.interrupts.lines.fiq.set(true);
    machine.run(1);
    expect(machine.cpu.register(0)).toBe(1 << 6);
    machine.cpu.interrupts.lines.fiq.set(false);
    machine.cpu.state[systemSlot("HCR")] = (1 << 4) | (1 << 7);
    machine.run(1);
    expect(machine.cpu.register(1)).toBe(1 << 7);
  });
});

describe("standby", () => {
  test("a masked interrupt ends WFI, and the next instruction runs", () => {
    const { machine } = machineWith([`wfi\n${NOPS(3)}\nhere: b here`]);
    const alarm = machine.clock.alarm(() => machine.cpu.interrupts.lines.irq.set(true));
    alarm.set(5000);
    expect(machine.run(5003)).toBe(5003);
    expect(machine.cpu.mode.name).toBe("svc");
    expect(machine.cpu.register(1)).toBe(3);
  });
  test("a wait that nothing will end is a stop by name, and an interrupt from outside ends it", () => {
    const { machine } = machineWith([`add r1, r1, #1\nwfi\n${NOPS(3)}\nhere: b here`]);
    expect(machine.run(1000)).toBe(2);
    expect(machine.stopped).toEqual({ reason: "waiting", what: "CPU 0: WFI", cpu: 0 });
    expect(machine.cpu.stopped).toMatchObject({ reason: "halted", what: "WFI" });
    machine.cpu.interrupts.lines.irq.set(true);
    expect(machine.stopped).toBeUndefined();
    machine.run(3);
    expect(machine.cpu.register(1)).toBe(4);
  });
  test("SEV wakes the other CPUs and is kept for the next WFE of its own", () => {
    const { machine } = machineWith([
      `${NOPS(40)}\nsev\nwfe\nadd r2, r2, #1\nwfe\nhere: b here`,
      `wfe\nadd r2, r2, #1\nhere: b here`,
    ]);
    machine.run(3000);
    expect(machine.cpus[0]!.register(2)).toBe(1);
    expect(machine.cpus[1]!.register(2)).toBe(1);
    expect(machine.cpus[0]!.state[SLOT.halted]).toBe(HALTED.wfe);
  });
  test("the event stream of CNTKCTL ends WFE at the counter's transition", () => {
    // EVNTEN, EVNTI 4: bit 4 rises at tick 16 and every 32 ticks from there.
    const { machine } = machineWith([
      `mov r0, #0x44\nmcr p15, 0, r0, c14, c1, 0\nwfe\nmrrc p15, 0, r2, r3, c14\nwfe\nmrrc p15, 0, r4, r5, c14\nhere: b here`,
    ]);
    machine.run(2000);
    expect(machine.cpu.register(2)).toBe(16);
    expect(machine.cpu.register(4)).toBe(48);
  });
  test("another CPU's write to marked memory ends WFE", () => {
    const { machine } = machineWith([
      `ldrex r0, [r9]\nwfe\nadd r2, r2, #1\nhere: b here`,
      `${NOPS(30)}\nstr r1, [r9]\nwfi`,
    ]);
    machine.run(5000);
    expect(machine.cpus[0]!.register(2)).toBe(1);
  });
});

describe("rounds", () => {
  const count = `again: ldrex r0, [r9]\nadd r0, r0, #1\nstrex r2, r0, [r9]\ncmp r2, #0\nbne again\nadd r3, r3, #1\ncmp r3, #200\nbne again\nwfi`;
  test.each([1, 3, 17, 1000])(
    "exclusive increments of four CPUs all count, quantum %i",
    (quantum) => {
      for (const interleaveSeed of [undefined, 1, 99]) {
        const { machine } = machineWith([count, count, count, count], {
          quantum,
          ...(interleaveSeed === undefined ? {} : { interleaveSeed }),
        });
        machine.run(1_000_000);
        expect(machine.stopped?.reason).toBe("waiting");
        expect(machine.memory.read32(0x40100000)).toBe(800);
      }
    },
  );
  test("how often run is called makes no difference at multiples of the quantum", () => {
    const source = `again: ldr r0, [r9]\nadd r0, r0, r1\nadd r1, r1, #3\nstr r0, [r9]\nb again`;
    for (const interleaveSeed of [undefined, 5]) {
      const options = interleaveSeed === undefined ? {} : { interleaveSeed };
      const once = machineWith([source, source, source], { quantum: 100, ...options }).machine;
      const often = machineWith([source, source, source], { quantum: 100, ...options }).machine;
      once.run(3000);
      while (often.instructions < 3000) often.run(7);
      expect(often.instructions).toBe(3000);
      expect(often.stateHash()).toBe(once.stateHash());
    }
  });
  test("another seed is another interleave, the same seed the same", () => {
    const source = `again: ldr r0, [r9]\nadd r0, r0, r1\nadd r1, r1, #3\nstr r0, [r9]\nb again`;
    const end = (interleaveSeed: number): string => {
      const { machine } = machineWith([source, source], { quantum: 100, interleaveSeed });
      machine.run(3000);
      return machine.stateHash();
    };
    expect(end(1)).toBe(end(1));
    expect(end(1)).not.toBe(end(2));
  });
  test("a store of one CPU drops the code of another that runs it", () => {
    // CPU 1 loops at its own code until CPU 0 changes the branch to a NOP.
    const { machine } = machineWith([
      `again: add r5, r5, #1\ncmp r5, #1000\nbne again\nstr r6, [r7]\nwfi`,
      `loop: add r1, r1, #1\nb loop\nmov r2, #7\nwfi`,
    ]);
    const [a, b] = machine.cpus as [typeof machine.cpu, typeof machine.cpu];
    a.setRegister(6, 0xe1a00000);
    a.setRegister(7, CODE + 0x1004);
    machine.run(200_000);
    expect(b.register(2)).toBe(7);
  });
});

describe("timers", () => {
  test("CNTP raises its output when the count reaches the compare value, without a read in between", () => {
    const { machine } = machineWith([
      `mov r0, #100\nmcr p15, 0, r0, c14, c2, 0\nmov r0, #1\nmcr p15, 0, r0, c14, c2, 1\nhere: b here`,
    ]);
    const levels: [boolean, number][] = [];
    machine.cpu.timer.connect("CNTP", {
      set: (level) => levels.push([level, machine.clock.now]),
    });
    machine.run(10_000);
    expect(levels.filter(([level]) => level)).toEqual([[true, 1600]]);
  });
  test("IMASK and ENABLE lower the output, ISTATUS stays to be read", () => {
    const { machine } = machineWith([
      `mov r0, #3\nmcr p15, 0, r0, c14, c2, 1\nmrc p15, 0, r2, c14, c2, 1\nmov r0, #0\nmcr p15, 0, r0, c14, c2, 1\nmrc p15, 0, r3, c14, c2, 1`,
    ]);
    let level = false;
    machine.cpu.timer.connect("CNTP", { set: (l) => (level = l) });
    machine.run(6);
    expect(machine.cpu.register(2)).toBe(7);
    expect(machine.cpu.register(3)).toBe(0);
    expect(level).toBe(false);
  });
  test("the virtual count is the physical one less CNTVOFF, also below zero", () => {
    const { machine } = machineWith([`mrrc p15, 1, r2, r3, c14\nmrrc p15, 0, r4, r5, c14`]);
    const s = machine.cpu.state;
    s[systemSlot("CNTVOFF")] = 5;
    machine.run(2);
    expect(machine.cpu.register(2)).toBe(-5);
    expect(machine.cpu.register(3)).toBe(-1);
    expect(machine.cpu.register(4)).toBe(0);
    // Unsigned: the count is past every small compare value now.
    s[systemSlot("CNTV_CTL")] = 1;
    expect(machine.cpu.timer.control("CNTV")).toBe(5);
    expect(machine.cpu.timer.control("CNTP")).toBe(0);
  });
  test("a compare value that is never reached sets no alarm", () => {
    const { machine } = machineWith([`wfi`]);
    const s = machine.cpu.state;
    s[systemSlot("CNTP_CVAL")] = s[systemSlot("CNTP_CVAL_hi")] = -1;
    s[systemSlot("CNTP_CTL")] = 1;
    machine.cpu.timer.update("CNTP");
    machine.run(100);
    expect(machine.stopped?.reason).toBe("waiting");
  });
  test("PMCCNTR counts instructions, divides by 64 on demand and raises an interrupt as it wraps", () => {
    const { machine } = machineWith([
      // PMCNTENSET.C, PMINTENSET.C, PMCR.E
      `mov r0, #0x80000000\nmcr p15, 0, r0, c9, c12, 1\nmcr p15, 0, r0, c9, c14, 1\nmov r0, #1\nmcr p15, 0, r0, c9, c12, 0\n${NOPS(9)}\nmrc p15, 0, r2, c9, c13, 0\nmvn r3, #19\nmcr p15, 0, r3, c9, c13, 0\nhere: b here`,
    ]);
    const levels: [boolean, number][] = [];
    machine.cpu.monitor.connect({ set: (level) => levels.push([level, machine.clock.now]) });
    machine.run(100);
    expect(machine.cpu.register(2)).toBe(10);
    expect(levels.filter(([level]) => level)).toEqual([[true, 17 + 20]]);
    expect(machine.cpu.state[systemSlot("PMOVSSET")]).toBe(1 << 31);
  });
});

describe("snapshots", () => {
  const source = `mov r0, #50\nmcr p15, 0, r0, c14, c2, 0\nmov r0, #1\nmcr p15, 0, r0, c14, c2, 1\nagain: wfi\nldr r2, [r9]\nadd r2, r2, #1\nstr r2, [r9]\nstr r2, [r8]\nmov r0, #50\nmcr p15, 0, r0, c14, c2, 0\nb again`;
  const wired = (): { machine: Machine; device: Recorder } => {
    const made = machineWith([source, source], { quantum: 64 });
    for (const cpu of made.machine.cpus) cpu.timer.connect("CNTP", cpu.interrupts.lines.irq);
    return made;
  };
  test("a restored machine goes on as the first time, alarms, devices and waiting CPUs included", () => {
    const { machine, device } = wired();
    machine.run(6400);
    const at = machine.stateHash();
    machine.snapshot();
    machine.run(6400);
    const end = machine.stateHash();
    const times = device.times.length;
    for (let n = 0; n < 3; n++) {
      machine.restore();
      expect(machine.stateHash()).toBe(at);
      machine.run(6400);
      expect(machine.stateHash()).toBe(end);
      expect(device.times.length).toBe(times);
    }
  });
  test("what save gives goes on the same in a new machine", () => {
    const first = wired().machine;
    first.run(6400);
    const state = structuredClone(first.save()) as DeviceState;
    first.run(6400);
    const second = wired().machine;
    second.run(1000);
    second.restoreFrom(state);
    second.run(6400);
    expect(second.stateHash()).toBe(first.stateHash());
    expect(second.instructions).toBe(12_800);
  });
  test("state of another machine is refused by name", () => {
    const state = wired().machine.save();
    const other = machineWith([source]).machine;
    expect(() => other.restoreFrom(state)).toThrow(/expected "1 cortex-a15.*found "2 cortex-a15/);
    expect(() => other.restoreFrom(5)).toThrow(/named fields/);
  });
  test("the hash sees one changed word of RAM, and not that a page was touched", () => {
    const { machine } = wired();
    const before = machine.stateHash();
    machine.memory.write32(0x40123400, 0);
    expect(machine.stateHash()).toBe(before);
    machine.memory.write32(0x40123400, 1);
    expect(machine.stateHash()).not.toBe(before);
    machine.memory.write32(0x40123400, 0);
    expect(machine.stateHash()).toBe(before);
  });
});

test("code in RAM that a device writes is translated anew", () => {
  const { machine } = machineWith([`again: mov r2, #1\nstr r0, [r8]\nb again`]);
  const device = machine.devices[0] as Recorder;
  machine.run(30);
  device.written = () => machine.guestMemory.write(CODE, assemble("mov r2, #2").bytes);
  machine.run(10);
  expect(machine.cpu.register(2)).toBe(2);
});
test("a device on the bus alone needs no state", () => {
  const { machine } = machineWith(["ldr r0, [r9]"]);
  const plain: BusDevice = { name: "x", base: 0x0a000000, size: 4, read: () => 7, write: () => {} };
  machine.bus.attach(plain);
  machine.cpu.setRegister(9, 0x0a000000);
  machine.run(1);
  expect(machine.cpu.register(0)).toBe(7);
});
