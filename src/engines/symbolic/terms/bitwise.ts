import { ones, type Term } from "./term.js";
import type { TermMaker } from "./term-maker.js";

/** Rules of `bvnot`, `bvand`, `bvor` and `bvxor`. */

export const bitNot = (terms: TermMaker, a: Term): Term => {
  const { width } = a;
  if (a.op === "const") return terms.const(~a.value, width);
  if (a.op === "bvnot") return a.args[0] ?? a;
  const arms = constantArms(a);
  if (arms !== undefined)
    return terms.ite(arms.condition, bitNot(terms, arms.a), bitNot(terms, arms.b));
  // The complement of -x is x - 1.
  if (a.op === "bvneg" && a.args[0] !== undefined)
    return terms.bvadd(a.args[0], terms.const(-1n, width));
  return terms.make("bvnot", width, [a]);
};

/** The parts of an if-then-else between two constants. */
export const constantArms = (
  term: Term,
): { readonly condition: Term; readonly a: Term; readonly b: Term } | undefined => {
  const [condition, a, b] = term.args;
  if (term.op !== "ite" || condition === undefined || a?.op !== "const" || b?.op !== "const")
    return undefined;
  return { condition, a, b };
};

interface Parts {
  readonly width: number;
  /** All constants in one. */
  constant: bigint;
  readonly others: Set<Term>;
}

const gather = (
  op: "bvand" | "bvor",
  args: readonly Term[],
  neutral: bigint,
  combine: (x: bigint, y: bigint) => bigint,
): Parts => {
  const parts: Parts = { width: args[0]?.width ?? 0, constant: neutral, others: new Set() };
  for (const arg of args)
    for (const part of arg.op === op ? arg.args : [arg])
      if (part.op === "const") parts.constant = combine(parts.constant, part.value);
      else parts.others.add(part);
  return parts;
};

const hasComplement = (parts: ReadonlySet<Term>): boolean => {
  for (const part of parts)
    if (part.op === "bvnot" && part.args[0] !== undefined && parts.has(part.args[0])) return true;
  return false;
};

/** x and (x or y) is x: drops the parts of the dual op that have another part among their arguments. */
const absorb = (dual: "bvand" | "bvor", parts: Set<Term>): void => {
  for (const part of [...parts])
    if (part.op === dual && part.args.some((inner) => parts.has(inner))) parts.delete(part);
};

/** Drops `constant` where it says nothing, and makes the term of what is left. */
const finish = (
  terms: TermMaker,
  op: "bvand" | "bvor" | "bvxor",
  parts: Parts,
  neutral: bigint,
): Term => {
  const { width } = parts;
  const sorted = [...parts.others].sort((a, b) => a.id - b.id);
  if (parts.constant !== neutral || sorted.length === 0)
    sorted.push(terms.const(parts.constant, width));
  const [first] = sorted;
  return sorted.length === 1 && first !== undefined ? first : terms.make(op, width, sorted);
};

export const bitAnd = (terms: TermMaker, args: readonly Term[]): Term => {
  const parts = gather("bvand", args, ones(args[0]?.width ?? 0), (x, y) => x & y);
  const { width, others } = parts;
  const all = ones(width);
  if (hasComplement(others)) return terms.const(0n, width);
  absorb("bvor", others);
  let possible = parts.constant;
  for (const part of others) possible &= all & ~terms.known(part).zeros;
  if (possible === 0n) return terms.const(0n, width);
  // The mask in its least form: without bits that are zero anyway. Where it takes nothing away it goes.
  let zeros = 0n;
  for (const part of others) zeros |= terms.known(part).zeros;
  parts.constant = (parts.constant | zeros) === all ? all : parts.constant & ~zeros;
  const [only, second] = others;
  if (only !== undefined && second === undefined && parts.constant !== all)
    return masked(terms, only, parts.constant);
  return (
    overBools(terms, "bvand", others, parts.constant) ??
    overSlices(terms, "bvand", others, parts.constant, all) ??
    finish(terms, "bvand", parts, all)
  );
};

