/**
 * Who runs when. Time advances in rounds: every CPU that can run does so from the round's start to its end,
 * one after the other. Rounds end at multiples of the quantum and at alarms, so how often `run` is called
 * changes nothing. While one CPU alone can run its round goes on until an alarm, or until it wakes another.
 */
import { SLOT } from "../arch/index.js";
import type { Cpu } from "./cpu.js";
import type { MachineClock } from "./machine-clock.js";
import { HALTED, WAITS } from "./standby.js";

export interface SchedulerOptions {
  /** Instructions in a round at most. */
  readonly quantum: number;
  /** Undefined: CPUs run in order of their numbers. Else order and length of rounds come from it. */
  readonly interleaveSeed: number | undefined;
}
/** Where in a round the machine is, as plain numbers. */
export type SchedulerState = readonly [
  start: number,
  end: number,
  position: number,
  runners: number,
  solo: number,
];

/** A CPU's budget is a 32-bit word. */
const MOST_AT_ONCE = 2 ** 30;

export class Scheduler {
  readonly #cpus: readonly Cpu[];
  readonly #clock: MachineClock;
  readonly options: SchedulerOptions;
  readonly #order: number[];
  #start = 0;
  #end = 0;
  /** Index in the order of the CPU whose turn it is; the number of CPUs between rounds. */
  #position: number;
  /** A bit for each CPU that runs in this round. */
  #runners = 0;
  #solo = false;

  constructor(cpus: readonly Cpu[], clock: MachineClock, options: SchedulerOptions) {
    this.#cpus = cpus;
    this.#clock = clock;
    this.options = options;
    this.#order = cpus.map((cpu) => cpu.index);
    this.#position = cpus.length;
    for (const cpu of cpus) cpu.standby.woken = () => this.#woken(cpu);
  }
  /** Number of the CPU whose turn it is; the first one's between rounds. */
  get current(): number {
    return this.#order[this.#position] ?? 0;
  }
  reset(): void {
    this.#position = this.#cpus.length;
  }
  save(): SchedulerState {
    const between = this.#position === this.#cpus.length;
    if (between) return [0, 0, this.#position, 0, 0];
    return [this.#start, this.#end, this.#position, this.#runners, this.#solo ? 1 : 0];
  }
  restore(saved: SchedulerState): void {
    [this.#start, this.#end, this.#position, this.#runners] = saved;
    this.#solo = saved[4] === 1;
    this.#shuffle(this.#start);
  }

  /**
   * Runs until the time is `target`, or a little later where several CPUs run and `target` lies within a
   * round; or until a CPU stops, or all wait for what nothing will bring.
   */
  run(target: number): void {
    const cpus = this.#cpus;
    const clock = this.#clock;
    // A lone CPU's round that a stop cut short ended at the target of then.
    if (this.#solo && this.#position < cpus.length) this.#end = Math.min(this.#end, target);
    for (;;) {
      if (this.#position === cpus.length && !this.#begin(target)) return;
      while (this.#position < cpus.length) {
        const cpu = cpus[this.#order[this.#position]!]!;
        if ((this.#runners & (1 << cpu.index)) !== 0 && !this.#slice(cpu)) return;
        if (++this.#position < cpus.length) clock.moveTo(this.#start);
      }
      clock.moveTo(this.#end);
    }
  }

  /** Begins a round; false when the target is reached, or when there is nothing to run. */
  #begin(target: number): boolean {
    const clock = this.#clock;
    const cpus = this.#cpus;
    for (;;) {
      const { now } = clock;
      if (clock.next <= now) clock.ring();
      if (now >= target) return false;
      let runners = 0;
      let count = 0;
      for (const cpu of cpus) {
        if (cpu.stopped !== undefined) return false;
        if (cpus.length > 1) cpu.standby.checkMonitor();
        if (cpu.state[SLOT.halted] !== HALTED.runs) continue;
        runners |= 1 << cpu.index;
        count++;
      }
      if (count > 0) {
        this.#runners = runners;
        this.#solo = count === 1;
        this.#start = now;
        this.#end = Math.min(clock.next, count === 1 ? target : this.#boundary(now));
        this.#shuffle(now);
        this.#position = 0;
        return true;
      }
      if (clock.next === Infinity) {
        for (const cpu of cpus) cpu.stopped = WAITS[cpu.state[SLOT.halted] as keyof typeof WAITS];
        return false;
      }
      clock.moveTo(Math.min(clock.next, target));
    }
  }
  /** Runs a CPU to the end of the round; false when it stopped before. */
  #slice(cpu: Cpu): boolean {
    const clock = this.#clock;
    for (;;) {
      const { now } = clock;
      if (now >= this.#end) return true;
      if (clock.next <= now) clock.ring();
      if (cpu.stopped !== undefined) return false;
      if (cpu.state[SLOT.halted] === HALTED.runs) {
        cpu.run(Math.min(this.#end - now, clock.next - now, MOST_AT_ONCE));
        // Nobody is left to run: what is to come is seen between rounds.
        if (this.#solo && cpu.state[SLOT.halted] !== HALTED.runs)
          this.#end = Math.min(this.#end, clock.now);
      } else clock.moveTo(Math.min(this.#end, clock.next));
    }
  }
  /** A CPU was woken: a lone runner goes on to the end of the quantum only. */
  #woken(cpu: Cpu): void {
    if (this.#position === this.#cpus.length || !this.#solo) return;
    if ((this.#runners & (1 << cpu.index)) !== 0) return;
    this.#end = Math.min(this.#end, this.#boundary(this.#clock.now));
    this.#clock.cut(this.#end);
  }

  /** Where the round that `now` is in ends: a multiple of the quantum, or a place between two by the seed. */
  #boundary(now: number): number {
    const { quantum, interleaveSeed } = this.options;
    const n = Math.floor(now / quantum);
    if (interleaveSeed !== undefined) {
      const split = n * quantum + (mix(n, interleaveSeed) % quantum);
      if (now < split) return split;
    }
    return (n + 1) * quantum;
  }
  /** Order of the CPUs in the round that begins at `now`. */
  #shuffle(now: number): void {
    const seed = this.options.interleaveSeed;
    if (seed === undefined) return;
    const order = this.#order;
    for (let i = 0; i < order.length; i++) order[i] = i;
    const quantum = Math.floor(now / this.options.quantum);
    let bits = mix(quantum, seed ^ (now % this.options.quantum === 0 ? 0x2545f491 : 0x1b873593));
    for (let i = order.length - 1; i > 0; i--) {
      const j = bits % (i + 1);
      bits = mix(bits, seed);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
  }
}

/** An unsigned word that depends on all bits of both numbers. */
const mix = (n: number, seed: number): number => {
  let h =
    Math.imul((n % 2 ** 32) ^ seed, 0x9e3779b1) ^ Math.imul(Math.floor(n / 2 ** 32), 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
};
