import type { Instruction } from "../instruction.js";
import { DUAL } from "./dual.js";
import { EXCLUSIVE } from "./exclusive.js";
import { MULTIPLE_SPECIAL } from "./multiple-special.js";
import { MULTIPLE } from "./multiple.js";
import { PRELOAD } from "./preload.js";
import { RETURN_STATE } from "./return-state.js";
import { SINGLE } from "./single.js";
import { SWP } from "./swap.js";

export const LOAD_STORE: readonly Instruction[] = [
  ...SINGLE,
  ...PRELOAD,
  ...DUAL,
  ...EXCLUSIVE,
  SWP,
  ...MULTIPLE,
  ...MULTIPLE_SPECIAL,
  ...RETURN_STATE,
];
