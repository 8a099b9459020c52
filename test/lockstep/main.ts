/** `npm run lockstep -- --instructions N --seed S`: prints what was compared; status 1 for an unexplained difference. */
import { parseArgs } from "node:util";
import { missingQemu } from "./qemu.js";
import { describeMismatch, lockstep } from "./run.js";
import { POOL_SIZES } from "./sequences.js";
import { wholeNumber } from "../testing/whole-number.js";

const { values } = parseArgs({
  options: {
    instructions: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    batch: { type: "string", default: "2048" },
    show: { type: "string", default: "10" },
  },
});
const missing = missingQemu();
if (missing !== undefined) {
  process.stderr.write(`${missing}: nothing to compare with\n`);
  process.exit(2);
}
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seed = wholeNumber("seed", values.seed);
const show = wholeNumber("show", values.show);
say(
  `seed ${seed}; encodings that take part: ${POOL_SIZES.a32} A32, ${POOL_SIZES.t16} T16, ${POOL_SIZES.t32} T32`,
);
const result = await lockstep({
  instructions: wholeNumber("instructions", values.instructions),
  seed,
  batch: wholeNumber("batch", values.batch),
  steps: show,
  progress: say,
});
for (const [reason, count] of result.explained)
  say(`${count} sequences differ as known: ${reason}`);
for (const m of result.unexplained.slice(0, show)) say(describeMismatch(m));
say(
  `${result.instructions} instructions in ${result.sequences} sequences, ${result.events} exceptions, ${result.endless} endless sequences left out, ` +
    `${result.unexplained.length} unexplained differences; ${result.seconds.all.toFixed(1)} s (ours ${result.seconds.ours.toFixed(1)}, QEMU ${result.seconds.theirs.toFixed(1)})`,
);
process.exitCode = result.unexplained.length === 0 ? 0 : 1;
