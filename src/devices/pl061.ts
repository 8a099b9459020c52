/** PL061 general purpose input and output (DDI 0190B): eight pins. */
import type { DeviceState, Line } from "../machine/index.js";
import { stateFields, stateInteger } from "./device-state.js";
import { primeCellIds } from "./prime-cell.js";
import { registerBlock, ro, rw, wo } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

export const PL061 = registerBlock(
  "PL061",
  "DDI 0190B, 3.2",
  {
    /** Address bits 9:2 select the pins that a read shows and a write changes. */
    DATA: { at: 0x000, count: 256, fields: { Data: rw(0, 8) } },
    DIR: { at: 0x400, fields: { Output: rw(0, 8) } },
    IS: { at: 0x404, fields: { Level: rw(0, 8) } },
    IBE: { at: 0x408, fields: { BothEdges: rw(0, 8) } },
    IEV: { at: 0x40c, fields: { High: rw(0, 8) } },
    IE: { at: 0x410, fields: { Enable: rw(0, 8) } },
    RIS: { at: 0x414, fields: { Raw: ro(0, 8) } },
    MIS: { at: 0x418, fields: { Masked: ro(0, 8) } },
    IC: { at: 0x41c, fields: { Clear: wo(0, 8) } },
    /** No pin of these boards has another function. */
    AFSEL: { at: 0x420, fields: { Alternate: rw(0, 8) }, unmodelled: true },
    ...primeCellIds(0x0004_1061),
  },
  { size: 0x1000 },
);

export interface Pl061Options {
  readonly name?: string;
  readonly base: number;
  /** GPIOINTR, all pins combined. */
  readonly interrupt: Line;
}

export class Pl061 extends RegisterDevice<typeof PL061.rows> {
  /** Hears of each pin that is driven to another level. */
  onOutput: (pin: number, level: boolean) => void = () => undefined;
  readonly #line: Line;
  /** Levels put on the pins from outside, a bit each. */
  #inputs = 0;
  /** Levels that DATA was last given for outputs. */
  #outputs = 0;
  /** Levels of all pins when interrupts were last looked at. */
  #levels = 0;

  constructor(options: Pl061Options) {
    super(PL061, options);
    this.#line = options.interrupt;
    this.on({
      DATA: {
        read: (index) => this.#pins() & index,
        peek: (index) => this.#pins() & index,
        written: (value, index, lanes) => {
          if ((lanes & 0xff) === 0) return;
          const mask = index & this.get("DIR");
          this.#outputs = (this.#outputs & ~mask) | (value & mask);
          this.#update();
        },
      },
      DIR: { written: () => this.#update() },
      IS: { written: () => this.#update() },
      IBE: { written: () => this.#update() },
      IEV: { written: () => this.#update() },
      IE: { written: () => this.#update() },
      RIS: { read: () => this.#raw(), peek: () => this.#raw() },
      MIS: {
        read: () => this.#raw() & this.get("IE"),
        peek: () => this.#raw() & this.get("IE"),
      },
      IC: {
        written: (value) => {
          this.set("RIS", this.get("RIS") & ~value);
          this.#update();
        },
      },
    });
  }

  /** Puts a level on a pin (0 to 7) from outside. */
  input(pin: number, level: boolean): void {
    this.#inputs = level ? this.#inputs | (1 << pin) : this.#inputs & ~(1 << pin);
    this.#update();
  }

  #pins(): number {
    const direction = this.get("DIR");
    return (this.#outputs & direction) | (this.#inputs & ~direction & 0xff);
  }
  /** Edges seen, stored in RIS, and levels as they are. */
  #raw(): number {
    const level = this.get("IS");
    return (this.get("RIS") & ~level) | (level & ~(this.#pins() ^ this.get("IEV")));
  }
  #update(): void {
    const now = this.#pins();
    const changed = now ^ this.#levels;
    this.#levels = now;
    const direction = this.get("DIR");
    for (let pin = 0; pin < 8; pin++) {
      if (((changed & direction) >>> pin) & 1) this.onOutput(pin, ((now >>> pin) & 1) === 1);
    }
    // Only inputs interrupt; edges are kept until cleared, levels are not.
    const edges = changed & ~direction & (this.get("IBE") | ~(now ^ this.get("IEV")));
    this.set("RIS", (this.get("RIS") | edges) & ~this.get("IS"));
    this.#line.set((this.#raw() & this.get("IE")) !== 0);
  }

  override reset(): void {
    super.reset();
    this.#outputs = 0;
    this.#levels = this.#inputs;
    this.#update();
  }
  override save(): DeviceState {
    return {
      registers: super.save(),
      inputs: this.#inputs,
      outputs: this.#outputs,
      levels: this.#levels,
    };
  }
  override restore(state: DeviceState): void {
    const { registers, inputs, outputs, levels } = stateFields(state, this.name);
    super.restore(registers!);
    this.#inputs = stateInteger(inputs, `${this.name} pins`, 0, 255);
    this.#outputs = stateInteger(outputs, `${this.name} pins`, 0, 255);
    this.#levels = stateInteger(levels, `${this.name} pins`, 0, 255);
  }
}
