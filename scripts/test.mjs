// `npm test`: installs, builds and runs every check, and closes with one line of totals.
// A check that fails does not keep the next from running; each counts as one beside vitest's tests.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ensureBuilt, ensureInstalled, root } from "./setup.mjs";

/** Scripts of package.json, in the order in which their failures are most useful. */
const CHECKS = ["check:format", "lint", "types", "layers", "unused"];

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const count = (name, passed) => {
  totals[passed ? "passed" : "failed"]++;
  if (!passed) failures.push(name);
};
const close = () => {
  for (const name of failures) console.error(`FAILED: ${name}`);
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
  console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
  process.exit(totals.failed > 0 ? 1 : 0);
};

/** Runs a step of the set-up; false when it threw. */
const setUp = (step) => {
  try {
    step();
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
};

if (!setUp(ensureInstalled)) {
  count("install", false);
  close();
}
console.log("\n== build");
count("build", setUp(ensureBuilt));

const bin = path.join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
for (const name of CHECKS) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(scripts[name], { cwd: root, stdio: "inherit", shell: true, env });
  count(name, status === 0);
}

console.log("\n== unit, property and end-to-end tests");
const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-test-"));
const results = path.join(scratch, "results.json");
const skips = path.join(scratch, "skipped.json");
const { status } = spawnSync(
  process.execPath,
  [
    path.join("node_modules", "vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${results}`,
    "--reporter=./scripts/skipped-tests.mjs",
  ],
  { cwd: root, stdio: "inherit", env: { ...env, HYPLAB_SKIPPED_FILE: skips } },
);
try {
  const run = JSON.parse(readFileSync(results, "utf8"));
  totals.passed += run.numPassedTests;
  totals.failed += run.numFailedTests;
  totals.skipped += run.numPendingTests + run.numTodoTests;
  if (run.numFailedTests > 0) failures.push(`${run.numFailedTests} tests, named above`);
  else if (status !== 0)
    count("a test file that could not be run, or an error outside of a test", false);
  if (run.numTotalTests === 0) count("no test was run", false);

  const skipped = JSON.parse(readFileSync(skips, "utf8"));
  if (skipped.length > 0) console.log("\n== skipped, and why");
  for (const { test, reason } of skipped)
    console.log(`${test}\n    ${reason ?? "NO REASON GIVEN"}`);
  const silent = skipped.filter(({ reason }) => reason === null).length;
  if (silent > 0) count(`${silent} tests are skipped without a reason`, false);
} catch (error) {
  count(`the test runner left no results: ${error.message}`, false);
}
rmSync(scratch, { recursive: true, force: true });
close();
