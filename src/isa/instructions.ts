/** All instruction records. A family's index is the only other place that an instruction is named. */
import { BRANCH } from "./branch/index.js";
import { COPROCESSOR } from "./coprocessor/index.js";
import { DATA_PROCESSING } from "./data-processing/index.js";
import { LOAD_STORE } from "./load-store/index.js";
import { MULTIPLY } from "./multiply/index.js";
import { NEON } from "./neon/index.js";
import { SYSTEM } from "./system/index.js";
import { VFP } from "./vfp/index.js";
import { Decoder } from "./decoder.js";
import type { Instruction } from "./instruction.js";

export const INSTRUCTIONS: readonly Instruction[] = [
  ...DATA_PROCESSING,
  ...MULTIPLY,
  ...LOAD_STORE,
  ...BRANCH,
  ...SYSTEM,
  ...NEON,
  ...VFP,
  ...COPROCESSOR,
];

/** The decode tables of all instructions. */
export const DECODER = new Decoder(INSTRUCTIONS);
