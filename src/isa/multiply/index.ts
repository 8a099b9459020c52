import type { Instruction } from "../instruction.js";

export const MULTIPLY: readonly Instruction[] = [];
