/**
 * Power State Coordination Interface 1.0 (DEN 0022D), as the firmware of a board without Secure software
 * answers it: by SMC, or by HVC where there is no HYP mode. Calls follow the SMC calling convention: the
 * function in R0, arguments in R1 to R3, the result in R0.
 *
 * The states that CPU_SUSPEND knows are two: standby, which is a WFI; and power-down (StateType 1), which
 * ends in a start at the given entry point. Power levels are not told apart.
 */
import type { Cpu, Machine } from "../machine/index.js";

/** Function identifiers, those of SMC32 (table 6 of DEN 0022D). */
export const PSCI = {
  PSCI_VERSION: 0x84000000,
  CPU_SUSPEND: 0x84000001,
  CPU_OFF: 0x84000002,
  CPU_ON: 0x84000003,
  AFFINITY_INFO: 0x84000004,
  MIGRATE_INFO_TYPE: 0x84000006,
  SYSTEM_OFF: 0x84000008,
  SYSTEM_RESET: 0x84000009,
  PSCI_FEATURES: 0x8400000a,
} as const;
export type PsciFunction = keyof typeof PSCI;

/** Return codes (5.2.2). */
export const PSCI_RESULT = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  DENIED: -3,
  ALREADY_ON: -4,
  ON_PENDING: -5,
  INTERNAL_FAILURE: -6,
  INVALID_ADDRESS: -9,
} as const;

/** 1.1, as the reference emulator says; what 1.1 adds over 1.0 is optional and left out. */
const VERSION = 0x00010001;
/** Trusted OS: none that would need migration (5.1.7). */
const NO_TRUSTED_OS = 2;
const AFFINITY = { ON: 0, OFF: 1 } as const;
/** StateType of CPU_SUSPEND's power_state, original format (5.4.2). */
const POWER_DOWN = 1 << 16;
const POWER_STATE_RESERVED = ~((3 << 24) | POWER_DOWN | 0xffff);
const AFFINITY_MASK = 0x00ffffff;

const NAMES: ReadonlyMap<number, PsciFunction> = new Map(
  (Object.keys(PSCI) as PsciFunction[]).map((name) => [PSCI[name], name]),
);

export interface PsciOptions {
  /**
   * Mode that CPU `n` is entered in by CPU_ON: HYP where there is one. Another one provokes a kernel that
   * finds its CPUs in different modes.
   */
  readonly bootMode?: (cpu: number) => "hyp" | "svc";
  /** Told of every call: for reports and stages of scenarios. */
  readonly called?: (cpu: Cpu, name: PsciFunction | undefined, call: number) => void;
}

export class Psci {
  readonly #machine: Machine;
  readonly #options: PsciOptions;

  constructor(machine: Machine, options: PsciOptions = {}) {
    this.#machine = machine;
    this.#options = options;
  }
  /** Becomes the firmware of all CPUs. */
  install(): void {
    for (const cpu of this.#machine.cpus) cpu.firmware = (caller) => this.answer(caller);
  }

  /** Answers the call in the caller's registers; unknown functions get NOT_SUPPORTED. */
  answer(cpu: Cpu): true {
    const call = cpu.register(0) >>> 0;
    const name = NAMES.get(call);
    this.#options.called?.(cpu, name, call);
    const result = name === undefined ? PSCI_RESULT.NOT_SUPPORTED : this.#do(cpu, name);
    if (result !== undefined) cpu.setRegister(0, result);
    return true;
  }
  /** The result, or undefined when the call does not return here. */
  #do(cpu: Cpu, name: PsciFunction): number | undefined {
    switch (name) {
      case "PSCI_VERSION":
        return VERSION;
      case "CPU_SUSPEND":
        return this.#suspend(cpu);
      case "CPU_OFF":
        cpu.powerOff();
        return undefined;
      case "CPU_ON":
        return this.#on(cpu.register(1), cpu.register(2), cpu.register(3));
      case "AFFINITY_INFO":
        return this.#affinity(cpu.register(1), cpu.register(2) >>> 0);
      case "MIGRATE_INFO_TYPE":
        return NO_TRUSTED_OS;
      case "SYSTEM_OFF":
        this.#machine.power("off", cpu);
        return undefined;
      case "SYSTEM_RESET":
        this.#machine.power("reset", cpu);
        return undefined;
      case "PSCI_FEATURES":
        return NAMES.has(cpu.register(1) >>> 0) ? PSCI_RESULT.SUCCESS : PSCI_RESULT.NOT_SUPPORTED;
    }
  }
  /** CPUs are affinity level 0 of one cluster: MPIDR is the number. */
  #target(mpidr: number): Cpu | undefined {
    return (mpidr & ~AFFINITY_MASK) === 0 ? this.#machine.cpus[mpidr] : undefined;
  }
  #on(mpidr: number, entry: number, context: number): number {
    const target = this.#target(mpidr);
    if (target === undefined) return PSCI_RESULT.INVALID_PARAMETERS;
    if (!target.poweredOff) return PSCI_RESULT.ALREADY_ON;
    target.powerOn({ entry, context, mode: this.#mode(target) });
    return PSCI_RESULT.SUCCESS;
  }
  #mode(cpu: Cpu): "hyp" | "svc" {
    return this.#options.bootMode?.(cpu.index) ?? "hyp";
  }
  #affinity(mpidr: number, level: number): number {
    if (level > 3) return PSCI_RESULT.INVALID_PARAMETERS;
    if (level > 0) {
      const on = this.#machine.cpus.some((cpu) => !cpu.poweredOff);
      return mpidr === 0 && on ? AFFINITY.ON : PSCI_RESULT.INVALID_PARAMETERS;
    }
    const target = this.#target(mpidr);
    if (target === undefined) return PSCI_RESULT.INVALID_PARAMETERS;
    return target.poweredOff ? AFFINITY.OFF : AFFINITY.ON;
  }
  #suspend(cpu: Cpu): number | undefined {
    const state = cpu.register(1);
    if ((state & POWER_STATE_RESERVED) !== 0) return PSCI_RESULT.INVALID_PARAMETERS;
    if ((state & POWER_DOWN) === 0) {
      cpu.standby.suspend();
      return PSCI_RESULT.SUCCESS;
    }
    // The context is lost at once: the CPU waits at its entry point, interrupts masked, for a wake-up event.
    cpu.powerOn({
      entry: cpu.register(2),
      context: cpu.register(3),
      mode: "hyp",
    });
    cpu.standby.suspend();
    return undefined;
  }
}
