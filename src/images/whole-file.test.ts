import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeLeftovers, temporaryName, writeWholeFile } from "./whole-file.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-whole-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file is replaced by way of a temporary one, and a link leads where it led", () => {
  const real = path.join(folder, "real");
  const link = path.join(folder, "link");
  writeFileSync(real, "old");
  symlinkSync("real", link);
  writeWholeFile(link, "new");
  expect(readFileSync(real, "utf8")).toBe("new");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual(["link", "real"]);
});

test("a target that is a folder fails and leaves nothing beside it", () => {
  expect(() => writeWholeFile(folder, "x")).toThrow(/EISDIR|ENOTEMPTY|EEXIST|ENOTDIR/);
  expect(
    readdirSync(path.dirname(folder)).filter((n) => n.startsWith(`${path.basename(folder)}.`)),
  ).toEqual([]);
});

test("leftovers of dead processes go, those of living ones and other names stay", () => {
  const target = path.join(folder, "t");
  // Above the largest process number that Linux gives.
  const dead = `t.${2 ** 22 + 1}.0123456789ab.tmp`;
  const living = path.basename(temporaryName(target));
  const others = ["t.1.tmp", "tt.4194305.0123456789ab.tmp", "t.tmp"];
  for (const name of [dead, living, ...others]) writeFileSync(path.join(folder, name), "");
  removeLeftovers(target);
  const there = readdirSync(folder);
  expect(there).not.toContain(dead);
  expect(there).toEqual(expect.arrayContaining([living, ...others]));
});
