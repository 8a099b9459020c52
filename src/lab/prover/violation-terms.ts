/**
 * The condition under which a path breaks an expectation: the tests of words that the judge of single results reads
 * (../predicate.ts), over terms.
 */
import { MODE, SLOT_COUNT } from "../../arch/index.js";
import {
  END_WORDS,
  endWord,
  type EndWord,
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
    const holds = (test: WordTest): Term => {
      const word =
        test.word < SLOT_COUNT
          ? this.#path.after[test.word]!
          : end(END_WORDS[test.word - endWord(END_WORDS[0])]!);
      const mask = this.#word(test.mask);
      return terms.eq(terms.bvand(word, mask), terms.bvand(this.#sourceOf(test.source), mask));
    };
    return terms.and(
      ...predicateOf(e, this.#site.options).map((tests) =>
        terms.not(terms.and(...tests.map(holds))),
      ),
    );
  }
  #word(value: number): Term {
    return this.#terms.const(value, 32);
  }
  #sourceOf(source: WordSource): Term {
    if ("constant" in source) return this.#word(source.constant);
    const terms = this.#terms;
    const { down = 0, field = -1, shift = 0, or = 0, add = 0, clear = 0 } = source;
    const lowered = terms.bvlshr(this.#before[source.before]!, this.#word(down));
    const moved = terms.bvshl(terms.bvand(lowered, this.#word(field)), this.#word(shift));
    const sum = terms.bvadd(terms.bvor(moved, this.#word(or)), this.#word(add));
    return terms.bvand(sum, this.#word(~clear));
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
