/** WFI, WFE, SEV and the event register (DDI 0406C, B1.8.13 and B1.8.14). */
import { hsr, SLOT, systemSlot } from "../arch/index.js";
import type { Alarm } from "./clock.js";
import type { CpuOptions } from "./cpu-options.js";
import { INSTRUCTIONS_PER_TICK, type GenericTimer } from "./generic-timer.js";
import type { Interrupts } from "./interrupts.js";
import type { MachineClock } from "./machine-clock.js";
import type { Mmu, Regime } from "./mmu/mmu.js";
import type { PhysicalMemory } from "./physical-memory.js";
import type { Stop } from "./stop.js";

/** Values of the halted slot. */
export const HALTED = { runs: 0, wfi: 1, wfe: 2, off: 3 } as const;
/** Stops of a CPU that waits for what nothing will bring. Told apart by identity. */
export const WAITS: Readonly<Record<1 | 2 | 3, Stop>> = {
  [HALTED.wfi]: { reason: "halted", what: "WFI" },
  [HALTED.wfe]: { reason: "halted", what: "WFE" },
  [HALTED.off]: { reason: "halted", what: "powered off" },
};

const HCR = systemSlot("HCR");
const HCR_TWI = 1 << 13,
  HCR_TWE = 1 << 14;

/** What waiting needs of its CPU. */
interface WaitingCpu {
  readonly state: Int32Array;
  readonly options: CpuOptions;
  readonly regime: Regime;
  readonly mmu: Mmu;
  readonly memory: PhysicalMemory;
  readonly timer: GenericTimer;
  readonly interrupts: Interrupts;
  stopped: Stop | undefined;
  raiseHypTrap(syndrome: number): void;
}

export class Standby {
  readonly #cpu: WaitingCpu;
  readonly #clock: MachineClock;
  readonly #alarm: Alarm;
  /** Tick up to which events of the event streams are used up. */
  #eventsUsed = 0;
  /** Called when the CPU begins to run again. */
  woken: () => void = () => {};

  constructor(cpu: WaitingCpu, clock: MachineClock) {
    this.#cpu = cpu;
    this.#clock = clock;
    this.#alarm = clock.alarm(() => this.#streamEvent());
  }
  reset(): void {
    this.#alarm.clear();
    this.#eventsUsed = this.#cpu.timer.ticks;
  }
  save(): number {
    return this.#eventsUsed;
  }
  restore(saved: number): void {
    this.#eventsUsed = saved;
  }

  wfi(): void {
    if (this.#cpu.interrupts.wakesWfi() || this.#trapped(HCR_TWI, 0)) return;
    this.#wait(HALTED.wfi);
  }
  /** Firmware's WFI: no trap. */
  suspend(): void {
    if (!this.#cpu.interrupts.wakesWfi()) this.#wait(HALTED.wfi);
  }
  wfe(): void {
    const s = this.#cpu.state;
    const { timer } = this.#cpu;
    if (s[SLOT.event] === 1) {
      s[SLOT.event] = 0;
      return;
    }
    if (timer.eventSince(this.#eventsUsed)) {
      this.#eventsUsed = timer.ticks;
      return;
    }
    if (this.#cpu.interrupts.wakesWfe() || this.#trapped(HCR_TWE, 1)) return;
    this.streamChanged(true);
    this.#wait(HALTED.wfe);
  }
  #trapped(bit: number, TI: number): boolean {
    const cpu = this.#cpu;
    if (!cpu.options.hyp || cpu.regime === 2 || (cpu.state[HCR]! & bit) === 0) return false;
    cpu.raiseHypTrap(hsr("wfx", { CV: 1, COND: 14, TI }));
    return true;
  }
  #wait(how: 1 | 2): void {
    this.#cpu.state[SLOT.halted] = how;
    this.#clock.cut(0);
  }
  /** The control of an event stream was written, or the CPU begins to wait for an event. */
  streamChanged(waits = this.#cpu.state[SLOT.halted] === HALTED.wfe): void {
    const { timer } = this.#cpu;
    const ticks = waits ? timer.ticksToEvent() : Infinity;
    if (!waits) this.#eventsUsed = timer.ticks;
    if (ticks === Infinity) this.#alarm.clear();
    else this.#alarm.set((timer.ticks + ticks) * INSTRUCTIONS_PER_TICK);
  }
  #streamEvent(): void {
    this.#eventsUsed = this.#cpu.timer.ticks;
    this.signal();
  }
  /** An event of this CPU: it ends a WFE, or is kept for the next one. */
  signal(): void {
    const s = this.#cpu.state;
    if (s[SLOT.halted] === HALTED.wfe) this.wake();
    else s[SLOT.event] = 1;
  }
  /** An interrupt input rose. */
  interruptRose(): void {
    const halted = this.#cpu.state[SLOT.halted]!;
    if (halted === HALTED.wfi && this.#cpu.interrupts.wakesWfi()) this.wake();
    else if (halted === HALTED.wfe && this.#cpu.interrupts.wakesWfe()) this.wake();
  }
  /** Runs on, whatever it waited for. */
  wake(): void {
    const cpu = this.#cpu;
    this.#alarm.clear();
    cpu.state[SLOT.halted] = HALTED.runs;
    if (this.waitsForEver) cpu.stopped = undefined;
    this.woken();
  }
  /** The stop says no more than that nothing will wake it. */
  get waitsForEver(): boolean {
    const { stopped } = this.#cpu;
    return stopped === WAITS[1] || stopped === WAITS[2] || stopped === WAITS[3];
  }
  /**
   * Wakes a CPU in WFE whose marked memory was changed: the monitor is by value, so this is when another
   * value is there.
   */
  checkMonitor(): void {
    const cpu = this.#cpu;
    const s = cpu.state;
    const size = s[SLOT.exclusiveSize]!;
    if (s[SLOT.halted] !== HALTED.wfe || size === 0) return;
    const walk = cpu.mmu.translate(s[SLOT.exclusiveAddress]!, "read", cpu.regime);
    const offset = walk.fault === "none" ? cpu.memory.offsetOf(walk.address) : -1;
    if (offset < 0) return;
    const { bytes, words } = cpu.memory;
    const low =
      size === 1
        ? bytes[offset]!
        : size === 2
          ? bytes[offset]! | (bytes[offset + 1]! << 8)
          : words[offset >> 2]!;
    const high = size === 8 ? words[(offset >> 2) + 1]! : 0;
    if (low !== s[SLOT.exclusiveLow] || high !== s[SLOT.exclusiveHigh]) this.wake();
  }
}
