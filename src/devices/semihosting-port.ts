/** Semihosting on a machine: which instruction calls, what memory the caller sees, what an exit does. */
import { SLOT } from "../arch/index.js";
import type { Cpu, Device, Machine } from "../machine/index.js";
import { Semihosting, type SemihostingMemory, type SemihostingOptions } from "./semihosting.js";

/** SVC immediates that call (release 2.0, 3.1). HLT is not an instruction of ARMv7. */
const A32_CALL = 0x123456;
const T32_CALL = 0xab;
const PAGE = 4096;
/** An address that no CPU can make: the object has a state but no registers. */
const NOWHERE = 2 ** 40;

export interface InstalledSemihosting {
  readonly calls: Semihosting;
  /** What the program ended with, undefined while it has not. */
  readonly exitStatus: () => number | undefined;
}

/** The caller's memory, translated as its own loads and stores are. RAM alone can be reached. */
class CallerMemory implements SemihostingMemory {
  readonly #machine: Machine;
  readonly #cpu: Cpu;
  constructor(machine: Machine, cpu: Cpu) {
    this.#machine = machine;
    this.#cpu = cpu;
  }
  /** Physical pieces of a range, none of which crosses a page; undefined when one is no RAM. */
  #pieces(address: number, size: number, access: "read" | "write"): [number, number][] | undefined {
    const pieces: [number, number][] = [];
    for (let done = 0; done < size;) {
      const at = (address + done) >>> 0;
      const length = Math.min(size - done, PAGE - (at % PAGE));
      const walk = this.#cpu.mmu.translate(at, access, this.#cpu.regime);
      if (walk.fault !== "none" || !this.#machine.guestMemory.holds(walk.address, length)) {
        return undefined;
      }
      pieces.push([walk.address, length]);
      done += length;
    }
    return pieces;
  }
  read(address: number, size: number): Uint8Array | undefined {
    const pieces = this.#pieces(address, size, "read");
    if (pieces === undefined) return undefined;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const [physical, length] of pieces) {
      bytes.set(this.#machine.guestMemory.read(physical, length), at);
      at += length;
    }
    return bytes;
  }
  write(address: number, data: Uint8Array): boolean {
    const pieces = this.#pieces(address, data.length, "write");
    if (pieces === undefined) return false;
    let at = 0;
    for (const [physical, length] of pieces) {
      this.#machine.guestMemory.write(physical, data.subarray(at, at + length));
      at += length;
    }
    return true;
  }
}

/** Answers semihosting calls of PL1 and HYP mode on all CPUs. An exit powers the machine off. */
export const installSemihosting = (
  machine: Machine,
  options: Omit<SemihostingOptions, "clock" | "exit">,
): InstalledSemihosting => {
  let exitStatus: number | undefined;
  let caller = machine.cpu;
  const calls = new Semihosting({
    ...options,
    clock: machine.clock,
    exit: (status) => {
      exitStatus = status;
      machine.power("off", caller);
    },
  });
  for (const cpu of machine.cpus) {
    const memory = new CallerMemory(machine, cpu);
    cpu.debuggerCall = (_cpu, immediate) => {
      if (immediate !== (cpu.state[SLOT.T] === 1 ? T32_CALL : A32_CALL)) return false;
      caller = cpu;
      cpu.setRegister(0, calls.call(cpu.register(0), cpu.register(1), memory));
      return true;
    };
  }
  const state: Device = {
    name: "semihosting",
    base: NOWHERE,
    size: 0,
    read: () => 0,
    write: () => undefined,
    reset: () => {
      exitStatus = undefined;
      calls.reset();
    },
    save: () => calls.save(),
    restore: (saved) => {
      exitStatus = undefined;
      calls.restore(saved);
    },
  };
  machine.attach(state);
  return { calls, exitStatus: () => exitStatus };
};
