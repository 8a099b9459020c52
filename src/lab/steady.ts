/** Whether a machine still does anything: branches to themselves and faults that are taken for ever do not. */
import { SLOT_NAMES } from "../arch/index.js";
import type { Machine } from "../machine/index.js";

/** Instructions between two looks. */
const FIRST_LOOK = 192;
const LATER_LOOKS = 20_000;

export interface SteadyRun {
  /** Instructions that ran. */
  readonly ran: number;
  /** One more instruction would change no register and no page. */
  readonly loops: boolean;
}

/** Runs until the budget is used up, the boot CPU stops, or nothing changes any more. */
export const runUntilSteady = (machine: Machine, budget: number): SteadyRun => {
  const { cpu, memory } = machine;
  let ran = machine.run(Math.min(FIRST_LOOK, budget));
  while (ran < budget && cpu.stopped === undefined) {
    const dirty = memory.dirtyCount;
    if (standsStill(machine) && dirty === memory.dirtyCount) return { ran, loops: true };
    ran += machine.run(Math.min(LATER_LOOKS, budget - ran));
  }
  return { ran, loops: false };
};

const standsStill = (machine: Machine): boolean => {
  const { state } = machine.cpu;
  // A fault that is taken needs a step of its own before it repeats.
  machine.run(1);
  const before = state.slice(0, SLOT_NAMES.length);
  machine.run(1);
  for (let slot = 0; slot < before.length; slot++) if (before[slot] !== state[slot]) return false;
  return true;
};
