/** A run that is ended at any moment leaves whole files or none. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageError, loadImage } from "../images/index.js";
import { readRun, readSnapshot } from "../lab/index.js";
import { buildCommand, hyplabIn, MAIN, writeGuest } from "./testing/command.js";

let folder: string;
const file = (name: string): string => path.join(folder, name);

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-killed-"));
  writeGuest(folder, "dots");
  writeGuest(folder, "off");
  const made = hyplabIn(
    folder,
    ..."boot dots.bin --serial none --timeout-instructions 3000000 --snapshot begun.snap".split(
      " ",
    ),
  );
  expect(made.status, made.err).toBe(3);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170109);
/** A seeded number from 0 to 1 (mulberry32). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

type Signal = "SIGKILL" | "SIGTERM" | "SIGINT" | "SIGHUP";
interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly err: string;
}
/** Sends a signal as soon as a file is seen that has the name, and something in it where that is asked for. */
const killOnSight = (
  args: readonly string[],
  signal: Signal,
  name: RegExp,
  inside?: string,
): Promise<Ended & { readonly seen: boolean }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let err = "";
    let seen = false;
    let closed = false;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("close", (status, by) => {
      closed = true;
      resolve({ status, signal: by, err, seen });
    });
    const kill = (): void => {
      seen = true;
      child.kill(signal);
    };
    if (inside === undefined) {
      // The system tells of a file however short its life is.
      const watcher = watch(folder, (_, found) => {
        if (!seen && found !== null && name.test(found)) kill();
      });
      child.on("close", () => watcher.close());
      return;
    }
    const look = (): void => {
      if (closed) return;
      const found = readdirSync(folder).find((n) => name.test(n));
      const size = (of: string): number =>
        statSync(path.join(folder, of), { throwIfNoEntry: false })?.size ?? 0;
      if (found !== undefined && size(path.join(found, inside)) > 0) kill();
      else setTimeout(look, 5);
    };
    look();
  });
/** Until what a shell removes is gone; false when it is still there after ten seconds. */
const isGone = async (name: RegExp): Promise<boolean> => {
  for (let n = 0; n < 200; n++) {
    if (!readdirSync(folder).some((there) => name.test(there))) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
};

/** Runs the command, and sends it a signal so many milliseconds after what it has said (or its start). */
const endedBy = (
  args: readonly string[],
  signal: Signal,
  milliseconds: number,
  after?: string,
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let err = "";
    let armed = false;
    const arm = (): void => {
      if (armed) return;
      armed = true;
      setTimeout(() => child.kill(signal), milliseconds);
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      if (after !== undefined && err.includes(after)) arm();
    });
    if (after === undefined) arm();
    child.on("close", (status, by) => resolve({ status, signal: by, err }));
  });

const OTHERS = ["dots.bin", "off.bin", "begun.snap", "old.json", "blocked"];
/** Every file that is there is whole; others are named as temporary ones. */
const expectWhole = (names: readonly string[], what: string): void => {
  for (const name of readdirSync(folder)) {
    if (OTHERS.includes(name)) continue;
    if (!names.includes(name)) {
      expect(name, what).toMatch(/\.\d+\.[0-9a-f]{12}\.tmp$/);
      continue;
    }
    const bytes = readFileSync(file(name));
    if (name.endsWith(".snap")) readSnapshot(bytes);
    else if (name.endsWith(".run")) readRun(bytes);
    else if (name.endsWith(".json")) JSON.parse(bytes.toString());
  }
};
const NAMES = ["a.snap", "a.run", "a.json"];
const clear = (): void => {
  for (const name of NAMES) rmSync(file(name), { force: true });
};

