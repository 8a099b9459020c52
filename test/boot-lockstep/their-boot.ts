/** The boot on QEMU: its RAM is a file that we write, its log is what we read. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootLayout } from "../../src/images/index.js";
import { Qemu, QemuError } from "../lockstep/qemu.js";
import { VECTOR_BYTES, type BootEvent, type Watched } from "./events.js";
import { RAM } from "../lockstep/layout.js";
import { LogParser } from "./log-parser.js";
import { EPOCH_TEXT, MEMORY } from "./subject.js";

/** QEMU writes a device tree of its own to the start of RAM: this much is put back to zeros. */
const SCRATCH = 0x20_0000;
/** Milliseconds in which something must come. */
const PATIENCE = 60_000;

/** Runs until `wanted` events came, and gives them with the console's bytes so far. */
export const runTheirs = async (
  folder: string,
  layout: BootLayout,
  watched: Watched,
  wanted: number,
): Promise<{ readonly events: BootEvent[]; readonly console: Uint8Array; readonly complaints: readonly string[] }> => {
  const file = path.join(folder, "ram");
  const socket = path.join(folder, "gdb");
  const serial = path.join(folder, "serial");
  const ranges = [
    ...watched.vectors.map((v) => [v, VECTOR_BYTES] as const),
    ...watched.functions.map((f) => [f.address, 4] as const),
  ].map(([at, size]) => `0x${(at >>> 0).toString(16)}+0x${size.toString(16)}`);
  const events: BootEvent[] = [];
  let last = Date.now();
  const parser = new LogParser(watched, (event) => {
    if (events.length < wanted) events.push(event);
    last = Date.now();
  });
  for (const name of [file, socket, serial]) rmSync(name, { force: true });
  const qemu = await Qemu.start(file, socket, {
    ram: MEMORY,
    machine: ",highmem=off,gic-version=2",
    arguments: [
      "-chardev",
      `file,id=serial,path=${serial}`,
      "-serial",
      "chardev:serial",
      "-icount",
      "shift=0,sleep=off",
      "-rtc",
      `base=${EPOCH_TEXT},clock=vm`,
      "-d",
      "int,cpu,exec,nochain",
      "-dfilter",
      ranges.join(","),
    ],
    log: (text) => parser.push(text),
  });
  try {
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
    last = Date.now();
    qemu.go();
    while (events.length < wanted && !qemu.ended) {
      if (Date.now() - last > PATIENCE)
        throw new QemuError(`nothing came within ${PATIENCE} ms after event ${events.length}`);
      await sleep(20);
    }
  } finally {
    await qemu.stop();
  }
  const console = new Uint8Array(readFileSync(serial));
  for (const name of [file, socket, serial]) rmSync(name, { force: true });
  return { events, console, complaints: parser.complaints };
};
