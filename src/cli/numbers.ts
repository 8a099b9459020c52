/** Numbers among the arguments: decimal or 0x..., within the bounds of what they count. */
import { InvalidArgumentError } from "commander";

const WORD = 0xffff_ffff;
const numberIn = (text: string): number =>
  /^(?:0x[0-9a-f]+|[0-9][0-9_]*)$/i.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;

/** A parser for commander: whole numbers from `low` to `high`. */
export const between =
  (low: number, high: number) =>
  (text: string): number => {
    const n = numberIn(text);
    if (Number.isSafeInteger(n) && n >= low && n <= high) return n;
    const last = high === WORD ? "2^32 - 1" : high === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : high;
    throw new InvalidArgumentError(`expected a whole number from ${low} to ${last}`);
  };
/** A word of the machine: a seed, an address. */
export const word = between(0, WORD);
/** How many instructions. */
export const instructions = between(1, Number.MAX_SAFE_INTEGER);
