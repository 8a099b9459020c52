/** Floating-point arithmetic with random operands, FPSCR and rounding modes, held against QEMU. */
import { expect, test } from "vitest";
import { qemuMissing } from "../src/isa/testing/bare-guest.js";
import { compareFloats } from "./float-probe/run.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 19850312);
const CASES = Number(process.env["HYPLAB_CASES"] ?? 20_000);

test(`floating-point results and exceptions are QEMU's (seed ${SEED})`, ({ skip }) => {
  const missing = qemuMissing();
  if (missing !== undefined) return skip(missing);
  expect(compareFloats(CASES, SEED).differences.slice(0, 20)).toEqual([]);
}, 120_000);
