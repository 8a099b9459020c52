/** Folding at build time: constants and identities that instruction bodies give rise to all the time. */
import type { Node, Value } from "./block.js";
import { CONCRETE } from "./concrete.js";
import type { PureOpName } from "./pure-ops.js";

/** What folding makes values with. */
export interface Folding {
  node(value: Value): Node;
  constantOf(value: Value): number | undefined;
  const(value: number): Value;
  pure(op: PureOpName, ...args: Value[]): Value;
}

/** A simpler value for `op(args)`, or undefined where there is none. */
export const foldPure = (
  ir: Folding,
  op: PureOpName,
  args: readonly Value[],
): Value | undefined => {
  const constants = args.map((a) => ir.constantOf(a));
  if (constants.every((c) => c !== undefined)) {
    const [a = 0, b = 0, c = 0] = constants;
    return ir.const(CONCRETE[op](a, b, c));
  }
  return identity(ir, op, args, constants);
};

/** A value that `op(args)` is because of what one of the arguments is, or undefined. */
export const identity = (
  ir: Folding,
  op: PureOpName,
  args: readonly Value[],
  constants = args.map((a) => ir.constantOf(a)),
): Value | undefined => {
  const [a, b, c] = args;
  const right = constants[1];
  switch (op) {
    case "add":
    case "or":
    case "xor":
      if (constants[0] === 0) return b;
      return right === 0 ? a : undefined;
    case "sub":
    case "shl":
    case "shr":
    case "sar":
    case "ror":
    case "lsl":
    case "lsr":
    case "asr":
    case "bic":
      return right === 0 ? a : narrowShift(ir, op, a!, right);
    case "and":
      if (right === -1) return a;
      if (constants[0] === -1) return b;
      return right === 0 || constants[0] === 0 ? ir.const(0) : undefined;
    case "not": {
      const inner = ir.node(a!);
      return inner.kind === "pure" && inner.op === "not" ? inner.args[0] : undefined;
    }
    case "overflowSub":
      return right === 0 ? ir.const(0) : undefined;
    case "geUnsigned":
      return right === 0 ? ir.const(1) : undefined;
    case "eq":
      return right === 0 ? ir.pure("isZero", a!) : undefined;
    case "select":
      return constants[0] === undefined ? undefined : constants[0] !== 0 ? b : c;
    default:
      return undefined;
  }
};

/** Arm shifts by a constant below 32 become the plain shift ops. */
const narrowShift = (
  ir: Folding,
  op: PureOpName,
  value: Value,
  n: number | undefined,
): Value | undefined => {
  if (n === undefined || n < 0) return undefined;
  if (op === "lsl") return n < 32 ? ir.pure("shl", value, ir.const(n)) : ir.const(0);
  if (op === "lsr") return n < 32 ? ir.pure("shr", value, ir.const(n)) : ir.const(0);
  if (op === "asr") return ir.pure("sar", value, ir.const(Math.min(n, 31)));
  return undefined;
};
