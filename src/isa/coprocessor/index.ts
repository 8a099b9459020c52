import type { Instruction } from "../instruction.js";
import { COPROCESSOR as RECORDS } from "./coprocessor.js";

export const COPROCESSOR: readonly Instruction[] = RECORDS;
