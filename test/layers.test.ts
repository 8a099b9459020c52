/** The check of the arrows between rooms finds what it is there to find: a violation is planted for each kind. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const SCRIPT = path.resolve(import.meta.dirname, "../scripts/layers.mjs");
const ROOMS = { low: [], high: ["low"] };
const CLEAN = {
  "low/index.ts": 'export { a } from "./a.js";\n',
  "low/a.ts": "export const a = 1;\n",
  "high/index.ts": 'import { a } from "../low/index.js";\nexport const b = a;\n',
};

/** Runs the check on files written for it. */
const check = (files: Record<string, string>, script = SCRIPT) => {
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-layers-"));
  try {
    mkdirSync(path.join(folder, "src"));
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, "src", name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const table = path.join(folder, "rooms.json");
    writeFileSync(table, JSON.stringify(ROOMS));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [script, path.join(folder, "src"), table],
      { encoding: "utf8" },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test("rooms that keep to the table pass, and the modules are counted", () => {
  expect(check(CLEAN)).toEqual({
    status: 0,
    stdout: "layers: 3 modules read, 0 violations\n",
    stderr: "",
  });
});

test.each([
  ["a named import", 'import { b } from "../high/index.js";\nexport const c = b;\n'],
  ["single quotes", "import { b } from '../high/index.js';\nexport const c = b;\n"],
  ["an import over several lines", 'import {\n  b,\n} from "../high/index.js";\n'],
  ["an import for its effect", 'import "../high/index.js";\n'],
  ["an import of types", 'import type { B } from "../high/index.js";\n'],
  ["a re-export", 'export * from "../high/index.js";\n'],
  ["a dynamic import", 'export const c = await import("../high/index.js");\n'],
  ["a type out of an import", 'export type C = import("../high/index.js").B;\n'],
])("%s against the arrows is a violation", (_, text) => {
  const { status, stderr } = check({ ...CLEAN, "low/planted.ts": text });
  expect(stderr).toBe("low/planted.ts imports high/index.ts: low may not import high\n");
  expect(status).toBe(1);
});

test.each([
  [
    "a room entered past its index.ts",
    { "high/planted.ts": 'import { a } from "../low/a.js";\n' },
    "a room is entered by its index.ts",
  ],
  [
    "a cycle within a room",
    { "low/x.ts": 'import "./y.js";\n', "low/y.ts": 'import "./x.js";\n' },
    "cycle: low/x.ts -> low/y.ts -> low/x.ts",
  ],
  ["a room that the table lacks", { "cellar/index.ts": "" }, "room cellar is not in rooms.json"],
])("%s is a violation", (_, files, message) => {
  const { status, stderr } = check({ ...CLEAN, ...files });
  expect(stderr).toContain(message);
  expect(status).toBe(1);
});

test("a tree in which nothing was read does not pass", () => {
  const { status, stderr } = check({});
  expect(stderr).toBe("0 modules were read in 0 rooms: expected more\n");
  expect(status).toBe(1);
});

test("the check also runs when it is reached through a symbolic link", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-link-"));
  try {
    const link = path.join(folder, "repository");
    symlinkSync(path.resolve(import.meta.dirname, ".."), link);
    const { stdout } = check(CLEAN, path.join(link, "scripts", "layers.mjs"));
    expect(stdout).toBe("layers: 3 modules read, 0 violations\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
