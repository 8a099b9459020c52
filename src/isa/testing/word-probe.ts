/**
 * Runs single instructions on the bare machine, on QEMU and on ours, out of the same guest program: it
 * loads a whole context, enters the instruction by ERET from HYP mode and keeps all registers after the
 * exception that ends it (UDF stands behind every instruction).
 */
import { assemble } from "../index.js";
import { FREE, runHere, runOnQemu, type Guest, type GuestMemory } from "./bare-guest.js";
import { BANKED, numbered, TAKEN, VECTOR_WORDS } from "./recorded-registers.js";

export { qemuMissing } from "./bare-guest.js";

const SIZE = 0x0400_0000;
const PROGRAM = FREE;
const CONTROL = 0x4010_f000;
/** Where the instruction stands. */
export const CODE = 0x4011_0000;
const ENTRIES = 0x4020_0000;
const ENTRY_BYTES = 512;
const RESULTS = 0x4200_0000;
/** Filled with UDF of both instruction sets at every word: a place to branch to. */
export const LANDING = 0x4012_0000;
export const LANDING_SIZE = 0x1_0000;
/** Scratch data that instructions may load and store. */
export const DATA = 0x4014_0000;
/** Bytes of DATA that each result has the sum of. */
const SUMMED = 256;
const UDF = 0xe7f0_def0;
/** Most cases of one run. */
export const MOST = 32_768;

/** Registers of a context, in order. r0 to r12 and LR are those of all modes but FIQ. */
export const CONTEXT: readonly string[] = [
  "FPSCR",
  ...VECTOR_WORDS,
  "SP_usr",
  ...BANKED,
  ...numbered(0, 12),
  "SP_hyp",
  "LR_usr",
];
/**
 * Words of a result, in order. `vector` is the offset in words of the vector that ended it, `memory` a sum
 * of the first SUMMED bytes of DATA.
 */
export const RESULT: readonly string[] = [...TAKEN, "HSR", "FPSCR", ...VECTOR_WORDS, "memory"];
const RESULT_BYTES = RESULT.length * 4;

export interface ProbeCase {
  /** Code in memory order: up to four words. */
  readonly code: readonly number[];
  readonly cpsr: number;
  /** Values in the order of CONTEXT. */
  readonly registers: readonly number[];
}

