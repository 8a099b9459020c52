/** The symbolic engine: terms, and the execution of IR blocks over them. */
export * from "./execution/index.js";
export * from "./terms/index.js";
export * from "./solvers/index.js";
