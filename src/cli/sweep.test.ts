import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { buildCommand, expectOneLine, hyplab, MAIN } from "./testing/command.js";

beforeAll(buildCommand, 120_000);

test("check --exhaustive asks every value of a range and shows the smallest that breaks a clause", () => {
  const held = hyplab("check", "stub-c", "--exhaustive", "r0", "--to", "0x4000");
  expect(held.status, held.err).toBe(0);
  expect(held.out).toContain("unknown: 10 of 10 clauses held in 16381 cases");
  const part = hyplab(
    ...["check", "kvm-k4", "--hyp-mmu", "--exhaustive", "r3", "--call", "reset-vectors"],
    ...["--from", "0xfffff000", "--json", "-"],
  );
  expect(part.status, part.err).toBe(0);
  const [result] = JSON.parse(part.out) as [{ values: number; interrupted: boolean }];
  expect(result).toMatchObject({ values: 4096, interrupted: false });
}, 120_000);

test("what cannot be swept is said in one line", () => {
  for (const args of [
    ["--exhaustive", "r0"],
    ["stub-c", "--exhaustive", "sp"],
    ["stub-c", "--exhaustive", "r0", "--call", "nonsense"],
    ["stub-c", "--exhaustive", "r0", "--from", "5", "--to", "5"],
  ]) {
    const r = hyplab("check", ...args);
    expect(r.status, args.join(" ")).toBe(2);
    expectOneLine(r, args.join(" "));
  }
}, 120_000);

test("Ctrl-C ends a sweep with what it has found so far", async () => {
  const child = spawn(process.execPath, [MAIN, "check", "stub-c", "--exhaustive", "r7"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const ended = once(child, "exit") as Promise<[number | null, string | null]>;
  // On a busy machine the sweep may not have begun: then the signal ends the process as ever.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  child.kill("SIGINT");
  const [status] = await ended;
  if (status === 130) expect(out).toMatch(/\d+ of 4294967296 values \(interrupted\)/);
  else expect(status).toBeNull();
}, 120_000);
