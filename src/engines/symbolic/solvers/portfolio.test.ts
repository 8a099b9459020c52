import { afterAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Terms } from "../terms/index.js";
import { randomTerm } from "../terms/testing/random-term.js";
import {
  AgreeingSolver,
  CdclSolver,
  PortfolioSolver,
  satisfiable,
  SolverDisagreementError,
  unsatisfiable,
  WrongModelError,
  Z3Solver,
  type Solver,
} from "./index.js";

const limits = { timeoutMs: 60_000 };
const started: Solver[] = [];
afterAll(async () => {
  for (const solver of started) await solver.close();
});

/** A back end that is wrong. */
const liar: Solver = {
  name: "liar",
  version: "0",
  check: () => Promise.resolve(unsatisfiable({ name: "liar", version: "0" })),
  close: () => Promise.resolve(),
};

describe("a portfolio", () => {
  it("asks the second solver only what the first gives up, and says who answered", async () => {
    let starts = 0;
    const portfolio = new PortfolioSolver(new CdclSolver({ maxClauses: 2000 }), async () => {
      starts++;
      return Z3Solver.start();
    });
    started.push(portfolio);
    const terms = new Terms();
    const [a, b] = [terms.var("a", 32), terms.var("b", 32)];
    const small = await portfolio.check(
      { assertions: [terms.bvult(a, b), terms.bvult(b, a)] },
      limits,
    );
    expect(small).toMatchObject({ kind: "unsat", by: { name: "hyplab-cdcl" } });
    expect(starts).toBe(0);
    const product = terms.eq(terms.bvmul(a, b), terms.const(15, 32));
    const large = await portfolio.check({ assertions: [product] }, limits);
    expect(large).toMatchObject({ kind: "sat", by: { name: "z3-solver" } });
    expect(starts).toBe(1);
    expect((await portfolio.check({ assertions: [] }, limits)).kind).toBe("sat");
    expect((await portfolio.check({ assertions: [terms.false] }, limits)).kind).toBe("unsat");
    expect(portfolio.counts).toEqual({ simplified: 2, quick: 1, thorough: 1 });
  });
});

describe("two back ends that are asked alike", () => {
  it("stop everything by name when they contradict each other", async () => {
    const solver = new AgreeingSolver(new CdclSolver(), liar);
    const terms = new Terms();
    const x = terms.var("x", 8);
    await expect(
      solver.check({ assertions: [terms.eq(x, terms.const(1, 8))] }, limits),
    ).rejects.toThrow(SolverDisagreementError);
    expect((await solver.check({ assertions: [terms.false] }, limits)).kind).toBe("unsat");
  });

  it("agree on random queries: our own and z3-solver", async () => {
    const solver = new AgreeingSolver(new CdclSolver(), await Z3Solver.start());
    started.push(solver);
    const kinds = { sat: 0, unsat: 0, unknown: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
        const terms = new Terms({ simplify: seed % 3 !== 0 });
        const parts = [0, 1, 2].map(
          (i) => randomTerm(terms, seed + i, { maxWidth: 33, hard: false }).term,
        );
        const assertions = parts.map((t) =>
          t.width === 0 ? t : terms.bvult(t, terms.const(Math.min(9, 2 ** t.width - 1), t.width)),
        );
        kinds[(await solver.check({ assertions }, limits)).kind]++;
      }),
      { numRuns: 60 },
    );
    expect(kinds.sat).toBeGreaterThan(5);
    expect(kinds.unsat).toBeGreaterThan(5);
    expect(kinds.unknown).toBe(0);
  });
});

describe("a model", () => {
  it("under which an assertion is false is an error by name", () => {
    const terms = new Terms();
    const x = terms.var("x", 8);
    const query = { assertions: [terms.eq(x, terms.const(1, 8))] };
    const model = { variables: new Map([["x", 2n]]), words: new Map() };
    expect(() => satisfiable({ name: "some", version: "1" }, query, model)).toThrow(
      WrongModelError,
    );
  });
});
