/** A machine: CPUs, memory, bus and devices under one deterministic clock. */
import type { CpuModel } from "../arch/index.js";
import { Interpreter, WasmTier, type KeptCode, type TierOptions } from "../engines/index.js";
import { PAGE_SIZE, STATE_WORDS, type Optimisation } from "../ir/index.js";
import type { UnpredictablePolicy } from "../isa/index.js";
import { Bus } from "./bus.js";
import type { Device, DeviceState, GuestMemory } from "./bus.js";
import type { Clock } from "./clock.js";
import { Cpu } from "./cpu.js";
import type { CpuOptions } from "./cpu-options.js";
import type { Stop } from "./stop.js";
import { MachineError } from "./errors.js";
import { MachineClock } from "./machine-clock.js";
import { hashMachine, loadMachine, saveMachine, type BringPages } from "./machine-state.js";
import { PhysicalMemory, type RamBank } from "./physical-memory.js";
import { Scheduler, type SchedulerState } from "./scheduler.js";

export interface MachineOptions {
  readonly ram: readonly RamBank[];
  /** 1 to 8; all but the first start powered off. */
  readonly cpus?: number;
  readonly model?: CpuModel;
  readonly policy?: UnpredictablePolicy;
  /** False hides the Virtualization Extensions and starts in SVC. */
  readonly hyp?: boolean;
  /** Instructions that a CPU runs before the next one's turn; 1000 when absent. */
  readonly quantum?: number;
  /** Chooses another interleave of the CPUs: order and length of turns. */
  readonly interleaveSeed?: number;
  /** What runs the code: a matter of speed alone. The interpreter when absent. */
  readonly engine?: EngineChoice;
  /** Rules that the optimiser of compiled code uses; all when absent. They change speed alone. */
  readonly optimisations?: ReadonlySet<Optimisation>;
}
/**
 * "wasm" compiles what runs more than a few times, "auto" what is worth it. TierOptions say when and how much
 * at once.
 */
