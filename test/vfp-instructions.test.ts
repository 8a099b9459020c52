/**
 * Every floating-point encoding, UNPREDICTABLE and UNDEFINED words included, one instruction at a time on
 * QEMU and on our machine: all registers, FPSCR, the fault taken and the memory stored to.
 */
import { expect, test } from "vitest";
import { DECODER, disassemble } from "../src/isa/index.js";
import { VFP } from "../src/isa/vfp/index.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";
import type { GuestMemory } from "../src/isa/testing/bare-guest.js";
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

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
const WORDS_PER_ENCODING = Number(process.env["HYPLAB_WORDS"] ?? 150);
/** SVC, interrupts masked; bit 5 is T, bit 9 E. */
const CPSR = 0xd3;
const DATA_BYTES = 0x8000;

/** Words that write the PC or store over the code are left out. */
const runsAway = (name: string, text: string): boolean =>
  / pc[,!]|, pc, [sd]\d/.test(text) || (/\[?pc/.test(text) && /^VST|^VPUSH/.test(name));
/** Values of FPSCR: any rounding mode, flags, FZ, DN, AHP; lengths of vectors now and then. */
const fpscr = (random: () => number): number =>
  (random() & 0xffc0_009f & ~0x8_0000) | (random() % 12 === 0 ? random() & 0x37_0000 : 0);
const FLOATS = [0, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0x7f80_0001, 1, 0x7ff0_0000, 0x4000_0000];

test(`single floating-point instructions end as in QEMU (seed ${SEED})`, ({ skip }) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  const random = randomWords(SEED);
  const cases: ProbeCase[] = [];
  const texts: string[] = [];
  const add = (set: "a32" | "t32", word: number, text: string): void => {
    const thumb = set === "t32";
    const base = DATA + DATA_BYTES / 2;
    cases.push({
      code: [
        thumb ? ((word << 16) | (word >>> 16)) >>> 0 : word,
        thumb ? 0xde00_de00 : 0xe7f0_def0,
      ],
      cpsr: CPSR | (thumb ? 0x20 : 0) | (random() & 0xf80f_0200),
      registers: CONTEXT.map((name) => {
        if (name.startsWith("SPSR")) return CPSR;
        if (name === "FPSCR") return fpscr(random);
        if (name.startsWith("D"))
          return random() % 4 === 0 ? FLOATS[random() % FLOATS.length]! : random() | 0;
        return base + 4 * (random() % 64) + (random() % 24 === 0 ? 2 : 0);
      }),
    });
    texts.push(text);
  };
  for (const e of VFP.flatMap((i) => i.encodings)) {
    if (e.set === "t16") continue;
    for (let n = 0; n < WORDS_PER_ENCODING; n++) {
      let word = ((random() & ~e.pattern.mask) | e.pattern.value) >>> 0;
      if (e.set === "a32") word = ((word & 0x0fff_ffff) | 0xe000_0000) >>> 0;
      // Most (0) bits as they should be: else few words get past them.
      if (n % 8 !== 0) word = ((word & ~e.pattern.shouldMask) | e.pattern.shouldValue) >>> 0;
      // Short lists in most cases: else few transfer within the register file.
      if (/^V(?:LDM|STM|PUSH|POP)/.test(e.instruction.name) && n % 4 !== 0)
        word = (word & ~0xf0) >>> 0;
      const decoder = DECODER.find(e.set, word);
      if (decoder !== e) continue;
      let text = e.id;
      try {
        text = disassemble(DECODER, e.set, word, CODE).text;
      } catch {
        // UNDEFINED words of some encodings have no text.
      }
      if (runsAway(e.instruction.name, text)) continue;
      add(e.set, word, `${e.id} ${word.toString(16)} ${text}`);
    }
  }
  expect(cases.length).toBeGreaterThan(5000);
  let memoryHere = new Uint8Array();
  let memoryThere = new Uint8Array();
  const data = (memory: GuestMemory): Uint8Array<ArrayBuffer> =>
    memory(DATA, DATA_BYTES).slice() as Uint8Array<ArrayBuffer>;
  const theirs = probeOnQemu(cases, (m) => (memoryThere = data(m)));
  const ours = probeHere(cases, (m) => (memoryHere = data(m)));
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
    if (parts.length > 0) differences.push(`${texts[i]!}: ${parts.slice(0, 6).join("; ")}`);
  }
  expect(differences.slice(0, 40), `${differences.length} of ${cases.length}`).toEqual([]);
  expect(Buffer.from(memoryHere).equals(Buffer.from(memoryThere)), "memory stored to").toBe(true);
}, 120_000);

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
