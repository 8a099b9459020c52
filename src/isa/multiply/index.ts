import type { Instruction } from "../instruction.js";
import { DSP } from "./dsp.js";
import { MULTIPLIES } from "./multiply.js";
import { PARALLEL } from "./parallel.js";

export const MULTIPLY: readonly Instruction[] = [...MULTIPLIES, ...DSP, ...PARALLEL];
