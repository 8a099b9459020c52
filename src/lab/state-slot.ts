import { slotNamed, type Slot } from "../arch/index.js";

/** Slot of a state word. Throws RangeError for a name that is none. */
export const stateSlot = (name: string): Slot => {
  const slot = slotNamed(name);
  if (slot === undefined) throw new RangeError(`no state is named ${name}`);
  return slot;
};
