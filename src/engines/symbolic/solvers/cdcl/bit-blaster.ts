import { linearOf } from "../../terms/linear.js";
import { subterms, TermError, WORD_WIDTH, type Model, type Term } from "../../terms/index.js";
import {
  addBits,
  chooseBits,
  divideBits,
  divideSignedBits,
  equalBits,
  invert,
  lessBits,
  lessSignedBits,
  multiplyBits,
  negateBits,
  shiftBits,
  type Bits,
} from "./circuits.js";
import type { Cnf } from "./cnf.js";
import { Gates } from "./gates.js";

/** Clauses that hold together exactly if the assertions do, and the way back from their model. */
export interface Blasted {
  readonly cnf: Cnf;
  model(value: (variable: number) => boolean): Model;
}

/**
 * Makes clauses of assertions: bit by bit, reads by Ackermann's reduction (equal indices have equal words).
 *
 * @throws TooLargeError for more clauses than `maxClauses`.
 */
export const bitBlast = (assertions: readonly Term[], maxClauses: number): Blasted => {
  const g = new Gates(maxClauses);
  const bits = new Map<Term, Bits>();
  const variables: Term[] = [];
  const reads: Term[] = [];
  for (const term of subterms(assertions)) {
    const args = term.args.map((arg) => bits.get(arg) ?? []);
    if (term.op === "var") variables.push(term);
    if (term.op === "read") reads.push(term);
    bits.set(term, ofTerm(g, term, args));
  }
  const bitsOf = (term: Term | undefined): Bits => (term === undefined ? [] : bits.get(term)) ?? [];
  for (const [i, read] of reads.entries())
    for (const other of reads.slice(0, i)) {
      if (other.name !== read.name || areApart(read.args[0], other.args[0])) continue;
      const same = equalBits(g, bitsOf(read.args[0]), bitsOf(other.args[0]));
      const words = bitsOf(other);
      for (const [bit, literal] of bitsOf(read).entries())
        g.cnf.add(-same, -g.xor(literal, words[bit] ?? g.false));
    }
  for (const assertion of assertions) g.cnf.add(bitsOf(assertion)[0] ?? g.false);
  return {
    cnf: g.cnf,
    model(value) {
      const numberOf = (term: Term | undefined): bigint =>
        bitsOf(term).reduceRight(
          (n, literal) => (n << 1n) | (value(Math.abs(literal)) === literal > 0 ? 1n : 0n),
          0n,
        );
      const words = new Map<string, Map<bigint, bigint>>();
      for (const read of reads) {
        const array = words.get(read.name) ?? new Map<bigint, bigint>();
        words.set(read.name, array.set(numberOf(read.args[0]), numberOf(read)));
      }
      return { variables: new Map(variables.map((term) => [term.name, numberOf(term)])), words };
    },
  };
};

/** Whether two indices differ by a constant, so never meet. */
const areApart = (a: Term | undefined, b: Term | undefined): boolean => {
  if (a === undefined || b === undefined || a === b) return false;
  const { coefficients, constant } = linearOf(a.width, [
    [a, 1n],
    [b, -1n],
  ]);
  return coefficients.size === 0 && constant !== 0n;
};

const ofTerm = (g: Gates, term: Term, args: readonly Bits[]): Bits => {
  const { op, width } = term;
  const [a = [], b = [], c = []] = args;
  const bit = (x: Bits): number => x[0] ?? g.false;
  switch (op) {
    case "const":
      return Array.from({ length: width }, (_, i) =>
        g.constant(((term.value >> BigInt(i)) & 1n) === 1n),
      );
    case "var":
      return Array.from({ length: Math.max(width, 1) }, () => g.variable());
    case "read":
      return Array.from({ length: WORD_WIDTH }, () => g.variable());
    case "true":
      return [g.true];
    case "false":
      return [g.false];
    case "not":
    case "bvnot":
      return invert(a);
    case "and":
      return [g.all(args.map(bit))];
    case "or":
      return [g.any(args.map(bit))];
    case "bvand":
      return args.reduce((x, y) => x.map((l, i) => g.and(l, y[i] ?? g.false)));
    case "bvor":
      return args.reduce((x, y) => x.map((l, i) => g.or(l, y[i] ?? g.false)));
    case "xor":
    case "bvxor":
      return args.reduce((x, y) => x.map((l, i) => g.xor(l, y[i] ?? g.false)));
    case "ite":
      return chooseBits(g, bit(a), b, c);
    case "eq":
      return [equalBits(g, a, b)];
    case "bvneg":
      return negateBits(g, a);
    case "bvadd":
      return args.reduce((x, y) => addBits(g, x, y, g.false));
    case "bvsub":
      return addBits(g, a, invert(b), g.true);
    case "bvmul":
      return args.reduce((x, y) => multiplyBits(g, x, y));
    case "bvudiv":
      return divideBits(g, a, b).quotient;
    case "bvurem":
      return divideBits(g, a, b).remainder;
    case "bvsdiv":
      return divideSignedBits(g, a, b).quotient;
    case "bvsrem":
      return divideSignedBits(g, a, b).remainder;
    case "bvshl":
      return shiftBits(g, a, b, "left", g.false);
    case "bvlshr":
      return shiftBits(g, a, b, "right", g.false);
    case "bvashr":
      return shiftBits(g, a, b, "right", a.at(-1) ?? g.false);
    case "bvult":
      return [lessBits(g, a, b)];
    case "bvule":
      return [-lessBits(g, b, a)];
    case "bvslt":
      return [lessSignedBits(g, a, b)];
    case "bvsle":
      return [-lessSignedBits(g, b, a)];
    case "concat":
      return [...args].reverse().flat();
    case "extract":
      return a.slice(term.lo, term.hi + 1);
    case "zero_extend":
      return [...a, ...Array.from({ length: term.hi }, () => g.false)];
    case "sign_extend": {
      const sign = a.at(-1);
      if (sign === undefined) throw new TermError("sign_extend of nothing");
      return [...a, ...Array.from({ length: term.hi }, () => sign)];
    }
  }
};
