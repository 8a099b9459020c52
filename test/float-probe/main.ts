/** `npm run floats -- --cases N --seed S`: floating point against QEMU; status 1 for a difference. */
import { parseArgs } from "node:util";
import { qemuMissing } from "../../src/isa/testing/bare-guest.js";
import { compareFloats, MOST } from "./run.js";
import { wholeNumber } from "../testing/whole-number.js";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "20" },
  },
});
const missing = qemuMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}: nothing to compare with\n`);
  process.exit(2);
}
const wanted = wholeNumber("cases", values.cases);
const seed = wholeNumber("seed", values.seed);
const differences: string[] = [];
for (let done = 0, batch = 0; done < wanted; batch++) {
  const count = Math.min(MOST, wanted - done);
  differences.push(...compareFloats(count, seed + batch).differences);
  done += count;
  process.stdout.write(`${done} cases from seed ${seed}, ${differences.length} differences\n`);
}
for (const text of differences.slice(0, wholeNumber("show", values.show)))
  process.stdout.write(`${text}\n`);
process.exitCode = differences.length === 0 ? 0 : 1;
