/** A guest's reset starts the machine again from its images, in a run, a recorded one and one that goes on. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCommand, hyplabIn, writeGuest } from "./testing/command.js";

let folder: string;
const run = (line: string) => hyplabIn(folder, ...line.split(" "));

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-reboot-"));
  writeGuest(folder, "resets");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["--smp 1", "--smp 3", "--smp 2 --engine auto"])(
  "a reset starts the images again, memory beside them stays, and time goes on (%s)",
  (options) => {
    const r = run(`boot resets.bin ${options}`);
    expect(r.status, r.err).toBe(0);
    expect(r.out).toBe("123");
    const told = [...r.err.matchAll(/starts again, after (\d+) instructions/g)].map((m) =>
      Number(m[1]),
    );
    expect(told).toHaveLength(2);
    expect(told[1]).toBeGreaterThan(told[0]! + 500_000);
    expect(r.err).toMatch(/hyplab: powered off, after \d+ instructions/);
  },
);

test("--no-reboot, --until and --timeout-instructions end it", () => {
  const once = run("boot resets.bin --no-reboot");
  expect(once.status).toBe(0);
  expect(once.out).toBe("1");
  expect(once.err).toContain("the guest asked for a reset, after");
  const found = run("boot resets.bin --until 2");
  expect(found.out).toBe("12");
  expect(found.err).toContain("found 2");
  const over = run("boot resets.bin --timeout-instructions 600000");
  expect(over.status).toBe(3);
  expect(over.out).toBe("12");
});

test("a recorded run replays across resets, whole and in part", () => {
  expect(run("boot resets.bin --serial none --record a.run").status).toBe(0);
  const whole = run("replay a.run");
  expect(whole.status, whole.err).toBe(0);
  expect(whole.out).toContain("123");
  expect(whole.out).toMatch(/[1-9]\d* recorded states agree/);
  expect(run("replay a.run --to 700000").out).toMatch(/^12\n/);
  // Without the reboot the recording ends at the reset, and so does its replay.
  expect(run("boot resets.bin --serial none --no-reboot --record b.run").status).toBe(0);
  expect(run("replay b.run").out).toMatch(/^1\n/);
});

test("a machine that goes on from a snapshot starts again from its images", () => {
  const made = run("boot resets.bin --serial none --timeout-instructions 300000 --snapshot a.snap");
  expect(made.status).toBe(3);
  const resumed = run("resume a.snap --record c.run");
  expect(resumed.status, resumed.err).toBe(0);
  expect(resumed.out).toBe("23");
  expect(run("replay c.run").out).toMatch(/^23\n[^]*recorded states agree/);
  const no = "boot resets.bin --serial none --timeout-instructions 300000 --no-reboot";
  run(`${no} --snapshot b.snap`);
  expect(run("resume b.snap").err).toContain("the guest asked for a reset, after");
});
