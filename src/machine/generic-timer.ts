/**
 * Generic Timer of a CPU (DDI 0406C, B8): the counter's views, the timers CNTP, CNTV and CNTHP with their
 * outputs, and the event streams. 64-bit values are pairs of words; none is a BigInt, and those that
 * become numbers are below 2^53.
 */
import { systemSlot } from "../arch/index.js";
import { INSTRUCTIONS_PER_SECOND, type Alarm, type Clock, type Line } from "./clock.js";

/** Frequency of the system counter in Hz, the reset value of CNTFRQ. */
const COUNTER_FREQUENCY = 62_500_000;
/** Instructions per tick of the system counter. */
export const INSTRUCTIONS_PER_TICK = INSTRUCTIONS_PER_SECOND / COUNTER_FREQUENCY;

export const TIMER_NAMES = ["CNTP", "CNTV", "CNTHP"] as const;
export type TimerName = (typeof TIMER_NAMES)[number];

const ENABLE = 1,
  IMASK = 2,
  ISTATUS = 4;
const TWO_32 = 2 ** 32;
/** Ticks that an alarm may lie ahead: what is further will not come about. */
const FAR = 2 ** 48;
const CNTVOFF = systemSlot("CNTVOFF"),
  CNTVOFF_hi = systemSlot("CNTVOFF_hi");
const CNTKCTL = systemSlot("CNTKCTL"),
  CNTHCTL = systemSlot("CNTHCTL");
const EVNTEN = 1 << 2;

interface TimerSlots {
  readonly control: number;
  readonly low: number;
  readonly high: number;
  readonly isVirtual: boolean;
}
const SLOTS: Readonly<Record<TimerName, TimerSlots>> = {
  CNTP: {
    control: systemSlot("CNTP_CTL"),
    low: systemSlot("CNTP_CVAL"),
    high: systemSlot("CNTP_CVAL_hi"),
    isVirtual: false,
  },
  CNTV: {
    control: systemSlot("CNTV_CTL"),
    low: systemSlot("CNTV_CVAL"),
    high: systemSlot("CNTV_CVAL_hi"),
    isVirtual: true,
  },
  CNTHP: {
    control: systemSlot("CNTHP_CTL"),
    low: systemSlot("CNTHP_CVAL"),
    high: systemSlot("CNTHP_CVAL_hi"),
    isVirtual: false,
  },
};

