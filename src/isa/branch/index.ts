import type { Instruction } from "../instruction.js";
import { B } from "./b.js";
import { IT } from "./it.js";

export const BRANCH: readonly Instruction[] = [B, IT];
