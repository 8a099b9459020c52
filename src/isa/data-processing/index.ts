import type { Instruction } from "../instruction.js";
import { BIT_OPERATIONS } from "./bit-operations.js";
import { STANDARD } from "./standard.js";
import { WIDE_MOVES } from "./wide-moves.js";

export const DATA_PROCESSING: readonly Instruction[] = [...STANDARD, ...WIDE_MOVES, ...BIT_OPERATIONS];