/** One term under a mask that takes something away. */
const masked = (terms: TermMaker, x: Term, mask: bigint): Term => {
  const { width } = x;
  const constant = terms.const(mask, width);
  const arms = constantArms(x);
  if (arms !== undefined)
    return terms.ite(
      arms.condition,
      terms.const(arms.a.value & mask, width),
      terms.const(arms.b.value & mask, width),
    );
  const sliced = overSlices(terms, "bvand", new Set([x]), mask, ones(width));
  if (sliced !== undefined) return sliced;
  const last = x.args.at(-1);
  if ((x.op === "bvor" || x.op === "bvxor") && last?.op === "const") {
    // The mask goes inside, so that the constant stands outermost: (x & m) | (k & m).
    const inner = rebuilt(terms, x, x.args.slice(0, -1));
    const keep = x.op === "bvor" ? mask & ~last.value : mask;
    const both = terms.bvand(inner, terms.const(keep, width));
    const outside = terms.const(last.value & mask, width);
    return x.op === "bvor" ? terms.bvor(both, outside) : terms.bvxor(both, outside);
  }
  return terms.make("bvand", width, [x, constant]);
};

const rebuilt = (terms: TermMaker, x: Term, args: readonly Term[]): Term => {
  const [first] = args;
  return args.length === 1 && first !== undefined ? first : terms.make(x.op, x.width, args);
};

export const bitOr = (terms: TermMaker, args: readonly Term[]): Term => {
  const parts = gather("bvor", args, 0n, (x, y) => x | y);
  const { width } = parts;
  const all = ones(width);
  let { others } = parts;
  if (hasComplement(others)) return terms.const(all, width);
  absorb("bvand", others);
  for (const part of others) parts.constant |= terms.known(part).ones;
  if (parts.constant === all) return terms.const(all, width);
  // Bits that are set anyway need not be let through by a mask.
  const kept = new Set<Term>();
  for (const part of others) {
    if ((all & ~terms.known(part).zeros & ~parts.constant) === 0n) continue;
    const mask = part.args.at(-1);
    if (part.op === "bvand" && mask?.op === "const" && (mask.value & parts.constant) !== 0n) {
      const inner = rebuilt(terms, part, part.args.slice(0, -1));
      kept.add(terms.bvand(inner, terms.const(mask.value & ~parts.constant, width)));
    } else kept.add(part);
  }
  others = kept;
  const next: Parts = { width, constant: parts.constant, others };
  return (
    overBools(terms, "bvor", others, parts.constant) ??
    overSlices(terms, "bvor", others, parts.constant, 0n) ??
    disjoint(terms, others, parts.constant, width) ??
    finish(terms, "bvor", next, 0n)
  );
};

export const bitXor = (terms: TermMaker, args: readonly Term[]): Term => {
  const width = args[0]?.width ?? 0;
  const all = ones(width);
  const others = new Set<Term>();
  let constant = 0n;
  const toggle = (part: Term): void => {
    if (part.op === "const") constant ^= part.value;
    else if (part.op === "bvnot" && part.args[0] !== undefined) {
      constant ^= all;
      toggle(part.args[0]);
    } else if (part.op === "bvxor") for (const inner of part.args) toggle(inner);
    else if (!others.delete(part)) others.add(part);
  };
  for (const arg of args) toggle(arg);
  const pushed =
    overBools(terms, "bvxor", others, constant) ?? overSlices(terms, "bvxor", others, constant, 0n);
  if (pushed !== undefined) return pushed;
  if (constant !== all || others.size === 0)
    return finish(terms, "bvxor", { width, constant, others }, 0n);
  return bitNot(terms, finish(terms, "bvxor", { width, constant: 0n, others }, 0n));
};

/** The Bool c of a word that is 1 if c and else 0, or of a single bit that was extended with zeros. */
const boolOfWord = (terms: TermMaker, term: Term): Term | undefined => {
  const arms = constantArms(term);
  if (arms !== undefined) {
    if (arms.a.value === 1n && arms.b.value === 0n) return arms.condition;
    if (arms.a.value === 0n && arms.b.value === 1n) return terms.not(arms.condition);
    return undefined;
  }
  const [bit] = term.args;
  if (term.op === "zero_extend" && bit?.width === 1) return terms.eq(bit, terms.const(1n, 1));
  return undefined;
};

