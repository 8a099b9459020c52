import { describe, expect, test } from "vitest";
import { KNOWN_BUGS, statementOf } from "../../contract/index.js";
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