export class GenericTimer {
  readonly #state: Int32Array;
  readonly #clock: Clock;
  readonly #alarms: Readonly<Record<TimerName, Alarm>>;
  readonly #outputs: Record<TimerName, Line | undefined> = {
    CNTP: undefined,
    CNTV: undefined,
    CNTHP: undefined,
  };
  /** The view of the counter that `#count` worked out last, as words. */
  #low = 0;
  #high = 0;

  constructor(state: Int32Array, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
    this.#alarms = {
      CNTP: clock.alarm(() => this.update("CNTP")),
      CNTV: clock.alarm(() => this.update("CNTV")),
      CNTHP: clock.alarm(() => this.update("CNTHP")),
    };
  }
  /** Attaches a timer's output: high while it is enabled, its condition met and not masked. */
  connect(timer: TimerName, line: Line): void {
    this.#outputs[timer] = line;
    this.update(timer);
  }
  /** After all timer registers were reset. */
  reset(): void {
    for (const name of TIMER_NAMES) this.update(name);
  }

  /** Ticks of the physical counter: a whole number below 2^53. */
  get ticks(): number {
    return Math.floor(this.#clock.now / INSTRUCTIONS_PER_TICK);
  }
  #count(isVirtual: boolean): void {
    const { ticks } = this;
    const low = ticks % TWO_32;
    const high = (ticks - low) / TWO_32;
    if (!isVirtual) {
      this.#low = low;
      this.#high = high;
      return;
    }
    const offset = this.#state[CNTVOFF]! >>> 0;
    this.#low = (low - offset) >>> 0;
    this.#high = (high - this.#state[CNTVOFF_hi]! - (low < offset ? 1 : 0)) >>> 0;
  }
  /** Bits 31:0 of CNTPCT or CNTVCT. */
  countLow(isVirtual: boolean): number {
    this.#count(isVirtual);
    return this.#low | 0;
  }
  /** Bits 63:32 of CNTPCT or CNTVCT. */
  countHigh(isVirtual: boolean): number {
    this.#count(isVirtual);
    return this.#high | 0;
  }
  /** Whether a timer's condition is met: its count is not below its compare value, both unsigned. */
  #met(timer: TimerName): boolean {
    const { low, high, isVirtual } = SLOTS[timer];
    this.#count(isVirtual);
    const compareHigh = this.#state[high]! >>> 0;
    return this.#high === compareHigh
      ? this.#low >= this.#state[low]! >>> 0
      : this.#high > compareHigh;
  }
  /** CTL as it reads. */
  control(timer: TimerName): number {
    const word = this.#state[SLOTS[timer].control]! & (ENABLE | IMASK);
    return (word & ENABLE) !== 0 && this.#met(timer) ? word | ISTATUS : word;
  }
  /** TVAL as it reads: the low word of compare value less count. */
  value(timer: TimerName): number {
    const { low, isVirtual } = SLOTS[timer];
    this.#count(isVirtual);
    return (this.#state[low]! - this.#low) | 0;
  }
  /** Write of TVAL: the compare value becomes count plus the signed value. */
  setValue(timer: TimerName, value: number): void {
    const { low, high, isVirtual } = SLOTS[timer];
    this.#count(isVirtual);
    const sum = this.#low + (value >>> 0);
    this.#state[low] = sum | 0;
    this.#state[high] = this.#high + (sum >= TWO_32 ? 1 : 0) - (value < 0 ? 1 : 0);
    this.update(timer);
  }
  /** Sets the output, and the alarm for the moment that it changes by itself. */
  update(timer: TimerName): void {
    const alarm = this.#alarms[timer];
    const { control, low, high } = SLOTS[timer];
    const s = this.#state;
    if ((s[control]! & (ENABLE | IMASK)) !== ENABLE) {
      alarm.clear();
      this.#outputs[timer]?.set(false);
      return;
    }
    const met = this.#met(timer);
    // Not met: it comes true at the compare value. Met: it ends when the count wraps to 0.
    const toHigh = met ? TWO_32 : s[high]! >>> 0;
    const toLow = met ? 0 : s[low]! >>> 0;
    const ticks = (toHigh - this.#high) * TWO_32 + (toLow - this.#low);
    if (ticks < FAR) alarm.set((this.ticks + ticks) * INSTRUCTIONS_PER_TICK);
    else alarm.clear();
    this.#outputs[timer]?.set(met);
  }

  // ---- event stream -------------------------------------------------------------------------------

  /** Ticks until one of the event streams makes its next event, at least 1; Infinity without a stream. */
  ticksToEvent(): number {
    return Math.min(this.#toEvent(CNTKCTL, true), this.#toEvent(CNTHCTL, false));
  }
  /**
   * An event is a transition of bit EVNTI of the counter, from 0 to 1 or with EVNTDIR from 1 to 0 (B8.1.4).
   */
  #toEvent(slot: number, isVirtual: boolean): number {
    const word = this.#state[slot]!;
    if ((word & EVNTEN) === 0) return Infinity;
    const period = 2 ** (((word >>> 4) & 15) + 1);
    const at = (word & (1 << 3)) === 0 ? period / 2 : 0;
    this.#count(isVirtual);
    const phase = this.#low % period;
    return phase < at ? at - phase : at + period - phase;
  }
  /** Whether a stream made an event after the tick `since` and up to now. */
  eventSince(since: number): boolean {
    return (
      this.#eventSince(CNTKCTL, true, this.ticks - since) ||
      this.#eventSince(CNTHCTL, false, this.ticks - since)
    );
  }
  #eventSince(slot: number, isVirtual: boolean, elapsed: number): boolean {
    const word = this.#state[slot]!;
    if ((word & EVNTEN) === 0) return false;
    const period = 2 ** (((word >>> 4) & 15) + 1);
    const at = (word & (1 << 3)) === 0 ? period / 2 : 0;
    this.#count(isVirtual);
    // Ticks since the last transition.
    const behind = (this.#low - at + period) % period;
    return behind < elapsed;
  }
}
