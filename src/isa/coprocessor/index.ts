import type { Instruction } from "../instruction.js";

export const COPROCESSOR: readonly Instruction[] = [];
