/** The door of the interpreter. */
export { BLOCK_LIMIT, Interpreter } from "./interpreter.js";
export type { InterpreterCpu } from "./interpreter-cpu.js";
export { JumpCache } from "./jump-cache.js";
export type { KeptCode } from "./kept-code.js";
