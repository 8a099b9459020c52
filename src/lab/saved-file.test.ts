import { describe, expect, test } from "vitest";
import { readRun, writeRun, type RecordedRun } from "./run-file.js";
import { isSaved, SavedFile, SavedFileError, writeSaved } from "./saved-file.js";

const state = { ram: new Uint8Array(100_000).fill(7), cpus: [1, 2], name: "virt" };
const contents = { state: [state], memory: [Uint8Array.of(1), Uint8Array.of(2, 3)], none: [] };
const readSaved = (kind: "SNAP" | "RUN ", file: Uint8Array) => new SavedFile(kind, file).readAll();
const run: RecordedRun = {
  setup: { cpus: 1 },
  start: state,
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
    for (const version of [2, 4]) {
      newer[12] = version;
      expect(() => readSaved("SNAP", newer)).toThrow(
        `expected a snapshot of hyplab, version 3, found version ${version}; make it again`,
      );
    }
  });

  test("values are read one by one, and one that is not there is refused", () => {
    const saved = new SavedFile("SNAP", writeSaved("SNAP", contents));
    expect([saved.count("memory"), saved.count("none"), saved.count("other")]).toEqual([2, 0, 0]);
    expect(saved.read("memory", 1)).toEqual(Uint8Array.of(2, 3));
    expect(saved.read("state")).toEqual(state);
    expect(() => saved.read("memory", 2)).toThrow(SavedFileError);
    expect(() => saved.read("none")).toThrow(SavedFileError);
  });

  test("of a file that lies elsewhere no more is read than is asked for", () => {
    const large = {
      ...contents,
      memory: [new Uint8Array(5000).map((_, i) => i * 7919), Uint8Array.of(2)],
    };
    const file = writeSaved("SNAP", large, ["memory"]);
    let read = 0;
    const saved = new SavedFile("SNAP", {
      name: "elsewhere",
      size: file.length,
      read: (at, length) => {
        read += length;
        return file.slice(at, at + length);
      },
    });
    expect(read).toBeLessThan(500);
    expect(saved.read("memory", 1)).toEqual(Uint8Array.of(2));
    expect(read).toBeLessThan(600);
    expect(saved.readAll()).toEqual(large);
    // A value that was asked to be stored is: the file has its bytes.
    expect(Buffer.from(file).includes(Buffer.from(large.memory[0]!))).toBe(true);
  });

  test("damage that is found later names the file", () => {
    const file = writeSaved("SNAP", contents);
    file[file.length - 1]! ^= 1;
    const saved = new SavedFile("SNAP", {
      name: "a.snap",
      size: file.length,
      read: (at, length) => file.slice(at, at + length),
    });
    expect(() => saved.readAll()).toThrow(/^a\.snap: expected a snapshot.*; the file is damaged$/);
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

  test("a run comes back, and one that goes back in time is refused", () => {
    expect(readRun(writeRun(run))).toEqual(run);
    const back = { ...run, inputs: run.inputs.with(1, { ...run.inputs[1]!, at: 9 }) };
    expect(() => readRun(writeRun(back))).toThrow(/order of time/);
    expect(() => readRun(writeSaved("RUN ", { run: [{ end: 1 }] }))).toThrow(SavedFileError);
  });
});
