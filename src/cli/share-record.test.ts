/** A run with a folder of the host in it is recorded and replayed while the folder is what it was. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildCommand, expectOneLine, hyplabIn, MAIN, writeGuest } from "./testing/command.js";

let folder: string;
const run = (line: string) => hyplabIn(folder, ...line.split(" "));
const file = (...names: string[]): string => path.join(folder, ...names);

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-share-"));
  writeGuest(folder, "off");
  writeGuest(folder, "dots");
  mkdirSync(file("shared"));
  writeFileSync(file("shared", "text"), "one");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("it replays while nothing that the guest could see has changed, and is refused after", () => {
  expect(run("boot off.bin --share shared --record a.run").status).toBe(0);
  expect(run("replay a.run").out).toMatch(/recorded states agree/);
  utimesSync(file("shared", "text"), 1, 1);
  const changed = run("replay a.run");
  expect(changed.status).toBe(2);
  expectOneLine(changed);
  expect(changed.err).toMatch(/expected the folder .*shared as it was/);
});

test("a folder that changes while the guest runs is told, and nothing is recorded", async () => {
  const args = "boot dots.bin --serial none --share shared --record b.run".split(" ");
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: "pipe" });
  let err = "";
  const status = await new Promise((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      if (!text.includes("flat image")) return;
      writeFileSync(file("shared", "text"), "two");
      setTimeout(() => child.kill("SIGTERM"), 300);
    });
    child.on("close", resolve);
  });
  expect(status, err).toBe(2);
  expect(err).toMatch(/expected the folder .*shared to stay as it was/);
  expect(existsSync(file("b.run"))).toBe(false);
});

test("a folder that the guest may write to is refused, in a run that goes on too", () => {
  const made = "boot dots.bin --serial none --timeout-instructions 1000 --snapshot w.snap";
  expect(run(`${made} --share shared:rw`).status).toBe(3);
  const resumed = run("resume w.snap --serial none --timeout-instructions 1000 --record w.run");
  expect(resumed.status).toBe(2);
  expectOneLine(resumed);
  expect(run(`${made} --share shared:rw --record w.run`).status).toBe(2);
  expect(existsSync(file("w.run"))).toBe(false);
});
