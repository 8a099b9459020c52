// `npm run bench`: everything side by side in one run, into bench/results.md and bench/results.svg.
//   --quick        a short run: fewer rounds, less work in each
//   --only NAME    one part (several: NAME,NAME). A short or partial run is written to bench/quick-results.*
//   --rounds N     repetitions that count (5)
import { writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchBatchedCalls } from "./batched-calls.mjs";
import { benchBoots } from "./boots.mjs";
import { benchBuiltIn } from "./built-in.mjs";
import { benchGrowth } from "./growth.mjs";
import { benchKdump } from "./kdump.mjs";
import { benchKernels } from "./kernels.mjs";
import { benchLoops } from "./loops.mjs";
import { benchPages } from "./pages.mjs";
import { plotOf } from "./plot.mjs";
import { QEMU_MISSING, qemuVersion } from "./qemu.mjs";
import { benchRestoredCalls } from "./restored-calls.mjs";
import { resultsPage } from "./results.mjs";
import { benchSnapshots } from "./snapshots.mjs";
import { loadSubject } from "./subjects.mjs";

/** In the order in which they run. `needsKernel`: Debian's. */
const PARTS = {
  kernels: { run: benchKernels },
  loops: { run: benchLoops },
  checks: { run: benchBatchedCalls },
  restored: { run: benchRestoredCalls },
  pages: { run: benchPages },
  "built-in": { run: benchBuiltIn },
  boots: { run: benchBoots, needsKernel: true },
  kdump: { run: benchKdump, needsKernel: true },
  snapshots: { run: benchSnapshots, needsKernel: true },
  growth: { run: benchGrowth, needsKernel: true },
};

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, rounds: { type: "string" } },
});
const quick = values.quick === true;
const rounds = Number(values.rounds ?? (quick ? 1 : 5));
const names = values.only?.split(",") ?? Object.keys(PARTS);
const unknown = names.find((name) => !(name in PARTS));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    unknown === undefined
      ? `--rounds ${values.rounds}: expected a whole number from 1`
      : `--only ${unknown}: expected some of ${Object.keys(PARTS).join(", ")}`,
  );
  process.exit(2);
}

const rows = [];
const notes = [];
const note = (line) => {
  notes.push(line);
  console.log(`NOTICE: ${line}`);
};
const row = (made) => {
  rows.push(made);
  for (const [variant, f] of made.figures) {
    const { min, median, max } = f.rate ?? f.wall;
    const unit = f.rate === undefined ? "s" : made.section === "loops" ? "MIPS" : "a second";
    const places = f.rate === undefined ? 2 : 0;
    const cpu = f.rate === undefined ? `, ${f.cpu.median.toFixed(2)} s CPU` : "";
    console.log(
      `${made.what.padEnd(66)} ${variant.padEnd(20)} ${median.toFixed(places).padStart(9)} ${unit} (${min.toFixed(places)} to ${max.toFixed(places)})${cpu}`,
    );
  }
};

const qemu = qemuVersion !== undefined;
if (!qemu) note(`everything on QEMU is left out: ${QEMU_MISSING}`);
let subject;
for (const name of names) {
  const { run, needsKernel } = PARTS[name];
  if (needsKernel === true) {
    subject ??= await loadSubject();
    if (subject.missing !== undefined) {
      note(`${name} is left out: ${subject.missing}`);
      continue;
    }
  }
  await run({ rounds, quick, qemu, row, note, subject });
}

const cpus = os.cpus();
const machine = [
  `- ${cpus[0]?.model.trim() ?? process.arch}, ${os.availableParallelism()} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`,
  `- Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}`,
  `- QEMU ${qemuVersion ?? "missing"}${subject?.version === undefined ? "" : `; Debian's kernel ${subject.version}`}`,
  `- load of the machine at the end: ${os.loadavg()[0].toFixed(1)}`,
];
const how = `${rounds} ${rounds === 1 ? "round" : "rounds"} in turns (A B A B)${quick ? ", a quick run without warm-up" : " after one to warm up"}. Each run of a machine is a process of its own. Times of boots and of a machine that is resumed are from the command, others from the first instruction, for QEMU's kernels less its start; no process is given NODE_EXTRA_CA_CERTS, a file that Node reads before any program begins; CPU time counts all threads, V8's compilers too. "Speed" is how many times as fast as QEMU. The interpreter runs a tenth of a kernel's rounds, scaled up.`;
const whole = values.only === undefined && !quick;
const place = (name) => fileURLToPath(new URL(whole ? name : `quick-${name}`, import.meta.url));
writeFileSync(place("results.md"), resultsPage({ machine, rows, notes, how }));
writeFileSync(place("results.svg"), plotOf(rows));
console.log(`\nwritten: bench/${whole ? "" : "quick-"}results.md and .svg`);
process.exit(0);