/** An op between words of truth values becomes one between Bools; one with a constant goes into the arms. */
const overBools = (
  terms: TermMaker,
  op: "bvand" | "bvor" | "bvxor",
  others: ReadonlySet<Term>,
  constant: bigint,
): Term | undefined => {
  const [only, second] = others;
  if (only === undefined) return undefined;
  const { width } = only;
  if (second === undefined) {
    const arms = constantArms(only);
    if (arms === undefined || constant === (op === "bvand" ? ones(width) : 0n)) return undefined;
    const meaning = (x: bigint): Term =>
      terms.const(
        op === "bvand" ? x & constant : op === "bvor" ? x | constant : x ^ constant,
        width,
      );
    return terms.ite(arms.condition, meaning(arms.a.value), meaning(arms.b.value));
  }
  if (![...others].some((part) => part.op === "ite")) return undefined;
  if (constant !== (op === "bvand" ? ones(width) : 0n)) return undefined;
  const bools: Term[] = [];
  for (const part of others) {
    const bool = boolOfWord(terms, part);
    if (bool === undefined) return undefined;
    bools.push(bool);
  }
  const joined =
    op === "bvand"
      ? terms.and(...bools)
      : op === "bvor"
        ? terms.or(...bools)
        : bools.reduce((x, y) => terms.xor(x, y));
  return terms.ite(joined, terms.const(1n, width), terms.const(0n, width));
};

/** An op between one concatenation or extension and a constant goes into its parts. */
const overSlices = (
  terms: TermMaker,
  op: "bvand" | "bvor" | "bvxor",
  others: ReadonlySet<Term>,
  constant: bigint,
  neutral: bigint,
): Term | undefined => {
  const [only, second] = others;
  if (only === undefined || second !== undefined || constant === neutral) return undefined;
  const [inner] = only.args;
  const slices =
    only.op === "concat"
      ? only.args
      : only.op === "zero_extend" && inner !== undefined
        ? [terms.const(0n, only.hi), inner]
        : [];
  let at = only.width;
  const parts = slices.map((slice) => {
    at -= slice.width;
    return terms[op](slice, terms.const((constant >> BigInt(at)) & ones(slice.width), slice.width));
  });
  const [first, ...rest] = parts;
  return first === undefined ? undefined : terms.concat(first, ...rest);
};

/** More pieces than this make a concatenation less readable than the masks. */
const MAX_PIECES = 8;

/**
 * Fields that are put together: where every bit comes from one argument at most, the disjunction is a concatenation of
 * slices of the arguments.
 */
const disjoint = (
  terms: TermMaker,
  others: ReadonlySet<Term>,
  constant: bigint,
  width: number,
): Term | undefined => {
  if (others.size === 0 || (others.size === 1 && constant === 0n)) return undefined;
  const sources: [mask: bigint, term: Term][] = [];
  let used = constant;
  for (const part of others) {
    const fields =
      part.op === "concat" ||
      part.op === "zero_extend" ||
      (part.op === "bvand" && part.args.at(-1)?.op === "const");
    const mask = ones(width) & ~terms.known(part).zeros & ~constant;
    if (!fields || (mask & used) !== 0n) return undefined;
    used |= mask;
    sources.push([mask, part]);
  }
  const bits = terms.const(constant, width);
  const sourceAt = (bit: number): Term =>
    sources.find(([mask]) => ((mask >> BigInt(bit)) & 1n) === 1n)?.[1] ?? bits;
  const pieces: Term[] = [];
  for (let hi = width - 1; hi >= 0;) {
    const source = sourceAt(hi);
    let lo = hi;
    while (lo > 0 && sourceAt(lo - 1) === source) lo--;
    if (pieces.length === MAX_PIECES) return undefined;
    pieces.push(terms.extract(hi, lo, source));
    hi = lo - 1;
  }
  const [first, ...rest] = pieces;
  return first === undefined ? undefined : terms.concat(first, ...rest);
};
