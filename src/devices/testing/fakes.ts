/** A clock moved by hand, a line that remembers, RAM without a machine. For tests. */
import { type Alarm, type Clock, type GuestMemory, type Line } from "../../machine/index.js";

class FakeAlarm implements Alarm {
  time: number | undefined;
  readonly callback: () => void;
  constructor(callback: () => void) {
    this.callback = callback;
  }
  set(time: number): void {
    this.time = time;
  }
  clear(): void {
    this.time = undefined;
  }
}
export class FakeClock implements Clock {
  now = 0;
  readonly #alarms: FakeAlarm[] = [];
  alarm(callback: () => void): Alarm {
    const alarm = new FakeAlarm(callback);
    this.#alarms.push(alarm);
    return alarm;
  }
  /** Moves on by `instructions`, ringing alarms in the order of their times. */
  advance(instructions: number): void {
    const end = this.now + instructions;
    for (;;) {
      let next: FakeAlarm | undefined;
      for (const alarm of this.#alarms) {
        if (alarm.time !== undefined && alarm.time <= end && alarm.time < (next?.time ?? Infinity))
          next = alarm;
      }
      if (next === undefined) break;
      this.now = Math.max(this.now, next.time!);
      next.clear();
      next.callback();
    }
    this.now = end;
  }
}
export class FakeLine implements Line {
  level = false;
  /** How often the level changed. */
  changes = 0;
  set(level: boolean): void {
    if (level !== this.level) this.changes++;
    this.level = level;
  }
}
export class FakeMemory implements GuestMemory {
  readonly base: number;
  readonly bytes: Uint8Array;
  constructor(base: number, size: number) {
    this.base = base;
    this.bytes = new Uint8Array(size);
  }
  holds(address: number, size: number): boolean {
    const at = address - this.base;
    return Number.isInteger(at) && at >= 0 && size >= 0 && at + size <= this.bytes.length;
  }
  read(address: number, size: number): Uint8Array {
    if (!this.holds(address, size))
      throw new RangeError(`read outside of RAM: ${address}, ${size}`);
    return this.bytes.slice(address - this.base, address - this.base + size);
  }
  write(address: number, data: Uint8Array): void {
    if (!this.holds(address, data.length))
      throw new RangeError(`write outside of RAM: ${address}, ${data.length}`);
    this.bytes.set(data, address - this.base);
  }
}
