/** A machine: CPUs, memory and bus under one deterministic clock. */
import { Interpreter } from "../engines/index.js";
import { PAGE_SIZE, STATE_WORDS } from "../ir/index.js";
import type { CpuModel } from "../arch/index.js";
import type { UnpredictablePolicy } from "../isa/index.js";
import { Bus } from "./bus.js";
import { Cpu } from "./cpu.js";
import { MachineError } from "./errors.js";
import { PhysicalMemory, type RamBank } from "./physical-memory.js";

export interface MachineOptions {
  readonly ram: readonly RamBank[];
  readonly cpus?: number;
  readonly model?: CpuModel;
  readonly policy?: UnpredictablePolicy;
  /** False hides the Virtualization Extensions and starts in SVC. */
  readonly hyp?: boolean;
}

/** Instructions per tick of the system counter: 1 GHz of instructions under a 62.5 MHz counter. */
const INSTRUCTIONS_PER_TICK = 16;

export class Machine {
  readonly memory: PhysicalMemory;
  readonly bus = new Bus();
  readonly engine: Interpreter;
  readonly cpus: readonly Cpu[];
  /** Instructions that all CPUs ran since reset: the machine's only clock. */
  instructions = 0;
  #saved: { state: Int32Array[]; instructions: number } | undefined;

  /** Throws MachineError for RAM that is not page-aligned or too large. */
  constructor(options: MachineOptions) {
    const count = options.cpus ?? 1;
    if (!Number.isInteger(count) || count < 1 || count > 8) {
      throw new MachineError("machine/configuration", `${count} CPUs; this machine has 1 to 8`);
    }
    this.memory = new PhysicalMemory(options.ram, count);
    this.engine = new Interpreter(this.memory.bytes.buffer, this.memory.regions);
    const cpuOptions = {
      model: options.model ?? "cortex-a15",
      policy: options.policy ?? "cortex-a15",
      hyp: options.hyp ?? true,
    } as const;
    this.cpus = Array.from(
      { length: count },
      (_, i) => new Cpu(i, cpuOptions, this.memory, this.bus, this.engine),
    );
    for (const cpu of this.cpus)
      cpu.counter = () => BigInt(Math.floor(this.instructions / INSTRUCTIONS_PER_TICK));
  }

  /** The boot CPU. */
  get cpu(): Cpu {
    return this.cpus[0]!;
  }

  /** Runs the boot CPU for at most `limit` instructions; gives the number that ran. */
  run(limit: number): number {
    const ran = this.cpu.run(limit);
    this.instructions += ran;
    return ran;
  }

  /** Writes guest memory from outside: logged as dirty, code made from it is dropped. */
  load(address: number, data: Uint8Array): void {
    this.memory.write(address, data);
    const last = Math.floor((address + data.length - 1) / PAGE_SIZE);
    for (let page = Math.floor(address / PAGE_SIZE); page <= last; page++)
      this.engine.cache.invalidatePage(page);
    for (const cpu of this.cpus) cpu.flushTlb();
  }

  /** Remembers the whole state; restore comes back to it as often as wanted. One at a time. */
  snapshot(): void {
    this.#saved = {
      state: this.cpus.map((cpu) => cpu.state.slice(0, STATE_WORDS)),
      instructions: this.instructions,
    };
    this.memory.beginSnapshot();
    for (const cpu of this.cpus) {
      cpu.flushWriteEntries();
      cpu.translationChanged = false;
    }
  }
  /** Back to the snapshot: registers, and the pages that were written since. */
  restore(): void {
    const saved = this.#saved;
    if (saved === undefined)
      throw new MachineError("machine/snapshot", "restore without a snapshot; take one first");
    const { memory } = this;
    for (let n = 0; n < memory.dirtyCount; n++) {
      const page = Math.floor(memory.addressOf(memory.dirtyOffset(n)) / PAGE_SIZE);
      if (this.engine.cache.hasCode(page)) this.engine.cache.invalidatePage(page);
    }
    memory.restore();
    for (let i = 0; i < this.cpus.length; i++) {
      const cpu = this.cpus[i]!;
      cpu.state.set(saved.state[i]!);
      cpu.stopped = undefined;
      if (cpu.translationChanged) {
        cpu.flushTlb();
        cpu.translationChanged = false;
      } else cpu.flushWriteEntries();
    }
    this.instructions = saved.instructions;
  }
  /** The state words that the snapshot holds for a CPU. */
  savedState(cpu: number): Int32Array {
    if (this.#saved === undefined)
      throw new MachineError("machine/snapshot", "no snapshot was taken");
    return this.#saved.state[cpu]!;
  }
}
