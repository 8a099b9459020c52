import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contractNamed, CONTRACTS, KNOWN_BUGS } from "../contract/index.js";
import { checkOccupant, runMatrix, runRegressions } from "../lab/index.js";
import { OCCUPANTS, occupantNamed } from "../occupants/index.js";
import { renderDocumentation, renderJunit, renderSarif, resultsDocument } from "./index.js";
import { escapeMarkup } from "./render-html.js";

const root = path.resolve(import.meta.dirname, "../..");
const SAMPLE = path.join(root, "docs", "sample");
/** What of the documentation of the built-in occupants is committed, so that it can be read without running. */
const SAMPLE_FILES = [
  "markdown/index.md",
  "markdown/generations.md",
  "markdown/matrix.md",
  "markdown/regressions.md",
  "markdown/contract-linux-d-kernel.md",
  "markdown/contract-doc-rst.md",
  "markdown/occupant-kvm-k3.md",
  "rst/contract-linux-c.rst",
  "include/hyp-abi.h",
];

let files: Map<string, string>;
let scratch: string;
beforeAll(() => {
  const subjects = OCCUPANTS.map((o) => checkOccupant(o));
  files = renderDocumentation(
    { subjects, matrix: runMatrix(), occupants: OCCUPANTS, regressions: runRegressions() },
    { version: "0.0.0" },
  );
  scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-report-"));
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const has = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args).error === undefined;

test.each(SAMPLE_FILES)("the committed sample docs/sample/%s is what is generated now", (name) => {
  const target = path.join(SAMPLE, name);
  const now = files.get(name);
  expect(now, `${name} is not generated`).toBeDefined();
  if (process.env["HYPLAB_ACCEPT"] === "1") {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, now!);
  }
  const committed = readFileSync(target, "utf8");
  expect(
    committed === now,
    `docs/sample/${name} is stale; HYPLAB_ACCEPT=1 npx vitest run src/report writes it, then read the diff`,
  ).toBe(true);
});

test("every contract and occupant has a page in HTML, Markdown and reStructuredText", () => {
  for (const c of CONTRACTS)
    for (const name of [
      `contract-${c.id}.html`,
      `markdown/contract-${c.id}.md`,
      `rst/contract-${c.id}.rst`,
    ])
      expect(files.has(name), name).toBe(true);
  for (const o of OCCUPANTS) expect(files.has(`occupant-${o.id}.html`), o.id).toBe(true);
});

test("every promise of a contract stands on its page with a verdict, and none that was not asked is called held", () => {
  const c = contractNamed("linux-d-kernel")!;
  const page = files.get(`markdown/contract-${c.id}.md`)!;
  for (const clause of c.clauses) expect(page).toContain(clause.id.slice(c.id.length + 1));
  const none = renderDocumentation(
    { subjects: [], matrix: [], occupants: [] },
    { version: "0.0.0" },
  ).get(`markdown/contract-${c.id}.md`)!;
  expect(none).toContain("never tried");
  expect(none).not.toMatch(/held in \d/);
});

test("every known bug stands on its page with a verdict, and one that was not run is never called found", () => {
  const page = files.get("markdown/regressions.md")!;
  for (const bug of KNOWN_BUGS) expect(page).toContain(`${bug.number}. ${bug.title}`);
  const expressible = KNOWN_BUGS.filter((b) => b.shown.kind === "run").length;
  expect(page).toContain(`${expressible} came out so`);
  expect(page).not.toContain("never run");
  const none = renderDocumentation(
    { subjects: [], matrix: [], occupants: [] },
    { version: "0.0.0" },
  ).get("markdown/regressions.md")!;
  expect(none).toContain("0 came out so");
  expect(none).toContain("never run");
  expect(none).not.toContain("found, fix clean");
});

test("nothing generated names the time, the machine or a path of it", () => {
  const day = new Date().toISOString().slice(0, 10);
  for (const [name, text] of files) {
    expect(text.includes(root), name).toBe(false);
    expect(text.includes(day), name).toBe(false);
    expect(text.includes("undefined]") || text.includes("[object Object]"), name).toBe(false);
  }
});

test("markup in text is escaped, and characters that XML forbids are replaced", () => {
  expect(escapeMarkup(`<a href="x">&'`)).toBe("&#60;a href=&#34;x&#34;&#62;&#38;&#39;");
  expect(escapeMarkup("a\u0000b\ud800c")).toBe("a\ufffdb\ufffdc");
});

