// QEMU's own way back to a snapshot: loadvm, over the monitor, of a machine of 64 MiB that runs nothing.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { kernelGuest } from "./kernel-guests.mjs";
import { runUntil } from "./process.mjs";
import { QEMU, qemuArguments } from "./qemu.mjs";
import { fileOf, scratch } from "./subjects.mjs";

const MEMORY = 64;
/** Why it cannot be asked, or undefined. */
export const loadvmMissing =
  spawnSync("qemu-img", ["--version"]).error === undefined
    ? undefined
    : "qemu-img is not installed (Debian: qemu-utils)";

/** Gives a function that measures how often a second of CPU time a snapshot is loaded. */
export const loadvmRate = (times) => {
  const disk = path.join(scratch, "loadvm.qcow2");
  spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", disk, "256M"]);
  const kernel = fileOf("loadvm.elf", kernelGuest("sort", 1));
  const given = [
    ...["-S", "-kernel", kernel],
    ...["-drive", `if=none,id=snapshots,format=qcow2,file=${disk}`],
  ];
  const args = qemuArguments({ memory: MEMORY, serial: "none", monitor: "stdio" }, given);
  const input = `savevm s\n${"loadvm s\n".repeat(times)}print 1000+2\n`;
  return async () => {
    const { cpu } = await runUntil(QEMU, args, { until: /0x3ea/, input, patience: 120 });
    return { rate: times / cpu };
  };
};
