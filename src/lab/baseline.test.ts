import { describe, expect, test } from "vitest";
import {
  baselineOf,
  parseBaseline,
  renderBaseline,
  worsenings,
  type Baseline,
} from "./baseline.js";
import { checkOccupant } from "./check-subject.js";
import { occupantNamed, SEEDED_MISTAKES, withMistake } from "../occupants/index.js";

const base = (statuses: Baseline["statuses"]): Baseline => ({
  schema: "hyplab-baseline",
  version: 1,
  statuses,
});

describe("a baseline", () => {
  test("comes back out of its text, and nothing is worse than in itself", () => {
    const made = baselineOf([checkOccupant(occupantNamed("stub-d-kernel")!, { cases: 4 })]);
    const read = parseBaseline("x.json", renderBaseline(made));
    expect(read).toEqual(made);
    expect(worsenings(read, made)).toEqual([]);
  });
  test("names the clauses that a mistake breaks", () => {
    const mistake = SEEDED_MISTAKES.find((m) => m.id === "error-of-the-older-series")!;
    const good = baselineOf([checkOccupant(occupantNamed("stub-d-kernel")!, { cases: 4 })]);
    const bad = baselineOf([
      { ...checkOccupant(withMistake(mistake), { cases: 4 }), subject: "stub-d-kernel" },
    ]);
    const worse = worsenings(good, bad);
    expect(worse.map((w) => w.clause)).toContain("linux-d-kernel/unknown/result");
    expect(worse.every((w) => w.before === "held" && w.now === "violated")).toBe(true);
  });
  test("a proof that is lost is worse, a clause that is gone is worse, a new one that holds is not", () => {
    const before = base({ s: { p: { a: "proved", b: "held" } } });
    const now = base({ s: { p: { a: "held", c: "held", d: "violated" } } });
    expect(worsenings(before, now)).toEqual([
      { subject: "s", phase: "p", clause: "a", before: "proved", now: "held" },
      { subject: "s", phase: "p", clause: "b", before: "held", now: "gone" },
      { subject: "s", phase: "p", clause: "d", before: "never-tried", now: "violated" },
    ]);
  });
  test("text that is no baseline is refused with what to do", () => {
    expect(() => parseBaseline("x.json", "{")).toThrow(/expected a baseline as JSON/);
    expect(() => parseBaseline("x.json", '{"schema":"hyplab-baseline","version":2}')).toThrow(
      /version 1.*--write-baseline/,
    );
  });
});
