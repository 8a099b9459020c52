/**
 * Every instruction that occurs in an occupant: its paths over terms under concrete values against the
 * interpreter and against compiled code, on random states, in HYP and SVC mode.
 */
import { expect, test } from "vitest";
import {
  MODE,
  registerSlot,
  SLOT,
  SLOT_NAMES,
  slotNamed,
  writeCpsr,
  type Mode,
} from "../../arch/index.js";
import { Terms, type Term } from "../../engines/index.js";
import { DECODER, disassemble, INSTRUCTIONS } from "../../isa/index.js";
import {
  modelOfMachine,
  memoryDifferences,
  finalState,
  finalWords,
  onlyPath,
  stateDifferences,
} from "../../lab/symbolic/testing/agreement.js";
import { MEMORY_ARRAY, randomWords } from "../../lab/index.js";
import { Machine } from "../machine.js";
import { SymbolicMachine } from "./symbolic-machine.js";
import { occurringWords, type Word } from "./testing/occurring-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170117);
/** Random states of each instruction and mode. */
const STATES = Number(process.env["HYPLAB_STATES"] ?? 4);

const WORDS = Number(process.env["HYPLAB_WORDS"] ?? 250);

const RAM = { base: 0x4000_0000, size: 0x10_0000 } as const;
const CODE = RAM.base + 0x8000;
const HYP_VECTORS = RAM.base + 0x1000;
const PL1_VECTORS = RAM.base + 0x2000;
const DATA = RAM.base + 0x4_0000;
const TABLES = RAM.base + 0x8_0000;

const textOf = ({ thumb, word, size }: Word): string =>
  disassemble(DECODER, thumb ? (size === 2 ? "t16" : "t32") : "a32", word, CODE).text;

/** State that is symbolic, with the bits that may take any value. */
const FREE: ReadonlyMap<string, number> = new Map([
  ...SLOT_NAMES.filter((name) => /^(R\d|SP_|LR_|SPSR_|ELR_hyp|D\d)/.test(name)).map(
    (name) => [name, -1] as const,
  ),
  ...["N", "Z", "C", "V", "Q", "A", "I", "F"].map((name) => [name, 1] as const),
  ["GE", 15],
  // Control bits that do not turn translation on and do not move the vectors.
  ["HSCTLR", (1 << 1) | (1 << 2) | (1 << 12)],
  ["SCTLR", (1 << 1) | (1 << 2) | (1 << 5) | (1 << 10) | (1 << 12)],
  ["HCR", 0x07ff_8000 & ~(1 << 20)],
  ["HSTR", 0x0003_bfef],
  ["HDCR", 0xff],
  ["HCPTR", 0x8000_8c00 | 0],
  ["CPACR", 0xf0_0000],
  ["HTPIDR", -1],
  ["HSR", -1],
  ["HTTBR", -1],
  ["HTTBR_hi", 0xff],
  ["VTTBR", -1],
  ["VTTBR_hi", 0xff00ff],
  ["DACR", -1],
]);
const NARROW: ReadonlyMap<string, number> = new Map([
  ...["N", "Z", "C", "V", "Q", "A", "I", "F"].map((name) => [name, 1] as const),
  ["GE", 4],
]);
const SELF_BRANCH = { a32: [0xfe, 0xff, 0xff, 0xea], t32: [0xff, 0xf7, 0xfe, 0xbf] };

