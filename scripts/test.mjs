// `npm test`: installs, builds and runs every check, and closes with one line of totals.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ensureBuilt, ensureInstalled, root } from "./setup.mjs";

ensureInstalled();
ensureBuilt();

const bin = (name) => path.join(root, "node_modules", ".bin", name);
const totals = { passed: 0, failed: 0, skipped: 0 };
const step = (name, command, args) => {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  totals[status === 0 ? "passed" : "failed"]++;
  if (status !== 0) console.error(`FAILED: ${name}`);
};

step("format", bin("oxfmt"), ["--check", "src", "test", "scripts"]);
step("lint", bin("oxlint"), ["--type-aware", "src", "test"]);
step("types", bin("tsc"), ["--noEmit", "-p", "tsconfig.json"]);
step("layers", process.execPath, ["scripts/layers.mjs"]);
step("unused", bin("knip"), []);

console.log("\n== unit, property and end-to-end tests");
const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-test-"));
const json = path.join(scratch, "results.json");
const { status } = spawnSync(
  bin("vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${json}`],
  {
    cwd: root,
    stdio: "inherit",
  },
);
try {
  const results = JSON.parse(readFileSync(json, "utf8"));
  totals.passed += results.numPassedTests;
  totals.failed += results.numFailedTests;
  totals.skipped += results.numPendingTests + results.numTodoTests;
  if (status !== 0 && results.numFailedTests === 0) totals.failed++;
} catch (error) {
  console.error(`the test runner left no results: ${error.message}`);
  totals.failed++;
}
rmSync(scratch, { recursive: true, force: true });

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 ? 1 : 0;
