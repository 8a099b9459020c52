import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCommand, expectOneLine, hyplab, MAIN } from "./testing/command.js";

let folder: string;

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a kept contract exits with 0 and a violated one with 1", () => {
  const good = hyplab("check", "stub-c");
  expect(good.status).toBe(0);
  expect(good.out).toContain("linux-c");
  const bad = hyplab("check", "kvm-k3");
  expect(bad.status).toBe(1);
  expect(bad.out).toContain("kvm-k3/small-2/survives-stub-calls");
});

test("every known bug is listed, found where it is put in, and its fix is clean", () => {
  const listed = hyplab("list", "regressions");
  expect(listed.status).toBe(0);
  expect(listed.out.trimEnd().split("\n")).toHaveLength(26);
  expect(listed.out).toMatch(/^13 .*not expressible: .*AArch64/m);
  const all = hyplab("check", "regressions");
  expect(all.status).toBe(0);
  expect(all.out).toContain("22 of 26 known bugs are found and their fixes clean, 0 are not");
  const one = hyplab("check", "regression-thumb-bit", "--json", "-");
  expect(one.status).toBe(0);
  const { regressions } = JSON.parse(one.out) as {
    regressions: { verdict: string; findings: { side: string; held: boolean }[] }[];
  };
  expect(regressions.map((r) => r.verdict)).toEqual(["shown"]);
  for (const f of regressions[0]!.findings) expect(f.held).toBe(f.side === "fix");
  for (const args of [
    ["check", "regression-27"],
    ["check", "regression-thumb-bid"],
    ["check", "regressions", "--seed", "3"],
  ]) {
    const r = hyplab(...args);
    expect(r.status, args.join(" ")).toBe(2);
    expectOneLine(r);
  }
});

test("what is not shown on a terminal is not coloured, whatever a CI sets", () => {
  const r = spawnSync(process.execPath, [MAIN, "check", "kvm-k3", "--cases", "4"], {
    encoding: "utf8",
    env: { ...process.env, CI: "1", FORCE_COLOR: "1" },
  });
  expect(r.status).toBe(1);
  expect(r.stdout).toContain("violated");
  expect(r.stdout).not.toContain("\u001b");
});

test("drift from the documentation fails with --strict-docs alone", () => {
  expect(hyplab("check", "stub-d-kernel").status).toBe(0);
  expect(hyplab("check", "stub-d-kernel", "--strict-docs").status).toBe(1);
});

test("the story of the mail tells of addresses 2 and 3", () => {
  const { status, out } = hyplab("replay", "mail-2017");
  expect(status).toBe(0);
  expect(out).toContain("The branch goes to address 2");
  expect(out).toContain("The branch goes to address 3");
  expect(out).toMatch(/enters 0x[0-9a-f]+ in hyp mode/);
});

test("a violation is saved as a file that replays", () => {
  const { status } = hyplab("check", "kvm-k1", "--save", folder);
  expect(status).toBe(1);
  const saved = readdirSync(folder).filter((f) => f.endsWith(".json"));
  expect(saved.length).toBeGreaterThan(0);
  const replay = hyplab("replay", path.join(folder, saved[0]!));
  expect(replay.status).toBe(0);
  expect(replay.out).toContain("hvc");
});

