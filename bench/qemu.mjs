// QEMU as Debian has it, TCG, on the board that ours follows.
import { spawnSync } from "node:child_process";
import { runUntil } from "./process.mjs";

const PROGRAM = "qemu-system-arm";
const run = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" });
/** "7.2.22", or undefined where QEMU is missing. */
export const qemuVersion =
  run.error === undefined ? (/version (\S+)/.exec(run.stdout)?.[1] ?? "unknown") : undefined;
export const QEMU_MISSING = "qemu-system-arm is not installed (Debian: qemu-system-arm)";

/** Arguments of a machine; its serial line is standard input and output unless `more` says otherwise. */
export const qemuArguments = ({ memory, cpus = 1, serial = "stdio", monitor = "none" }, more) => [
  ...["-M", "virt,virtualization=on,highmem=off,gic-version=2", "-cpu", "cortex-a15"],
  ...["-accel", "tcg", "-m", String(memory), "-smp", String(cpus)],
  ...["-nic", "none", "-display", "none", "-monitor", monitor, "-serial", serial],
  ...["-no-reboot", "-no-shutdown", ...more],
];
/** Runs a machine until its output matches; see `runUntil`. */
export const onQemu = (machine, more, watch) =>
  runUntil(PROGRAM, qemuArguments(machine, more), watch);
export { PROGRAM as QEMU };
