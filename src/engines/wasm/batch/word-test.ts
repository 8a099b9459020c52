/**
 * Tests of a case's end, as data: words of the state before and after, and of what the case came to. A judge in
 * JavaScript and one in WebAssembly read the same tests.
 */
import { SLOT_COUNT } from "../../../arch/index.js";

/** Words of a frame: the state slots, then what a case came to. */
export const END_WORDS = ["end", "mode", "thumb", "address", "target", "memory"] as const;
export type EndWord = (typeof END_WORDS)[number];
/**
 * Index of a word behind the state slots. end: one bit, by how the case ended; mode: CPSR.M; thumb: CPSR.T;
 * address: of the mark that was reached; target: address that HYP mode's first exception of its own was about,
 * bit 0 set for T32 code; memory: 1 when memory changed that does not belong to whoever was called.
 */
export const endWord = (name: EndWord): number => SLOT_COUNT + END_WORDS.indexOf(name);
/** Words of a frame, a multiple of four. */
export const FRAME_WORDS = (SLOT_COUNT + END_WORDS.length + 3) & ~3;

/** A value: a constant, or ((before[word] << shift) | or) + add with bits of `clear` cleared last. */
export type WordSource =
  | { readonly constant: number }
  | {
      readonly before: number;
      /** Right shift, then mask, then left shift. */
      readonly down?: number;
      readonly field?: number;
      readonly shift?: number;
      readonly or?: number;
      readonly add?: number;
      readonly clear?: number;
    };
/** Holds when the bits `mask` of a word of the frame afterwards are those of the source. */
export interface WordTest {
  readonly word: number;
  readonly mask: number;
  readonly source: WordSource;
}
/** Holds when all tests of one of the alternatives hold. */
export type Predicate = readonly (readonly WordTest[])[];

export const sourceValue = (source: WordSource, before: ArrayLike<number>): number => {
  if ("constant" in source) return source.constant | 0;
  const { down = 0, field = -1, shift = 0, or = 0, add = 0, clear = 0 } = source;
  const moved = ((before[source.before]! >>> down) & field) << shift;
  return ((moved | or) + add) & ~clear;
};
export const testHolds = (
  test: WordTest,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): boolean => ((after[test.word]! ^ sourceValue(test.source, before)) & test.mask) === 0;
export const predicateHolds = (
  predicate: Predicate,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): boolean => predicate.some((tests) => tests.every((test) => testHolds(test, before, after)));
