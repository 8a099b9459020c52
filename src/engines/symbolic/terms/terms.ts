import { bitAnd, bitNot, bitOr, bitXor } from "./bitwise.js";
import { boolAnd, boolIte, boolNot, boolOr, boolXor } from "./boolean.js";
import { equal, lessSigned, lessUnsigned } from "./comparison.js";
import { knownBits, type KnownBits } from "./known-bits.js";
import { product, sum } from "./linear.js";
import { meaningOf } from "./meaning.js";
import { quotient, shift, wordIte } from "./operations.js";
import { concatenate, extract, signExtend, zeroExtend } from "./slices.js";
import {
  INDEX_WIDTH,
  MAX_WIDTH,
  ones,
  TermError,
  WORD_WIDTH,
  type Term,
  type TermOp,
} from "./term.js";
import type { Attributes, TermMaker } from "./term-maker.js";

type Division = "bvudiv" | "bvurem" | "bvsdiv" | "bvsrem";
type Shift = "bvshl" | "bvlshr" | "bvashr";

/**
 * The factory of terms. Equal terms are one object. Unless it is made with `{ simplify: false }`, the constructors
 * normalise at word level: a term that comes out is equal in value to what was asked for, but often smaller
 * or of another op (`bvsub`, `bvule`, `bvsle` never come out; shifts by constants become slices; sums are
 * linear forms). Nothing may rely on a particular form but constants: a term whose value is the same under
 * every model that the rules can see is `const`, `true` or `false`.
 */
export class Terms implements TermMaker {
  readonly #interned = new Map<string, Term>();
  readonly #known: KnownBits[] = [];
  readonly #sorts = new Map<string, number>();
  readonly simplifying: boolean;
  readonly true: Term;
  readonly false: Term;

  constructor(options: { readonly simplify?: boolean } = {}) {
    this.simplifying = options.simplify ?? true;
    this.true = this.make("true", 0, []);
    this.false = this.make("false", 0, []);
  }

  /** How many different terms were made. */
  get size(): number {
    return this.#known.length;
  }

  /** The bits of a bit vector that are the same under every model, as far as its form shows. */
  known(term: Term): KnownBits {
    const known = this.#known[term.id];
    if (known === undefined) throw new TermError(`term ${term.id} is of another factory`);
    return known;
  }

  /** The term of this op and these arguments as they are: no rule is applied but that of known bits. */
  make(op: TermOp, width: number, args: readonly Term[], attributes: Attributes = {}): Term {
    const { value = 0n, name = "", hi = 0, lo = 0 } = attributes;
    let key = `${op} ${width} ${hi} ${lo} ${value} ${name}`;
    for (const arg of args) key += ` ${arg.id}`;
    const present = this.#interned.get(key);
    if (present !== undefined) return present;
    if (width > MAX_WIDTH) throw new TermError(`${op} of ${width} bits: at most ${MAX_WIDTH}`);
    const draft = { op, width, args, value, name, hi, lo };
    const known = knownBits(draft, (arg) => this.known(arg));
    if (
      this.simplifying &&
      width > 0 &&
      op !== "const" &&
      (known.zeros | known.ones) === ones(width)
    )
      return this.const(known.ones, width);
    const term: Term = { id: this.#known.length, ...draft };
    this.#known.push(known);
    this.#interned.set(key, term);
    return term;
  }

  /** A bit vector constant; a negative value is taken modulo 2 to the width. */
  const(value: bigint | number, width: number): Term {
    return this.make("const", width, [], { value: BigInt.asUintN(width, BigInt(value)) });
  }

  bool(truth: boolean): Term {
    return truth ? this.true : this.false;
  }

  /**
   * A variable, free under every model. Width 0 is Bool.
   *
   * @throws TermError if the name has another sort already.
   */
  var(name: string, width: number): Term {
    this.#sort(name, width);
    return this.make("var", width, [], { name });
  }

  /** The 32-bit word of the initial memory `array` at a word index of 30 bits (bits 31:2 of the address). */
  read(array: string, index: Term): Term {
    this.#sort(array, -1);
    needWidth("read", index, INDEX_WIDTH);
    return this.make("read", WORD_WIDTH, [index], { name: array });
  }

  #sort(name: string, sort: number): void {
    const present = this.#sorts.get(name);
    if (present !== undefined && present !== sort)
      throw new TermError(`${name} has two sorts: a name is one variable or one array`);
    this.#sorts.set(name, sort);
  }

  not(a: Term): Term {
    needWidth("not", a, 0);
    return this.simplifying ? boolNot(this, a) : this.make("not", 0, [a]);
  }

