/** The machine's one time, as devices see it: the number of instructions run since reset. */
export interface Clock {
  /** Instructions since reset. Exact at the instruction that accesses a device. */
  readonly now: number;
  /** Makes an alarm, not set yet. Made once, at construction: a snapshot keeps alarms by their order. */
  alarm(callback: () => void): Alarm;
}
/** Calls back once when the clock reaches a time. */
export interface Alarm {
  /** Sets or moves it. A time that has passed rings before the next instruction. */
  set(time: number): void;
  clear(): void;
  /** When it will ring, or undefined. */
  readonly time: number | undefined;
}
/** Instructions a second of guest time: what turns seconds into instructions. */
export const INSTRUCTIONS_PER_SECOND = 1_000_000_000;

/** A level-sensitive wire: set by a device, read by an interrupt controller. */
export interface Line {
  set(level: boolean): void;
}
