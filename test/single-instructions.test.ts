/**
 * Every encoding that computes, loads or stores, UNPREDICTABLE words included, one instruction at a time on
 * QEMU and on our machine under the policy that follows it. Sequences of the lockstep comparison avoid
 * UNPREDICTABLE words; this is where their recorded choices are held against the emulator.
 */
import { expect, test } from "vitest";
import { DECODER, disassemble, extractFields, type BoundEncoding } from "../src/isa/index.js";
import { DATA_PROCESSING } from "../src/isa/data-processing/index.js";
import { EXCEPTION_RETURNS } from "../src/isa/data-processing/exception-return.js";
import { LOAD_STORE } from "../src/isa/load-store/index.js";
import { PRELOAD } from "../src/isa/load-store/preload.js";
import { MULTIPLY } from "../src/isa/multiply/index.js";
import {
  CODE,
  CONTEXT,
  DATA,
  probeHere,
  probeOnQemu,
  qemuMissing,
  RESULT,
  type ProbeCase,
} from "../src/isa/testing/word-probe.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const WORDS_PER_ENCODING = Number(process.env["HYPLAB_WORDS"] ?? 40);
/** SVC, interrupts masked; bit 5 is T. */
const CPSR = 0xd3;
const EDGES = [0, 1, -1, 2, 31, 32, 255, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, -0x8000_0000];

/** Register fields that a result may go to. A write to the PC is a branch into nowhere. */
const writesPc = (e: BoundEncoding, word: number): boolean =>
  e.pattern.fields.some(
    ({ name, lsb, width }) =>
      /^(?:Rd|Rdn|RdHi|RdLo|Rt|Rt2|D|DM|DN)$/.test(name) &&
      width !== 3 &&
      ((word >>> lsb) & ((1 << width) - 1)) === (1 << width) - 1,
  );

/** A word of an encoding with random fields, or undefined when it decodes as another. */
const wordOf = (e: BoundEncoding, random: () => number): number | undefined => {
  let word = ((random() & ~e.pattern.mask) | e.pattern.value) >>> 0;
  // Every second word has the bits that should be 0 or 1 as they should be.
  if ((random() & 1) === 0) word = ((word & ~e.pattern.shouldMask) | e.pattern.shouldValue) >>> 0;
  if (e.set === "a32" && e.pattern.fields.some((f) => f.name === "cond"))
    word = ((word & 0x0fff_ffff) | 0xe000_0000) >>> 0;
  if (e.set === "t16") word &= 0xffff;
  return disassemble(DECODER, e.set, word, CODE).encoding === e ? word : undefined;
};
/** Code in memory order, with UDF behind it in T32. */
const codeOf = (e: BoundEncoding, word: number): number[] => [
  e.set === "t16"
    ? ((0xde00 << 16) | word) >>> 0
    : e.set === "t32"
      ? ((word << 16) | (word >>> 16)) >>> 0
      : word,
  ...(e.set === "a32" ? [] : [0xde00_de00]),
];
const psrOf = (e: BoundEncoding, random: () => number): number =>
  CPSR | (e.set === "a32" ? 0 : 0x20) | (random() & 0xf80f_0000);
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

interface Named {
  readonly text: string;
  readonly probe: ProbeCase;
}
const differencesOf = (cases: readonly Named[]): string[] => {
  const theirs = probeOnQemu(cases.map((c) => c.probe));
  const ours = probeHere(cases.map((c) => c.probe));
  // A case that ran away is the last result.
  const last = (results: readonly unknown[]): string =>
    results.length === cases.length ? "" : (cases[results.length - 1]?.text ?? "none ran");
  expect({ ours: last(ours), qemu: last(theirs) }).toEqual({ ours: "", qemu: "" });
  return cases.flatMap(({ text }, i) => {
    const parts = RESULT.flatMap((name, n) =>
      ours[i]![n] === theirs[i]![n]
        ? []
        : [`${name} ${hex(ours[i]![n]!)}, QEMU ${hex(theirs[i]![n]!)}`],
    );
    return parts.length > 0 ? [`${text}: ${parts.join("; ")}`] : [];
  });
};

