import { SLOT, type Slot } from "../../arch/index.js";

/** What writes of CPSR change of the slots that instructions read and write by themselves. */
export const PSR_SLOTS: readonly Slot[] = [SLOT.N, SLOT.Z, SLOT.C, SLOT.V, SLOT.Q, SLOT.GE];
