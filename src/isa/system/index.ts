import type { Instruction } from "../instruction.js";

export const SYSTEM: readonly Instruction[] = [];
