/** What came of a call as words of a frame: what clauses are judged by. */
import { MODE, SLOT_COUNT } from "../../arch/index.js";
import { endWord, FRAME_WORDS, type EndWord } from "../../engines/index.js";
import type { CallResult } from "../call-site.js";
import type { OutcomeKind } from "../outcome.js";

const KINDS: readonly OutcomeKind[] = [
  "returned",
  "entered",
  "self-loop",
  "exception-in-hyp",
  "undefined-injected",
  "powered-off",
  "ran-away",
  "reset",
  "exceeded-budget",
  "stopped",
];
/** The bit of the word `end` that stands for a kind of outcome. */
export const endOf = (kind: OutcomeKind): number => 1 << KINDS.indexOf(kind);
/** Bits of several kinds. */
export const endsOf = (kinds: readonly OutcomeKind[]): number =>
  kinds.reduce((all, kind) => all | endOf(kind), 0);

const scratch = new Int32Array(FRAME_WORDS);
/** The result that the frame is of: several clauses are held against one. */
let framed: CallResult | undefined;
/** The frame of a result: its state, then the words of its outcome. Valid until the next call. */
export const frameOf = (result: CallResult): Int32Array => {
  if (framed === result) return scratch;
  framed = result;
  scratch.set(result.after.subarray(0, SLOT_COUNT));
  scratch.fill(0, SLOT_COUNT);
  const { outcome } = result;
  const tell = (name: EndWord, value: number): void => {
    scratch[endWord(name)] = value;
  };
  tell("end", endOf(outcome.kind));
  tell("memory", result.memoryChanges.length > 0 ? 1 : 0);
  if ("mode" in outcome) tell("mode", MODE[outcome.mode].encoding);
  if ("instructionSet" in outcome) tell("thumb", outcome.instructionSet === "T32" ? 1 : 0);
  if ("address" in outcome) tell("address", outcome.address);
  if ("target" in outcome) tell("target", outcome.target);
  return scratch;
};
