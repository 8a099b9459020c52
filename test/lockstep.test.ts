/** A sample of the comparison with QEMU; `npm run lockstep` runs as much of it as wanted. */
import { expect, test } from "vitest";
import { missingQemu } from "./lockstep/qemu.js";
import { describeMismatch, lockstep } from "./lockstep/run.js";

const INSTRUCTIONS = 40_000;
const SEED = 2017;

test(`random sequences end as in QEMU (seed ${SEED})`, async ({ skip }) => {
  const missing = missingQemu();
  if (missing !== undefined) return skip(`${missing}; install Debian's qemu-system-arm`);
  const result = await lockstep({ instructions: INSTRUCTIONS, seed: SEED, batch: 550, steps: 3 });
  expect(result.unexplained.map(describeMismatch)).toEqual([]);
  expect(result.instructions).toBeGreaterThanOrEqual(INSTRUCTIONS);
  expect(result.events).toBeGreaterThan(1000);
});
