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
  // A block's translation asks this for each op: it allocates nothing.
  const left = ir.constantOf(args[0]!);
  const right = args.length > 1 ? ir.constantOf(args[1]!) : 0;
  const third = args.length > 2 ? ir.constantOf(args[2]!) : 0;
  if (left !== undefined && right !== undefined && third !== undefined)
    return ir.const(CONCRETE[op](left, right, third));
  return identity(ir, op, args, left, args.length > 1 ? right : undefined);
};

/**
 * A value that `op(args)` is because of what one of the arguments is, or undefined. `left` and `right` are the
 * first two arguments where they are constant.
 */
export const identity = (
  ir: Folding,
  op: PureOpName,
  args: readonly Value[],
  left: number | undefined,
  right: number | undefined,
): Value | undefined => {
  const a = args[0];
  const b = args[1];
  switch (op) {
    case "add":
    case "or":
    case "xor":
      if (left === 0) return b;
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
      if (left === -1) return b;
      return right === 0 || left === 0 ? ir.const(0) : undefined;
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
      return left === undefined ? undefined : left !== 0 ? b : args[2];
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
