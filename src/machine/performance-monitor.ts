/**
 * Performance Monitors (DDI 0406C, C12): the cycle counter and the event counters that count cycles (0x11),
 * instructions (0x08) or software increments (0x00). One instruction is one cycle, and time that a CPU waits
 * counts too. Counters are brought up to date when somebody looks.
 */
import { systemSlot, type SystemSlotName } from "../arch/index.js";
import type { Alarm, Clock, Line } from "./clock.js";

const PMCR = systemSlot("PMCR"),
  PMCNTENSET = systemSlot("PMCNTENSET"),
  PMOVSSET = systemSlot("PMOVSSET"),
  PMINTENSET = systemSlot("PMINTENSET"),
  PMCCNTR = systemSlot("PMCCNTR");
const COUNTERS = [0, 1, 2, 3, 4, 5].map((n) => ({
  bit: 1 << n,
  count: systemSlot(`PMEVCNTR${n}` as SystemSlotName),
  type: systemSlot(`PMEVTYPER${n}` as SystemSlotName),
}));
const PMCR_E = 1,
  PMCR_P = 2,
  PMCR_C = 4,
  PMCR_D = 8;
const CYCLE = 1 << 31;
const SW_INCR = 0x00,
  INST_RETIRED = 0x08,
  CPU_CYCLES = 0x11;
const TWO_32 = 2 ** 32;
/** Cycles per count with PMCR.D. */
const DIVIDER = 64;

export class PerformanceMonitor {
  readonly #state: Int32Array;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #output: Line | undefined;
  /** Time that the counters stand at. */
  #since = 0;
  /** Cycles that the divider has swallowed. */
  #phase = 0;

  constructor(state: Int32Array, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
    this.#alarm = clock.alarm(() => {
      this.sync();
      this.update();
    });
  }
  /** Attaches the overflow interrupt. */
  connect(line: Line): void {
    this.#output = line;
    this.update();
  }
  reset(): void {
    this.#since = this.#clock.now;
    this.#phase = 0;
    this.update();
  }
  save(): [since: number, phase: number] {
    return [this.#since, this.#phase];
  }
  restore(saved: readonly [since: number, phase: number]): void {
    [this.#since, this.#phase] = saved;
  }

  /** Bits of PMCNTENSET that count time now. */
  #counting(): number {
    const s = this.#state;
    if ((s[PMCR]! & PMCR_E) === 0) return 0;
    let found = s[PMCNTENSET]! & CYCLE;
    for (const c of COUNTERS) {
      const event = s[c.type]! & 0xff;
      if (event === CPU_CYCLES || event === INST_RETIRED) found |= s[PMCNTENSET]! & c.bit;
    }
    return found;
  }
  /** Brings the counters up to the present. Before a register is read or written. */
  sync(): void {
    const { now } = this.#clock;
    const elapsed = now - this.#since;
    this.#since = now;
    const s = this.#state;
    const counting = this.#counting();
    if (counting === 0 || elapsed === 0) return;
    if ((counting & CYCLE) !== 0) {
      let cycles = elapsed;
      if ((s[PMCR]! & PMCR_D) !== 0) {
        const total = this.#phase + elapsed;
        this.#phase = total % DIVIDER;
        cycles = (total - this.#phase) / DIVIDER;
      }
      this.#add(PMCCNTR, CYCLE, cycles);
    }
    for (const c of COUNTERS) if ((counting & c.bit) !== 0) this.#add(c.count, c.bit, elapsed);
  }
  #add(slot: number, bit: number, n: number): void {
    const s = this.#state;
    const sum = (s[slot]! >>> 0) + n;
    s[slot] = sum % TWO_32;
    if (sum >= TWO_32) s[PMOVSSET] = s[PMOVSSET]! | bit;
  }
  /** Write of PMCR: P and C clear the counters. */
  control(value: number): void {
    if ((value & PMCR_P) !== 0) for (const c of COUNTERS) this.#state[c.count] = 0;
    if ((value & PMCR_C) !== 0) {
      this.#state[PMCCNTR] = 0;
      this.#phase = 0;
    }
    this.update();
  }
  /** Write of PMSWINC. */
  increment(counters: number): void {
    const s = this.#state;
    if ((s[PMCR]! & PMCR_E) === 0) return;
    for (const c of COUNTERS) {
      if ((counters & s[PMCNTENSET]! & c.bit) !== 0 && (s[c.type]! & 0xff) === SW_INCR)
        this.#add(c.count, c.bit, 1);
    }
    this.update();
  }
  /** Sets the interrupt and the alarm of the next overflow that raises it. Counters are up to date. */
  update(): void {
    const s = this.#state;
    const enabled = (s[PMCR]! & PMCR_E) !== 0;
    this.#output?.set(enabled && (s[PMOVSSET]! & s[PMINTENSET]!) !== 0);
    const wanted = this.#counting() & s[PMINTENSET]! & ~s[PMOVSSET]!;
    let next = Infinity;
    if ((wanted & CYCLE) !== 0) {
      const left = TWO_32 - (s[PMCCNTR]! >>> 0);
      next = (s[PMCR]! & PMCR_D) === 0 ? left : left * DIVIDER - this.#phase;
    }
    for (const c of COUNTERS)
      if ((wanted & c.bit) !== 0) next = Math.min(next, TWO_32 - (s[c.count]! >>> 0));
    if (next === Infinity) this.#alarm.clear();
    else this.#alarm.set(this.#since + next);
  }
}
