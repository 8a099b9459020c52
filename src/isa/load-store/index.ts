import type { Instruction } from "../instruction.js";

export const LOAD_STORE: readonly Instruction[] = [];
