/** RAM, a line and a clock for tests of devices that master the bus. */
import type { Alarm, Clock, GuestMemory, Line } from "../../../machine/index.js";

export const RAM_BASE = 0x40000000;

/** RAM that throws, and remembers it, when anything outside is touched. */
export class FakeMemory implements GuestMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  outside = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }
  holds(address: number, size: number): boolean {
    return address >= RAM_BASE && size >= 0 && address + size <= RAM_BASE + this.bytes.length;
  }
  #at(address: number, size: number): number {
    if (!this.holds(address, size)) {
      this.outside++;
      throw new Error(`0x${address.toString(16)}, ${size} bytes: outside RAM`);
    }
    return address - RAM_BASE;
  }
  read(address: number, size: number): Uint8Array {
    const at = this.#at(address, size);
    return this.bytes.slice(at, at + size);
  }
  write(address: number, data: Uint8Array): void {
    this.bytes.set(data, this.#at(address, data.length));
  }
  get16(address: number): number {
    return this.view.getUint16(address - RAM_BASE, true);
  }
  get32(address: number): number {
    return this.view.getUint32(address - RAM_BASE, true);
  }
  put16(address: number, value: number): void {
    this.view.setUint16(address - RAM_BASE, value, true);
  }
  put32(address: number, value: number): void {
    this.view.setUint32(address - RAM_BASE, value, true);
  }
}

export class FakeLine implements Line {
  level = false;
  set(level: boolean): void {
    this.level = level;
  }
}

/** Time that a test moves on. */
export class FakeClock implements Clock {
  now = 0;
  readonly #alarms: { time: number | undefined; callback: () => void }[] = [];
  alarm(callback: () => void): Alarm {
    const alarm: { time: number | undefined; callback: () => void } = { time: undefined, callback };
    this.#alarms.push(alarm);
    return {
      set: (time) => {
        alarm.time = time;
      },
      clear: () => {
        alarm.time = undefined;
      },
      get time() {
        return alarm.time;
      },
    };
  }
  advance(by: number): void {
    this.now += by;
    for (const alarm of this.#alarms) {
      if (alarm.time === undefined || alarm.time > this.now) continue;
      alarm.time = undefined;
      alarm.callback();
    }
  }
}
