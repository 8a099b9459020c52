import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { randomTerm } from "../../terms/testing/random-term.js";
import { falsified, Terms, type Term } from "../../terms/index.js";
import { CdclSolver } from "../cdcl-solver.js";
import { Cnf } from "./cnf.js";
import { LratLog } from "./lrat-log.js";
import { SatSolver, type SatAnswer } from "./sat-solver.js";
import { randomClauses } from "./testing/random-clauses.js";

const folder = mkdtempSync(path.join(tmpdir(), "hyplab-cdcl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const limits = { timeoutMs: 60_000 };

/** n + 1 pigeons in n holes. */
const pigeons = (n: number): Cnf => {
  const cnf = new Cnf();
  const at = (pigeon: number, hole: number): number => pigeon * n + hole + 1;
  for (let v = 0; v < n * (n + 1); v++) cnf.newVariable();
  for (let p = 0; p <= n; p++) cnf.add(...Array.from({ length: n }, (_, h) => at(p, h)));
  for (let h = 0; h < n; h++)
    for (let p = 0; p <= n; p++) for (let q = 0; q < p; q++) cnf.add(-at(p, h), -at(q, h));
  return cnf;
};

/** By trying all values. */
const truth = (cnf: Cnf): SatAnswer => {
  for (let values = 0; values < 2 ** cnf.variables; values++) {
    const holds = (literal: number): boolean =>
      (((values >> (Math.abs(literal) - 1)) & 1) === 1) === literal > 0;
    if (cnf.clauses.every((clause) => clause.some(holds))) return "sat";
  }
  return "unsat";
};

const check = (cnf: Cnf): SatAnswer => {
  const solver = new SatSolver(cnf, new LratLog());
  const answer = solver.solve(1e6);
  if (answer === "sat")
    for (const clause of cnf.clauses)
      expect(clause.some((l) => solver.value(Math.abs(l)) === l > 0)).toBe(true);
  return answer;
};

describe("the CDCL solver", () => {
  it("answers small random clauses as trying all values does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 20, max: 50 }), (seed, n) => {
        const cnf = randomClauses(seed, 9, n);
        expect(check(cnf)).toBe(truth(cnf));
      }),
      { numRuns: 300 },
    );
  });

  it("finds no place for eight pigeons in seven holes", () => {
    expect(check(pigeons(7))).toBe("unsat");
  });

  it("goes on after it gave up", () => {
    const solver = new SatSolver(pigeons(6));
    expect(solver.solve(10)).toBe("unknown");
    expect(solver.solve(1e6)).toBe("unsat");
  });

  for (const [program, args] of [
    ["minisat", ["-verb=0"]],
    ["picosat", []],
    ["cadical", ["-q"]],
  ] as const) {
    const present = spawnSync("which", [program]).status === 0;
    if (!present) console.log(`skipped: the comparison with ${program}: no ${program} in PATH`);
    it.skipIf(!present)(`answers near the threshold of random clauses as ${program} does`, () => {
      for (let seed = 1; seed <= 25; seed++) {
        const cnf = randomClauses(seed, 110, 468);
        const file = path.join(folder, "random.cnf");
        writeFileSync(file, cnf.dimacs);
        const { status } = spawnSync(program, [...args, file]);
        expect({ seed, answer: check(cnf) }).toEqual({
          seed,
          answer: status === 10 ? "sat" : "unsat",
        });
      }
    });
  }
});

describe("the bit-blaster", () => {
  it("decides every op on small widths as evaluation under all values does", () => {
    const terms = new Terms({ simplify: false });
    const solver = new CdclSolver();
    const width = 3;
    const [x, y] = [terms.var("x", width), terms.var("y", width)];
    const results: Term[] = [
      ...(
        [
          "bvand",
          "bvor",
          "bvxor",
          "bvadd",
          "bvsub",
          "bvmul",
          "bvudiv",
          "bvurem",
          "bvsdiv",
          "bvsrem",
          "bvshl",
          "bvlshr",
          "bvashr",
        ] as const
      ).map((op) => terms[op](x, y)),
      ...(["bvult", "bvule", "bvslt", "bvsle", "eq"] as const).map((op) =>
        terms.ite(terms[op](x, y), terms.const(1, 1), terms.const(0, 1)),
      ),
      terms.bvnot(x),
      terms.bvneg(x),
      terms.concat(x, y),
      terms.extract(2, 1, x),
      terms.zeroExtend(2, x),
      terms.signExtend(2, x),
    ];
    for (const result of results) {
      const r = terms.var(`r${result.width}`, result.width);
      for (let a = 0n; a < 8n; a++)
        for (let b = 0n; b < 8n; b++) {
          const fixed = [
            terms.eq(x, terms.const(a, width)),
            terms.eq(y, terms.const(b, width)),
            terms.eq(r, result),
          ];
          // The model is checked by evaluation; no other value of the result is possible.
          const answer = solver.checkNow({ assertions: fixed }, limits);
          expect(answer.kind).toBe("sat");
          if (answer.kind !== "sat") continue;
          const value = answer.model.variables.get(r.name) ?? 0n;
          const other = terms.not(terms.eq(r, terms.const(value, r.width)));
          expect(solver.checkNow({ assertions: [...fixed, other] }, limits).kind).toBe("unsat");
        }
    }
  });

  it("finds a value of random terms that evaluation confirms, and none that contradicts one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const terms = new Terms({ simplify: seed % 2 === 0 });
        const { term, model } = randomTerm(terms, seed, { maxWidth: 8 });
        const solver = new CdclSolver();
        const result = term.width === 0 ? term : terms.eq(term, terms.var("result", term.width));
        for (const assertion of [result, terms.not(result)]) {
          const answer = solver.checkNow({ assertions: [assertion] }, limits);
          expect(answer.kind).not.toBe("unknown");
          if (answer.kind === "unsat")
            for (let round = 0; round < 8; round++)
              expect(falsified([assertion], model(round))).toBe(assertion);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("knows that equal indices have equal words, and gives up by name on what is large", () => {
    const terms = new Terms();
    const [i, j] = [terms.var("i", 30), terms.var("j", 30)];
    const [p, q] = [terms.read("m", i), terms.read("m", j)];
    const solver = new CdclSolver();
    const differ = terms.distinct(p, q);
    expect(solver.checkNow({ assertions: [terms.eq(i, j), differ] }, limits).kind).toBe("unsat");
    expect(solver.checkNow({ assertions: [differ] }, limits).kind).toBe("sat");
    const [a, b] = [terms.var("a", 64), terms.var("b", 64)];
    const large = terms.eq(terms.bvmul(a, b), terms.bvudiv(a, b));
    const small = new CdclSolver({ maxClauses: 1000 });
    expect(small.checkNow({ assertions: [large] }, limits)).toEqual({
      kind: "unknown",
      why: "more than 1000 clauses",
    });
  });
});
