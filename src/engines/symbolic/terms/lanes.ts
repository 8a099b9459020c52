import { PURE_OPS, type PureOpName } from "../../../ir/index.js";
import {
  parseSExpressions,
  parseValue,
  SExpressionError,
  type SExpression,
} from "./s-expressions.js";
import { TermError, type Term } from "./term.js";
import type { Terms } from "./terms.js";

/** Builds a term out of the terms of the op's arguments. */
type Lane = (terms: Terms, args: readonly Term[]) => Term;

const lanes = new Map<PureOpName, Lane>();

/**
 * The value of a pure op of the IR, 32 bits, for arguments of 32 bits. Its row's `smt` lane is the only meaning: it
 * is read once and made with the factory's constructors.
 *
 * @throws SExpressionError if the lane has something that is not a term.
 */
export const applyPureOp = (terms: Terms, op: PureOpName, args: readonly Term[]): Term => {
  let lane = lanes.get(op);
  if (lane === undefined) {
    lane = readLane(op);
    lanes.set(op, lane);
  }
  return lane(terms, args);
};

const readLane = (op: PureOpName): Lane => {
  const { arity, smt } = PURE_OPS[op];
  const names = ["a", "b", "c"].slice(0, arity);
  const text = (smt as (...args: string[]) => string)(...names);
  const [expression] = parseSExpressions(text);
  if (expression === undefined) throw new SExpressionError(`the smt lane of ${op} is empty`);
  const built = compile(expression, names);
  return (terms, args) => {
    if (args.length !== arity)
      throw new TermError(`${op}: expected ${arity} arguments, found ${args.length}`);
    return built(terms, args);
  };
};

const compile = (e: SExpression, names: readonly string[]): Lane => {
  const constant = parseValue(e);
  if (constant !== undefined)
    return (terms) =>
      constant.width === 0
        ? terms.bool(constant.value === 1n)
        : terms.const(constant.value, constant.width);
  if (typeof e === "string") {
    const index = names.indexOf(e);
    if (index < 0) throw new SExpressionError(`unknown name ${e}`);
    return (_, args) => args[index] ?? missing(e);
  }
  const [head, ...rest] = e;
  const args = rest.map((arg) => compile(arg, names));
  const operation = typeof head === "string" ? plain(head) : indexed(head ?? []);
  return (terms, values) =>
    operation(
      terms,
      args.map((arg) => arg(terms, values)),
    );
};

const missing = (name: string): never => {
  throw new TermError(`argument ${name} is missing`);
};

const BINARY = [
  "bvsub",
  "bvudiv",
  "bvurem",
  "bvsdiv",
  "bvsrem",
  "bvshl",
  "bvlshr",
  "bvashr",
  "bvult",
  "bvule",
  "bvslt",
  "bvsle",
  "distinct",
  "xor",
] as const;
const NARY = ["bvand", "bvor", "bvxor", "bvadd", "bvmul", "concat"] as const;
const UNARY = ["not", "bvnot", "bvneg"] as const;
const SWAPPED = { bvugt: "bvult", bvuge: "bvule", bvsgt: "bvslt", bvsge: "bvsle" } as const;

const plain = (head: string): Lane => {
  const binary = BINARY.find((op) => op === head);
  if (binary !== undefined)
    return (terms, [a = missing("1"), b = missing("2")]) => terms[binary](a, b);
  const nary = NARY.find((op) => op === head);
  if (nary !== undefined) return (terms, [a = missing("1"), ...rest]) => terms[nary](a, ...rest);
  const unary = UNARY.find((op) => op === head);
  if (unary !== undefined) return (terms, [a = missing("1")]) => terms[unary](a);
  if (head in SWAPPED) {
    const op = SWAPPED[head as keyof typeof SWAPPED];
    return (terms, [a = missing("1"), b = missing("2")]) => terms[op](b, a);
  }
  switch (head) {
    case "=":
      return (terms, [a = missing("1"), b = missing("2")]) => terms.eq(a, b);
    case "ite":
      return (terms, [a = missing("1"), b = missing("2"), c = missing("3")]) => terms.ite(a, b, c);
    case "and":
      return (terms, args) => terms.and(...args);
    case "or":
      return (terms, args) => terms.or(...args);
    default:
      throw new SExpressionError(`unknown function ${head}`);
  }
};

const indexed = (head: readonly SExpression[]): Lane => {
  const [underscore, name, first, second] = head;
  const n = Number(first);
  const m = Number(second);
  if (underscore === "_" && Number.isInteger(n))
    switch (name) {
      case "extract":
        if (!Number.isInteger(m)) break;
        return (terms, [a = missing("1")]) => terms.extract(n, m, a);
      case "zero_extend":
        return (terms, [a = missing("1")]) => terms.zeroExtend(n, a);
      case "sign_extend":
        return (terms, [a = missing("1")]) => terms.signExtend(n, a);
      default:
    }
  throw new SExpressionError(`unknown indexed function ${JSON.stringify(head)}`);
};
