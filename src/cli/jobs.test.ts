/** Work that is spread over worker threads says the same as work that is not. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ImageError } from "../images/index.js";
import { makeElf } from "../images/testing/make-images.js";
import { assemble } from "../isa/index.js";
import { PhaseError } from "../lab/index.js";
import { UsageError } from "./errors.js";
import { buildCommand, expectOneLine, hyplab, MAIN } from "./testing/command.js";
import { packError, unpackError } from "./thrown.js";

let folder: string;
const file = (name: string): string => path.join(folder, name);
beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-jobs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const jsonWith = (jobs: number, ...args: string[]): { status: number | null; json: string } => {
  const target = file(`results-${jobs}.json`);
  const { status } = hyplab(...args, "--jobs", String(jobs), "--json", target);
  return { status, json: readFileSync(target, "utf8") };
};

test.each([
  ["occupants", [1, 2, 3], ["check", "stub-a", "kvm-k3", "stub-c", "--cases", "8"]],
  ["values of a register", [1, 2, 3], ["check", "stub-c", "--exhaustive", "r0", "--to", "9000000"]],
  ["known bugs", [1, 2], ["check", "regressions"]],
])(
  "%s: the results are the same bytes with %j workers",
  (_, [alone, ...more], args) => {
    const expected = jsonWith(alone!, ...args);
    expect(expected.json.length).toBeGreaterThan(1000);
    for (const jobs of more) expect(jsonWith(jobs, ...args)).toEqual(expected);
  },
  120_000,
);

test("an error in a worker comes out as it does without one, that of the first target first", () => {
  // Programs that run for ever or stop, and install nothing.
  const spin = file("spin.elf");
  const off = file("off.elf");
  writeFileSync(spin, makeElf(assemble("loop: b loop\n").bytes));
  writeFileSync(off, makeElf(assemble("ldr r0, =0x84000008\nsmc #0\n").bytes));
  for (const [first, second] of [
    [off, spin],
    [spin, off],
  ] as const) {
    const alone = hyplab("check", first, second, "stub-c", "--jobs", "1");
    expect(alone.status).toBe(3);
    expectOneLine(alone);
    expect(hyplab("check", first, second, "stub-c", "--jobs", "2")).toEqual(alone);
  }
}, 120_000);

test("errors keep their class, their message and their fields between threads", () => {
  const image = new ImageError("truncated", {
    expected: "a header",
    found: "4 bytes",
    advice: "get it again",
  }).about("x.bin");
  const missing = Object.assign(new Error("no such file"), { code: "ENOENT", path: "x" });
  for (const error of [image, missing, new UsageError("what?"), new RangeError("too far")]) {
    const back = unpackError(structuredClone(packError(error)));
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(error));
    expect(back.message).toBe(error.message);
    expect({ ...back }).toMatchObject({ ...error });
  }
  expect(unpackError(packError(new UsageError("x")))).not.toBeInstanceOf(PhaseError);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends a run and its workers",
  async (signal) => {
    const args = ["check", "stub-c", "kvm-k3", "--cases", "10000000", "--jobs", "2"];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
    // Long enough for the workers to be there on most machines; the end must be the same before that.
    setTimeout(() => child.kill(signal), 2500);
    expect(await ended).toBe(signal);
  },
  60_000,
);

test("workers for what cannot be spread are refused", () => {
  for (const args of [
    ["check", "--jobs", "0"],
    ["check", "--jobs", "many"],
    ["kdump", "--jobs", "2"],
    ["check", "regressions", "stub-c"],
  ]) {
    const r = hyplab(...args);
    expect(r.status, args.join(" ")).toBe(2);
    expectOneLine(r, args.join(" "));
  }
});
