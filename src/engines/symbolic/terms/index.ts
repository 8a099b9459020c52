/** Terms: the door of this part of the symbolic engine for the executor and the solvers. */
export * from "./evaluate.js";
export * from "./lanes.js";
export { signed } from "./meaning.js";
export {
  parseSExpressions,
  parseValue,
  SExpressionError,
  type SExpression,
} from "./s-expressions.js";
export * from "./smt-lib.js";
export * from "./term.js";
export { Terms } from "./terms.js";
