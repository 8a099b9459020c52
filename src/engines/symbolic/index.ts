/** The symbolic engine: terms and solvers. */
export * from "./terms/index.js";
export * from "./solvers/index.js";
