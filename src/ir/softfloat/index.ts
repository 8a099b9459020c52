/**
 * Software floating point, exact in results and exceptions. `control` is a word in FPSCR's format; an op
 * ends with `accumulate(s)`, which ORs the exceptions raised into FPSCR. Advanced SIMD passes
 * `standardFpscr(s[SLOT.FPSCR])`.
 */
export * from "./control.js";
export * from "./single.js";
export * from "./double.js";
export * from "./convert.js";
export * from "./simd.js";
export { COMPARED } from "./arithmetic.js";
export { result as result64 } from "./operand.js";
