import { expect, test } from "vitest";
import { MODES } from "../arch/index.js";
import { DECODER, translateBlock, type InstructionSet, type UnpredictablePolicy } from "./index.js";
import { randomWords } from "./testing/encoding-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 4711);
const COUNT = Number(process.env["HYPLAB_WORDS"] ?? 30_000);

/** Translates one word alone and tells what it is. */
const kindOf = (
  set: InstructionSet,
  word: number,
  modeIndex: number,
  policy: UnpredictablePolicy,
): string => {
  const halves =
    set === "a32"
      ? [word & 0xffff, word >>> 16]
      : set === "t32"
        ? [word >>> 16, word & 0xffff]
        : [word];
  const block = translateBlock(
    0x8000,
    { thumb: set !== "a32", it: 0, bigEndian: false, mode: MODES[modeIndex % MODES.length]! },
    {
      decoder: DECODER,
      cpu: "cortex-a15",
      policy,
      fetch: (at) => halves[(at - 0x8000) >> 1] ?? -1,
      limit: 1,
    },
  );
  for (const node of block.nodes) {
    if (node.kind === "exitStop")
      return node.reason === "unpredictable" ? "UNPREDICTABLE" : "not modelled";
    if (node.kind === "exitException" && node.exception === "undefined") return "UNDEFINED";
  }
  return "instruction";
};

test.each(["a32", "t16", "t32"] as const)(
  "%s: every word is an instruction, UNDEFINED, UNPREDICTABLE or stopped by name, under every policy",
  (set) => {
    const random = randomWords(SEED);
    const counts: Record<string, number> = {};
    const failures: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      const bits = random();
      const word =
        set === "t16"
          ? (bits & 0xffff) % 0xe800
          : set === "t32"
            ? (0xe8000000 | (bits & 0x1fffffff)) >>> 0
            : bits;
      if (set === "t32" && word < 0xe8000000) continue;
      for (const policy of ["stop", "cortex-a15", "reference-emulator"] as const) {
        try {
          const kind = kindOf(set, word, i, policy);
          if (policy === "stop") counts[kind] = (counts[kind] ?? 0) + 1;
        } catch (error) {
          failures.push(`${word.toString(16)} ${policy}: ${(error as Error).message}`);
        }
      }
    }
    expect(failures.slice(0, 10), `seed ${SEED}`).toEqual([]);
    expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBeGreaterThan(COUNT / 2);
    expect(counts["instruction"]).toBeGreaterThan(0);
    expect(counts["UNDEFINED"] ?? 0).toBeGreaterThan(0);
  },
);
