/** Data-processing instructions: standard operations, shifts, constants, bits, extends, saturation. */
import type { Instruction } from "../instruction.js";
import { ADR } from "./adr.js";
import { BIT_FIELDS } from "./bit-fields.js";
import { EXCEPTION_RETURNS } from "./exception-return.js";
import { EXTENDS } from "./extends.js";
import { PACK_AND_SELECT } from "./pack-and-select.js";
import { REVERSALS } from "./reversals.js";
import { SATURATIONS } from "./saturation.js";
import { SHIFT_INSTRUCTIONS } from "./shifts.js";
import { STANDARD } from "./standard.js";
import { MOVT } from "./wide-moves.js";

export const DATA_PROCESSING: readonly Instruction[] = [
  ...STANDARD,
  ...SHIFT_INSTRUCTIONS,
  ...EXCEPTION_RETURNS,
  ADR,
  MOVT,
  ...REVERSALS,
  ...BIT_FIELDS,
  ...EXTENDS,
  ...SATURATIONS,
  ...PACK_AND_SELECT,
];
