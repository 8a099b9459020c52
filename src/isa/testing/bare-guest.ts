/** Runs a bare guest program to its end, on QEMU's Cortex-A15 and on our machine, and gives its memory. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { SLOT } from "../../arch/index.js";
import { Machine } from "../../machine/index.js";

/** Where RAM begins. */
export const RAM = 0x4000_0000;
/** QEMU puts its device tree into the first megabyte. */
export const FREE = 0x4010_8000;

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}
/** A program that begins at `start` in HYP mode and ends with PSCI SYSTEM_OFF by SMC. */
export interface Guest {
  readonly pieces: readonly Piece[];
  readonly start: number;
  /** Bytes of RAM, whole megabytes. */
  readonly size: number;
}
/** Bytes of guest memory after the run. */
export type GuestMemory = (at: number, size: number) => Uint8Array;

/** Why QEMU cannot be asked, or undefined. */
export const qemuMissing = (): string | undefined =>
  spawnSync("qemu-system-arm", ["--version"]).error === undefined
    ? undefined
    : "qemu-system-arm is not installed (Debian: qemu-system-arm)";

export interface QemuOptions {
  /** Seconds after which the guest is stopped (30). */
  readonly seconds?: number;
  /** More properties of the board, each behind a comma. */
  readonly board?: string;
  /** More arguments. */
  readonly more?: readonly string[];
}
/** Memory after QEMU ran the guest. */
export const runOnQemu = (
  { pieces, start, size }: Guest,
  { seconds = 30, board = "", more = [] }: QemuOptions = {},
): GuestMemory => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-probe-"));
  try {
    const file = path.join(scratch, "ram");
    const handle = openSync(file, "w");
    ftruncateSync(handle, size);
    for (const { at, bytes } of pieces) writeSync(handle, bytes, 0, bytes.length, at - RAM);
    closeSync(handle);
    const run = spawnSync(
      "qemu-system-arm",
      [
        "-M",
        `virt,virtualization=on,memory-backend=ram${board}`,
        "-cpu",
        "cortex-a15",
        "-m",
        `${size >> 20}M`,
        "-nic",
        "none",
        "-no-reboot",
        "-object",
        `memory-backend-file,id=ram,share=on,size=${size >> 20}M,mem-path=${file}`,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-device",
        `loader,addr=0x${start.toString(16)},cpu-num=0`,
        ...more,
      ],
      { timeout: seconds * 1000, killSignal: "SIGKILL", encoding: "utf8" },
    );
    if (run.error !== undefined && (run.error as NodeJS.ErrnoException).code !== "ETIMEDOUT")
      throw run.error;
    const ram = Uint8Array.from(readFileSync(file));
    return (at, length) => ram.subarray(at - RAM, at - RAM + length);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** Memory after our machine ran the guest, for `instructions` at most, under the policy that follows QEMU. */
export const runHere = ({ pieces, start, size }: Guest, instructions: number): GuestMemory => {
  const machine = new Machine({ ram: [{ base: RAM, size }], policy: "reference-emulator" });
  for (const { at, bytes } of pieces) machine.load(at, bytes);
  const { cpu, memory } = machine;
  cpu.state[SLOT.PC] = start;
  cpu.firmware = (c) => {
    c.halt({ reason: "firmware", what: "off" });
    return true;
  };
  machine.run(instructions);
  return (at, length) => {
    const offset = memory.offsetOf(at);
    return memory.bytes.subarray(offset, offset + length);
  };
};