interface Place {
  readonly mode: Mode;
  /** Stage 1 of HYP mode maps RAM flat as normal memory, but for a page, and one that is read-only. */
  readonly mapped?: boolean;
}
const PLACES: readonly Place[] = [
  { mode: MODE.hyp },
  { mode: MODE.hyp, mapped: true },
  { mode: MODE.svc },
];
/** A machine with branches to themselves as vectors and data to load. */
const machineFor = (place: Place, thumb: boolean, eager: boolean): Machine => {
  const engine = { threshold: 1, batch: 1 };
  const machine = new Machine({ ram: [RAM], ...(eager ? { engine } : {}) });
  const stay = thumb ? SELF_BRANCH.t32 : SELF_BRANCH.a32;
  for (const base of [HYP_VECTORS, PL1_VECTORS])
    machine.load(base, Uint8Array.from(Array.from({ length: 8 }, () => stay).flat()));
  const s = machine.cpu.state;
  s[slotNamed("HVBAR")!] = HYP_VECTORS;
  s[slotNamed("VBAR")!] = PL1_VECTORS;
  if (thumb)
    for (const name of ["SCTLR", "HSCTLR"]) s[slotNamed(name)!] = s[slotNamed(name)!]! | (1 << 30);
  writeCpsr(s, place.mode.encoding | 0x1c0 | (thumb ? 0x20 : 0));
  s[SLOT.PC] = CODE;
  fillData(machine, randomWords(SEED));
  if (place.mapped === true) mapPages(machine);
  machine.snapshot();
  return machine;
};
const machines = new Map<string, readonly [Machine, Machine]>();
/** The two machines of a place, with the instruction before a branch to itself. */
const machinesWith = ({ thumb, word, size }: Word, place: Place): readonly [Machine, Machine] => {
  const key = `${place.mode.name} ${place.mapped} ${thumb}`;
  let pair = machines.get(key);
  if (pair === undefined)
    machines.set(key, (pair = [machineFor(place, thumb, false), machineFor(place, thumb, true)]));
  const stay = thumb ? SELF_BRANCH.t32 : SELF_BRANCH.a32;
  const bytes =
    size === 2
      ? [word & 0xff, word >>> 8]
      : thumb
        ? [(word >>> 16) & 0xff, word >>> 24, word & 0xff, (word >>> 8) & 0xff]
        : [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
  for (const machine of pair) {
    machine.restore();
    machine.load(CODE, Uint8Array.from([...bytes, ...stay, ...stay]));
    machine.snapshot();
  }
  return pair;
};
/** One table of level 3 for the first 2 MiB of RAM. */
const mapPages = (machine: Machine): void => {
  const { memory } = machine;
  const s = machine.cpu.state;
  const [first, second, third] = [TABLES, TABLES + 0x1000, TABLES + 0x2000];
  memory.write32(first + (RAM.base / 2 ** 30) * 8, second | 3);
  memory.write32(second, third | 3);
  for (let page = 0; page < RAM.size >> 12; page++) {
    const at = RAM.base + (page << 12);
    const readOnly = at === DATA + 0x2000 ? 1 << 7 : 0;
    if (at !== DATA + 0x4000)
      memory.write32(third + page * 8, at | readOnly | (1 << 10) | (3 << 8) | 3);
  }
  s[slotNamed("HMAIR0")!] = 0xff;
  s[slotNamed("HTTBR")!] = first;
  s[slotNamed("HTTBR_hi")!] = 0;
  s[slotNamed("HSCTLR")!] = s[slotNamed("HSCTLR")!]! | 1;
};
const symbolicFor = (terms: Terms, machine: Machine): SymbolicMachine => {
  const { memory } = machine;
  return new SymbolicMachine({
    terms,
    model: "cortex-a15",
    policy: "cortex-a15",
    initial: {
      regions: [
        { from: CODE, to: CODE + 12 },
        { from: HYP_VECTORS, to: HYP_VECTORS + 0x20 },
        { from: PL1_VECTORS, to: PL1_VECTORS + 0x20 },
        { from: TABLES, to: TABLES + 0x3000, data: true },
      ],
      word: (address) => memory.words[memory.offsetOf(address) >> 2]!,
      array: MEMORY_ARRAY,
    },
    translation: {
      ram: [{ from: RAM.base, to: RAM.base + RAM.size }],
      own: [],
      mode: "as-found",
    },
    firmware: () => "undefined",
    targetFaults: true,
    instructions: 8,
  });
};
const isFixed = (machine: Machine, name: string): boolean =>
  name.startsWith("HTTBR") && (machine.cpu.state[slotNamed("HSCTLR")!]! & 1) === 1;
const startState = (terms: Terms, machine: Machine): Term[] =>
  SLOT_NAMES.map((name, slot) => {
    const saved = machine.cpu.state[slot]!;
    const mask = FREE.get(name);
    if (mask === undefined || isFixed(machine, name)) return terms.const(saved, 32);
    const width = NARROW.get(name);
    if (width !== undefined) return terms.zeroExtend(32 - width, terms.var(name, width));
    return terms.bvor(
      terms.bvand(terms.var(name, 32), terms.const(mask, 32)),
      terms.const(saved & ~mask, 32),
    );
  });
const randomise = (machine: Machine, random: () => number): void => {
  const s = machine.cpu.state;
  for (const [name, mask] of FREE) {
    if (isFixed(machine, name)) continue;
    const slot = slotNamed(name)!;
    s[slot] = (s[slot]! & ~mask) | (random() & mask);
  }
  // Half of the registers point into memory; a quarter are small.
  for (let n = 0; n < 15; n++)
    for (const mode of [MODE.svc, MODE.hyp]) {
      const kind = random() & 7;
      const slot = registerSlot(n, mode);
      if (kind < 3) s[slot] = DATA + (random() & 0xffff & ~3);
      else if (kind < 4) s[slot] = DATA + (random() & 0xffff);
      else if (kind < 6) s[slot] = random() & 0x1f;
    }
  if ((random() & 3) !== 0) s[slotNamed("SPSR_hyp")!] = 0x1d3 | (random() & 0xf80f0020);
};
const fillData = (machine: Machine, random: () => number): void => {
  const bytes = new Uint8Array(0x1_0100).map(() => random() & 0xff);
  machine.load(DATA, bytes);
};

interface Tally {
  states: number;
  readonly stopped: Set<string>;
}
const compare = async (
  word: Word,
  place: Place,
  random: () => number,
  tally: Tally,
): Promise<string[]> => {
  const [one, other] = machinesWith(word, place);
  const terms = new Terms();
  const symbolic = symbolicFor(terms, one);
  const paths = await symbolic.explore(symbolic.start(startState(terms, one)));
  const problems: string[] = [];
  for (let n = 0; n < STATES; n++) {
    one.restore();
    randomise(one, random);
    const start = one.cpu.state.slice(0, SLOT_NAMES.length);
    const model = modelOfMachine(start, one.memory);
    const path = onlyPath(
      paths.map((p) => ({ path: p, condition: p.condition, writes: p.memory.writes })),
      model,
    );
    if (typeof path === "string") {
      problems.push(path);
      continue;
    }
    const { end } = path.path.local;
    if (end?.kind === "stopped") {
      tally.stopped.add(end.what);
      continue;
    }
    tally.states++;
    const written = finalWords(path, model);
    const after = finalState(path.path.state, model);
    one.run(path.path.trace.length + path.path.local.fetchFaults);
    problems.push(
      ...stateDifferences(after, one.cpu.state),
      ...memoryDifferences(written, one.memory),
    );
    if (end?.kind !== "loop") continue;
    // Compiled code runs with a budget to spare: the loop at the end changes nothing more.
    other.restore();
    other.cpu.state.set(start);
    other.run(200);
    problems.push(
      ...stateDifferences(after, other.cpu.state).map((d) => `compiled: ${d}`),
      ...memoryDifferences(written, other.memory),
    );
  }
  return problems;
};

const problemsOf = async (
  word: Word,
  place: Place,
  random: () => number,
  tally: Tally,
): Promise<string[]> =>
  (await compare(word, place, random, tally)).map(
    (p) =>
      `${textOf(word)} (0x${word.word.toString(16)}), ${place.mode.name}${place.mapped === true ? ", mapped" : ""}: ${p}`,
  );

for (const thumb of [false, true]) {
  test(`each ${thumb ? "T32" : "A32"} instruction of the occupants does over terms what it does on the engines (seed ${SEED})`, async () => {
    const random = randomWords(SEED + (thumb ? 1 : 0));
    const tally: Tally = { states: 0, stopped: new Set() };
    const words = occurringWords().filter((w) => w.thumb === thumb);
    const problems: string[] = [];
    for (const word of words)
      for (const place of PLACES) problems.push(...(await problemsOf(word, place, random, tally)));
    expect(problems).toEqual([]);
    expect(words.length).toBeGreaterThan(80);
    expect(tally.states).toBeGreaterThan(words.length);
    console.log(
      `${words.length} words, ${tally.states} states; stops: ${[...tally.stopped].join("; ") || "none"}`,
    );
  }, 120_000);
}

test(`words of all encodings, as a flipped bit may give them, do over terms what they do on the engines (seed ${SEED})`, async () => {
  const random = randomWords(SEED + 2);
  const tally: Tally = { states: 0, stopped: new Set() };
  const problems: string[] = [];
  const encodings = INSTRUCTIONS.flatMap((i) => i.encodings);
  for (let n = 0; n < WORDS; n++) {
    const e = encodings[(random() >>> 0) % encodings.length]!;
    let value = ((random() & ~e.pattern.mask) | e.pattern.value) >>> 0;
    if (e.set === "a32" && value >>> 28 !== 15) value = ((value & 0x0fff_ffff) | 0xe000_0000) >>> 0;
    const word: Word = { thumb: e.set !== "a32", word: value, size: e.set === "t16" ? 2 : 4 };
    if (DECODER.find(e.set, value) !== e) continue;
    problems.push(...(await problemsOf(word, PLACES[n % 3]!, random, tally)));
  }
  expect(problems).toEqual([]);
  expect(tally.states).toBeGreaterThan(WORDS);
}, 120_000);
