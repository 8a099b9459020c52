/** PL031 real time clock (DDI 0224B). */
import {
  type Alarm,
  type Clock,
  type DeviceState,
  INSTRUCTIONS_PER_SECOND,
  type Line,
} from "../machine/index.js";
import { stateFields, stateInteger } from "./device-state.js";
import { primeCellIds } from "./prime-cell.js";
import { registerBlock, ro, rw, wo } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

export const PL031 = registerBlock(
  "PL031",
  "DDI 0224B, 3.3",
  {
    DR: { at: 0x00, fields: { Data: ro(0, 32) } },
    MR: { at: 0x04, fields: { Match: rw(0, 32) } },
    LR: { at: 0x08, fields: { Load: rw(0, 32) } },
    // Always running: it has its own supply, and was started when the board was made.
    CR: { at: 0x0c, fields: { Start: ro(0, 1, 1) } },
    IMSC: { at: 0x10, fields: { IM: rw(0) } },
    RIS: { at: 0x14, fields: { RIS: ro(0) } },
    MIS: { at: 0x18, fields: { MIS: ro(0) } },
    ICR: { at: 0x1c, fields: { IC: wo(0) } },
    ...primeCellIds(0x0014_1031),
  },
  { size: 0x1000 },
);

const WRAP = 2 ** 32;

export interface Pl031Options {
  readonly name?: string;
  readonly base: number;
  readonly clock: Clock;
  /** RTCINTR. */
  readonly interrupt: Line;
  /** Seconds since 1970 at reset: the machine's date is a constant, never the host's. */
  readonly epoch: number;
}

/** Counts seconds of the machine's clock from a constant start. */
export class Pl031 extends RegisterDevice<typeof PL031.rows> {
  readonly #clock: Clock;
  readonly #line: Line;
  readonly #epoch: number;
  readonly #match: Alarm;
  /** What DR is ahead of the machine's clock, in seconds. */
  #ahead: number;

  constructor(options: Pl031Options) {
    super(PL031, options);
    this.#clock = options.clock;
    this.#line = options.interrupt;
    this.#epoch = options.epoch;
    this.#ahead = options.epoch;
    this.#match = options.clock.alarm(() => {
      this.set("RIS.RIS", 1);
      this.#update();
      this.#arm();
    });
    this.on({
      DR: { read: () => this.#seconds(), peek: () => this.#seconds() },
      MR: { written: () => this.#rearm() },
      LR: {
        written: () => {
          this.#ahead += this.get("LR") - this.#seconds();
          this.#rearm();
        },
      },
      IMSC: { written: () => this.#update() },
      MIS: { read: () => this.#masked(), peek: () => this.#masked() },
      ICR: {
        written: (value) => {
          if ((value & 1) !== 0) this.set("RIS.RIS", 0);
          this.#update();
        },
      },
    });
  }

  #elapsed(): number {
    return Math.floor(this.#clock.now / INSTRUCTIONS_PER_SECOND);
  }
  #seconds(): number {
    const seconds = (this.#ahead + this.#elapsed()) % WRAP;
    return seconds < 0 ? seconds + WRAP : seconds;
  }
  #masked(): number {
    return this.get("RIS.RIS") & this.get("IMSC.IM");
  }
  #update(): void {
    this.#line.set(this.#masked() !== 0);
  }
  #rearm(): void {
    // A match with the present second counts.
    if (this.get("MR") === this.#seconds()) {
      this.set("RIS.RIS", 1);
      this.#update();
    }
    this.#arm();
  }
  /** Sets the alarm for the second that matches next. */
  #arm(): void {
    const distance = (this.get("MR") - this.#seconds() + WRAP) % WRAP;
    const at = (this.#elapsed() + (distance === 0 ? WRAP : distance)) * INSTRUCTIONS_PER_SECOND;
    // Beyond exact integers lie more than a hundred days of guest time: no run gets there.
    if (Number.isSafeInteger(at)) this.#match.set(at);
    else this.#match.clear();
  }

  override reset(): void {
    super.reset();
    this.#ahead = this.#epoch;
    this.#match.clear();
    this.#update();
  }
  override save(): DeviceState {
    return { registers: super.save(), ahead: this.#ahead };
  }
  override restore(state: DeviceState): void {
    const { registers, ahead } = stateFields(state, this.name);
    super.restore(registers!);
    this.#ahead = stateInteger(ahead, `${this.name} time`, -(2 ** 40), 2 ** 40);
  }
}
