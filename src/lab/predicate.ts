/**
 * What clauses expect of a call, as tests of words: the one meaning of each kind of expectation. The judge of a
 * single result and the judge of batches read it.
 */
import { MODE, PSR_PARTS, registerSlot, SLOT } from "../arch/index.js";
import type { Expectation, ValueExpression } from "../contract/index.js";
import { endWord, type Predicate, type WordSource, type WordTest } from "../engines/index.js";
import type { SiteOptions } from "./call-site.js";
import { endOf, endsOf } from "./fast/outcome-words.js";
import type { OutcomeKind } from "./outcome.js";
import { stateSlot } from "./state-slot.js";

/** What of a site an expectation depends on. */
type Options = Pick<SiteOptions, "thumb" | "stubVectors">;
/** An expectation about a call's end: not about what stands in memory, nor about the instructions on the way. */
export type EndExpectation = Exclude<Expectation, { kind: "selfBranch" | "path" }>;
export const isAboutEnd = (e: Expectation): e is EndExpectation =>
  e.kind !== "selfBranch" && e.kind !== "path";

const r = (n: number): number => registerSlot(n, MODE.svc);
const isValue = (word: number, constant: number, mask = -1): WordTest => ({
  word,
  mask,
  source: { constant },
});
/** The call ends in one of these ways. */
const ends = (...kinds: OutcomeKind[]): WordTest => isValue(endWord("end"), 0, ~endsOf(kinds));

/** Tests that a word is a value. */
const equals = (word: number, e: ValueExpression, options: Options): WordTest[] => {
  const test = (source: WordSource): WordTest[] => [{ word, mask: -1, source }];
  switch (e.kind) {
    case "constant":
      return test({ constant: e.value });
    case "register":
      return test({ before: r(e.register) });
    case "system":
      return test({ before: stateSlot(e.register) });
    case "stubVectors":
      return test({ constant: options.stubVectors });
    case "successor":
      // An HVC is four bytes in either instruction set.
      return test({ before: SLOT.PC, add: 4 });
    case "cpsr": {
      let rest = -1;
      const fields = PSR_PARTS.map(({ slot, mask, down, lsb }): WordTest => {
        const field = mask >>> down;
        rest &= ~(field << lsb);
        return {
          word,
          mask: field << lsb,
          source: { before: slot, down, field, shift: lsb },
        };
      });
      return [...fields, isValue(word, 0, rest)];
    }
  }
};
/** Control is at the address in a register, whose bit 0 may not be part of it. */
const atTarget = (target: number): WordTest => ({
  word: endWord("address"),
  mask: -1,
  source: { before: r(target), clear: 1 },
});

const make = (e: EndExpectation, options: Options): Predicate => {
  const thumb = options.thumb ? 1 : 0;
  switch (e.kind) {
    case "returns":
      return [
        [
          ends("returned"),
          isValue(endWord("mode"), MODE.svc.encoding),
          isValue(endWord("thumb"), thumb),
        ],
      ];
    case "enters": {
      const set: WordTest =
        e.instructionSet === "bit0"
          ? { word: endWord("thumb"), mask: 1, source: { before: r(e.target) } }
          : isValue(endWord("thumb"), thumb);
      return [
        [ends("entered"), isValue(endWord("mode"), MODE[e.mode].encoding), atTarget(e.target), set],
      ];
    }
    case "branches":
      return [
        [ends("entered"), atTarget(e.target)],
        [
          ends("exception-in-hyp"),
          { word: endWord("target"), mask: -1, source: { before: r(e.target), or: thumb } },
        ],
      ];
    case "register":
      return [equals(r(e.register), e.value, options)];
    case "unchanged":
      // R1 and its kin are the caller's registers, whatever mode control ended in.
      return [
        e.slots.map((name): WordTest => {
          const word = stateSlot(name);
          return { word, mask: -1, source: { before: word } };
        }),
      ];
    case "system": {
      const tests = equals(stateSlot(e.register), e.value, options);
      if (e.register !== "HVBAR") return [tests];
      // The low bits of HVBAR do not exist.
      return [
        tests.map((t): WordTest => ({
          ...t,
          source:
            "constant" in t.source
              ? { constant: t.source.constant & ~31 }
              : { ...t.source, clear: 31 },
        })),
      ];
    }
    case "bitsClear":
      return [[isValue(stateSlot(e.register), 0, e.mask)]];
    case "bits":
      return [[isValue(stateSlot(e.register), e.value, e.mask)]];
    case "masked":
      return [[isValue(SLOT.A, 1), isValue(SLOT.I, 1), isValue(SLOT.F, 1)]];
    case "memoryUnchanged":
      return [[isValue(endWord("memory"), 0)]];
    case "outcome":
      return [[ends(e.outcome)]];
    case "never":
      return [[isValue(endWord("end"), 0, endsOf(e.outcomes) | endOf("stopped"))]];
  }
};

const made = new WeakMap<Expectation, { options: Options; predicate: Predicate }>();
/** The tests of an expectation at a site. */
export const predicateOf = (e: EndExpectation, options: Options): Predicate => {
  const known = made.get(e);
  if (
    known !== undefined &&
    known.options.thumb === options.thumb &&
    known.options.stubVectors === options.stubVectors
  )
    return known.predicate;
  const predicate = make(e, options);
  made.set(e, { options, predicate });
  return predicate;
};
