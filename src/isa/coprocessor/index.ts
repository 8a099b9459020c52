import type { Instruction } from "../instruction.js";
import { COPROCESSOR as RECORDS } from "./coprocessor.js";
import { VFP_SYSTEM } from "./vfp-system.js";

export const COPROCESSOR: readonly Instruction[] = [...RECORDS, ...VFP_SYSTEM];
