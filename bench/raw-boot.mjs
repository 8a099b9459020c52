// Boots a raw kernel to its shell with the interpreter, several times, and prints CPU time and wall time with their
// spread; of several builds in turn, since a machine is never as quiet the second time:
//   node bench/raw-boot.mjs KERNEL INITRD [RUNS [DIST...]]
// KERNEL: what a zImage unpacks to. INITRD: one that ends at a busybox shell (hyplab initrd). DIST: dist folders.
import { spawnSync } from "node:child_process";
import path from "node:path";

const [kernel, initrd, runs = "5", ...builds] = process.argv.slice(2);
if (initrd === undefined) {
  console.error("usage: node bench/raw-boot.mjs KERNEL INITRD [RUNS [DIST...]]");
  process.exit(2);
}
if (builds.length === 0) builds.push(path.join(path.dirname(import.meta.dirname), "dist"));

/** A process knows its own times alone: each run tells them on a pipe at its end. */
const TELL = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs";
process.on("exit", () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1e6)); });`,
)}`;
const boot = (build) => {
  const main = path.join(build, "cli", "main.cjs");
  const args = ["boot", kernel, "--initrd", initrd, "--until", "/ #", "--serial", "none"];
  const started = process.hrtime.bigint();
  const { status, stderr, output } = spawnSync(
    process.execPath,
    ["--import", TELL, main, ...args],
    {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      encoding: "utf8",
    },
  );
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (status !== 0) throw new Error(`${build}: ended with ${status}: ${stderr}`);
  return { cpu: Number(output[3]), wall };
};

const figures = new Map(builds.map((build) => [build, []]));
for (let run = 0; run < Number(runs); run++)
  for (const build of builds) figures.get(build).push(boot(build));
console.log(
  `Node ${process.versions.node}; seconds, median (minimum to maximum) of ${runs} runs in turn`,
);
for (const [build, all] of figures) {
  const spread = (key) => {
    const sorted = all.map((f) => f[key]).sort((a, b) => a - b);
    return `${sorted[Math.floor(sorted.length / 2)].toFixed(2)} (${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)})`;
  };
  console.log(`${build}: CPU ${spread("cpu")}, wall ${spread("wall")}`);
}
