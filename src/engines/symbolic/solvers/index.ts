/** Solvers: the back ends behind one interface. */
export * from "./smt-lib-solver.js";
export * from "./solver.js";
export { Z3Solver } from "./z3-solver.js";
