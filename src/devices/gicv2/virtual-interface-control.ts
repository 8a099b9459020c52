/** GICH, the hypervisor's side of the virtual interfaces: IHI 0048B, 5.3. */
import type { DeviceState } from "../../machine/index.js";
import { type Initiator, RegisterDevice } from "../register-device.js";
import type { CpuInterfaceOptions } from "./cpu-interface.js";
import { GICH, GICH_ALIAS_SIZE } from "./gich-registers.js";

/** What GICH shows of the virtual CPU interfaces, by CPU. */
export interface GichView {
  /** A bit for each list register that asked for a maintenance interrupt at its end, and has ended. */
  ended(cpu: number): number;
  /** A bit for each list register that holds no interrupt and may be used again. */
  empty(cpu: number): number;
  /** GICH_MISR. */
  maintenanceStatus(cpu: number): number;
  /** GICH_VMCR. */
  machineControl(cpu: number): number;
  setMachineControl(cpu: number, value: number): void;
  /** GICH_APR. */
  activePriorities(cpu: number): number;
  setActivePriorities(cpu: number, value: number): void;
  /** After a change of registers that decide what is asserted. */
  update(cpu: number): void;
  driveAll(): void;
}

/** The CPU that makes the access, or the one whose frame it goes to. */
class ChosenCpu implements Initiator {
  readonly #initiator: Initiator;
  #frame = -1;
  constructor(initiator: Initiator) {
    this.#initiator = initiator;
  }
  get current(): number {
    return this.#frame < 0 ? this.#initiator.current : this.#frame;
  }
  enter(cpu: number): void {
    this.#frame = cpu;
  }
  leave(): void {
    this.#frame = -1;
  }
}

/** GICH: each CPU's registers at the same address, and all CPUs' in frames of their own. */
export class VirtualInterfaceControl extends RegisterDevice<typeof GICH.rows> {
  readonly #virtual: GichView;
  readonly #chosen: ChosenCpu;

  constructor(virtual: GichView, options: CpuInterfaceOptions) {
    const chosen = new ChosenCpu(options.initiator);
    super(GICH, { base: options.base, banks: options.requests.length, initiator: chosen });
    this.#virtual = virtual;
    this.#chosen = chosen;
    const seen = (value: (index: number, cpu: number) => number) => ({
      read: (index: number) => value(index, chosen.current),
      peek: value,
    });
    const update = (): void => virtual.update(chosen.current);
    this.on({
      HCR: { written: update },
      VMCR: {
        ...seen((_, cpu) => virtual.machineControl(cpu)),
        written: (value, _index, lanes) => {
          const cpu = chosen.current;
          this.set("VMCR", 0);
          virtual.setMachineControl(cpu, (virtual.machineControl(cpu) & ~lanes) | value);
        },
      },
      MISR: seen((_, cpu) => virtual.maintenanceStatus(cpu)),
      EISR: seen((index, cpu) => (index === 0 ? virtual.ended(cpu) : 0)),
      ELSR: seen((index, cpu) => (index === 0 ? virtual.empty(cpu) : 0)),
      APR: {
        ...seen((_, cpu) => virtual.activePriorities(cpu)),
        written: (value, _index, lanes) => {
          const cpu = chosen.current;
          this.set("APR", 0);
          virtual.setActivePriorities(cpu, (virtual.activePriorities(cpu) & ~lanes) | value);
        },
      },
      LR: { written: update },
      CPU: {
        read: (offset, size) => {
          const own = this.#enter(offset);
          const value = own < 0 ? 0 : this.read(own, size);
          chosen.leave();
          return value;
        },
        write: (offset, size, value) => {
          const own = this.#enter(offset);
          if (own >= 0) this.write(own, size, value);
          chosen.leave();
        },
      },
    });
  }

  /** Offset within the frame of the CPU that an offset into the frames names, -1 for a CPU that is not there. */
  #enter(offset: number): number {
    const cpu = Math.floor(offset / GICH_ALIAS_SIZE);
    if (cpu >= this.banks) return -1;
    this.#chosen.enter(cpu);
    return offset % GICH_ALIAS_SIZE;
  }

  override reset(): void {
    super.reset();
    this.#virtual.driveAll();
  }
  override restore(state: DeviceState): void {
    super.restore(state);
    this.#virtual.driveAll();
  }
}
