/**
 * Runs single instructions on the bare machine, on QEMU and on ours, out of the same guest program: it
 * loads a whole context, enters the instruction by ERET from HYP mode and keeps all registers after the
 * exception that ends it (UDF stands behind every instruction).
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
  ftruncateSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { SLOT } from "../../arch/index.js";
import { Machine } from "../../machine/index.js";
import { assemble } from "../index.js";

const RAM = 0x4000_0000;
const SIZE = 0x0200_0000;
// QEMU puts its device tree into the first megabyte.
const PROGRAM = 0x4010_8000;
const CONTROL = 0x4010_f000;
/** Where the instruction stands. */
export const CODE = 0x4011_0000;
const ENTRIES = 0x4020_0000;
const ENTRY_BYTES = 512;
const RESULTS = 0x4100_0000;
/** Filled with UDF of both instruction sets at every word: a place to branch to. */
export const LANDING = 0x4012_0000;
export const LANDING_SIZE = 0x1_0000;
/** Scratch data that instructions may load. */
export const DATA = 0x4014_0000;
const UDF = 0xe7f0_def0;
/** Most cases of one run. */
export const MOST = 24_576;

const numbered = (first: number, last: number, suffix = ""): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `r${first + i}${suffix}`);
const BANKED = [
  ...["svc", "abt", "und", "irq", "fiq"].flatMap((m) => [`SP_${m}`, `LR_${m}`, `SPSR_${m}`]),
  ...numbered(8, 12, "_fiq"),
];
/** Registers of a context, in order. r0 to r12 and LR are those of all modes but FIQ. */
export const CONTEXT: readonly string[] = [
  "SP_usr",
  ...BANKED,
  ...numbered(0, 12),
  "SP_hyp",
  "LR_usr",
];
/** Words of a result, in order. `vector` is the offset in words of the vector that ended it. */
export const RESULT: readonly string[] = [
  "vector",
  ...numbered(0, 12),
  "SP_hyp",
  "LR_usr",
  "SP_usr",
  "ELR_hyp",
  "SPSR_hyp",
  ...BANKED,
  "HSR",
];
/** Words behind RESULT in a run with vectors. `memory` is a sum of the first bytes of DATA. */
export const VECTOR_RESULT: readonly string[] = [
  "FPSCR",
  ...Array.from({ length: 64 }, (_, n) => `D${n >> 1}${n % 2 === 1 ? "_hi" : ""}`),
  "memory",
];
/** Bytes of DATA that the sum is of. */
export const SUMMED = 256;

export interface ProbeCase {
  /** Code in memory order: up to four words. */
  readonly code: readonly number[];
  readonly cpsr: number;
  /** Values in the order of CONTEXT. */
  readonly registers: readonly number[];
  /** FPSCR and the 64 words of the floating-point register file: of all cases of a run, or of none. */
  readonly vectors?: readonly number[];
}

const eightTimes = (text: string): string =>
  Array.from(
    { length: 8 },
    (_, n) => `  ${text.replaceAll("A", String(4 * n)).replaceAll("B", String(4 * n + 3))}\n`,
  ).join("");
const KEEP_VECTORS = `
  vmrs r0, fpscr
  str r0, [r1], #4
${eightTimes("vst1.64 {dA-dB}, [r1]!")}
  ldr r2, =DATA
  mov r3, #${SUMMED / 4}
  mov r0, #0
sum:
  ldr r4, [r2], #4
  eor r0, r4, r0, ror #1
  subs r3, r3, #1
  bne sum
  str r0, [r1], #4
`;
const LOAD_VECTORS = `
  add r9, r10, #60
  ldr r0, [r9], #4
  vmsr fpscr, r0
${eightTimes("vld1.64 {dA-dB}, [r9]!")}
`;
const ENABLE_VECTORS = `
  mov r0, #0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #0x40000000
  vmsr fpexc, r0
`;

const source = (vectors: boolean): string => `
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
${vectors ? KEEP_VECTORS : ""}
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
  ${["SP_usr", ...BANKED].map((name) => `ldr r0, [r10], #4\n msr ${name}, r0\n`).join("")}
${vectors ? LOAD_VECTORS : ""}
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
${vectors ? ENABLE_VECTORS : ""}
  b next
stop:
  ldr r0, =0x84000008
  smc #0
  b stop
