/** System state by name, as cases and counterexamples hold it. */
import { slotNamed } from "../arch/index.js";

/** State slots by name, with the values that they have at the call. */
export type SystemState = Readonly<Record<string, number>>;

/** Slot of a state word. Throws RangeError for a name that is none. */
export const slotOf = (name: string): number => {
  const slot = slotNamed(name);
  if (slot === undefined) throw new RangeError(`no state is named ${name}`);
  return slot;
};
/** Puts a system state into a CPU's state slots. */
export const applySystem = (state: Int32Array, system: SystemState): void => {
  for (const name in system) state[slotOf(name)] = system[name]!;
};
