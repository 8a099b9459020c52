import { describe, expect, test } from "vitest";
import { readRun, writeRun, type RecordedRun } from "./run-file.js";
import { isSaved, readSaved, SavedFile, SavedFileError, writeSaved } from "./saved-file.js";

const contents = { ram: new Uint8Array(100_000).fill(7), cpus: [1, 2], name: "virt" };
const run: RecordedRun = {
  setup: { cpus: 1 },
  start: contents,
  startAt: 0,
  inputs: [
    { at: 10, port: "serial", bytes: Uint8Array.of(13) },
    { at: 10, port: "serial", bytes: Uint8Array.of(10) },
  ],
  milestones: [{ at: 5, hash: "00" }],
  end: 20,
};

describe("saved files", () => {
  test("hold what was put in, compressed, and are the same bytes each time", () => {
    const file = writeSaved("SNAP", contents);
    expect(isSaved(file)).toBe(true);
    expect(readSaved("SNAP", file)).toEqual(contents);
    expect(file.length).toBeLessThan(2000);
    expect(Buffer.compare(file, writeSaved("SNAP", contents))).toBe(0);
  });

  test("another kind of file, another version and another kind of contents are told apart", () => {
    const file = writeSaved("SNAP", contents);
    expect(() => readSaved("RUN ", file)).toThrow(/found a snapshot/);
    expect(() => readSaved("SNAP", new Uint8Array(100))).toThrow(/another kind of file/);
    const newer = file.slice();
    for (const version of [1, 3]) {
      newer[12] = version;
      expect(() => readSaved("SNAP", newer)).toThrow(
        `expected a snapshot of hyplab, version 2, found version ${version}; make it again`,
      );
    }
  });

  test("a damaged byte or a missing end is noticed wherever it is", () => {
    const file = writeSaved("SNAP", contents);
    for (let at = 0; at < file.length; at++) {
      const wrong = file.slice();
      wrong[at]! ^= 0x10;
      expect(() => readSaved("SNAP", wrong), `byte ${at}`).toThrow(SavedFileError);
      expect(() => readSaved("SNAP", file.subarray(0, at)), `${at} bytes`).toThrow(SavedFileError);
    }
  });

  test("a field of several pieces is the same from one thread and from several", async () => {
    // What compresses badly, so that pieces are many and long.
    const ram = Array.from({ length: 12 }, (_, n) =>
      Uint8Array.from({ length: 300_000 }, (_b, i) => (i * (i + n)) >>> 3),
    );
    const file = writeSaved("SNAP", { ram, name: "virt" });
    const saved = new SavedFile("SNAP", file, ["ram"]);
    expect(saved.names).toEqual(["name", "ram"]);
    for (const found of [await saved.readSoon("ram"), saved.read("ram")]) {
      expect(found).toHaveLength(ram.length);
      expect(ram.findIndex((bytes, n) => Buffer.compare(bytes, (found as Uint8Array[])[n]!))).toBe(
        -1,
      );
    }
    expect(saved.read("name")).toBe("virt");
    expect(saved.read("other")).toBeUndefined();
    const last = file.slice();
    last[last.length - 1]! ^= 1;
    expect(() => new SavedFile("SNAP", last, ["ram"])).toThrow(
      /found contents \(ram, piece \d+\) that do not fit their hash; the file is damaged/,
    );
  });

  test("a run comes back, and one that goes back in time is refused", () => {
    expect(readRun(writeRun(run))).toEqual(run);
    const back = { ...run, inputs: run.inputs.with(1, { ...run.inputs[1]!, at: 9 }) };
    expect(() => readRun(writeRun(back))).toThrow(/order of time/);
    expect(() => readRun(writeSaved("RUN ", { end: 1 }))).toThrow(SavedFileError);
  });
});
