/** The board's power key: held down for a moment, as the reference's is. */
import { type Alarm, type Clock, INSTRUCTIONS_PER_SECOND } from "../../machine/index.js";

/** A tenth of a second: longer than a kernel's debouncing. */
const HELD = INSTRUCTIONS_PER_SECOND / 10;

export class PowerKey {
  readonly #clock: Clock;
  readonly #set: (down: boolean) => void;
  readonly #release: Alarm;

  /** `set` puts the key's level on its pin: high while it is down. */
  constructor(clock: Clock, set: (down: boolean) => void) {
    this.#clock = clock;
    this.#set = set;
    this.#release = clock.alarm(() => set(false));
  }
  press(): void {
    this.#set(true);
    this.#release.set(this.#clock.now + HELD);
  }
}
