import type { Instruction } from "../instruction.js";
import { EXCEPTION_INSTRUCTIONS } from "./exceptions.js";
import { HINT_INSTRUCTIONS } from "./hints.js";
import { PSR_INSTRUCTIONS } from "./psr.js";

export const SYSTEM: readonly Instruction[] = [
  ...EXCEPTION_INSTRUCTIONS,
  ...PSR_INSTRUCTIONS,
  ...HINT_INSTRUCTIONS,
];
