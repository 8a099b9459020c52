/** Solvers: the back ends behind one interface. */
export * from "./solver.js";
