/**
 * The condition under which a path breaks an expectation: the tests of words that the judge of single results reads
 * (../predicate.ts), over terms.
 */
import { MODE, SLOT_COUNT } from "../../arch/index.js";
import {
  END_WORDS,
  endWord,
  type EndWord,
  type Predicate,
  type Term,
  type Terms,
  type WordSource,
  type WordTest,
} from "../../engines/index.js";
import type { CallSite } from "../call-site.js";
import { endOf } from "../fast/outcome-words.js";
import { predicateOf, type EndExpectation } from "../predicate.js";
import {
  MEMORY_ARRAY,
  type CallPath,
  type SymbolicCall,
  type SymbolicOutcome,
} from "../symbolic/symbolic-call.js";

/** A path was not followed to its end, or the expectation asks what terms do not say. */
export class UndecidedError extends Error {
  override readonly name = "UndecidedError";
}
type KnownOutcome = Exclude<SymbolicOutcome, { kind: "unknown" }>;

/** The path's condition as one term. */
export const conditionOf = (terms: Terms, path: CallPath): Term => terms.and(...path.condition);

/** Control went to a place that is none of the laboratory's: what stands there is not known. */
const leftToUnknown = (outcome: KnownOutcome): boolean =>
  (outcome.kind === "entered" && !outcome.marked) ||
  (outcome.kind === "ran-away" && outcome.mode === "hyp");

/** Value of a test's source in the state before. */
const sourceOf = (terms: Terms, source: WordSource, before: readonly Term[]): Term => {
  const word = (value: number): Term => terms.const(value, 32);
  if ("constant" in source) return word(source.constant);
  const { down = 0, field = -1, shift = 0, or = 0, add = 0, clear = 0 } = source;
  const lowered = terms.bvlshr(before[source.before]!, word(down));
  const moved = terms.bvshl(terms.bvand(lowered, word(field)), word(shift));
  const sum = terms.bvadd(terms.bvor(moved, word(or)), word(add));
  return terms.bvand(sum, word(~clear));
};
/** No alternative of a predicate holds. */
const fails = (
  terms: Terms,
  predicate: Predicate,
  before: readonly Term[],
  after: (word: number) => Term,
): Term => {
  const holds = ({ word, mask, source }: WordTest): Term => {
    const bits = terms.const(mask, 32);
    return terms.eq(
      terms.bvand(after(word), bits),
      terms.bvand(sourceOf(terms, source, before), bits),
    );
  };
  return terms.and(...predicate.map((tests) => terms.not(terms.and(...tests.map(holds)))));
};
/** The condition under which a state breaks an expectation about words of state alone. Throws RangeError for another. */
export const stateViolation = (
  terms: Terms,
  e: EndExpectation,
  before: readonly Term[],
  after: readonly Term[],
  options: { readonly thumb: boolean; readonly stubVectors: number },
): Term =>
  fails(terms, predicateOf(e, options), before, (word) => {
    const term = after[word];
    if (word >= SLOT_COUNT || term === undefined)
      throw new RangeError(`the expectation ${e.kind} cannot be held against a state alone`);
    return term;
  });

/** Judges expectations about one path of a call. */
export class PathJudge {
  readonly #terms: Terms;
  readonly #before: readonly Term[];
  readonly #path: CallPath;
  readonly #site: CallSite;

  constructor(call: SymbolicCall, path: CallPath, site: CallSite) {
    this.#terms = call.terms;
    this.#before = call.before;
    this.#path = path;
    this.#site = site;
  }

  /** The condition, beside the path's own, under which the expectation does not hold. */
  violation(e: EndExpectation): Term {
    const terms = this.#terms;
    const { outcome } = this.#path;
    if (outcome.kind === "unknown")
      throw new UndecidedError(`${outcome.what}, at 0x${outcome.address.toString(16)}`);
    const end = this.#endWords(e, outcome);
    return fails(terms, predicateOf(e, this.#site.options), this.#before, (word) =>
      word < SLOT_COUNT ? this.#path.after[word]! : end(END_WORDS[word - endWord(END_WORDS[0])]!),
    );
  }
  #word(value: number): Term {
    return this.#terms.const(value, 32);
  }
  /** The words of a frame behind the state, as far as the path decides them. */
  #endWords(e: EndExpectation, outcome: KnownOutcome): (name: EndWord) => Term {
    const zero = this.#word(0);
    // Whoever asks where control went is told; whoever asks whether the CPU is lost must take it for lost.
    const lost = leftToUnknown(outcome)
      ? e.kind === "never"
        ? "ran-away"
        : "entered"
      : outcome.kind;
    return (name) => {
      switch (name) {
        case "end":
          return this.#word(endOf(lost));
        case "mode":
          return "mode" in outcome ? this.#word(MODE[outcome.mode].encoding) : zero;
        case "thumb":
          return "instructionSet" in outcome
            ? this.#word(outcome.instructionSet === "T32" ? 1 : 0)
            : zero;
        case "address":
          if (!("address" in outcome)) return zero;
          return typeof outcome.address === "number"
            ? this.#word(outcome.address)
            : outcome.address;
        case "target":
          return "target" in outcome ? outcome.target : zero;
        case "memory":
          return this.#terms.ite(this.#memoryChanged(), this.#word(1), zero);
      }
    };
  }
  /** A word outside of the occupant's own memory is not what it was. */
  #memoryChanged(): Term {
    const terms = this.#terms;
    const own = this.#site.options.ownMemory;
    return terms.or(
      ...this.#path.writes.map(({ address, value }) => {
        const inside =
          own === undefined
            ? terms.false
            : terms.and(
                terms.not(terms.bvult(address, this.#word(own.from))),
                terms.bvult(address, this.#word(own.to)),
              );
        return terms.and(terms.not(inside), terms.distinct(value, this.#memoryBefore(address)));
      }),
    );
  }
  /** The word that was at a word-aligned address: of the image where that is known, else any. */
  #memoryBefore(address: Term): Term {
    const terms = this.#terms;
    const at = address.op === "const" ? Number(address.value) : undefined;
    const { memory } = this.#site.machine;
    const known = (this.#site.options.image ?? []).some(
      (c) => at !== undefined && at >= c.from && at < c.to,
    );
    return known
      ? this.#word(memory.read32(at!))
      : terms.read(MEMORY_ARRAY, terms.extract(31, 2, address));
  }
}
