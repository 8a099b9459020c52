/** The benchmark's CPU kernels give the same result on both engines and on the reference. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { onOurs, onReference, program } from "./guests/on-both.js";
import { qemuMissing } from "../src/isa/testing/bare-guest.js";

const folder = new URL("../bench/kernels/", import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const RUNTIME = "runtime.s";
const ITERATIONS = 20;

const missing = qemuMissing();
if (missing !== undefined) console.log(`kernels against the reference are skipped: ${missing}`);

test.each(
  readdirSync(folder)
    .filter((name) => name !== RUNTIME)
    .sort(),
)(`%s: one result${missing === undefined ? ", the reference's too" : ""}`, (name) => {
  const guest = program(`.equ ITERATIONS, ${ITERATIONS}\n${text(RUNTIME)}\n${text(name)}`);
  const slow = onOurs(guest, { limit: 50_000_000, engine: "interpreter", memory: 256 });
  expect(slow.end).toMatchObject({ kind: "stopped", stop: { reason: "off" } });
  expect(slow.output).toMatch(/^[0-9a-f]{8}\n$/);
  const fast = onOurs(guest, { limit: 50_000_000, engine: "auto", memory: 256 });
  expect(fast.output).toBe(slow.output);
  if (missing === undefined) expect(onReference(guest, { memory: 256 })).toBe(slow.output);
});
