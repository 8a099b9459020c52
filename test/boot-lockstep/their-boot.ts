/** The boot on QEMU: its RAM is a file that we write, its log is what we read. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootLayout } from "../../src/images/index.js";
import { RAM } from "../lockstep/layout.js";
import { Qemu, QemuError } from "../lockstep/qemu.js";
import {
  VECTOR_BYTES,
  type BootEvent,
  type Checkpoint,
  type Told,
  type Watched,
  type WatchedFunction,
} from "./events.js";
import { LogParser } from "./log-parser.js";
import { EPOCH_TEXT, type SubjectOptions } from "./subject.js";

/** QEMU writes a device tree of its own to the start of RAM: this much is put back to zeros. */
const SCRATCH = 0x20_0000;
/** Milliseconds in which something must come. */
const PATIENCE = 120_000;

export interface TheirsTold extends Told {
  /** What QEMU said that is no event. */
  readonly complaints: readonly string[];
}

const filterOf = ({ vectors, functions }: Watched): string =>
  [
    ...vectors.map((at) => [at, VECTOR_BYTES] as const),
    ...functions.map((f) => [f.address, 4] as const),
  ]
    .map(([at, size]) => `0x${at.toString(16)}+0x${size.toString(16)}`)
    .join(",");

/** Where QEMU's files are, and what it is to boot. `folder` is a private place. */
export interface Their {
  readonly folder: string;
  readonly options: SubjectOptions;
  readonly layout: BootLayout;
}

/** Starts QEMU at the boot's first instruction, lets `use` have it, and ends it. */
const withQemu = async <T>(
  { folder, options, layout }: Their,
  log: readonly string[],
  told: (text: string) => void,
  use: (qemu: Qemu, files: { readonly ram: string; readonly serial: string }) => Promise<T>,
): Promise<T> => {
  const ram = path.join(folder, "ram");
  const socket = path.join(folder, "gdb");
  const serial = path.join(folder, "serial");
  const files = [ram, socket, serial];
  for (const name of files) rmSync(name, { force: true });
  const qemu = await Qemu.start(ram, socket, {
    ram: options.memory,
    cpu: options.cpu,
    board: `virtualization=${options.hyp ? "on" : "off"},highmem=off,gic-version=2`,
    arguments: [
      "-chardev",
      `file,id=serial,path=${serial}`,
      "-serial",
      "chardev:serial",
      // An instruction is a nanosecond, and waiting takes no time: as on our machine.
      "-icount",
      "shift=0,sleep=off",
      "-rtc",
      `base=${EPOCH_TEXT},clock=vm`,
      ...log,
    ],
    log: told,
  });
  try {
    // QEMU takes single registers only from a debugger that has read their description.
    await qemu.ask("?");
    await qemu.ask("qXfer:features:read:target.xml:0,ffb");
    const fd = openSync(ram, "r+");
    const write = (address: number, data: Uint8Array): void =>
      void writeSync(fd, data, 0, data.length, address - RAM.base);
    write(RAM.base, new Uint8Array(SCRATCH));
    for (const piece of layout.pieces) write(piece.address, piece.bytes);
    closeSync(fd);
    for (const [n, value] of layout.registers.entries()) await qemu.setRegister(n, value);
    await qemu.setRegister(15, layout.entry);
    return await use(qemu, { ram, serial });
  } finally {
    await qemu.stop();
    for (const name of files) rmSync(name, { force: true });
  }
};
const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

/** Runs until `wanted` events and `output` bytes of output came. */
export const runTheirs = async (
  their: Their,
  watched: Watched,
  wanted: number,
  output: number,
): Promise<TheirsTold> => {
  const events: BootEvent[] = [];
  let last = Date.now();
  const parser = new LogParser(watched, (event) => {
    if (events.length < wanted) events.push(event);
    last = Date.now();
  });
  const log = ["-d", "int,cpu,exec,nochain", "-dfilter", filterOf(watched)];
  return withQemu(
    their,
    log,
    (text) => parser.push(text),
    async (qemu, { serial }) => {
      last = Date.now();
      qemu.go();
      while (!qemu.ended && (events.length < wanted || bytesOf(serial).length < output)) {
        if (Date.now() - last > PATIENCE)
          throw new QemuError(`nothing came within ${PATIENCE} ms after event ${events.length}`);
        await sleep(20);
      }
      return { events, console: bytesOf(serial), complaints: parser.complaints };
    },
  );
};

/**
 * Registers and RAM at a function's first entry. A run of its own: once stopped, QEMU lets the time run on to
 * the next timer when it is told to go on.
 */
export const theirCheckpoint = async (their: Their, at: WatchedFunction): Promise<Checkpoint> =>
  withQemu(
    their,
    [],
    () => {},
    async (qemu, { ram }) => {
      await qemu.breakpoint(at.address);
      if (!(await qemu.resume(PATIENCE)))
        throw new QemuError(`QEMU does not reach ${at.name} within ${PATIENCE} ms`);
      return { registers: await qemu.registers(), memory: bytesOf(ram) };
    },
  );
