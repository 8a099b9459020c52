/**
 * Semihosting of a machine: the calls of its CPUs, with memory as the caller addresses it. It answers to
 * nothing on the bus; it is a device so that snapshots and hashes hold what the program has open.
 */
import type { Cpu, Device, DeviceState, Machine } from "../machine/index.js";
import { Semihosting, type SemihostingMemory, type SemihostingOptions } from "./semihosting.js";

/** Smallest page: a translation holds for the rest of it. */
const PAGE = 4096;

export class SemihostingPort implements Device {
  readonly name = "semihosting";
  readonly base = 0;
  readonly size = 0;
  readonly host: Semihosting;
  readonly #machine: Machine;

  constructor(machine: Machine, options: Omit<SemihostingOptions, "clock" | "exit">) {
    this.#machine = machine;
    this.host = new Semihosting({
      ...options,
      clock: machine.clock,
      exit: (status) => machine.power("off", machine.cpus[machine.bus.current]!, status),
    });
  }
  /** Becomes the debugger of all CPUs. */
  install(): void {
    for (const cpu of this.#machine.cpus) {
      const memory = this.#memoryOf(cpu);
      cpu.debugAgent = () => {
        // Whoever asks the bus which CPU is at work is told of this one.
        this.#machine.bus.current = cpu.index;
        cpu.setRegister(0, this.host.call(cpu.register(0), cpu.register(1), memory));
      };
    }
  }
  /** What the program ended with; undefined while it has not. */
  exitStatus(): number | undefined {
    return this.#machine.stopped?.exitStatus;
  }
  read(): number {
    return 0;
  }
  write(): void {}
  reset(): void {
    this.host.reset();
  }
  save(): DeviceState {
    return this.host.save();
  }
  restore(state: DeviceState): void {
    this.host.restore(state);
  }

  #memoryOf(cpu: Cpu): SemihostingMemory {
    const { guestMemory } = this.#machine;
    return {
      read: (address, size) => {
        const stretches = physical(cpu, "read", address, size);
        if (stretches === undefined) return undefined;
        const bytes = new Uint8Array(size);
        for (const { at, from, length } of stretches) {
          if (!guestMemory.holds(at, length)) return undefined;
          bytes.set(guestMemory.read(at, length), from);
        }
        return bytes;
      },
      write: (address, data) => {
        const stretches = physical(cpu, "write", address, data.length);
        if (stretches?.every(({ at, length }) => guestMemory.holds(at, length)) !== true)
          return false;
        for (const { at, from, length } of stretches)
          guestMemory.write(at, data.subarray(from, from + length));
        return true;
      },
    };
  }
}

interface Stretch {
  /** Physical address. */
  readonly at: number;
  /** Offset from the first byte. */
  readonly from: number;
  readonly length: number;
}
/** Where bytes lie, page by page; undefined when the caller could not access all of them. */
const physical = (
  cpu: Cpu,
  access: "read" | "write",
  address: number,
  size: number,
): Stretch[] | undefined => {
  const stretches: Stretch[] = [];
  for (let from = 0; from < size;) {
    const va = address + from;
    if (va > 0xffffffff) return undefined;
    const walk = cpu.mmu.translate(va, access, cpu.regime);
    if (walk.fault !== "none") return undefined;
    const length = Math.min(size - from, PAGE - (va % PAGE));
    stretches.push({ at: walk.address, from, length });
    from += length;
  }
  return stretches;
};
