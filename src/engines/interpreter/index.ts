/** The door of the interpreter. */
export { BLOCK_LIMIT, Interpreter, type InterpreterCpu } from "./interpreter.js";
export type { KeptCode } from "./kept-code.js";
export { JumpCache } from "./jump-cache.js";
