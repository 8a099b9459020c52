/** System state by name, as cases and counterexamples hold it. */
import { stateSlot } from "./state-slot.js";

/** State slots by name, with the values that they have at the call. */
export type SystemState = Readonly<Record<string, number>>;

/** Puts a system state into a CPU's state slots. */
export const applySystem = (state: Int32Array, system: SystemState): void => {
  for (const name in system) state[stateSlot(name)] = system[name]!;
};
