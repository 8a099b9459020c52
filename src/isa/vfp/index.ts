import type { Instruction } from "../instruction.js";
import { VFP_ARITHMETIC } from "./arithmetic.js";
import { VFP_CONVERT } from "./convert.js";
import { VFP_LOAD_STORE } from "./load-store.js";
import { VFP_MOVE } from "./move.js";
import { unallocated } from "./unallocated.js";

const ALLOCATED: readonly Instruction[] = [
  ...VFP_ARITHMETIC,
  ...VFP_CONVERT,
  ...VFP_MOVE,
  ...VFP_LOAD_STORE,
];
export const VFP: readonly Instruction[] = [...ALLOCATED, unallocated(ALLOCATED)];
