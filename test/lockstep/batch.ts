/** Runs a batch of sequences on both machines and compares what each left behind. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { SLOT } from "../../src/arch/index.js";
import { Machine, type EngineChoice } from "../../src/machine/index.js";
import { randomWords } from "../../src/isa/testing/encoding-words.js";
import { assembleHarness, assemblePl1Vectors } from "./harness.js";
import {
  CODE_STRIDE,
  CONTEXT_STRIDE,
  contextOffset,
  CONTEXTS,
  CONTROL,
  DATA,
  EVENT_NAMES,
  EVENT_WORDS,
  HARNESS,
  MOST_EVENTS,
  OUT,
  OUT_STRIDE,
  PL1_VECTORS,
  RAM,
  TEMPLATE,
  VECTOR_NAMES,
  VECTOR_OUT,
  WINDOW,
  WINDOW_OUT,
  WINDOW_SIZE,
} from "./layout.js";
import type { Difference, Mismatch } from "./mismatch.js";
import { Qemu, QemuError } from "./qemu.js";
import { TERMINATOR, type Sequence } from "./sequences.js";
import { writeTables } from "./tables.js";

export const HARNESS_PROGRAM = assembleHarness();
const PL1_PROGRAM = assemblePl1Vectors();
export const symbol = (name: string): number => HARNESS_PROGRAM.symbols.get(name)!;

export interface BatchResult {
  readonly mismatches: readonly Mismatch[];
  /** Sequences that were taken out because they run on for ever on our machine. */
  readonly endless: number;
  /** Instructions of compared sequences up to the last one that is known to have run. */
  readonly instructions: number;
  /** Exceptions that were compared. */
  readonly events: number;
  readonly milliseconds: { readonly ours: number; readonly theirs: number };
}

type Write = (address: number, data: Uint8Array) => void;
const words = (values: readonly number[] | Int32Array): Uint8Array =>
  new Uint8Array(Int32Array.from(values).buffer);

/** Writes harness, tables, data and sequences through `write`. `seed` fixes the data. */
export const writeImage = (write: Write, sequences: readonly Sequence[], seed: number): void => {
  write(HARNESS, HARNESS_PROGRAM.bytes);
  write(PL1_VECTORS, PL1_PROGRAM.bytes);
  // Tables lie between the PL1 vectors' page and the control block.
  const tables = new DataView(new ArrayBuffer(CONTROL - PL1_VECTORS - 4096));
  writeTables((address, value) => tables.setInt32(address - PL1_VECTORS - 4096, value, true));
  write(PL1_VECTORS + 4096, new Uint8Array(tables.buffer));
  const random = randomWords(seed);
  write(DATA, new Uint8Array(Uint32Array.from({ length: 0x40000 / 4 }, random).buffer));
  const window = new Uint8Array(Uint32Array.from({ length: WINDOW_SIZE / 4 }, random).buffer);
  write(WINDOW, window);
  write(TEMPLATE, window);
  write(CONTROL, words([0, sequences.length, 0, 0, 0, 0, 0]));
  write(OUT, new Uint8Array(sequences.length * OUT_STRIDE));
  sequences.forEach((s, i) => {
    write(s.start, s.code);
    write(CONTEXTS + i * CONTEXT_STRIDE, new Uint8Array(s.context.buffer));
  });
};

const TERMINATORS = words(Array.from({ length: CODE_STRIDE / 4 }, () => TERMINATOR | 0));
/** Takes a sequence out: terminators alone, and an end at its beginning, so that the first ends it. */
const takeOut = (write: Write, sequences: readonly Sequence[], index: number): void => {
  const { start } = sequences[index]!;
  write(start, TERMINATORS);
  write(CONTEXTS + index * CONTEXT_STRIDE + contextOffset("END"), words([start]));
};
/** Instructions that a sequence may take before it counts as endless, harness included. */
const PATIENCE = 60_000;

/** A machine of ours that stands at the harness's beginning. */
export const ourMachine = (
  sequences: readonly Sequence[],
  seed: number,
  engine: EngineChoice = "interpreter",
): Machine => {
  const machine = new Machine({ ram: [RAM], policy: "reference-emulator", engine });
  writeImage((address, data) => machine.load(address, data), sequences, seed);
  machine.cpu.state[SLOT.PC] = symbol("start");
  return machine;
};
/** Runs all sequences on our machine; gives what became of those that had to be taken out. */
const runOurs = (machine: Machine, sequences: readonly Sequence[]): Map<number, string> => {
  const { cpu, memory } = machine;
  const done = symbol("done");
  const out = new Map<number, string>();
  for (let last = -1; ;) {
    machine.run(PATIENCE);
    const index = memory.read32(CONTROL);
    if (cpu.state[SLOT.PC] === done) return out;
    const stop = cpu.stopped;
    if (index !== last && stop === undefined) {
      last = index;
      continue;
    }
    // Taken out: its code becomes terminators, and it runs again from the beginning.
    if (out.has(index))
      throw new QemuError(
        `our machine does not get past sequence ${index}: ${stop?.what ?? "endless"}`,
      );
    out.set(index, stop === undefined ? "endless" : `${stop.reason}: ${stop.what}`);
    takeOut((address, data) => machine.load(address, data), sequences, index);
    machine.load(WINDOW, memory.read(TEMPLATE, WINDOW_SIZE).slice());
    machine.load(OUT + index * OUT_STRIDE, new Uint8Array(OUT_STRIDE));
    cpu.stopped = undefined;
    cpu.state[SLOT.halted] = 0;
    cpu.setCpsr(0x1da);
    cpu.state[SLOT.PC] = symbol("next");
  }
};

