import type { Instruction } from "../instruction.js";
import { DUAL } from "./dual.js";
import { MULTIPLE } from "./multiple.js";
import { PRELOAD } from "./preload.js";
import { SINGLE } from "./single.js";

export const LOAD_STORE: readonly Instruction[] = [...SINGLE, ...PRELOAD, ...DUAL, ...MULTIPLE];
