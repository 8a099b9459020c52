/** Random words of an encoding, for tests. */
import { MODE } from "../../arch/index.js";
import { judge } from "../translate.js";
import type { Decoder } from "../decoder.js";
import type { BoundEncoding, DecodeContext } from "../instruction.js";
import { extractFields } from "../pattern.js";

const CONTEXT: DecodeContext = { inIT: false, lastInIT: false, cpu: "cortex-a15", mode: MODE.svc };

/** A small generator of 32-bit words (xorshift), so that a seed gives the same words everywhere. */
export const randomWords = (seed: number): (() => number) => {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
};

/** A word of the encoding that decodes to it and is neither UNDEFINED nor UNPREDICTABLE, or undefined. */
export const predictableWord = (
  decoder: Decoder,
  e: BoundEncoding,
  random: () => number,
): number | undefined => {
  const { mask, value, shouldMask, shouldValue, width } = e.pattern;
  for (let tries = 0; tries < 200; tries++) {
    const fixed = mask | shouldMask;
    let word = ((random() & ~fixed) | value | shouldValue) >>> 0;
    if (width === 16) word &= 0xffff;
    if (decoder.find(e.set, word) !== e) continue;
    if (judge(e, word, extractFields(e.pattern, word), CONTEXT, "stop") !== undefined) continue;
    return word;
  }
  return undefined;
};

/** Is a word of this encoding UNDEFINED? */
export const isUndefinedWord = (e: BoundEncoding, word: number): boolean =>
  judge(e, word, extractFields(e.pattern, word), CONTEXT, "stop")?.kind === "undefined";