  /** True of no argument. */
  and(...args: readonly Term[]): Term {
    for (const arg of args) needWidth("and", arg, 0);
    if (args.length < 2) return args[0] ?? this.true;
    return this.simplifying ? boolAnd(this, args) : this.make("and", 0, args);
  }

  /** False of no argument. */
  or(...args: readonly Term[]): Term {
    for (const arg of args) needWidth("or", arg, 0);
    if (args.length < 2) return args[0] ?? this.false;
    return this.simplifying ? boolOr(this, args) : this.make("or", 0, args);
  }

  implies(a: Term, b: Term): Term {
    return this.or(this.not(a), b);
  }

  /** Exclusive or of two Bools. */
  xor(a: Term, b: Term): Term {
    needWidth("xor", a, 0);
    needWidth("xor", b, 0);
    return this.simplifying ? boolXor(this, a, b) : this.make("xor", 0, [a, b]);
  }

  ite(condition: Term, a: Term, b: Term): Term {
    needWidth("ite", condition, 0);
    needWidth("ite", b, a.width);
    if (!this.simplifying) return this.make("ite", a.width, [condition, a, b]);
    return a.width === 0 ? boolIte(this, condition, a, b) : wordIte(this, condition, a, b);
  }

  /** Equality of two Bools or two bit vectors of one width. */
  eq(a: Term, b: Term): Term {
    needWidth("eq", b, a.width);
    return this.simplifying ? equal(this, a, b) : this.make("eq", 0, [a, b]);
  }

  distinct(a: Term, b: Term): Term {
    return this.not(this.eq(a, b));
  }

  bvnot(a: Term): Term {
    return this.simplifying ? bitNot(this, a) : this.make("bvnot", a.width, [a]);
  }

  bvneg(a: Term): Term {
    return this.simplifying ? sum(this, a.width, [[a, -1n]]) : this.make("bvneg", a.width, [a]);
  }

  bvand(first: Term, ...rest: readonly Term[]): Term {
    return this.#bitwise("bvand", [first, ...rest], bitAnd);
  }

  bvor(first: Term, ...rest: readonly Term[]): Term {
    return this.#bitwise("bvor", [first, ...rest], bitOr);
  }

  bvxor(first: Term, ...rest: readonly Term[]): Term {
    return this.#bitwise("bvxor", [first, ...rest], bitXor);
  }