describe("a command that is ended", () => {
  const COMMANDS: readonly (readonly [string, number])[] = [
    ["boot dots.bin --snapshot a.snap --record a.run --timeout-instructions 4000000", 1500],
    ["resume begun.snap --snapshot a.snap --record a.run --timeout-instructions 4000000", 1500],
    ["matrix stub-c --json a.json", 1200],
  ];
  test.each(COMMANDS)("hyplab %s leaves whole files or none", async (line, longest) => {
    console.log(`killed: seed ${SEED} (set HYPLAB_SEED for another)`);
    const random = randomFrom(SEED + line.length);
    for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
      for (let n = 0; n < 3; n++) {
        clear();
        const at = Math.floor(random() * longest);
        await endedBy(line.split(" "), signal, at);
        expectWhole(NAMES, `${line}, ${signal} after ${at} ms`);
      }
    }
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s ends the guest's run, and what was asked for is written",
    async (signal) => {
      clear();
      const args = "boot dots.bin --serial none --snapshot a.snap --record a.run".split(" ");
      const ended = await endedBy(args, signal, 300, "flat image");
      expect(ended.status, ended.err).toBe(3);
      expect(ended.err).toMatch(/hyplab: ended by a signal, after \d+ instructions/);
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(["a.snap", "a.run"]));
      expectWhole(NAMES, signal);
      const replay = hyplabIn(folder, "replay", "a.run");
      expect(replay.out).toMatch(/recorded states agree/);
    },
  );

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "by %s while it writes a snapshot leaves a whole one or none",
    async (signal) => {
      clear();
      // With more memory in it, writing takes longer.
      const args = "boot dots.bin --serial none --snapshot a.snap --timeout-instructions 9000000";
      const ended = await killOnSight(args.split(" "), signal, /^a\.snap\..*tmp$/);
      expect(ended.seen, ended.err).toBe(true);
      expectWhole(NAMES, signal);
      const there = readdirSync(folder);
      if (signal === "SIGKILL") return;
      // A signal that can be heard waits until the file is whole.
      expect(there).toContain("a.snap");
      expect(there.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
  );

  test("by a kill leaves nothing that the next run does not take away", () => {
    clear();
    // A number that no process has: above the largest that Linux gives.
    const left = `a.snap.${2 ** 22 + 1}.0123456789ab.tmp`;
    const other = `a.snap.${process.pid}.0123456789ab.tmp`;
    writeFileSync(file(left), "half");
    writeFileSync(file(other), "half");
    expect(hyplabIn(folder, ..."boot off.bin --snapshot a.snap".split(" ")).status).toBe(0);
    const there = readdirSync(folder);
    expect(there).not.toContain(left);
    // That one belongs to a process that still runs.
    expect(there).toContain(other);
    rmSync(file(other));
  });
});

test("a target that cannot be replaced keeps what it has, and no temporary file stays", () => {
  writeFileSync(file("old.json"), "old");
  mkdirSync(file("blocked"));
  const r = hyplabIn(folder, "matrix", "nothing", "--json", "old.json");
  expect(r.status).toBe(2);
  expect(readFileSync(file("old.json"), "utf8")).toBe("old");
  expect(hyplabIn(folder, "matrix", "stub-c", "--json", "blocked").status).toBe(2);
  expect(readdirSync(file("blocked"))).toEqual([]);
});

describe("a kernel's life that is ended", () => {
  /** Why an archive cannot be had: the machine's doing, not ours. */
  const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);
  const VMCORE = ["kdump", "--quiet", "--engine", "auto", "--vmcore", "old.core"];
  const GUESTS = /^old\.core\..*tmp$/;
  let missing: string | undefined;
  beforeAll(async () => {
    try {
      await loadImage("debian:linux-image-armmp-lpae");
    } catch (error) {
      if (!(error instanceof ImageError && NOT_OURS.has(error.code))) throw error;
      missing = error.message;
      console.log(`no kernel to be ended: ${missing}`);
    }
  }, 300_000);
  const onlyKnown = (what: string): void => {
    for (const name of readdirSync(folder)) expect([...OTHERS, ...NAMES], what).toContain(name);
  };

  test("when the guest's folder appears, it goes with the program", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    clear();
    for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
      const ended = await killOnSight(VMCORE, signal, GUESTS);
      expect(ended.seen, ended.err).toBe(true);
      expect(ended.signal).toBe(signal);
      expect(await isGone(GUESTS), `the guest's folder after ${signal}`).toBe(true);
      onlyKnown(signal);
    }
  }, 120_000);

  test("at random moments leaves whole files or none", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    clear();
    const random = randomFrom(SEED);
    console.log(`killed lives: seed ${SEED} (set HYPLAB_SEED for another)`);
    const kexec = "kexec --quiet --engine auto --json a.json".split(" ");
    for (const [args, signal] of [
      [kexec, "SIGKILL"],
      [VMCORE, "SIGTERM"],
    ] as const) {
      const at = Math.floor(random() * 3000);
      await endedBy(args, signal, at);
      expect(await isGone(GUESTS)).toBe(true);
      onlyKnown(`${args[0]}, ${signal} after ${at} ms`);
      expectWhole(NAMES, `${args[0]}, ${signal} after ${at} ms`);
    }
  }, 120_000);

  test("while the old memory is written leaves none of it", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const ended = await killOnSight(VMCORE, "SIGTERM", GUESTS, "vmcore");
    expect(ended.seen, ended.err).toBe(true);
    expect(await isGone(GUESTS)).toBe(true);
    onlyKnown("while the old memory is written");
  }, 300_000);
});