test("typos and bad input are one line, exit 2, with a suggestion where there is one", () => {
  const typo = hyplab("chek");
  expect(typo.status).toBe(2);
  expect(typo.err).toContain('did you mean "check"');
  const occupant = hyplab("check", "stub-q");
  expect(occupant.status).toBe(2);
  expect(occupant.err).toMatch(/did you mean "stub-/);
  const empty = path.join(folder, "empty");
  writeFileSync(empty, "");
  const text = path.join(folder, "text");
  writeFileSync(text, "this is no kernel\n".repeat(500));
  const json = path.join(folder, "replay.txt");
  writeFileSync(json, "{}");
  for (const args of [
    ["check", empty],
    ["check", text],
    ["check", folder],
    ["check", path.join(folder, "absent.img")],
    ["check", process.execPath],
    ["replay", json],
    ["matrix", "nothing"],
    ["list", "nothing"],
    ["stub", "--emit", "pascal"],
  ]) {
    const r = hyplab(...args);
    expect(r.status, args.join(" ")).toBe(2);
    expectOneLine(r);
  }
});

test("a program that never installs a stub is stopped by its budget, exit 3", () => {
  const file = path.join(folder, "hang.elf");
  // An ELF file of one loadable segment with a branch to itself.
  const b = Buffer.alloc(0x58);
  b.write("\x7fELF\x01\x01\x01", 0, "latin1");
  b.writeUInt16LE(2, 16);
  b.writeUInt16LE(40, 18);
  b.writeUInt32LE(1, 20);
  b.writeUInt32LE(0x40100000, 24);
  b.writeUInt32LE(0x34, 28);
  b.writeUInt32LE(0x05000200, 36);
  b.writeUInt16LE(0x34, 40);
  b.writeUInt16LE(0x20, 42);
  b.writeUInt16LE(1, 44);
  b.writeUInt16LE(0x28, 46);
  [1, 0x54, 0x40100000, 0x40100000, 4, 4, 5, 4].forEach((v, i) => b.writeUInt32LE(v, 0x34 + 4 * i));
  b.writeUInt32LE(0xeafffffe, 0x54);
  writeFileSync(file, b);
  const r = hyplab("check", file);
  expect(r.err + r.out).toMatch(/0x40100000/);
  expect(r.status).toBe(3);
  expectOneLine(r);
});

test("results as JSON follow the schema and say nothing else on standard output", () => {
  const { out, status } = hyplab("check", "stub-d-kernel", "--json", "-");
  expect(status).toBe(0);
  const parsed = JSON.parse(out) as {
    schema: string;
    version: number;
    subjects: { phases: { implementation: { clauses: { verdict: { kind: string } }[] } }[] }[];
  };
  expect(parsed.schema).toBe("hyplab-results");
  expect(parsed.version).toBe(1);
  expect(parsed.subjects[0]!.phases[0]!.implementation.clauses[0]!.verdict.kind).toBe("held");
});

test("the documentation is written, and every link in it leads somewhere", () => {
  const site = path.join(folder, "site");
  expect(hyplab("docs", "-o", site).status).toBe(0);
  const pages = readdirSync(site).filter((f) => f.endsWith(".html"));
  const known = new Map<string, string[]>();
  const placesOf = (file: string): string[] => {
    let places = known.get(file);
    if (places === undefined) {
      places = [...readFileSync(file, "utf8").matchAll(/ id="([^"]+)"/g)].map((m) => m[1]!);
      expect(new Set(places).size, `${file}: a place named twice`).toBe(places.length);
      known.set(file, places);
    }
    return places;
  };
  expect(pages.length).toBeGreaterThan(40);
  for (const page of pages) {
    const html = readFileSync(path.join(site, page), "utf8");
    for (const [, target] of html.matchAll(/href="([^"]+)"/g)) {
      const [file = "", place] = target!.split("#");
      const at = path.join(site, decodeURIComponent(file === "" ? page : file));
      expect(existsSync(at), `${page}: ${target!}`).toBe(true);
      if (place !== undefined) expect(placesOf(at), `${page}: ${target!}`).toContain(place);
    }
  }
  for (const file of [
    "man/hyp-abi.7",
    "include/hyp-abi.h",
    "results/junit.xml",
    "results/results.sarif",
    "rst/index.rst",
    "markdown/index.md",
  ]) {
    expect(existsSync(path.join(site, file)), file).toBe(true);
  }
  JSON.parse(readFileSync(path.join(site, "results/results.sarif"), "utf8"));
});

test.each(["bin", "asm", "c", "rust"])("the reference stub is exported as %s", (format) => {
  const file = path.join(folder, `stub.${format}`);
  expect(hyplab("stub", "--emit", format, "-o", file).status).toBe(0);
  expect(readFileSync(file).length).toBeGreaterThan(100);
});

test("a defect of the tool is told from a violation by its exit code, in one line", () => {
  // Something in the process breaks that no user has a hand in.
  const breaks =
    "data:text/javascript,Map.prototype.values = () => { throw new TypeError('broken on purpose') }";
  const run = (environment: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ["--import", breaks, MAIN, "check", "stub-c", "--json", "-"], {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
  const plain = run({ HYPLAB_STACK: "" });
  expect(plain.status, plain.stderr).toBe(70);
  expectOneLine({ out: plain.stdout, err: plain.stderr });
  expect(plain.stderr).toMatch(/a defect of hyplab .*broken on purpose; please report/);
  const shown = run({ HYPLAB_STACK: "1" });
  expect(shown.status).toBe(70);
  expect(shown.stderr).toMatch(/\n\s+at .*program\.cjs:\d+:\d+/);
  const mapped = run({ HYPLAB_STACK: "1", NODE_OPTIONS: "--enable-source-maps" });
  expect(mapped.stderr).toMatch(/\n\s+at .*src\/lab\/\S+\.ts:\d+:\d+/);
  const help = hyplab("--help");
  expect(help.out).toMatch(/70\s+a defect of hyplab itself/);
});

test("a file at /init is refused beside what the made one is for, and told of else", () => {
  const script = path.join(folder, "own-init");
  const target = path.join(folder, "own.cpio");
  writeFileSync(script, "#!/bin/sh\n");
  // No busybox is needed for what is looked at here: this is a program as well as any.
  const busybox = path.join(folder, "busybox");
  writeFileSync(busybox, "");
  for (const more of [
    ["--run", "true"],
    ["--then", "shell"],
  ]) {
    const r = hyplab("initrd", "-o", target, "--file", `/init=${script}`, ...more);
    expect(r.status).toBe(2);
    expectOneLine(r);
    expect(r.err).toContain(more[0]);
    expect(existsSync(target)).toBe(false);
  }
  const told = hyplab("initrd", "-o", target, "--busybox", busybox, "--file", `init=${script}`);
  expect(told.err).toContain("/init is the file that was given");
});
