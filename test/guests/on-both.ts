/** Runs a whole guest program, an ELF file, on the reference emulator's board and on ours. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { assemble } from "../../src/isa/index.js";
import { loadImageBytes } from "../../src/images/index.js";
import { startImage, type RunEnd } from "../../src/lab/index.js";
import type { EngineName } from "../../src/machine/index.js";

export interface GuestOptions {
  readonly cpus?: number;
  readonly model?: "cortex-a15" | "cortex-a7";
  readonly hyp?: boolean;
  /** The output is then semihosting's, the reference has no serial line. */
  readonly semihosting?: boolean;
  /** MiB of RAM (64). */
  readonly memory?: number;
  /** What runs the code on our machine. */
  readonly engine?: EngineName;
  /** Instructions on our machine (5 million). */
  readonly limit?: number;
}
export interface GuestRun {
  readonly output: string;
  readonly end: RunEnd;
}

const MIB = 1 << 20;
const MEMORY = 64;

interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
}
const HEADER = 52;
const PROGRAM_HEADER = 32;

/** An ELF program of a segment for each piece. */
export const elfPieces = (pieces: readonly Piece[], entry: number): Uint8Array => {
  const start = HEADER + PROGRAM_HEADER * pieces.length;
  const file = new Uint8Array(pieces.reduce((size, { bytes }) => size + bytes.length, start));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const half = (at: number, value: number): void => view.setUint16(at, value, true);
  const word = (at: number, value: number): void => view.setUint32(at, value, true);
  half(16, 2);
  half(18, 40);
  word(20, 1);
  word(24, entry);
  word(28, HEADER);
  word(36, 0x05000200);
  half(40, HEADER);
  half(42, PROGRAM_HEADER);
  half(44, pieces.length);
  let offset = start;
  pieces.forEach(({ address, bytes }, n) => {
    [1, offset, address, address, bytes.length, bytes.length, 7, 1].forEach((value, i) =>
      word(HEADER + PROGRAM_HEADER * n + 4 * i, value),
    );
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
};

/** Where the programs here begin: behind what the reference puts at the start of RAM. */
export const BASE = 0x4010_0000;
/** The program's ELF file. */
export const program = (source: string, base = BASE): Uint8Array =>
  elfPieces([{ address: base, bytes: assemble(source, { base }).bytes }], base);

/** Output on the reference emulator's serial line, ended by PSCI SYSTEM_OFF or after `seconds`. */
export const onReference = (elf: Uint8Array, options: GuestOptions = {}, seconds = 20): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-guest-"));
  try {
    const file = path.join(folder, "guest.elf");
    writeFileSync(file, elf);
    const hyp = options.hyp === false ? "off" : "on";
    const run = spawnSync(
      "qemu-system-arm",
      // oxfmt-ignore
      ["-M", `virt,virtualization=${hyp},highmem=off,gic-version=2`,
        "-cpu", options.model ?? "cortex-a15", "-m", String(options.memory ?? MEMORY), "-smp", String(options.cpus ?? 1),
        "-nic", "none", "-display", "none", "-monitor", "none", "-no-reboot",
        "-chardev", "stdio,id=console",
        ...(options.semihosting === true
          ? ["-serial", "none", "-semihosting-config", "enable=on,target=native,chardev=console"]
          : ["-serial", "chardev:console"]),
        "-kernel", file],
      { timeout: seconds * 1000, killSignal: "SIGKILL", encoding: "latin1", input: "" },
    );
    if (run.error !== undefined && (run.error as NodeJS.ErrnoException).code !== "ETIMEDOUT")
      throw run.error;
    return run.stdout + run.stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The same on our machine. */
export const onOurs = (elf: Uint8Array, options: GuestOptions = {}): GuestRun => {
  const { session } = startImage(
    {
      cpus: options.cpus ?? 1,
      memory: (options.memory ?? MEMORY) * MIB,
      engine: options.engine ?? "interpreter",
      model: options.model ?? "cortex-a15",
      hyp: options.hyp ?? true,
      policy: "reference-emulator",
      ...(options.semihosting === true && { semihosting: {} }),
    },
    { image: loadImageBytes(elf, "guest.elf") },
  );
  const end = session.run(options.limit ?? 5_000_000);
  return { output: session.console.textFrom(), end };
};