`;

/** Why QEMU cannot be asked, or undefined. */
export const qemuMissing = (): string | undefined =>
  spawnSync("qemu-system-arm", ["--version"]).error === undefined
    ? undefined
    : "qemu-system-arm is not installed (Debian: qemu-system-arm)";

const hasVectors = (cases: readonly ProbeCase[]): boolean => cases[0]?.vectors !== undefined;

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}
/** Guest memory of a run, and where it starts. */
const memoryOf = (cases: readonly ProbeCase[]): { pieces: Piece[]; start: number } => {
  const program = assemble(source(hasVectors(cases)), {
    base: PROGRAM,
    symbols: { CONTROL, CODE, DATA },
  });
  const entries = new Int32Array((cases.length * ENTRY_BYTES) / 4);
  cases.forEach(({ code, cpsr, registers, vectors = [] }, i) => {
    const words = [0, 1, 2, 3].map((n) => code[n] ?? UDF);
    entries.set(
      [...words, cpsr, ...registers, ...vectors].map((w) => w | 0),
      (i * ENTRY_BYTES) / 4,
    );
  });
  const landing = new Int32Array(LANDING_SIZE / 4).fill(UDF | 0);
  const data = new Uint8Array(0x1_0000).map((_, i) => (i * 37) & 0x7f);
  const around = new Int32Array(256).fill(UDF | 0);
  const bytes = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer);
  return {
    start: program.symbols.get("start")!,
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
const results = (
  memory: (at: number, size: number) => Uint8Array,
  cases: readonly ProbeCase[],
): Int32Array[] => {
  const length = RESULT.length + (hasVectors(cases) ? VECTOR_RESULT.length : 0);
  const end = new Int32Array(memory(CONTROL + 8, 4).slice().buffer)[0]!;
  const done = (end - RESULTS) / (length * 4);
  const words = new Int32Array(memory(RESULTS, done * length * 4).slice().buffer);
  const out = Array.from({ length: done }, (_, i) => words.slice(i * length, (i + 1) * length));
  if (done < cases.length) out.push(new Int32Array(length));
  return out;
};

/** Results on QEMU's Cortex-A15. A case that does not end is the last, all zeros. */
export const probeOnQemu = (cases: readonly ProbeCase[]): Int32Array[] => {
  const { pieces, start } = memoryOf(cases);
  const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-probe-"));
  try {
    const file = path.join(scratch, "ram");
    const handle = openSync(file, "w");
    ftruncateSync(handle, SIZE);
    for (const { at, bytes } of pieces) writeSync(handle, bytes, 0, bytes.length, at - RAM);
    closeSync(handle);
    const run = spawnSync(
      "qemu-system-arm",
      [
        "-M",
        "virt,virtualization=on,memory-backend=ram",
        "-cpu",
        "cortex-a15",
        "-m",
        `${SIZE >> 20}M`,
        "-nic",
        "none",
        "-no-reboot",
        "-object",
        `memory-backend-file,id=ram,share=on,size=${SIZE >> 20}M,mem-path=${file}`,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-device",
        `loader,addr=0x${start.toString(16)},cpu-num=0`,
      ],
      { timeout: 30_000, killSignal: "SIGKILL", encoding: "utf8" },
    );
    if (run.error !== undefined && (run.error as NodeJS.ErrnoException).code !== "ETIMEDOUT")
      throw run.error;
    const ram = Uint8Array.from(readFileSync(file));
    return results((at, size) => ram.subarray(at - RAM, at - RAM + size), cases);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Results on our machine under the policy that follows QEMU. */
export const probeHere = (cases: readonly ProbeCase[]): Int32Array[] => {
  const { pieces, start } = memoryOf(cases);
  const machine = new Machine({ ram: [{ base: RAM, size: SIZE }], policy: "reference-emulator" });
  for (const { at, bytes } of pieces) machine.load(at, bytes);
  const { cpu } = machine;
  cpu.state[SLOT.PC] = start;
  cpu.firmware = (c) => {
    c.halt({ reason: "firmware", what: "off" });
    return true;
  };
  machine.run(cases.length * (hasVectors(cases) ? 900 : 400) + 1000);
  const offset = (at: number): number => machine.memory.offsetOf(at);
  return results((at, size) => machine.memory.bytes.subarray(offset(at), offset(at) + size), cases);
};
