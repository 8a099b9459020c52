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

const serialBytes = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

/** Runs until `wanted` events and `output` bytes of output came. `folder` is a private place for QEMU's files. */
export const runTheirs = async (
  folder: string,
  options: SubjectOptions,
  layout: BootLayout,
  watched: Watched,
  wanted: number,
  output: number,
): Promise<TheirsTold> => {
  const file = path.join(folder, "ram");
  const socket = path.join(folder, "gdb");
  const serial = path.join(folder, "serial");
  const files = [file, socket, serial];
  const events: BootEvent[] = [];
  let last = Date.now();
  const parser = new LogParser(watched, (event) => {
    if (events.length < wanted) events.push(event);
    last = Date.now();
  });
  for (const name of files) rmSync(name, { force: true });
  const qemu = await Qemu.start(file, socket, {
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
      "-d",
      "int,cpu,exec,nochain",
      "-dfilter",
      filterOf(watched),
    ],
    log: (text) => parser.push(text),
  });
  let checkpoint: Checkpoint | undefined;
  try {
    // QEMU takes single registers only from a debugger that has read their description.
    await qemu.ask("?");
    await qemu.ask("qXfer:features:read:target.xml:0,ffb");
    const fd = openSync(file, "r+");
    const write = (address: number, data: Uint8Array): void =>
      void writeSync(fd, data, 0, data.length, address - RAM.base);
    write(RAM.base, new Uint8Array(SCRATCH));
    for (const piece of layout.pieces) write(piece.address, piece.bytes);
    closeSync(fd);
    for (const [n, value] of layout.registers.entries()) await qemu.setRegister(n, value);
    await qemu.setRegister(15, layout.entry);
    const at = watched.checkpoint?.address;
    if (at !== undefined) {
      await qemu.breakpoint(at);
      if (!(await qemu.resume(PATIENCE)))
        throw new QemuError(`QEMU does not reach ${watched.checkpoint!.name}`);
      checkpoint = {
        registers: await qemu.registers(),
        memory: new Uint8Array(readFileSync(file)),
      };
      await qemu.breakpoint(at, false);
    }
    last = Date.now();
    qemu.go();
    while (!qemu.ended && (events.length < wanted || serialBytes(serial).length < output)) {
      if (Date.now() - last > PATIENCE)
        throw new QemuError(`nothing came within ${PATIENCE} ms after event ${events.length}`);
      await sleep(20);
    }
  } finally {
    await qemu.stop();
  }
  const console = serialBytes(serial);
  for (const name of files) rmSync(name, { force: true });
  return { events, console, checkpoint, complaints: parser.complaints };
};