export type EngineChoice = EngineName | TierOptions;
export const ENGINE_NAMES = ["interpreter", "wasm", "auto"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
const TIERS: Readonly<Record<"wasm" | "auto", TierOptions>> = {
  wasm: { threshold: 160, batch: 16 },
  auto: { threshold: 250_000, batch: 64 },
};
/** Why `run` came back before its limit. */
export interface MachineStop {
  /**
   * "waiting": all CPUs wait, and nothing is set that would ever wake one. "off" and "reset": a power
   * controller said so. The others are a CPU's.
   */
  readonly reason: "waiting" | "off" | "reset" | Stop["reason"];
  readonly what: string;
  /** What the program that ran said of itself at its end: 0 for success. Semihosting alone brings it. */
  readonly exitStatus?: number;
  /** The CPU that stopped; the first one where it concerns all. */
  readonly cpu: number;
}

const QUANTUM = 1000;

interface Saved {
  readonly state: Int32Array[];
  readonly monitors: [number, number][];
  readonly standby: number[];
  readonly clock: number[];
  readonly scheduler: SchedulerState;
  readonly devices: DeviceState[];
}

export class Machine {
  readonly options: MachineOptions;
  readonly memory: PhysicalMemory;
  readonly bus = new Bus();
  readonly engine: Interpreter;
  readonly cpus: readonly Cpu[];
  readonly scheduler: Scheduler;
  readonly #tier: WasmTier | undefined;
  readonly #clock = new MachineClock();
  readonly #devices: Device[] = [];
  #power:
    | { readonly reason: "off" | "reset"; readonly cpu: number; readonly exitStatus?: number }
    | undefined;
  #saved: Saved | undefined;

  /** Throws MachineError for RAM that is not page-aligned or too large, and for options out of range. */
  constructor(options: MachineOptions) {
    this.options = options;
    const count = options.cpus ?? 1;
    if (!Number.isInteger(count) || count < 1 || count > 8) {
      throw new MachineError("machine/configuration", `${count} CPUs; this machine has 1 to 8`);
    }
    const quantum = options.quantum ?? QUANTUM;
    if (!Number.isInteger(quantum) || quantum < 1 || quantum > 1e9) {
      throw new MachineError(
        "machine/configuration",
        `quantum ${quantum}; it is a number of instructions from 1 to 1000000000`,
      );
    }
    this.memory = new PhysicalMemory(options.ram, count);
    this.engine = new Interpreter(this.memory.shared, this.memory.regions);
    const choice = options.engine ?? "interpreter";
    if (choice !== "interpreter") {
      const { optimisations } = options;
      const tier = {
        ...(typeof choice === "string" ? TIERS[choice] : choice),
        ...(optimisations !== undefined && { optimisations }),
      };
      this.#tier = WasmTier.attach(this.engine, this.memory.shared, tier);
    }
    const cpuOptions: CpuOptions = {
      model: options.model ?? "cortex-a15",
      policy: options.policy ?? "cortex-a15",
      hyp: options.hyp ?? true,
    };
    const cpus: Cpu[] = [];
    const around = {
      memory: this.memory,
      bus: this.bus,
      engine: this.engine,
      clock: this.#clock,
      cpus,
    };
    for (let i = 0; i < count; i++) cpus.push(new Cpu(i, cpuOptions, around));
    this.cpus = cpus;
    this.scheduler = new Scheduler(cpus, this.#clock, {
      quantum,
      interleaveSeed: options.interleaveSeed,
    });
    for (const cpu of cpus.slice(1)) cpu.powerOff();
  }

  /** What compiled code did, by what it did: empty for the interpreter alone. */
  get engineStatistics(): ReadonlyMap<string, number> {
    return this.#tier?.statistics ?? new Map();
  }
  /** The boot CPU. */
  get cpu(): Cpu {
    return this.cpus[0]!;
  }
  /** What devices take as their time. */
  get clock(): Clock {
    return this.#clock;
  }
  /** Instructions since reset: the machine's only clock. CPUs run side by side, so it is not their sum. */
  get instructions(): number {
    return this.#clock.now;
  }
  /** Number of the CPU that runs: whoever accesses a device. */
  get current(): number {
    return this.scheduler.current;
  }
  /** Devices in the order in which they were attached. */
  get devices(): readonly Device[] {
    return this.#devices;
  }
  /** RAM as devices see it. */
  readonly guestMemory: GuestMemory = {
    holds: (address, size) => this.memory.holds(address, size),
    read: (address, size) => this.memory.read(address, size).slice(),
    write: (address, data) => this.#write(address, data),
  };

  /** Puts a device on the bus, and into reset, snapshots and hashes. Names must differ. */
  attach(device: Device): void {
    if (this.#devices.some((d) => d.name === device.name)) {
      throw new MachineError("machine/configuration", `two devices are named ${device.name}`);
    }
    this.bus.attach(device);
    this.#devices.push(device);
  }

  /** Cold reset of CPUs, devices and time; secondaries are off. RAM keeps its contents, alarms ring no more. */
  reset(): void {
    this.#clock.reset();
    this.reboot();
  }
  /** A reset while the machine is on: as `reset`, but time goes on. Only while nothing runs. */
  reboot(): void {
    this.#power = undefined;
    this.#clock.forgetAlarms();
    this.scheduler.reset();
    for (const cpu of this.cpus) cpu.reset();
    for (const cpu of this.cpus.slice(1)) cpu.powerOff();
    for (const device of this.#devices) device.reset();
  }

  /**
   * Runs for `limit` instructions, or until something stops it: see `stopped`. Gives how far the time went:
   * with several CPUs that run it ends at the end of a round, up to a quantum later. One CPU alone runs
   * `limit` at most.
   */
  run(limit: number): number {
    const from = this.#clock.now;
    for (const cpu of this.cpus) if (cpu.standby.waitsForEver) cpu.stopped = undefined;
    if (this.#power === undefined) this.scheduler.run(from + limit);
    // The round is over where the power went: how far it was to go says nothing of the machine.
    if (this.#power !== undefined) this.scheduler.reset();
    return this.#clock.now - from;
  }
  /** Why the last run came back before its limit; undefined when it did not. */
  get stopped(): MachineStop | undefined {
    if (this.#power !== undefined) {
      const { reason, exitStatus } = this.#power;
      const what = reason === "off" ? "powered off" : "reset asked for";
      if (exitStatus === undefined) return { ...this.#power, what };
      return { ...this.#power, what: `the program ended with status ${exitStatus}` };
    }
    const cpu = this.cpus.find((c) => c.stopped !== undefined);
    if (cpu === undefined) return undefined;
    if (!cpu.standby.waitsForEver) return { ...cpu.stopped!, cpu: cpu.index };
    const what = this.cpus.map((c) => `CPU ${c.index}: ${c.stopped!.what}`).join(", ");
    return { reason: "waiting", what, cpu: cpu.index };
  }
  /** A power controller's request: the run ends after the present instruction and does not go on. */
  power(reason: "off" | "reset", by: Cpu, exitStatus?: number): void {
    this.#power = { reason, cpu: by.index, ...(exitStatus !== undefined && { exitStatus }) };
    by.halt({ reason: "firmware", what: reason === "off" ? "system off" : "system reset" });
  }

  /** Writes guest memory from outside: logged as dirty, code made from it is dropped. */
  load(address: number, data: Uint8Array): void {
    this.#write(address, data);
    for (const cpu of this.cpus) cpu.flushTlb();
  }
  /** Shows a bank of flash to loads and code, or hides it: they then go to its device, or abort. */
  showFlash(base: number, shown: boolean): void {
    this.memory.show(base, shown);
    for (const cpu of this.cpus) cpu.flushTlb();
  }
  #write(address: number, data: Uint8Array): void {
    this.memory.write(address, data);
    if (data.length === 0) return;
    const last = Math.floor((address + data.length - 1) / PAGE_SIZE);
    for (let page = Math.floor(address / PAGE_SIZE); page <= last; page++)
      if (this.engine.cache.hasCode(page)) this.engine.cache.invalidatePage(page);
  }

  // ---- snapshots ----------------------------------------------------------------------------------

  /** Remembers the whole state; restore comes back to it as often as wanted. One at a time. */
  snapshot(): void {
    this.#saved = {
      state: this.cpus.map((cpu) => cpu.state.slice(0, STATE_WORDS)),
      monitors: this.cpus.map((cpu) => cpu.monitor.save()),
      standby: this.cpus.map((cpu) => cpu.standby.save()),
      clock: this.#clock.save(),
      scheduler: this.scheduler.save(),
      devices: this.#devices.map((device) => device.save()),
    };
    this.memory.beginSnapshot();
    for (const cpu of this.cpus) {
      cpu.tlb.flushWrites();
      cpu.tlb.changed = false;
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
    this.#power = undefined;
    // Lines and alarms that devices touch on the way are put right after them.
    this.#clock.restore(saved.clock);
    for (let i = 0; i < saved.devices.length; i++) this.#devices[i]!.restore(saved.devices[i]!);
    if (saved.devices.length > 0) this.#clock.restore(saved.clock);
    for (let i = 0; i < this.cpus.length; i++) {
      const cpu = this.cpus[i]!;
      cpu.state.set(saved.state[i]!);
      cpu.stopped = undefined;
      cpu.exceptions.reset();
      cpu.monitor.restore(saved.monitors[i]!);
      cpu.standby.restore(saved.standby[i]!);
      if (cpu.tlb.changed) {
        cpu.flushTlb();
        cpu.tlb.changed = false;
      } else cpu.tlb.flushWrites();
    }
    this.scheduler.restore(saved.scheduler);
  }
  /** Forgets the snapshot: stores to memory cost no copies of pages any more. */
  forgetSnapshot(): void {
    this.#saved = undefined;
    this.memory.endSnapshot();
  }
  /** The state words that the snapshot holds for a CPU. */
  savedState(cpu: number): Int32Array {
    if (this.#saved === undefined)
      throw new MachineError("machine/snapshot", "no snapshot was taken");
    return this.#saved.state[cpu]!;
  }

  /** The whole state as plain data: what a file holds. Pages of zeros are left out. */
  save(): DeviceState {
    return saveMachine(this, this.#clock);
  }
  /**
   * Takes what `save` gave on a machine of the same options and devices. Throws MachineError where it does not
   * fit; the machine is then to be thrown away. With `bring` the state is one of `withoutMemory`, and each stretch
   * of pages is brought when the guest or anybody else first needs it.
   */
  restoreFrom(state: DeviceState, bring?: BringPages): void {
    this.#saved = undefined;
    this.#power = undefined;
    loadMachine(this, this.#clock, state, bring);
  }
  /** The code that was translated, for a machine that takes this one's state with `restoreFrom`. */
  keepCode(): KeptCode {
    return this.engine.cache.keep();
  }
  /**
   * After `restoreFrom`: code that the very same program kept of the machine whose state that was. It is taken up as it
   * is wanted, and changes speed alone. Throws RangeError for code that there cannot be.
   */
  adoptCode(kept: KeptCode): void {
    this.engine.cache.adopt(kept);
  }
  /** Hash of all that decides how the run goes on: registers, RAM, clock and devices. 16 hex digits. */
  stateHash(): string {
    return hashMachine(this, this.#clock);
  }
}
