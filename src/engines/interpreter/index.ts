/** The door of the interpreter. */
export { BLOCK_LIMIT, Interpreter, type InterpreterCpu } from "./interpreter.js";
export { runFunctionText } from "./generate.js";
