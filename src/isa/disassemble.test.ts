import { expect, test } from "vitest";
import {
  DECODER,
  disassemble,
  LineAssembler,
  type BoundEncoding,
  type InstructionSet,
} from "./index.js";
import { isUndefinedWord, predictableWord, randomWords } from "./testing/encoding-words.js";
import { objdumpLines, objdumpMissing, STRIDE } from "./testing/objdump.js";
import { DIFFERENCES } from "./testing/differences.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const PER_ENCODING = Number(process.env["HYPLAB_WORDS"] ?? 150);
const SETS = ["a32", "t16", "t32"] as const;

const wordsOf = (set: InstructionSet): { word: number; id: string }[] => {
  const random = randomWords(SEED);
  const words: { word: number; id: string }[] = [];
  for (const e of DECODER.encodings) {
    if (e.set !== set) continue;
    for (let i = 0; i < PER_ENCODING; i++) {
      const word = predictableWord(DECODER, e, random);
      if (word !== undefined && isArms(e, word)) words.push({ word, id: e.id });
    }
  }
  return words;
};

/** Coprocessors 0 to 13 are other vendors' to objdump, which reads later instructions into VFP's gaps. */
const isArms = (e: BoundEncoding, word: number): boolean =>
  e.instruction.name !== "Floating-point (unallocated)" &&
  (!e.pattern.fields.some((f) => f.name === "coproc") || ((word >>> 8) & 14) === 14);

test.for(SETS)("%s: every encoding is disassembled as GNU objdump does", (set, { skip }) => {
  const missing = objdumpMissing();
  if (missing !== undefined) return skip(missing);
  const words = wordsOf(set);
  const expected = objdumpLines(
    words.map((w) => w.word),
    set,
  );
  const stride = STRIDE[set];
  const wrong = new Map<string, string>();
  words.forEach(({ word, id }, i) => {
    const { text } = disassemble(DECODER, set, word, i * stride);
    if (
      text !== expected[i] &&
      !DIFFERENCES.some((d) => d.set === set && d.matches(text, expected[i]!)) &&
      !wrong.has(id)
    ) {
      wrong.set(id, `${word.toString(16)} ${id}: ours "${text}", objdump "${expected[i]}"`);
    }
  });
  expect([...wrong.values()].slice(0, 400), `seed ${SEED}, ${words.length} words`).toEqual([]);
});

test.each(SETS)(
  "%s: what the disassembler prints, the assembler reads back to the same text",
  (set) => {
    const assembler = new LineAssembler(DECODER);
    const wrong = new Map<string, string>();
    for (const { word, id } of wordsOf(set)) {
      const pc = 0x8000;
      const { text } = disassemble(DECODER, set, word, pc);
      const context = { pc, thumb: set !== "a32", itCondition: undefined, evaluate: Number };
      try {
        const line = set === "t32" && !/^\S+\.w/.test(text) ? text.replace(/^\S+/, "$&.w") : text;
        let made;
        try {
          made = assembler.assemble(line, context);
        } catch {
          made = assembler.assemble(text, context);
        }
        const again = disassemble(DECODER, made.encoding.set, made.word, pc).text;
        if (again !== text && made.word !== word)
          wrong.set(id, `${word.toString(16)} "${text}" came back as "${again}"`);
        if (isUndefinedWord(made.encoding, made.word))
          wrong.set(
            id,
            `${word.toString(16)} "${text}" came back as ${made.word.toString(16)}, UNDEFINED`,
          );
      } catch (error) {
        wrong.set(id, `${word.toString(16)} ${id} "${text}": ${(error as Error).message}`);
      }
    }
    expect([...wrong.values()], `seed ${SEED}`).toEqual([]);
  },
);

test("no two encodings overlap unless one says which wins", () => {
  expect(DECODER.undeclaredOverlaps().map((o) => `${o.a.id} / ${o.b.id}`)).toEqual([]);
});

test("every see names a record", () => {
  expect(DECODER.danglingReferences()).toEqual([]);
});
