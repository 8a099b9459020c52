/**
 * Every encoding that computes in registers, UNPREDICTABLE words included, one instruction at a time on
 * QEMU and on our machine under the policy that follows it. Sequences of the lockstep comparison avoid
 * UNPREDICTABLE words; this is where their recorded choices are held against the emulator.
 */
import { expect, test } from "vitest";
import { DECODER, disassemble, type BoundEncoding } from "../src/isa/index.js";
import { DATA_PROCESSING } from "../src/isa/data-processing/index.js";
import { EXCEPTION_RETURNS } from "../src/isa/data-processing/exception-return.js";
import { MULTIPLY } from "../src/isa/multiply/index.js";
import {
  CODE,
  CONTEXT,
  probeHere,
  probeOnQemu,
  qemuMissing,
  RESULT,
  type ProbeCase,
} from "../src/isa/testing/word-probe.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const WORDS_PER_ENCODING = 40;
/** SVC, interrupts masked; bit 5 is T. */
const CPSR = 0xd3;
const EDGES = [0, 1, -1, 2, 31, 32, 255, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, -0x8000_0000];

/** Register fields that a result may go to. A write to the PC is a branch into nowhere. */
const writesPc = (e: BoundEncoding, word: number): boolean =>
  e.pattern.fields.some(
    ({ name, lsb, width }) =>
      /^(?:Rd|Rdn|RdHi|RdLo|Rt|D|DM|DN)$/.test(name) &&
      ((word >>> lsb) & ((1 << width) - 1)) === (width === 1 ? 1 : (1 << width) - 1) &&
      width !== 3,
  );

test(`single instructions, UNPREDICTABLE words among them, end as in QEMU (seed ${SEED})`, ({
  skip,
}) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  const random = randomWords(SEED);
  const returns = new Set(EXCEPTION_RETURNS.flatMap((i) => i.encodings));
  const cases: ProbeCase[] = [];
  const texts: string[] = [];
  for (const e of [...DATA_PROCESSING, ...MULTIPLY].flatMap((i) => i.encodings)) {
    if (returns.has(e)) continue;
    for (let n = 0; n < WORDS_PER_ENCODING; n++) {
      let word = ((random() & ~e.pattern.mask) | e.pattern.value) >>> 0;
      if (e.set === "a32") word = ((word & 0x0fff_ffff) | 0xe000_0000) >>> 0;
      if (e.set === "t16") word &= 0xffff;
      const decoded = disassemble(DECODER, e.set, word, CODE);
      if (decoded.encoding !== e) continue;
      if (writesPc(e, word)) continue;
      const thumb = e.set !== "a32";
      const halves = e.set === "t32" ? ((word << 16) | (word >>> 16)) >>> 0 : word;
      cases.push({
        code: [e.set === "t16" ? ((0xde00 << 16) | word) >>> 0 : halves, 0xde00_de00],
        cpsr: CPSR | (thumb ? 0x20 : 0) | (random() & 0xf80f_0000),
        registers: CONTEXT.map((name) =>
          name.startsWith("SPSR")
            ? CPSR
            : random() % 4 === 0
              ? EDGES[random() % EDGES.length]!
              : random() | 0,
        ),
      });
      texts.push(`${e.id} ${word.toString(16)} ${decoded.text}`);
    }
  }
  expect(cases.length).toBeGreaterThan(5000);
  const theirs = probeOnQemu(cases);
  const ours = probeHere(cases);
  // A case that ran away is the last result.
  const last = (results: readonly unknown[]): string =>
    results.length === cases.length ? "" : (texts[results.length - 1] ?? "none ran");
  expect({ ours: last(ours), qemu: last(theirs) }).toEqual({ ours: "", qemu: "" });
  const differences: string[] = [];
  for (let i = 0; i < cases.length; i++) {
    const parts = RESULT.flatMap((name, n) =>
      ours[i]![n] === theirs[i]![n]
        ? []
        : [`${name} ${hex(ours[i]![n]!)}, QEMU ${hex(theirs[i]![n]!)}`],
    );
    if (parts.length > 0) differences.push(`${texts[i]!}: ${parts.join("; ")}`);
  }
  expect(differences).toEqual([]);
}, 120_000);

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
