import { ones, type Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Sums as linear forms modulo 2 to the width: coefficients of atoms, and a constant. */
export interface Linear {
  readonly width: number;
  readonly coefficients: Map<Term, bigint>;
  constant: bigint;
}

/** Whether a term is a sum, a negative or a multiple, so that a linear form says more than the term. */
export const isLinear = (term: Term): boolean =>
  term.op === "bvadd" ||
  term.op === "bvneg" ||
  term.op === "bvnot" ||
  (term.op === "bvmul" && term.args.at(-1)?.op === "const") ||
  shifted(term) !== undefined;

/** x and n if the term is x << n as slices: bits (width-1-n):0 of x before n zeros. */
const shifted = (term: Term): { readonly x: Term; readonly by: number } | undefined => {
  const [high, low] = term.args;
  if (term.op !== "concat" || term.args.length !== 2 || high?.op !== "extract") return undefined;
  const [x] = high.args;
  if (low?.op !== "const" || low.value !== 0n || high.lo !== 0 || x?.width !== term.width)
    return undefined;
  return { x, by: low.width };
};

/** The linear form of a sum of terms, each with its factor. */
export const linearOf = (width: number, parts: readonly (readonly [Term, bigint])[]): Linear => {
  const form: Linear = { width, coefficients: new Map(), constant: 0n };
  for (const [term, factor] of parts) accumulate(form, term, factor);
  form.constant = BigInt.asUintN(width, form.constant);
  return form;
};

const accumulate = (form: Linear, term: Term, factor: bigint): void => {
  const [a] = term.args;
  const last = term.args.at(-1);
  const shift = shifted(term);
  if (term.op === "const") form.constant += factor * term.value;
  else if (term.op === "bvadd") for (const arg of term.args) accumulate(form, arg, factor);
  else if (term.op === "bvneg" && a !== undefined) accumulate(form, a, -factor);
  else if (term.op === "bvnot" && a !== undefined) {
    // The complement is the negative less one.
    accumulate(form, a, -factor);
    form.constant -= factor;
  } else if (
    term.op === "bvmul" &&
    term.args.length === 2 &&
    a !== undefined &&
    last?.op === "const"
  )
    accumulate(form, a, factor * last.value);
  else if (shift !== undefined) accumulate(form, shift.x, factor << BigInt(shift.by));
  else {
    const coefficient = BigInt.asUintN(form.width, (form.coefficients.get(term) ?? 0n) + factor);
    if (coefficient === 0n) form.coefficients.delete(term);
    else form.coefficients.set(term, coefficient);
  }
};

/** The term of a linear form: atoms in order of ids, the constant last. */
export const termOf = (terms: TermMaker, form: Linear): Term => {
  const { width, coefficients, constant } = form;
  const atoms = [...coefficients].sort(([a], [b]) => a.id - b.id);
  const [only] = atoms;
  if (only === undefined) return terms.const(constant, width);
  if (atoms.length === 1) {
    const [atom, factor] = only;
    const [condition, a, b] = atom.args;
    if (atom.op === "ite" && condition && a?.op === "const" && b?.op === "const")
      return terms.ite(
        condition,
        terms.const(a.value * factor + constant, width),
        terms.const(b.value * factor + constant, width),
      );
    // -x - 1 is the complement of x.
    if (factor === ones(width) && constant === ones(width))
      return terms.make("bvnot", width, [atom]);
  }
  const summands = atoms.map(([atom, factor]) => multiple(terms, atom, factor));
  if (constant !== 0n) summands.push(terms.const(constant, width));
  const [first] = summands;
  if (summands.length === 1 && first !== undefined) return first;
  return terms.make("bvadd", width, summands);
};

/** factor times an atom; a power of two is a shift, so a slice. */
const multiple = (terms: TermMaker, atom: Term, factor: bigint): Term => {
  const { width } = atom;
  if (factor === 1n) return atom;
  if (factor === ones(width)) return terms.make("bvneg", width, [atom]);
  if ((factor & (factor - 1n)) === 0n) {
    const by = factor.toString(2).length - 1;
    return terms.concat(terms.extract(width - 1 - by, 0, atom), terms.const(0n, by));
  }
  return terms.make("bvmul", width, [atom, terms.const(factor, width)]);
};

export const sum = (
  terms: TermMaker,
  width: number,
  parts: readonly (readonly [Term, bigint])[],
): Term => termOf(terms, linearOf(width, parts));

/** A product: constants multiply into one factor, which is spread over a sum. */
export const product = (terms: TermMaker, args: readonly Term[]): Term => {
  const width = args[0]?.width ?? 0;
  let factor = 1n;
  const atoms: Term[] = [];
  for (const arg of args)
    for (const part of arg.op === "bvmul" ? arg.args : [arg])
      if (part.op === "const") factor = BigInt.asUintN(width, factor * part.value);
      else if (part.op === "bvneg" && part.args[0] !== undefined) {
        factor = BigInt.asUintN(width, -factor);
        atoms.push(part.args[0]);
      } else atoms.push(part);
  if (factor === 0n) return terms.const(0n, width);
  atoms.sort((a, b) => a.id - b.id);
  const [first] = atoms;
  if (first === undefined) return terms.const(factor, width);
  const atom = atoms.length === 1 ? first : terms.make("bvmul", width, atoms);
  return sum(terms, width, [[atom, factor]]);
};
