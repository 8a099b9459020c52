/**
 * Floating-point instructions with random operands on QEMU and on our machine: a guest program runs each
 * as a routine of its own, in A32 and in T32, and keeps FPSCR and D0 after it.
 */
import { assemble } from "../../src/isa/index.js";
import { FREE, runHere, runOnQemu, type Guest } from "../../src/isa/testing/bare-guest.js";
import { Operands } from "./operands.js";
import { OPERATIONS } from "./operations.js";

const ENTRIES = 0x4020_0000;
const RESULTS = 0x4200_0000;
const SIZE = 0x0400_0000;
const CONTROL = 0x4014_0000;
const ENTRY_WORDS = 8;
const RESULT_WORDS = 3;
/** Most cases of one run. */
export const MOST = 500_000;

const routines = (thumb: boolean): string =>
  OPERATIONS.map(({ text }, i) => `${thumb ? "t" : "a"}${i}:\n ${text}\n bx lr\n .align 4`).join(
    "\n",
  );
const SOURCE = `
.arm
vectors:
${"  b stop\n".repeat(8)}
start:
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  mov r0, #0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
  ldr r10, =${ENTRIES}
  ldr r11, =${RESULTS}
  ldr r8, =${CONTROL}
  ldr r9, [r8]
next:
  subs r9, r9, #1
  blt stop
  ldmia r10!, {r0, r1}
  vmsr fpscr, r1
  vldmia r10!, {d0-d2}
  blx r0
  vmrs r2, fpscr
  str r2, [r11], #4
  vstmia r11!, {d0}
  b next
stop:
  str r11, [r8, #4]
  ldr r0, =0x84000008
  smc #0
  b stop
  .ltorg
${routines(false)}
.thumb
${routines(true)}
`;

interface Case {
  readonly operation: number;
  readonly thumb: boolean;
  readonly fpscr: number;
  readonly registers: readonly number[];
}
export interface Comparison {
  readonly cases: number;
  /** Differences in words, the first of each instruction first. */
  readonly differences: readonly string[];
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");
const describe = (c: Case): string => {
  const [d0, d0h, d1, d1h, d2, d2h] = c.registers.map(hex);
  const { text } = OPERATIONS[c.operation]!;
  return `${text}${c.thumb ? " (T32)" : ""}, FPSCR ${hex(c.fpscr)}, d0 ${d0h!}${d0!}, d1 ${d1h!}${d1!}, d2 ${d2h!}${d2!}`;
};

/** Runs `count` random cases, MOST at most, on both. */
export const compareFloats = (count: number, seed: number, seconds = 60): Comparison => {
  const program = assemble(SOURCE, { base: FREE });
  const operands = new Operands(seed);
  const entries = new Int32Array(count * ENTRY_WORDS);
  const cases: Case[] = Array.from({ length: count }, (_, i) => {
    const operation = operands.below(OPERATIONS.length);
    const thumb = operands.below(4) === 0;
    const fpscr = operands.fpscr();
    const registers = operands.registers(OPERATIONS[operation]!.kind);
    const routine = program.symbols.get(`${thumb ? "t" : "a"}${operation}`)!;
    entries.set([thumb ? routine + 1 : routine, fpscr, ...registers], i * ENTRY_WORDS);
    return { operation, thumb, fpscr, registers };
  });
  const guest: Guest = {
    start: program.symbols.get("start")!,
    size: SIZE,
    pieces: [
      { at: FREE, bytes: program.bytes },
      { at: CONTROL, bytes: new Uint8Array(Int32Array.of(count, RESULTS).buffer) },
      { at: ENTRIES, bytes: new Uint8Array(entries.buffer) },
    ],
  };
  const resultsOf = (memory: ReturnType<typeof runHere>): Int32Array => {
    const end = new Int32Array(memory(CONTROL + 4, 4).slice().buffer)[0]!;
    return new Int32Array(memory(RESULTS, end - RESULTS).slice().buffer);
  };
  const theirs = resultsOf(runOnQemu(guest, { seconds }));
  const ours = resultsOf(runHere(guest, count * 30 + 1000));
  const differences: string[] = [];
  if (theirs.length !== ours.length || ours.length !== count * RESULT_WORDS) {
    const short = Math.min(theirs.length, ours.length) / RESULT_WORDS;
    const where = short < count ? `; stopped at ${describe(cases[short]!)}` : "";
    differences.push(
      `${ours.length / RESULT_WORDS} results here, ${theirs.length / RESULT_WORDS} in QEMU, of ${count}${where}`,
    );
  }
  const seen = new Set<number>();
  const later: string[] = [];
  for (let i = 0; (i + 1) * RESULT_WORDS <= Math.min(ours.length, theirs.length); i++) {
    const at = i * RESULT_WORDS;
    const same = [0, 1, 2].every((k) => ours[at + k] === theirs[at + k]);
    if (same) continue;
    const show = (r: Int32Array): string =>
      `FPSCR ${hex(r[at]!)} d0 ${hex(r[at + 2]!)}${hex(r[at + 1]!)}`;
    const c = cases[i]!;
    const list = seen.has(c.operation) ? later : differences;
    seen.add(c.operation);
    list.push(`${describe(c)}: here ${show(ours)}, QEMU ${show(theirs)}`);
  }
  return { cases: count, differences: [...differences, ...later] };
};
