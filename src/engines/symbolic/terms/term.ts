/**
 * Terms of the SMT-LIB theories of fixed-size bit vectors and arrays, as far as the symbolic engine needs
 * them. A term is immutable and hash-consed: within one `Terms` two equal terms are the same object.
 */
export type TermOp =
  | "const"
  | "var"
  | "true"
  | "false"
  | "not"
  | "and"
  | "or"
  | "xor"
  | "ite"
  | "eq"
  | "bvnot"
  | "bvneg"
  | "bvand"
  | "bvor"
  | "bvxor"
  | "bvadd"
  | "bvsub"
  | "bvmul"
  | "bvudiv"
  | "bvurem"
  | "bvsdiv"
  | "bvsrem"
  | "bvshl"
  | "bvlshr"
  | "bvashr"
  | "bvult"
  | "bvule"
  | "bvslt"
  | "bvsle"
  | "concat"
  | "extract"
  | "zero_extend"
  | "sign_extend"
  | "read";

/**
 * One term. `and`, `or`, `bvand`, `bvor`, `bvxor`, `bvadd`, `bvmul` and `concat` take two or more arguments;
 * in a simplified term the constant of a commutative one is the last, and `concat` has the high part first.
 */
export interface Term {
  /** Unique within its `Terms`; an argument's is lower than its term's. */
  readonly id: number;
  readonly op: TermOp;
  /** 0 is Bool, else the bit vector's width, 1 to 64. */
  readonly width: number;
  readonly args: readonly Term[];
  /** Of `const`: unsigned, below 2 to the width. */
  readonly value: bigint;
  /** Of `var`: the variable; of `read`: the array. */
  readonly name: string;
  /** Of `extract`: the bits hi:lo. Of `zero_extend` and `sign_extend`: `hi` bits are added. */
  readonly hi: number;
  readonly lo: number;
}

/** Words of initial memory are addressed by VA or PA bits 31:2. */
export const INDEX_WIDTH = 30;
export const WORD_WIDTH = 32;
export const MAX_WIDTH = 64;

/** A term that no SMT-LIB sort fits: a defect of the caller. */
export class TermError extends Error {
  override readonly name = "TermError";
}

/** All ones of a width. */
export const ones = (width: number): bigint => (1n << BigInt(width)) - 1n;

/** Every term that occurs in `roots`, arguments before the terms that have them. */
export const subterms = (roots: readonly Term[]): Term[] => {
  const seen = new Set<Term>();
  const stack = [...roots];
  for (let term = stack.pop(); term !== undefined; term = stack.pop()) {
    if (seen.has(term)) continue;
    seen.add(term);
    for (const arg of term.args) if (!seen.has(arg)) stack.push(arg);
  }
  return [...seen].sort((a, b) => a.id - b.id);
};
