import { ones, TermError, type Term } from "./term.js";

/** The two's complement value of a word. */
export const signed = (value: bigint, width: number): bigint => BigInt.asIntN(width, value);

const bit = (truth: boolean): bigint => (truth ? 1n : 0n);

/**
 * What an operation gives for concrete arguments (SMT-LIB 2.6, FixedSizeBitVectors and QF_BV): the one meaning that
 * constant folding and evaluation use. Bool values are 0n and 1n. Variables, constants and reads have
 * no meaning of their own here.
 *
 * @throws TermError for an operation that needs a model.
 */
export const meaningOf = (
  term: Pick<Term, "op" | "width" | "args" | "hi" | "lo">,
  v: readonly bigint[],
): bigint => {
  const { op, width } = term;
  const a = v[0] ?? 0n;
  const b = v[1] ?? 0n;
  const argWidth = term.args[0]?.width ?? 0;
  const fit = (value: bigint): bigint => BigInt.asUintN(width, value);
  switch (op) {
    case "true":
      return 1n;
    case "false":
      return 0n;
    case "not":
      return a ^ 1n;
    case "and":
    case "bvand":
      return v.reduce((x, y) => x & y);
    case "or":
    case "bvor":
      return v.reduce((x, y) => x | y);
    case "xor":
    case "bvxor":
      return v.reduce((x, y) => x ^ y);
    case "ite":
      return a === 1n ? b : (v[2] ?? 0n);
    case "eq":
      return bit(a === b);
    case "bvnot":
      return a ^ ones(width);
    case "bvneg":
      return fit(-a);
    case "bvadd":
      return fit(v.reduce((x, y) => x + y));
    case "bvsub":
      return fit(a - b);
    case "bvmul":
      return fit(v.reduce((x, y) => x * y));
    case "bvudiv":
      return b === 0n ? ones(width) : a / b;
    case "bvurem":
      return b === 0n ? a : a % b;
    case "bvsdiv":
      return signedDivision(a, b, width);
    case "bvsrem":
      return b === 0n ? a : fit(signed(a, width) % signed(b, width));
    case "bvshl":
      return b >= BigInt(width) ? 0n : fit(a << b);
    case "bvlshr":
      return b >= BigInt(width) ? 0n : a >> b;
    case "bvashr":
      return fit(signed(a, width) >> (b >= BigInt(width) ? BigInt(width) : b));
    case "bvult":
      return bit(a < b);
    case "bvule":
      return bit(a <= b);
    case "bvslt":
      return bit(signed(a, argWidth) < signed(b, argWidth));
    case "bvsle":
      return bit(signed(a, argWidth) <= signed(b, argWidth));
    case "concat":
      return v.reduce((high, low, i) => (high << BigInt(term.args[i]?.width ?? 0)) | low);
    case "extract":
      return fit(a >> BigInt(term.lo));
    case "zero_extend":
      return a;
    case "sign_extend":
      return fit(signed(a, argWidth));
    case "const":
    case "var":
    case "read":
      throw new TermError(`${op} has no meaning without a model`);
  }
};

/** Division by zero gives -1 for a dividend of 0 and more, else 1 (SMT-LIB, bvsdiv by way of bvudiv). */
const signedDivision = (a: bigint, b: bigint, width: number): bigint => {
  const dividend = signed(a, width);
  if (b === 0n) return dividend >= 0n ? ones(width) : 1n;
  return BigInt.asUintN(width, dividend / signed(b, width));
};
