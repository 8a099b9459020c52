import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "vitest";

/** True when the machine has a program of that name. */
export const hasTool = (name: string): boolean => {
  const result = spawnSync(name, ["--version"], { stdio: "ignore" });
  return (result.error as NodeJS.ErrnoException | undefined)?.code !== "ENOENT";
};

/** A test that needs programs of the machine; without them it is skipped and its name says why. */
export const toolTest = (
  tools: readonly string[],
  name: string,
  run: () => void | Promise<void>,
): void => {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) test(name, run);
  else test.skip(`${name} (skipped: no ${missing.join(", ")} on this machine)`, run);
};

/** Runs a program on bytes and gives what it prints. */
export const pipe = (program: string, args: readonly string[], input: Uint8Array): Uint8Array =>
  execFileSync(program, [...args], {
    input,
    maxBuffer: 1 << 29,
    stdio: ["pipe", "pipe", "pipe"],
  });

/** Calls `use` with a new folder, which is removed afterwards. */
export const withFolder = async <T>(use: (folder: string) => T | Promise<T>): Promise<T> => {
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-images-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
