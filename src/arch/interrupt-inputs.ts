/** What an interrupt can come from (DDI 0406C, B1.8.11). */
import { SLOT, systemSlot } from "./state-layout.js";
import type { StateTest } from "./floating-point-access.js";

/** HCR.VF, VI and VA: virtual interrupts that software raises. */
const HCR_VIRTUAL = (1 << 6) | (1 << 7) | (1 << 8);

/** Where all hold, no interrupt can be taken, whatever is masked and routed. */
export const NO_INTERRUPT_INPUT: readonly [inputs: StateTest, virtual: StateTest] = [
  { slot: SLOT.interruptInputs, mask: -1, value: 0 },
  { slot: systemSlot("HCR"), mask: HCR_VIRTUAL, value: 0 },
];
