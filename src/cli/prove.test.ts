/** hyplab prove, mutate and baselines as a user calls them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCommand, expectOneLine, hyplab } from "./testing/command.js";

let folder: string;
beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-prove-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("KVM K3 of 2017: the mail's address 2 comes out as the counterexample, and replays", () => {
  const clause = "kvm-k3/small-2/survives-stub-calls";
  const r = hyplab("prove", "kvm-k3", "--clause", clause, "--save", folder, "--verbose");
  expect(r.status).toBe(1);
  expect(r.out).toContain("case r0 = 0x2: branches to 0x00000002 (A32)");
  const [saved] = [...r.out.matchAll(/^saved (.*a32-hyp-mmu-on.*)$/gm)].map((m) => m[1]!);
  const replayed = hyplab("replay", saved!);
  expect(replayed.status).toBe(0);
  expect(replayed.out).toContain("blx lr");
});

test("a proof is kept, asked again, and refused when it is another's or was changed", () => {
  const file = path.join(folder, "proof.json");
  const clause = ["--clause", "kvm-k4/soft-restart/enters-hyp"];
  const kept = hyplab("prove", "kvm-k4", ...clause, "--certificate", file);
  expect(kept.status).toBe(0);
  const again = hyplab("prove", "--recheck", file);
  expect(again.status).toBe(0);
  expect(again.out).toMatch(/[1-9]\d* refutations accepted/);
  const text = readFileSync(file, "utf8");
  // What is kept is the question, not that our own rules found it trivial.
  expect(text).not.toContain("(assert false)");
  expect(text).not.toContain("hyplab-simplifier");
  const other = path.join(folder, "other.json");
  writeFileSync(other, text.replace('"kvm-k4"', '"stub-c"'));
  const stale = hyplab("prove", "--recheck", other);
  expect(stale.status).toBe(1);
  expect(stale.out).toContain("the occupant's bytes are not those that the proof is about");
  writeFileSync(other, text.replace("hyplab-proof", "hyplab-poem"));
  const refused = hyplab("prove", "--recheck", other);
  expect(refused.status).toBe(2);
  expectOneLine(refused);
});

test("a baseline fails by name where a status gets worse, and only there", () => {
  const file = path.join(folder, "baseline.json");
  expect(hyplab("prove", "stub-d-kernel", "--write-baseline", file).status).toBe(0);
  // Cases alone are less than a proof.
  const worse = hyplab("check", "stub-d-kernel", "--cases", "4", "--baseline", file);
  expect(worse.status).toBe(1);
  expect(worse.out).toMatch(
    /worse stub-d-kernel, A32, HYP MMU off: linux-d-kernel\/unknown\/result was proved-under-assumptions, is held/,
  );
  const same = hyplab("prove", "stub-d-kernel", "--baseline", file);
  expect(same.status).toBe(0);
  expect(same.out).toContain("nothing is worse");
});

test("what is not there is refused in one line", () => {
  for (const args of [
    ["prove", "stub-x"],
    ["prove", "stub-c", "--clause", "linux-c/unknown/resul"],
    ["prove", "stub-c", "--solver", "no-such-solver"],
    ["prove", "--recheck", path.join(folder, "none.json")],
    ["mutate", "stub-x"],
    ["check", "stub-c", "--baseline", path.join(folder, "none.json")],
  ]) {
    const r = hyplab(...args);
    expect(r.status, args.join(" ")).toBe(2);
    expectOneLine(r, args.join(" "));
  }
});
