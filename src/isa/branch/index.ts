import type { Instruction } from "../instruction.js";
import { B } from "./b.js";
import { BL } from "./bl.js";
import { BRANCH_EXCHANGE } from "./branch-exchange.js";
import { CBNZ_CBZ } from "./compare-and-branch.js";
import { IT } from "./it.js";
import { TBB_TBH } from "./table-branch.js";

export const BRANCH: readonly Instruction[] = [B, BL, IT, ...BRANCH_EXCHANGE, CBNZ_CBZ, TBB_TBH];
