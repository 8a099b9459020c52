import type { Instruction } from "../instruction.js";
import { B } from "./b.js";
import { BL } from "./bl.js";
import { BRANCH_REGISTER } from "./branch-register.js";
import { IT } from "./it.js";

export const BRANCH: readonly Instruction[] = [B, BL, IT, ...BRANCH_REGISTER];