test(`computing instructions, UNPREDICTABLE words among them, end as in QEMU (seed ${SEED})`, ({
  skip,
}) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  const random = randomWords(SEED);
  const returns = new Set(EXCEPTION_RETURNS.flatMap((i) => i.encodings));
  const cases: Named[] = [];
  for (const e of [...DATA_PROCESSING, ...MULTIPLY].flatMap((i) => i.encodings)) {
    if (returns.has(e)) continue;
    for (let n = 0; n < WORDS_PER_ENCODING; n++) {
      const word = wordOf(e, random);
      if (word === undefined || writesPc(e, word)) continue;
      const registers = CONTEXT.map((name) =>
        name.startsWith("SPSR")
          ? CPSR
          : random() % 4 === 0
            ? EDGES[random() % EDGES.length]!
            : random() | 0,
      );
      const text = `${e.id} ${hex(word)} ${disassemble(DECODER, e.set, word, CODE).text}`;
      cases.push({ text, probe: { code: codeOf(e, word), cpsr: psrOf(e, random), registers } });
    }
  }
  expect(cases.length).toBeGreaterThan(5000);
  expect(differencesOf(cases)).toEqual([]);
}, 120_000);

/** Loads and stores that change mode or go to another bank: the comparison of sequences has them. */
const ELSEWHERE = /^(?:SRS|RFE|LDM \(exception return\)|SWP|.*\(User registers\))/;

test(`loads, stores and preloads, UNPREDICTABLE words among them, end as in QEMU (seed ${SEED})`, ({
  skip,
}) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  const random = randomWords(SEED + 1);
  const middle = DATA + 0x8000;
  const cases: Named[] = [];
  for (const e of LOAD_STORE.flatMap((i) => i.encodings)) {
    if (ELSEWHERE.test(e.instruction.name)) continue;
    const preload = PRELOAD.includes(e.instruction);
    for (let n = 0; n < WORDS_PER_ENCODING; n++) {
      const word = wordOf(e, random);
      if (word === undefined) continue;
      const fields = extractFields(e.pattern, word);
      const popsPc = /\bpc\}/.test(disassemble(DECODER, e.set, word, CODE).text);
      const toPc = writesPc(e, word) || popsPc || fields["Rt"] === 14;
      // A write-back to the PC branches into nowhere, a store relative to it spoils the probe's program.
      const literal = e.instruction.name.endsWith("(literal)");
      const strange =
        ((word ^ e.pattern.shouldValue) & e.pattern.shouldMask) !== 0 ||
        fields["W"] === 1 ||
        fields["P"] === 0;
      if (!preload && (toPc || fields["Rn"] === 15 || (literal && strange))) continue;
      // Neither the PC nor the base is small enough for an index, nor is what a large shift makes of one.
      if (fields["Rm"] === 15 || (fields["Rm"] !== undefined && fields["Rm"] === fields["Rn"]))
        continue;
      if (fields["imm5"] !== undefined && (fields["type"] === 3 || fields["imm5"] > 8)) continue;
      const base = fields["Rn"] ?? 13;
      const registers = CONTEXT.map((name) => {
        if (name.startsWith("SPSR")) return CPSR;
        const number = /^r(\d+)$/.exec(name)?.[1];
        const isBase =
          number === undefined
            ? (name === "SP_svc" && base === 13) || (name === "LR_svc" && base === 14)
            : Number(number) === base;
        return isBase ? middle + (random() & 0xff) : random() & 0x3f;
      });
      const text = `${e.id} ${hex(word)} ${disassemble(DECODER, e.set, word, CODE).text}`;
      cases.push({ text, probe: { code: codeOf(e, word), cpsr: psrOf(e, random), registers } });
    }
  }
  expect(cases.length).toBeGreaterThan(1500);
  expect(differencesOf(cases)).toEqual([]);
}, 120_000);
