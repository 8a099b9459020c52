import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { Terms } from "../terms/index.js";
import { SmtLibSolver, SolverError, Z3Solver, type Solver } from "./index.js";

const present = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

const started: Solver[] = [];
afterAll(async () => {
  for (const solver of started) await solver.close();
});
const keep = async <S extends Solver>(solver: Promise<S>): Promise<S> => {
  started.push(await solver);
  return solver;
};

const backEnds: [name: string, start: () => Promise<Solver>][] = [
  ["z3-solver", () => keep(Z3Solver.start())],
];
for (const program of ["z3", "cvc5"])
  if (present(program)) backEnds.push([program, () => keep(SmtLibSolver.start(program))]);
  else console.log(`skipped: ${program} as a solver: no ${program} in PATH`);

const limits = { timeoutMs: 60_000 };

describe.each(backEnds)("%s", (_, start) => {
  it("decides small queries and gives models of variables and memory", async () => {
    const solver = await start();
    const terms = new Terms();
    const x = terms.var("x", 32);
    const y = terms.var("y|z".replace("|", "!z"), 32);
    const b = terms.var("a Bool", 0);
    const word = terms.read("memory", terms.extract(31, 2, x));
    const sat = await solver.check(
      {
        assertions: [
          terms.eq(terms.bvadd(x, y), terms.const(7, 32)),
          terms.bvult(terms.const(0x1000, 32), word),
          terms.xor(b, terms.eq(word, y)),
        ],
      },
      limits,
    );
    expect(sat.kind).toBe("sat");
    const unsat = await solver.check(
      { assertions: [terms.bvult(x, y), terms.bvult(y, word), terms.bvult(word, x)] },
      limits,
    );
    expect(unsat.kind).toBe("unsat");
    const same = terms.read("memory", terms.extract(31, 2, y));
    const functional = await solver.check(
      { assertions: [terms.eq(x, y), terms.distinct(word, same)] },
      limits,
    );
    expect(functional.kind).toBe("unsat");
  });

  it("answers unknown at the time limit and goes on after", async () => {
    const solver = await start();
    const terms = new Terms();
    const [a, b] = [terms.var("a", 64), terms.var("b", 64)];
    // The largest prime below 2^63: that it has no factors takes any of them long.
    const hard = terms.eq(terms.bvmul(a, b), terms.const(9223372036854775783n, 64));
    const query = [
      hard,
      terms.bvult(terms.const(3, 64), a),
      terms.bvult(a, terms.const(1n << 32n, 64)),
      terms.bvult(b, terms.const(1n << 32n, 64)),
      terms.bvult(terms.const(3, 64), b),
    ];
    expect((await solver.check({ assertions: query }, { timeoutMs: 150 })).kind).toBe("unknown");
    expect((await solver.check({ assertions: [terms.false] }, limits)).kind).toBe("unsat");
  });
});

describe("a command that is no solver", () => {
  it("is refused by name when it is not there, ends, or says something else", async () => {
    await expect(SmtLibSolver.start("hyplab-no-such-solver")).rejects.toThrow(SolverError);
    await expect(SmtLibSolver.start("false now")).rejects.toThrow(/ended early/);
    await expect(SmtLibSolver.start("echo hello")).rejects.toThrow(SolverError);
    await expect(SmtLibSolver.start(" ")).rejects.toThrow(/expected a command/);
  });
});