const SOURCE = `
.arm
hyp_vectors:
  b stop
  b vector1
  b vector2
  b vector3
  b vector4
  b vector5
  b vector6
  b vector7
pl1_vectors:
${Array.from({ length: 8 }, (_, n) => `  hvc #${n}\n`).join("")}
${Array.from({ length: 7 }, (_, n) => `vector${n + 1}: mcr p15, 4, r0, c13, c0, 2\n mov r0, #${n + 1}\n b common\n`).join("")}
common:
  mcr p15, 0, r1, c13, c0, 4
  ldr r1, =CONTROL
  ldr r1, [r1, #8]
  str r0, [r1], #4
  mrc p15, 4, r0, c13, c0, 2
  str r0, [r1], #4
  mrc p15, 0, r0, c13, c0, 4
  str r0, [r1], #4
  stmia r1!, {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}
  str sp, [r1], #4
  str lr, [r1], #4
  ${["SP_usr", "ELR_hyp", "SPSR", ...BANKED].map((name) => `mrs r0, ${name}\n str r0, [r1], #4\n`).join("")}
  mrc p15, 4, r0, c5, c2, 0
  str r0, [r1], #4
  vmrs r0, fpscr
  str r0, [r1], #4
  vstmia r1!, {d0-d15}
  vstmia r1!, {d16-d31}
  ldr r2, =DATA
  mov r3, #${SUMMED / 4}
  mov r0, #0
sum:
  ldr r4, [r2], #4
  eor r0, r4, r0, ror #1
  subs r3, r3, #1
  bne sum
  str r0, [r1], #4
  ldr r2, =CONTROL
  str r1, [r2, #8]
next:
  ldr r11, =CONTROL
  ldr r10, [r11]
  ldr r9, [r11, #4]
  subs r9, r9, #1
  blt stop
  str r9, [r11, #4]
  add r0, r10, #${ENTRY_BYTES}
  str r0, [r11]
  mov r0, #0
  mcr p15, 4, r0, c5, c2, 0
  ldmia r10!, {r0, r1, r2, r3}
  ldr r8, =CODE
  stmia r8, {r0, r1, r2, r3}
  isb
  msr ELR_hyp, r8
  ldr r0, [r10], #4
  msr SPSR_fsxc, r0
  ldr r0, [r10], #4
  vmsr fpscr, r0
  vldmia r10!, {d0-d15}
  vldmia r10!, {d16-d31}
  ${["SP_usr", ...BANKED].map((name) => `ldr r0, [r10], #4\n msr ${name}, r0\n`).join("")}
  ldr sp, [r10, #52]
  ldr lr, [r10, #56]
  ldmia r10, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}
  eret
start:
  ldr r0, =hyp_vectors
  mcr p15, 4, r0, c12, c0, 0
  ldr r0, =pl1_vectors
  mcr p15, 0, r0, c12, c0, 0
  ldr r0, =0x33ff
  mcr p15, 4, r0, c1, c1, 2
  mov r0, #0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
  b next
stop:
  ldr r0, =0x84000008
  smc #0
  b stop
`;

/** The guest of a run. */
const guestOf = (cases: readonly ProbeCase[]): Guest => {
  const program = assemble(SOURCE, { base: PROGRAM, symbols: { CONTROL, CODE, DATA } });
  const entries = new Int32Array((cases.length * ENTRY_BYTES) / 4);
  cases.forEach(({ code, cpsr, registers }, i) => {
    const words = [0, 1, 2, 3].map((n) => code[n] ?? UDF);
    entries.set(
      [...words.map((w) => w | 0), cpsr | 0, ...registers.map((r) => r | 0)],
      (i * ENTRY_BYTES) / 4,
    );
  });
  const landing = new Int32Array(LANDING_SIZE / 4).fill(UDF | 0);
  const data = new Uint8Array(0x1_0000).map((_, i) => (i * 37) & 0x7f);
  const around = new Int32Array(256).fill(UDF | 0);
  const bytes = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer);
  return {
    start: program.symbols.get("start")!,
    size: SIZE,
    pieces: [
      { at: PROGRAM, bytes: program.bytes },
      { at: CODE, bytes: bytes(around) },
      { at: LANDING, bytes: bytes(landing) },
      { at: DATA, bytes: data },
      { at: ENTRIES, bytes: bytes(entries) },
      { at: CONTROL, bytes: bytes(Int32Array.of(ENTRIES, cases.length, RESULTS)) },
    ],
  };
};
const results = (memory: GuestMemory, count: number): Int32Array[] => {
  const end = new Int32Array(memory(CONTROL + 8, 4).slice().buffer)[0]!;
  const done = (end - RESULTS) / RESULT_BYTES;
  const words = new Int32Array(memory(RESULTS, done * RESULT_BYTES).slice().buffer);
  const out = Array.from({ length: done }, (_, i) =>
    words.slice(i * RESULT.length, (i + 1) * RESULT.length),
  );
  if (done < count) out.push(new Int32Array(RESULT.length));
  return out;
};

/** Looks at guest memory after a run. */
type Look = (memory: GuestMemory) => void;
/** Results on QEMU's Cortex-A15. A case that does not end is the last, all zeros. */
export const probeOnQemu = (cases: readonly ProbeCase[], look?: Look): Int32Array[] => {
  const memory = runOnQemu(guestOf(cases));
  look?.(memory);
  return results(memory, cases.length);
};
/** Results on our machine under the policy that follows QEMU. */
export const probeHere = (cases: readonly ProbeCase[], look?: Look): Int32Array[] => {
  const memory = runHere(guestOf(cases), cases.length * 800 + 1000);
  look?.(memory);
  return results(memory, cases.length);
};
