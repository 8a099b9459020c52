import { expect, test } from "vitest";
import { MODE, MODES } from "../arch/index.js";
import { DECODER, Decoder, INSTRUCTIONS, translateBlock, type TranslateOptions } from "./index.js";
import { InstructionMemo } from "./instruction-memo.js";
import { predictableWord, randomWords } from "./testing/encoding-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 9117);
const LENGTH = 5;

/** Halfwords of words at 0x8000, in the order in which they are fetched. */
const fetchOf = (
  thumb: boolean,
  words: readonly number[],
  base: number,
): TranslateOptions["fetch"] => {
  const halves = words.flatMap((word) => {
    if (!thumb) return [word & 0xffff, word >>> 16];
    return word < 0x10000 ? [word] : [word >>> 16, word & 0xffff];
  });
  return (address) => halves[(address - base) >> 1] ?? -1;
};

test.each([false, true])(
  `a block is the same whether its instructions were translated before or not (T32: %s, seed ${SEED})`,
  (thumb) => {
    const random = randomWords(SEED);
    const encodings = DECODER.encodings.filter((e) => (e.set !== "a32") === thumb);
    const pool = encodings
      .flatMap((e) => [predictableWord(DECODER, e, random), predictableWord(DECODER, e, random)])
      .filter((word) => word !== undefined);
    const knowing = new Decoder(INSTRUCTIONS);
    for (let n = 0; n < 3000; n++) {
      const words = Array.from({ length: LENGTH }, () => pool[random() % pool.length]!);
      // Beginnings of blocks on a page's end too, of which the last instruction may lie across it.
      const base = (0x8000 + (random() % 64) * 0x3f0) & ~3;
      const state = {
        thumb,
        it: thumb && random() % 8 === 0 ? 0x08 | ((random() % 14) << 4) : 0,
        bigEndian: random() % 4 === 0,
        mode: random() % 2 === 0 ? MODE.svc : MODES[random() % MODES.length]!,
      };
      const options = {
        cpu: random() % 2 === 0 ? "cortex-a15" : "cortex-a7",
        policy: random() % 2 === 0 ? "cortex-a15" : "reference-emulator",
        fetch: fetchOf(thumb, words, base),
        limit: 48,
      } as const;
      DECODER.memo.clear();
      const anew = translateBlock(base, state, { decoder: DECODER, ...options });
      const expected = { nodes: anew.nodes, marks: anew.marks };
      const again = translateBlock(base, state, { decoder: knowing, ...options });
      expect({ nodes: again.nodes, marks: again.marks }).toEqual(expected);
    }
  },
);

test("a memo finds what it remembers in the same context alone, and grows", () => {
  const memo = new InstructionMemo();
  const state = { thumb: false, it: 0, bigEndian: false, mode: MODE.svc };
  const svc = memo.contextOf(state, "cortex-a15", "stop");
  const usr = memo.contextOf({ ...state, mode: MODE.usr }, "cortex-a15", "stop");
  expect(memo.contextOf({ ...state, it: 3 }, "cortex-a15", "stop")).toBe(svc);
  expect(usr).not.toBe(svc);
  for (let word = 0; word < 5000; word++) memo.remember(word * 0x10001, svc, word);
  memo.remember(7, svc, -1);
  expect(memo.find(7, svc)).toBe(-1);
  expect(memo.find(0x10001, usr)).toBe(-1);
  for (let word = 0; word < 5000; word++) expect(memo.find(word * 0x10001, svc)).toBe(word);
  memo.clear();
  expect(memo.find(0x10001, svc)).toBe(-1);
});
