/** The program with and without the code that was kept for it. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "commander";
import type { AddCommands } from "./command-line.js";
import { addContractCommands } from "./contract-commands.js";
import { addGuestCommands } from "./guest-commands.js";
import { addLifeCommands } from "./life-commands.js";
import { keepCode, programFor } from "./load-program.js";
import { buildCommand, MAIN } from "./testing/command.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-load-"));
const cache = path.join(folder, "program.cache");
const dist = path.dirname(MAIN);
beforeAll(() => {
  buildCommand();
  copyFileSync(path.join(dist, "program.cjs"), path.join(folder, "program.cjs"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What V8 says of the code, in a process that has not compiled the program before. */
const refused = (): string => {
  const text = `
    import { compileProgram } from "${pathToFileURL(path.join(dist, "load-program.js")).href}";
    console.log(compileProgram(${JSON.stringify(folder)}, "program").script.cachedDataRejected);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", text], {
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.trim();
};

test("code that was kept for this program is taken, wherever the program lies", () => {
  copyFileSync(path.join(dist, "program.cache"), cache);
  expect(refused()).toBe("false");
});

test("without it, or with that of another program or damaged, the program is compiled", () => {
  rmSync(cache, { force: true });
  expect(refused()).toBe("undefined");
  const whole = readFileSync(path.join(dist, "program.cache"));
  const damaged = (at: number): Buffer => {
    const other = Buffer.from(whole);
    other[at]! ^= 1;
    return other;
  };
  for (const other of [damaged(0), damaged(64), damaged(1 << 20), whole.subarray(0, 1 << 20)]) {
    writeFileSync(cache, other);
    expect(refused()).toBe("undefined");
  }
});

test("code of another version of V8 is refused by V8, and the program is compiled", () => {
  const whole = readFileSync(path.join(dist, "program.cache"));
  const code = Buffer.from(whole.subarray(72));
  // V8's version stands in its header.
  code[4]! ^= 0xff;
  writeFileSync(cache, keepCode(whole.toString("latin1", 0, 64), code));
  expect(refused()).toBe("true");
});

test("the commands of the smaller program are those that it has, and all others are the whole one's", () => {
  const namesOf = (add: AddCommands): string[] => {
    const program = new Command();
    add(program, () => undefined);
    return program.commands.map((c) => c.name());
  };
  const others = [...namesOf(addContractCommands), ...namesOf(addLifeCommands)];
  for (const name of namesOf(addGuestCommands))
    expect(programFor([name, "x"])).toBe("guest-program");
  for (const name of [...others, "help", "--version", "nonsense"])
    expect(programFor([name])).toBe("program");
  expect(programFor([])).toBe("program");
});
