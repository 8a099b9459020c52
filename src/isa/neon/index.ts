/** Advanced SIMD (NEON), SIMDv2: data processing and element and structure loads and stores. */
import type { Instruction } from "../instruction.js";
import { byScalar } from "./by-scalar.js";
import { MISCELLANEOUS } from "./miscellaneous.js";
import { FIXED_CONVERSION, MISCELLANEOUS_FLOAT } from "./miscellaneous-float.js";
import { MODIFIED_IMMEDIATE } from "./modified-immediate.js";
import { SHIFT_IMMEDIATE } from "./shift-immediate.js";
import { STRUCTURES } from "./structures.js";
import { TABLE_AND_DUPLICATE } from "./table-and-duplicate.js";
import { threeDifferent } from "./three-different.js";
import { THREE_SAME } from "./three-same.js";
import { byScalarFloat, THREE_SAME_FLOAT } from "./three-same-float.js";
import { unallocated } from "./unallocated.js";

const names = (instructions: readonly Instruction[]): string[] => instructions.map((i) => i.name);

/** Where the size of three different lengths and of scalars would be 3. */
const SIZE_3 = [...MISCELLANEOUS, ...MISCELLANEOUS_FLOAT, ...TABLE_AND_DUPLICATE];
const DATA_PROCESSING: readonly Instruction[] = [
  ...THREE_SAME,
  ...THREE_SAME_FLOAT,
  ...threeDifferent(names(SIZE_3)),
  ...byScalar(names(SIZE_3)),
  ...byScalarFloat(names(SIZE_3)),
  ...SHIFT_IMMEDIATE,
  FIXED_CONVERSION,
  ...MODIFIED_IMMEDIATE,
  ...SIZE_3,
];

const ALLOCATED = [...DATA_PROCESSING, ...STRUCTURES];
export const NEON: readonly Instruction[] = [...ALLOCATED, unallocated(names(ALLOCATED))];
