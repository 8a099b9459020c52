/**
 * Instructions of the occupants that compute, over terms under concrete values, end as in QEMU. Control flow,
 * system registers and memory are held against the interpreter beside the symbolic machine, and the interpreter
 * against QEMU by single-instructions.test.ts and the comparison of sequences.
 */
import { expect, test } from "vitest";
import { SLOT, SLOT_NAMES, slotNamed, writeCpsr } from "../src/arch/index.js";
import { EMPTY_MODEL, evaluate, Terms, type Term } from "../src/engines/index.js";
import { DATA_PROCESSING } from "../src/isa/data-processing/index.js";
import { EXCEPTION_RETURNS } from "../src/isa/data-processing/exception-return.js";
import { DECODER, disassemble } from "../src/isa/index.js";
import { MULTIPLY } from "../src/isa/multiply/index.js";
import { randomWords } from "../src/isa/testing/encoding-words.js";
import {
  CODE,
  CONTEXT,
  probeOnQemu,
  qemuMissing,
  RESULT,
  type ProbeCase,
} from "../src/isa/testing/word-probe.js";
import { SymbolicMachine } from "../src/machine/index.js";
import { occurringWords, type Word } from "../src/machine/symbolic/testing/occurring-words.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170117);
const STATES = 6;
const CPSR = 0xd3;
const VECTORS = CODE + 0x100;

const setOf = ({ thumb, size }: Word): "a32" | "t16" | "t32" =>
  !thumb ? "a32" : size === 2 ? "t16" : "t32";
const computes = (word: Word): boolean => {
  const e = DECODER.find(setOf(word), word.word);
  if (e === undefined || EXCEPTION_RETURNS.includes(e.instruction)) return false;
  return DATA_PROCESSING.includes(e.instruction) || MULTIPLY.includes(e.instruction);
};
/** Code in memory order, UDF behind it. */
const codeOf = ({ thumb, word, size }: Word): number[] => {
  if (!thumb) return [word, 0xe7f0_def0];
  if (size === 2) return [((0xde00 << 16) | word) >>> 0, 0xde00_de00];
  return [((word << 16) | (word >>> 16)) >>> 0, 0xde00_de00];
};
/** RESULT's name of a slot that the way to it leaves alone, or undefined. */
const slotOfResult = (name: string): number | undefined =>
  /^(?:r\d+(?:_fiq)?|(?:SP|LR|SPSR)_(?:usr|svc|abt|und|irq|fiq))$/.test(name)
    ? slotNamed(name.replace(/^r/, "R"))
    : undefined;

/** The state in which the exception of the UDF behind the instruction is taken. */
const overTerms = async (
  code: readonly number[],
  cpsr: number,
  registers: readonly number[],
): Promise<Int32Array> => {
  const terms = new Terms();
  const machine = new SymbolicMachine({
    terms,
    model: "cortex-a15",
    policy: "reference-emulator",
    initial: {
      regions: [{ from: CODE, to: CODE + code.length * 4 }],
      word: (address) => code[(address - CODE) / 4]!,
      array: "memory",
    },
    translation: { ram: [{ from: 0x4000_0000, to: 0x4400_0000 }], own: [], mode: "as-found" },
    firmware: () => "undefined",
  });
  const concrete = new Int32Array(SLOT_NAMES.length);
  writeCpsr(concrete, cpsr);
  concrete[slotNamed("VBAR")!] = VECTORS;
  concrete[SLOT.PC] = CODE;
  CONTEXT.forEach((name, i) => {
    const slot = slotNamed(name.replace(/^r/, "R"));
    if (slot !== undefined) concrete[slot] = registers[i]!;
  });
  // Registers and flags are variables: what they hold is put in at the end.
  const free = (name: string): boolean => /^(?:R\d|SP_|LR_|[NZCVQ]$)/.test(name);
  const state = SLOT_NAMES.map((name, slot): Term => {
    if (!free(name)) return terms.const(concrete[slot]!, 32);
    if (name.length === 1) return terms.zeroExtend(31, terms.var(name, 1));
    return terms.var(name, 32);
  });
  const variables = new Map(SLOT_NAMES.map((n, i) => [n, BigInt(concrete[i]! >>> 0)] as const));
  const model = { ...EMPTY_MODEL, variables };
  const paths = await machine.explore(machine.start(state));
  const taken = paths.filter((p) => {
    const values = evaluate(p.condition, model);
    return p.condition.every((c) => values.get(c) === 1n);
  });
  expect(taken.length).toBe(1);
  const [path] = taken;
  expect(path!.local.end).toMatchObject({ kind: "outside", address: VECTORS + 4 });
  const values = evaluate(path!.state, model);
  return Int32Array.from(path!.state, (term) => Number(values.get(term)!) | 0);
};

test(`instructions of the occupants that compute end over terms as in QEMU (seed ${SEED})`, async ({
  skip,
}) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  const random = randomWords(SEED);
  const words = occurringWords().filter(computes);
  const cases: { readonly word: Word; readonly probe: ProbeCase }[] = [];
  for (const word of words) {
    const text = disassemble(DECODER, setOf(word), word.word, CODE).text;
    if (/\bpc\b/.test(text)) continue;
    for (let n = 0; n < STATES; n++) {
      const registers = CONTEXT.map((name) =>
        name.startsWith("SPSR") ? CPSR : n === 0 ? random() & 3 : random() | 0,
      );
      const cpsr = CPSR | (word.thumb ? 0x20 : 0) | (random() & 0xf80f_0000);
      cases.push({ word, probe: { code: codeOf(word), cpsr, registers } });
    }
  }
  expect(cases.length).toBeGreaterThan(300);
  const theirs = probeOnQemu(cases.map((c) => c.probe));
  const problems: string[] = [];
  for (const [i, { word, probe }] of cases.entries()) {
    const ours = await overTerms(probe.code, probe.cpsr, probe.registers);
    RESULT.forEach((name, n) => {
      const slot = slotOfResult(name);
      if (slot !== undefined && ours[slot] !== theirs[i]![n])
        problems.push(
          `0x${word.word.toString(16)} ${name}: terms 0x${(ours[slot]! >>> 0).toString(16)}, QEMU 0x${(theirs[i]![n]! >>> 0).toString(16)}`,
        );
    });
  }
  expect(problems).toEqual([]);
}, 120_000);
