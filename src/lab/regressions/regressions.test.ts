import { describe, expect, test } from "vitest";
import { contractNamed, KNOWN_BUGS, statementOf } from "../../contract/index.js";
import { occupantNamed } from "../../occupants/index.js";
import { judgeState } from "./findings.js";
import { runInstallation } from "./host-runs.js";
import { installationSite } from "./installation-rows.js";
import { REGRESSIONS, runRegression } from "./run.js";

const EXPRESSIBLE = KNOWN_BUGS.filter((b) => b.shown.kind === "run");

describe.each(EXPRESSIBLE.map((b) => [b.number, b.title, b] as const))(
  "row %i: %s",
  (_n, _t, bug) => {
    const result = runRegression(bug);
    const of = (side: "bug" | "fix") => result.findings.filter((f) => f.side === side);

    test("with the bug every clause is violated, with a counterexample", () => {
      expect(of("bug").length).toBeGreaterThan(0);
      expect(of("bug").filter((f) => f.held)).toEqual([]);
      for (const f of of("bug")) {
        expect(f.asked).toMatch(/\S/);
        expect(f.found).toMatch(/\S/);
        expect(statementOf(f.clause), f.clause).toBeDefined();
      }
    });
    test("with the fix every clause holds in the same setups", () => {
      expect(of("fix").filter((f) => !f.held)).toEqual([]);
      const places = (side: "bug" | "fix") =>
        [...new Set(of(side).map((f) => `${f.setup} ${f.clause}`))].toSorted();
      expect(places("fix")).toEqual(places("bug"));
    });
    test("the clauses asked are those that the record names", () => {
      const named = bug.shown.kind === "run" ? bug.shown.clauses : [];
      expect([...new Set(of("bug").map((f) => f.clause))].toSorted()).toEqual(
        [...named].toSorted(),
      );
      expect(result.verdict).toBe("shown");
    });
  },
);

test("rows that are not expressible are run by nothing, and all others by something", () => {
  expect([...REGRESSIONS.keys()].toSorted((a, b) => a - b)).toEqual(
    EXPRESSIBLE.map((b) => b.number),
  );
  for (const bug of KNOWN_BUGS)
    if (bug.shown.kind === "not-expressible")
      expect(runRegression(bug)).toEqual({ bug, verdict: "not expressible", findings: [] });
});

test("a bug that is not found, a fix that is not clean and a clause that is not asked are told", () => {
  const bug = KNOWN_BUGS[2]!;
  const { number, experiments } = REGRESSIONS.get(bug.number)!;
  const always = (side: "bug" | "fix") => ({
    number,
    experiments: experiments.map(({ setup, run }) => ({ setup, run: () => run(side) })),
  });
  expect(runRegression(bug, always("fix")).verdict).toBe("bug not found");
  expect(runRegression(bug, always("bug")).verdict).toBe("fix not clean");
  expect(runRegression(bug, { number, experiments: [] }).verdict).toBe("bug not found");
});

test.each([
  ["linux-a", "stub-a", false],
  ["linux-c", "stub-c", true],
] as const)(
  "installation without a bug keeps every clause of %s about it, in both instruction sets and byte orders",
  (id, stub, identity) => {
    for (const thumb of [false, true])
      for (const bigEndian of [false, true]) {
        const run = runInstallation(
          { stub: occupantNamed(stub)!, identity, bigEndian },
          { thumb, modes: ["hyp", "hyp"] },
        );
        expect(run.strayWrites).toEqual([]);
        const clauses = contractNamed(id)!.clauses.filter(
          ({ about, applies }) =>
            about.kind !== "call" &&
            (applies.kernel === undefined || applies.kernel === (thumb ? "T32" : "A32")) &&
            (applies.byteOrder === undefined || bigEndian),
        );
        expect(clauses.length).toBeGreaterThan(8);
        for (const state of run.installed)
          for (const clause of clauses)
            expect(judgeState(clause.id, state, installationSite(run, thumb), "")).toMatchObject({
              clause: clause.id,
              held: true,
            });
      }
  },
);
