// The CPU kernels: bare-metal guests that run unchanged on board virt here and on the reference emulator's.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assemble } from "../dist/isa/index.js";

/** `iterations` keep the reference emulator busy for a second or two on a machine of 2020. */
export const KERNELS = [
  { name: "integer-mix", what: "list, matrix, state machine, CRC-16", iterations: 120_000 },
  { name: "memory-copy", what: "LDM/STM copy and checksum", iterations: 30_000 },
  { name: "crc32", what: "CRC-32 by table", iterations: 4_000 },
  { name: "sort", what: "recursive quicksort", iterations: 3_000 },
  { name: "float", what: "VFP, f64 and f32", iterations: 450_000 },
  { name: "neon", what: "Advanced SIMD, bytes, halfwords, f32", iterations: 50_000 },
  { name: "pointer-chase", what: "a table walk at each load", iterations: 800 },
];
/** MiB of RAM that every kernel is happy with. */
export const KERNEL_MEMORY = 256;

const BASE = 0x4010_0000;
const HEADER = 52;
const PROGRAM_HEADER = 32;
const source = (name) =>
  readFileSync(fileURLToPath(new URL(`kernels/${name}.s`, import.meta.url)), "utf8");

/** An ELF file of one segment, entered at its first byte. */
const elfOf = (bytes) => {
  const start = HEADER + PROGRAM_HEADER;
  const file = new Uint8Array(start + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  for (const [at, value] of [
    [16, 2],
    [18, 40],
    [40, HEADER],
    [42, PROGRAM_HEADER],
    [44, 1],
  ])
    view.setUint16(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [24, BASE],
    [28, HEADER],
    [36, 0x0500_0200],
  ])
    view.setUint32(at, value, true);
  [1, start, BASE, BASE, bytes.length, bytes.length, 7, 4].forEach((value, i) =>
    view.setUint32(HEADER + 4 * i, value, true),
  );
  file.set(bytes, start);
  return file;
};

/** The ELF file of a kernel that runs its loop `iterations` times; 0 is the start alone. */
export const kernelGuest = (name, iterations) => {
  const text = `.equ ITERATIONS, ${iterations}\n${source("runtime")}\n${source(name)}`;
  return elfOf(assemble(text, { base: BASE }).bytes);
};
