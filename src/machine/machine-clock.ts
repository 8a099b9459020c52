/**
 * The machine's time and its alarms. While a CPU runs, the time is that CPU's own: the instruction that
 * asks is counted. CPUs of one round run one after the other over the same stretch of time.
 */
import { CONTROL } from "../ir/index.js";
import type { Alarm, Clock } from "./clock.js";

export class MachineClock implements Clock {
  /** The time while no CPU runs. */
  #time = 0;
  /** The running CPU's region. */
  #running: Int32Array | undefined;
  /** Time at which the running CPU's budget is used up. */
  #end = 0;
  /** When each alarm rings, by construction order; Infinity when it is not set. */
  readonly #times: number[] = [];
  readonly #callbacks: (() => void)[] = [];
  /** When the next alarm rings; Infinity when none is set. */
  next = Infinity;

  get now(): number {
    const running = this.#running;
    return running === undefined ? this.#time : this.#end - running[CONTROL.budget]!;
  }
  alarm(callback: () => void): Alarm {
    const index = this.#times.length;
    this.#times.push(Infinity);
    this.#callbacks.push(callback);
    const times = this.#times;
    return {
      set: (time) => this.#set(index, time),
      clear: () => this.#set(index, Infinity),
      get time() {
        const time = times[index]!;
        return time === Infinity ? undefined : time;
      },
    };
  }
  #set(index: number, time: number): void {
    const old = this.#times[index]!;
    if (old === time) return;
    if (Number.isNaN(time)) throw new RangeError("an alarm was set to a time that is no number");
    this.#times[index] = time;
    if (time < this.next) {
      this.next = time;
      this.cut(time);
    } else if (old === this.next) this.#findNext();
  }
  #findNext(): void {
    let next = Infinity;
    for (const time of this.#times) if (time < next) next = time;
    this.next = next;
  }
  /** Rings every alarm whose time has come: the earliest first, of equals the one made first. */
  ring(): void {
    while (this.next <= this.now) {
      const index = this.#times.indexOf(this.next);
      this.#times[index] = Infinity;
      this.#findNext();
      this.#callbacks[index]!();
    }
  }

  // ---- what the scheduler does --------------------------------------------------------------------

  /** The time of the scheduler while no CPU runs. */
  moveTo(time: number): void {
    this.#time = time;
  }
  /** Time 0, no alarm set. */
  reset(): void {
    this.#time = 0;
    this.forgetAlarms();
  }
  /** No alarm is set any more; the time stays. */
  forgetAlarms(): void {
    this.#times.fill(Infinity);
    this.next = Infinity;
  }
  /** A CPU begins to run at most `instructions` from the present time. */
  enter(region: Int32Array, instructions: number): void {
    region[CONTROL.budget] = instructions;
    this.#end = this.#time + instructions;
    this.#running = region;
  }
  /** It has stopped; the time is now what it used. */
  leave(): number {
    const { now } = this;
    const ran = now - this.#time;
    this.#time = now;
    this.#running = undefined;
    return ran;
  }
  /** Is it this CPU's region that runs? */
  runs(region: Int32Array): boolean {
    return this.#running === region;
  }
  /**
   * Makes the running CPU stop when the time is `time`, at once if that has passed. It must be at the last
   * instruction of a block: there alone its budget says how far it is.
   */
  cut(time: number): void {
    const running = this.#running;
    if (running === undefined) return;
    const budget = running[CONTROL.budget]!;
    const left = Math.max(0, time - (this.#end - budget));
    if (left >= budget) return;
    this.#end -= budget - left;
    running[CONTROL.budget] = left;
  }

  // ---- snapshots ----------------------------------------------------------------------------------

  /** The time, then each alarm's time by construction order. Only while no CPU runs. */
  save(): number[] {
    return [this.#time, ...this.#times];
  }
  /** Takes what `save` gave; RangeError when the machine has other alarms. */
  restore(saved: readonly number[]): void {
    if (saved.length !== this.#times.length + 1) {
      throw new RangeError(
        `a snapshot with ${saved.length - 1} alarms for a machine with ${this.#times.length}`,
      );
    }
    this.#time = saved[0]!;
    for (let i = 1; i < saved.length; i++) this.#times[i - 1] = saved[i]!;
    this.#findNext();
  }
}
