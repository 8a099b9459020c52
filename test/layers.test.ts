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

/** Runs the check on files written for it; `scripts` are in a folder that is named beside the source. */
const check = (
  files: Record<string, string>,
  script = SCRIPT,
  scripts: Record<string, string> = {},
) => {
  const folder = mkdtempSync(path.join(tmpdir(), "hyplab-layers-"));
  const write = (below: string, texts: Record<string, string>): void => {
    mkdirSync(path.join(folder, below));
    for (const [name, text] of Object.entries(texts)) {
      const file = path.join(folder, below, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  };
  try {
    write("src", files);
    write("scripts", scripts);
    const table = path.join(folder, "rooms.json");
    writeFileSync(table, JSON.stringify(ROOMS));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [script, path.join(folder, "src"), table, path.join(folder, "scripts")],
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
    "a circle within a room",
    { "low/x.ts": 'import "./y.js";\n', "low/y.ts": 'import "./x.js";\n' },
    "circle: low/x.ts -> low/y.ts -> low/x.ts",
  ],
  [
    "a circle of types alone",
    {
      "low/x.ts": 'import type { Y } from "./y.js";\nexport interface X { y: Y }\n',
      "low/y.ts": 'import type { Z } from "./z.js";\nexport interface Y { z: Z }\n',
      "low/z.ts": 'export interface Z { x: import("./x.js").X }\n',
    },
    "circle: low/x.ts -> low/y.ts -> low/z.ts -> low/x.ts",
  ],
  [
    "a circle of tests",
    {
      "low/x.test.ts": 'import "./testing/y.js";\n',
      "low/testing/y.ts": 'import "../x.test.js";\n',
    },
    "circle: low/testing/y.ts -> low/x.test.ts -> low/testing/y.ts",
  ],
  ["a room that the table lacks", { "cellar/index.ts": "" }, "room cellar is not in rooms.json"],
])("%s is a violation", (_, files, message) => {
  const { status, stderr } = check({ ...CLEAN, ...files });
  expect(stderr).toContain(message);
  expect(status).toBe(1);
});

test("a circle in another folder that is named is a violation", () => {
  const { status, stderr } = check(CLEAN, SCRIPT, {
    "one.mjs": 'import "./two.mjs";\n',
    "two.mjs": 'export { one } from "./one.mjs";\n',
  });
  expect(stderr).toBe("circle: one.mjs -> two.mjs -> one.mjs\n");
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
