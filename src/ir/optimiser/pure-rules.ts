/** Rules that put a simpler value in the place of a pure op. Each is a function of its own. */
import { CONCRETE } from "../concrete.js";
import { identity } from "../fold.js";
import type { Value } from "../block.js";
import type { PureOpName } from "../pure-ops.js";
import type { PureRule, Rewriter } from "./rewriter.js";

/** Ops of constants are constants. */
export const foldConstants: PureRule = (ir, op, args) => {
  const a = ir.constantOf(args[0]!);
  if (a === undefined) return undefined;
  const b = args.length > 1 ? ir.constantOf(args[1]!) : 0;
  const c = args.length > 2 ? ir.constantOf(args[2]!) : 0;
  return b === undefined || c === undefined ? undefined : ir.const(CONCRETE[op](a, b, c));
};

/** x + 0, x AND -1, shifts by 0, select of a constant and their kin. */
export const applyIdentities: PureRule = (ir, op, args) => {
  const [a, b, c] = args;
  if (op === "select" && b === c) return b;
  if ((op === "xor" || op === "sub") && a === b) return ir.const(0);
  if ((op === "and" || op === "or") && a === b) return a;
  return identity(ir, op, args, ir.constantOf(a!), b === undefined ? undefined : ir.constantOf(b));
};

/** Sums with constants become one sum: (x + m) + n, x - n. Addresses of neighbours then have the same base. */
export const joinSums: PureRule = (ir, op, args) => {
  const [a, b] = args;
  if (op === "sub") {
    const n = ir.constantOf(b!);
    return n === undefined ? undefined : ir.pure("add", a!, ir.const(-n));
  }
  if (op !== "add") return undefined;
  if (ir.constantOf(a!) !== undefined) return ir.pure("add", b!, a!);
  const n = ir.constantOf(b!);
  const inner = ir.pureOf(a!);
  if (n === undefined || inner?.op !== "add") return undefined;
  const m = ir.constantOf(inner.args[1]!);
  return m === undefined ? undefined : ir.pure("add", inner.args[0]!, ir.const(m + n));
};

/** Do two values come from the same op of the same arguments, given as [op, args]? */
const isOf = (ir: Rewriter, value: Value, op: PureOpName, a: Value, b: Value): boolean => {
  const made = ir.pureOf(value);
  return made?.op === op && made.args[0] === a && made.args[1] === b;
};
/** Is a value bit 31 of a - b? The subtraction of a constant may have become a sum. */
const isSignOfDifference = (ir: Rewriter, value: Value, a: Value, b: Value): boolean => {
  const made = ir.pureOf(value);
  if (made?.op !== "shr" || ir.constantOf(made.args[1]!) !== 31) return false;
  const difference = made.args[0]!;
  if (isOf(ir, difference, "sub", a, b)) return true;
  const n = ir.constantOf(b);
  const sum = ir.pureOf(difference);
  if (n === undefined || sum?.op !== "add") return false;
  const m = ir.constantOf(sum.args[1]!);
  if (m === undefined) return false;
  if (sum.args[0] === a) return (m + n) % 2 ** 32 === 0;
  // a itself is a sum that was joined.
  const inner = ir.pureOf(a);
  return (
    inner?.op === "add" &&
    inner.args[0] === sum.args[0] &&
    ((m + n - (ir.constantOf(inner.args[1]!) ?? Number.NaN)) | 0) === 0
  );
};

/** Conditions after a compare are comparisons: N xor V is <, C and not Z is unsigned >, Z or < is <=. */
export const recogniseComparisons: PureRule = (ir, op, args) => {
  const [x, y] = args;
  switch (op) {
    case "xor":
      for (const [sign, overflow] of [
        [x!, y!],
        [y!, x!],
      ] as const) {
        const made = ir.pureOf(overflow);
        if (made?.op !== "overflowSub") continue;
        const [a, b] = made.args;
        if (isSignOfDifference(ir, sign, a!, b!)) return ir.pure("ltSigned", a!, b!);
      }
      return undefined;
    case "bic": {
      const carry = ir.pureOf(x!);
      if (carry?.op !== "geUnsigned") return undefined;
      const [a, b] = carry.args;
      return isOf(ir, y!, "eq", a!, b!) ? ir.pure("ltUnsigned", b!, a!) : undefined;
    }
    case "or": {
      const less = ir.pureOf(y!);
      if (less?.op !== "ltSigned") return undefined;
      const [a, b] = less.args;
      return isOf(ir, x!, "eq", a!, b!) ? ir.pure("leSigned", a!, b!) : undefined;
    }
    case "isZero": {
      const made = ir.pureOf(x!);
      return made?.op === "sub" || made?.op === "xor"
        ? ir.pure("eq", made.args[0]!, made.args[1]!)
        : undefined;
    }
    default:
      return undefined;
  }
};
