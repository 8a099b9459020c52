/** `npm run boot-lockstep -- --instructions N`: prints what was compared; status 1 for a difference. */
import { parseArgs } from "node:util";
import { missingQemu } from "../lockstep/qemu.js";
import { explain } from "./known-differences.js";
import { LIVES } from "./life.js";
import { bootLockstep, countKinds } from "./run.js";
import { loadSubject, USUAL_SUBJECT } from "./subject.js";
import { wholeNumber } from "../testing/whole-number.js";

const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(2);
};
const { values } = parseArgs({
  options: {
    instructions: { type: "string", default: "50000000" },
    image: { type: "string", default: USUAL_SUBJECT.image },
    cpu: { type: "string", default: USUAL_SUBJECT.cpu },
    memory: { type: "string", default: "128" },
    life: { type: "string", default: USUAL_SUBJECT.life },
    "no-hyp": { type: "boolean", default: false },
    functions: { type: "string", default: "64" },
    entries: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "5" },
  },
});
const missing = missingQemu();
if (missing !== undefined) fail(`${missing}: nothing to compare with`);
const one = <T extends string>(name: string, text: string, of: readonly T[]): T =>
  of.find((known) => known === text) ?? fail(`--${name} ${text}: expected ${of.join(" or ")}`);
const cpu = one("cpu", values.cpu, ["cortex-a15", "cortex-a7"]);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const subject = await loadSubject(
  {
    image: values.image,
    cpu,
    memory: wholeNumber("memory", values.memory) * 1024 * 1024,
    hyp: !values["no-hyp"],
    life: one("life", values.life, LIVES),
  },
  say,
);
const seed = wholeNumber("seed", values.seed);
const result = await bootLockstep(subject, {
  instructions: wholeNumber("instructions", values.instructions),
  choice: {
    seed,
    count: wholeNumber("functions", values.functions),
    entries: wholeNumber("entries", values.entries),
  },
  most: wholeNumber("show", values.show),
  progress: say,
});
const { ours, milliseconds } = result;
for (const [reason, n] of explain(cpu, ours.events)) say(`${n} times, as known: ${reason}`);
for (const line of result.complaints.slice(0, 10)) say(`QEMU says: ${line}`);
for (const line of result.differences) say(line);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
say(
  `${ours.instructions} instructions${ours.stopped === undefined ? "" : ` (${ours.stopped})`}, ` +
    `seed ${seed}: ${countKinds(ours)
      .map(([what, n]) => `${n} ${what}`)
      .join(", ")}, ${ours.console.length} bytes of output; ` +
    `${result.differences.length === 0 ? "no differences" : "they differ"}; ours ${seconds(milliseconds.ours)}, QEMU ${seconds(milliseconds.theirs)}`,
);
process.exitCode = result.differences.length === 0 ? 0 : 1;
