/** The console on a pseudo terminal, as a user has it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { buildCommand, MAIN, writeGuest } from "./testing/command.js";

const SCRIPT = path.join(import.meta.dirname, "testing/pty-session.py");
let folder: string;

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-pty-"));
  writeGuest(folder, "echo");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Played {
  readonly output: string;
  readonly status: number;
  readonly raw: boolean;
  readonly restored: boolean;
}
/** Plays a session: each step waits for some output and then types, or sends SIGTERM. */
const play = (skip: TestContext["skip"], steps: readonly (readonly [string, string])[]): Played => {
  if (spawnSync("python3", ["-c", "import pty, termios"]).status !== 0)
    return skip("python3 with pty and termios is not installed");
  const { stdout, stderr } = spawnSync(
    "python3",
    [SCRIPT, JSON.stringify(steps), process.execPath, MAIN, "boot", "echo.bin"],
    { cwd: folder, encoding: "utf8", timeout: 90_000 },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Played;
};

test("typed characters reach the guest and come back, and Ctrl-A X leaves", ({ skip }) => {
  const played = play(skip, [
    [">", "hello"],
    ["hello", "\u0001x"],
  ]);
  expect(played.output).toContain(">hello");
  expect(played.output).toContain("hyplab: left, after");
  expect(played).toMatchObject({ status: 0, raw: true, restored: true });
});

test("Ctrl-C goes to the guest, and a guest that powers off gives the terminal back", ({
  skip,
}) => {
  const played = play(skip, [
    [">", "a\u0003b"],
    ["aCb", "q"],
  ]);
  expect(played.output).toContain(">aCbq");
  expect(played.output).toContain("hyplab: powered off, after");
  expect(played).toMatchObject({ status: 0, raw: true, restored: true });
});

test("Ctrl-A C tells what the CPUs do, and a signal gives the terminal back", ({ skip }) => {
  const played = play(skip, [
    [">", "\u0001c"],
    ["CPU 0 runs in hyp mode", "SIGTERM"],
  ]);
  expect(played.output).toContain("hyplab: ended by a signal");
  expect(played).toMatchObject({ status: 3, raw: true, restored: true });
});
