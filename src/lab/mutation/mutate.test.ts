import { afterAll, beforeAll, expect, test } from "vitest";
import { Z3Solver } from "../../engines/index.js";
import { occupantNamed } from "../../occupants/index.js";
import { mutateOccupant, scoreOf } from "./mutate.js";

let solver: Z3Solver;
beforeAll(async () => {
  solver = await Z3Solver.start();
});
afterAll(() => solver.close());

test("every bit of generation D's stub: each flip is killed or proved, none undecided", async () => {
  const result = await mutateOccupant(occupantNamed("stub-d-kernel")!, true, { solver, cases: 8 });
  const score = scoreOf(result);
  expect(score.mutants).toBe(result.bytes * 8);
  expect(score.undecided).toBe(0);
  expect(score.killed + score.equivalent + score.allowed).toBe(score.mutants);
  // The instruction behind the last branch is never reached; the seven idle vectors are.
  expect(score.killed).toBeGreaterThan(score.mutants / 2);
  expect(score.equivalent).toBeGreaterThan(0);
});