  bvadd(first: Term, ...rest: readonly Term[]): Term {
    return this.#bitwise("bvadd", [first, ...rest], (terms, args) =>
      sum(
        terms,
        first.width,
        args.map((arg) => [arg, 1n]),
      ),
    );
  }

  bvsub(a: Term, b: Term): Term {
    needWidth("bvsub", b, a.width);
    if (!this.simplifying) return this.make("bvsub", a.width, [a, b]);
    return sum(this, a.width, [
      [a, 1n],
      [b, -1n],
    ]);
  }

  bvmul(first: Term, ...rest: readonly Term[]): Term {
    return this.#bitwise("bvmul", [first, ...rest], product);
  }

  #bitwise(
    op: TermOp,
    args: readonly [Term, ...Term[]],
    rule: (terms: TermMaker, args: readonly Term[]) => Term,
  ): Term {
    const [first] = args;
    if (first.width === 0) throw new TermError(`${op} of a Bool`);
    for (const arg of args) needWidth(op, arg, first.width);
    if (args.length === 1) return first;
    return this.simplifying ? rule(this, args) : this.make(op, first.width, args);
  }

  /** Division as SMT-LIB has it: by zero it gives all ones, a remainder the dividend. */
  divide(op: Division, a: Term, b: Term): Term {
    needWidth(op, b, a.width);
    return this.simplifying ? quotient(this, op, a, b) : this.make(op, a.width, [a, b]);
  }

  bvudiv(a: Term, b: Term): Term {
    return this.divide("bvudiv", a, b);
  }

  bvurem(a: Term, b: Term): Term {
    return this.divide("bvurem", a, b);
  }

  bvsdiv(a: Term, b: Term): Term {
    return this.divide("bvsdiv", a, b);
  }

  bvsrem(a: Term, b: Term): Term {
    return this.divide("bvsrem", a, b);
  }

  /** A shift by the whole value of b: by the width and more it gives zeros, `bvashr` signs. */
  shift(op: Shift, a: Term, b: Term): Term {
    needWidth(op, b, a.width);
    return this.simplifying ? shift(this, op, a, b) : this.make(op, a.width, [a, b]);
  }

  bvshl(a: Term, b: Term): Term {
    return this.shift("bvshl", a, b);
  }

  bvlshr(a: Term, b: Term): Term {
    return this.shift("bvlshr", a, b);
  }

  bvashr(a: Term, b: Term): Term {
    return this.shift("bvashr", a, b);
  }

  bvult(a: Term, b: Term): Term {
    needWidth("bvult", b, a.width);
    return this.simplifying ? lessUnsigned(this, a, b) : this.make("bvult", 0, [a, b]);
  }

  bvule(a: Term, b: Term): Term {
    needWidth("bvule", b, a.width);
    return this.simplifying ? this.not(this.bvult(b, a)) : this.make("bvule", 0, [a, b]);
  }

  bvslt(a: Term, b: Term): Term {
    needWidth("bvslt", b, a.width);
    return this.simplifying ? lessSigned(this, a, b) : this.make("bvslt", 0, [a, b]);
  }

  bvsle(a: Term, b: Term): Term {
    needWidth("bvsle", b, a.width);
    return this.simplifying ? this.not(this.bvslt(b, a)) : this.make("bvsle", 0, [a, b]);
  }

  /** The high part first. */
  concat(first: Term, ...rest: readonly Term[]): Term {
    const args = [first, ...rest];
    for (const arg of args) if (arg.width === 0) throw new TermError("concat of a Bool");
    if (rest.length === 0) return first;
    const width = args.reduce((n, arg) => n + arg.width, 0);
    return this.simplifying ? concatenate(this, args) : this.make("concat", width, args);
  }

  /** Bits hi:lo. */
  extract(hi: number, lo: number, a: Term): Term {
    if (!(lo >= 0 && lo <= hi && hi < a.width))
      throw new TermError(`extract ${hi}:${lo} of ${a.width} bits`);
    if (this.simplifying) return extract(this, hi, lo, a);
    return this.make("extract", hi - lo + 1, [a], { hi, lo });
  }

  /** `by` zeros in front. */
  zeroExtend(by: number, a: Term): Term {
    if (by < 0 || a.width === 0) throw new TermError(`zero_extend ${by} of ${a.width} bits`);
    if (by === 0) return a;
    if (this.simplifying) return zeroExtend(this, by, a);
    return this.make("zero_extend", a.width + by, [a], { hi: by });
  }

  /** `by` copies of the sign in front. */
  signExtend(by: number, a: Term): Term {
    if (by < 0 || a.width === 0) throw new TermError(`sign_extend ${by} of ${a.width} bits`);
    if (by === 0) return a;
    if (this.simplifying) return signExtend(this, by, a);
    return this.make("sign_extend", a.width + by, [a], { hi: by });
  }

  /** The op's value if all arguments are constants. */
  folded(op: TermOp, width: number, args: readonly Term[], hi = 0, lo = 0): Term | undefined {
    const values: bigint[] = [];
    for (const arg of args) {
      if (arg.op === "const") values.push(arg.value);
      else if (arg.op === "true" || arg.op === "false") values.push(arg.op === "true" ? 1n : 0n);
      else return undefined;
    }
    const value = meaningOf({ op, width, args, hi, lo }, values);
    return width === 0 ? this.bool(value === 1n) : this.const(value, width);
  }

  /** The term of `op` made by this factory's constructor: rebuilds what another factory made. */
  apply(term: Omit<Term, "id" | "args">, args: readonly Term[]): Term {
    const [a, b, c] = args;
    switch (term.op) {
      case "const":
        return this.const(term.value, term.width);
      case "var":
        return this.var(term.name, term.width);
      case "true":
        return this.true;
      case "false":
        return this.false;
      case "and":
        return this.and(...args);
      case "or":
        return this.or(...args);
      default:
    }
    if (a === undefined) throw new TermError(`${term.op} without an argument`);
    switch (term.op) {
      case "not":
      case "bvnot":
      case "bvneg":
        return this[term.op](a);
      case "read":
        return this.read(term.name, a);
      case "extract":
        return this.extract(term.hi, term.lo, a);
      case "zero_extend":
        return this.zeroExtend(term.hi, a);
      case "sign_extend":
        return this.signExtend(term.hi, a);
      case "bvand":
      case "bvor":
      case "bvxor":
      case "bvadd":
      case "bvmul":
      case "concat":
        return this[term.op](a, ...args.slice(1));
      default:
    }
    if (b === undefined) throw new TermError(`${term.op} of one argument`);
    if (term.op !== "ite") return this[term.op](a, b);
    if (c === undefined) throw new TermError("ite of two arguments");
    return this.ite(a, b, c);
  }
}

const needWidth = (op: string, term: Term, width: number): void => {
  if (term.width !== width)
    throw new TermError(`${op}: expected ${width} bits (0: Bool), found ${term.width}`);
};