/** A QEMU that stands at the harness's beginning, and its RAM file. */
export const theirMachine = async (
  folder: string,
  sequences: readonly Sequence[],
  seed: number,
  takenOut: Iterable<number> = [],
): Promise<{
  qemu: Qemu;
  read: (address: number, size: number) => Buffer;
  close: () => Promise<void>;
}> => {
  const file = path.join(folder, "ram");
  const socket = path.join(folder, "gdb");
  rmSync(file, { force: true });
  rmSync(socket, { force: true });
  const qemu = await Qemu.start(file, socket);
  // The board puts a device tree at the start of RAM when it is reset: ours goes over it.
  await qemu.ask("?");
  // QEMU takes single registers only from a debugger that has read their description.
  await qemu.ask("qXfer:features:read:target.xml:0,ffb");
  const fd = openSync(file, "r+");
  const write: Write = (address, data) =>
    void writeSync(fd, data, 0, data.length, address - RAM.base);
  writeImage(write, sequences, seed);
  for (const index of takenOut) takeOut(write, sequences, index);
  await qemu.setRegister(15, symbol("start"));
  return {
    qemu,
    read(address, size) {
      const buffer = Buffer.alloc(size);
      readSync(fd, buffer, 0, size, address - RAM.base);
      return buffer;
    },
    async close() {
      await qemu.stop();
      closeSync(fd);
      rmSync(file, { force: true });
      rmSync(socket, { force: true });
    },
  };
};

const compare = (ours: Int32Array, theirs: Int32Array): Difference[] => {
  const found: Difference[] = [];
  const window = WINDOW_OUT / 4;
  const vectors = VECTOR_OUT / 4;
  for (let i = 0; i < vectors + VECTOR_NAMES.length; i++) {
    if (ours[i] === theirs[i]) continue;
    const event = i < window ? Math.floor(i / EVENT_WORDS) : -1;
    const name =
      i < window
        ? EVENT_NAMES[i % EVENT_WORDS]!
        : i < vectors
          ? `window+0x${((i - window) * 4).toString(16)}`
          : VECTOR_NAMES[i - vectors]!;
    found.push({ event, name, ours: ours[i]!, theirs: theirs[i]! });
  }
  return found;
};

/** Instructions of a sequence up to the one that its last exception inside names. */
const reached = (
  sequence: Sequence,
  record: Int32Array,
): { instructions: number; events: number } => {
  const of = (event: number, name: string): number =>
    record[event * EVENT_WORDS + EVENT_NAMES.indexOf(name)]!;
  let events = 0;
  while (events < MOST_EVENTS && of(events, "vector") !== 0) events++;
  // Ended by a terminator: everything before was passed. Else the last address in the sequence that is on record.
  const names = ["ELR_hyp", "LR_und", "LR_abt", "LR_svc"];
  let last = 0;
  for (let e = 0; e < events; e++) {
    for (const name of names) {
      const at = of(e, name) >>> 0;
      if (at > sequence.start && at <= sequence.end + 8) last = Math.max(last, at);
    }
  }
  return { instructions: sequence.items.filter((item) => item.address < last).length, events };
};

/** Runs a batch. `folder` is a private place for QEMU's files. */
export const runBatch = async (
  folder: string,
  sequences: readonly Sequence[],
  seed: number,
): Promise<BatchResult> => {
  const machine = ourMachine(sequences, seed);
  const begin = performance.now();
  const takenOut = runOurs(machine, sequences);
  const middle = performance.now();
  const mismatches: Mismatch[] = [];
  for (const [index, what] of takenOut) {
    if (what !== "endless")
      mismatches.push({
        index,
        sequence: sequences[index]!,
        what: `our machine stopped: ${what}`,
        differences: [],
      });
  }
  let theirs: Buffer;
  const hung = new Set<number>();
  for (;;) {
    const their = await theirMachine(folder, sequences, seed, [...takenOut.keys(), ...hung]);
    try {
      await their.qemu.breakpoint(symbol("done"));
      const finished = await their.qemu.resume(15_000);
      if (finished) {
        theirs = their.read(OUT, sequences.length * OUT_STRIDE);
        break;
      }
      const index = their.read(CONTROL, 4).readInt32LE(0);
      if (hung.has(index) || hung.size > 5)
        throw new QemuError(`QEMU does not get past sequence ${index}`);
      hung.add(index);
      mismatches.push({
        index,
        sequence: sequences[index]!,
        what: "ends on our machine, runs on in QEMU",
        differences: [],
      });
    } finally {
      await their.close();
    }
  }
  const end = performance.now();
  let instructions = 0;
  let events = 0;
  sequences.forEach((sequence, index) => {
    if (takenOut.has(index) || hung.has(index)) return;
    const a = new Int32Array(
      machine.memory.read(OUT + index * OUT_STRIDE, OUT_STRIDE).slice().buffer,
    );
    const b = new Int32Array(theirs.buffer, theirs.byteOffset + index * OUT_STRIDE, OUT_STRIDE / 4);
    const differences = compare(a, b);
    if (differences.length > 0)
      mismatches.push({ index, sequence, what: "results differ", differences });
    const r = reached(sequence, a);
    instructions += r.instructions;
    events += r.events;
  });
  return {
    mismatches,
    instructions,
    events,
    endless: [...takenOut.values()].filter((what) => what === "endless").length,
    milliseconds: { ours: middle - begin, theirs: end - middle },
  };
};
