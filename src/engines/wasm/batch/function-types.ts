/** Types of the functions that a batch's modules have, and the numbers of them. */

/** Function types of all modules of a batch. */
export const BATCH_TYPES = [
  { parameters: 1, result: true },
  { parameters: 2, result: true },
  { parameters: 3, result: true },
  { parameters: 0, result: false },
  { parameters: 0, result: true },
] as const;
/** Runs a call: (budget) gives a reason to leave. */
export const RUN_TYPE = 0;
/** Finds the entry of a page: (tag, write). */
export const MISS_TYPE = 1;
