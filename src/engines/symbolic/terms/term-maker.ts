/** What the rules make terms with: constructors of one factory, whose terms may be put together. */
import type { KnownBits } from "./known-bits.js";
import type { Term, TermOp } from "./term.js";

/** What a term has besides its op, its width and its arguments. */
export interface Attributes {
  readonly value?: bigint;
  readonly name?: string;
  readonly hi?: number;
  readonly lo?: number;
}

/** A factory of terms as rules see it; `Terms` is the one there is. */
export interface TermMaker {
  readonly true: Term;
  readonly false: Term;
  /** The bits of a bit vector that are the same under every model, as far as its form shows. */
  known(term: Term): KnownBits;
  /** The term of this op and these arguments as they are: no rule is applied but that of known bits. */
  make(op: TermOp, width: number, args: readonly Term[], attributes?: Attributes): Term;
  /** A bit vector constant; a negative value is taken modulo 2 to the width. */
  const(value: bigint | number, width: number): Term;
  bool(truth: boolean): Term;
  not(a: Term): Term;
  /** True of no argument. */
  and(...args: readonly Term[]): Term;
  /** False of no argument. */
  or(...args: readonly Term[]): Term;
  /** Exclusive or of two Bools. */
  xor(a: Term, b: Term): Term;
  ite(condition: Term, a: Term, b: Term): Term;
  /** Equality of two Bools or two bit vectors of one width. */
  eq(a: Term, b: Term): Term;
  distinct(a: Term, b: Term): Term;
  bvnot(a: Term): Term;
  bvand(first: Term, ...rest: readonly Term[]): Term;
  bvor(first: Term, ...rest: readonly Term[]): Term;
  bvxor(first: Term, ...rest: readonly Term[]): Term;
  bvadd(first: Term, ...rest: readonly Term[]): Term;
  bvult(a: Term, b: Term): Term;
  bvslt(a: Term, b: Term): Term;
  /** The high part first. */
  concat(first: Term, ...rest: readonly Term[]): Term;
  /** Bits hi:lo. */
  extract(hi: number, lo: number, a: Term): Term;
  /** `by` zeros in front. */
  zeroExtend(by: number, a: Term): Term;
  /** `by` copies of the sign in front. */
  signExtend(by: number, a: Term): Term;
  /** The op's value if all arguments are constants. */
  folded(
    op: TermOp,
    width: number,
    args: readonly Term[],
    hi?: number,
    lo?: number,
  ): Term | undefined;
  /** The term of `op` made by this factory's constructor: rebuilds what another factory made. */
  apply(term: Omit<Term, "id" | "args">, args: readonly Term[]): Term;
}
