/** Solvers: the back ends behind one interface. */
export { CdclSolver, type CdclOptions } from "./cdcl-solver.js";
export { AgreeingSolver, PortfolioSolver, type PortfolioCounts } from "./portfolio-solver.js";
export * from "./smt-lib-solver.js";
export * from "./solver.js";
export { Z3Solver } from "./z3-solver.js";
