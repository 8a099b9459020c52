import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderDigest } from "./folder-digest.js";

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
const TIME = new Date("2017-01-09T00:00:00Z");
/** Puts the times back that a change of a name has moved. */
const settle = (): void => {
  for (const place of [at("a", "text"), at("a"), folder]) utimesSync(place, TIME, TIME);
};

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-folder-"));
  mkdirSync(at("a"));
  writeFileSync(at("a", "text"), "one");
  symlinkSync("a/text", at("link"));
  settle();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CHANGES: readonly (readonly [string, () => void])[] = [
  ["a file's contents", () => writeFileSync(at("a", "text"), "two")],
  ["a mode", () => chmodSync(at("a", "text"), 0o600)],
  ["another file", () => writeFileSync(at("a", "more"), "")],
  ["another folder", () => mkdirSync(at("b"))],
  [
    "a link's target",
    () => {
      rmSync(at("link"));
      symlinkSync("a/none", at("link"));
    },
  ],
];
test.each(CHANGES)("%s changes the digest, the times being the same", (_, change) => {
  const before = folderDigest(folder);
  expect(folderDigest(folder)).toBe(before);
  change();
  settle();
  expect(folderDigest(folder)).not.toBe(before);
});

test("a time that the guest can read changes the digest", () => {
  const before = folderDigest(folder);
  utimesSync(at("a", "text"), TIME, new Date(TIME.getTime() + 1000));
  expect(folderDigest(folder)).not.toBe(before);
});