test("JUnit has a suite a phase and contract, with a failure a violated promise", () => {
  const k3 = checkOccupant(occupantNamed("kvm-k3")!, { cases: 8 });
  const xml = renderJunit([k3]);
  expect(xml.match(/<failure /g)?.length).toBe(k3.violated);
  expect(xml.match(/<testsuite /g)?.length).toBe(
    k3.phases.reduce((n, p) => n + 1 + p.documentation.length, 0),
  );
  const d = checkOccupant(occupantNamed("stub-d-kernel")!, { cases: 8 });
  expect(renderJunit([d])).not.toContain("<failure ");
  expect(renderJunit([d], { strictDocs: true }).match(/<failure /g)?.length).toBe(d.drift);
});

test("SARIF names a rule for each result and tells drift from violations", () => {
  const subjects = ["kvm-k3", "stub-d-kernel"].map((id) =>
    checkOccupant(occupantNamed(id)!, { cases: 8 }),
  );
  const log = JSON.parse(renderSarif(subjects, "1.2.3")) as {
    version: string;
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; level: string }[];
    }[];
  };
  const [run] = log.runs;
  expect(log.version).toBe("2.1.0");
  for (const r of run!.results) expect(run!.tool.driver.rules[r.ruleIndex]!.id).toBe(r.ruleId);
  const level = (id: RegExp): Set<string> =>
    new Set(run!.results.filter((r) => id.test(r.ruleId)).map((r) => r.level));
  expect(level(/^kvm-k3\//)).toEqual(new Set(["error"]));
  expect(level(/^doc-rst\//)).toEqual(new Set(["warning"]));
});

test("known bugs are results as others are: JUnit, SARIF and JSON", () => {
  const bugs = runRegressions();
  const shown = bugs.filter((r) => r.verdict === "shown").length;
  const xml = files.get("results/junit.xml")!;
  expect(xml).toContain(
    `<testsuite name="known bugs" tests="${bugs.length}" failures="0" errors="0" skipped="${bugs.length - shown}">`,
  );
  interface Sarif {
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; kind?: string; level: string }[];
    }[];
  }
  const own = (text: string) => {
    const [run] = (JSON.parse(text) as Sarif).runs;
    const results = run!.results.filter((r) => r.ruleId.startsWith("regression-"));
    for (const r of results) expect(run!.tool.driver.rules[r.ruleIndex]!.id).toBe(r.ruleId);
    return results;
  };
  const sarif = own(files.get("results/results.sarif")!);
  expect(sarif.filter((r) => r.kind === "pass" && r.level === "none")).toHaveLength(shown);
  const json = JSON.parse(files.get("results/regressions.json")!) as { regressions: unknown[] };
  expect(json.regressions).toHaveLength(bugs.length);
  // One whose fix does not help is a failure in each of them.
  const [first] = bugs;
  const broken = {
    ...first!,
    verdict: "fix not clean" as const,
    findings: first!.findings.map((f) => ({ ...f, held: false })),
  };
  expect(renderJunit([], { regressions: [broken] })).toContain('failures="1"');
  expect(own(renderSarif([], "1", [broken]))).toMatchObject([{ kind: "fail", level: "error" }]);
});

test("the results document counts what the verdicts say", () => {
  const k3 = checkOccupant(occupantNamed("kvm-k3")!, { cases: 8 });
  const [subject] = resultsDocument([k3]).subjects;
  expect(subject!.violated).toBe(k3.violated);
  expect(
    subject!.phases
      .flatMap((p) => p.implementation.clauses)
      .filter((c) => c.verdict.kind === "violated" && c.strength === "promise").length,
  ).toBe(k3.violated);
});

test("the header is C and goes through the preprocessor for assembly", ({ skip }) => {
  if (!has("gcc", "--version")) return skip("gcc is not installed");
  const header = path.join(scratch, "hyp-abi.h");
  writeFileSync(header, files.get("include/hyp-abi.h")!);
  const run = (language: string, source: string): string => {
    const { status, stdout, stderr } = spawnSync(
      "gcc",
      ["-E", "-P", "-Werror", "-Wall", "-x", language, "-"],
      { input: `#include "${header}"\n#include "${header}"\n${source}\n`, encoding: "utf8" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim();
  };
  expect(run("c", "HVC_SOFT_RESTART HVC_STUB_ERR")).toBe("1 0x0badca11");
  expect(run("assembler-with-cpp", "mov r0, #HVC_SET_VECTORS")).toBe("mov r0, #0");
});

test("the manual page is without a complaint of the formatter", ({ skip }) => {
  if (!has("groff", "--version")) return skip("groff is not installed");
  const { status, stdout, stderr } = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-t"], {
    input: files.get("man/hyp-abi.7")!,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("HVC_SOFT_RESTART");
});
