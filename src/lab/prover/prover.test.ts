/** The prover on good occupants, on forty mistakes and on the known bugs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractNamed } from "../../contract/index.js";
import { Z3Solver } from "../../engines/index.js";
import { mistakeIn, occupantNamed, SEEDED_MISTAKES, withMistake } from "../../occupants/index.js";
import { checkOccupant } from "../check-subject.js";
import { statusOf } from "../clause-status.js";
import { occupantSite } from "../laboratory.js";
import { INSTALLATION_PROOF_ROWS, PROOF_ROWS, proveRow } from "../regressions/proof-rows.js";
import { traceCall } from "../trace.js";
import { proveContract } from "./prove.js";
import { proveInstallation } from "./prove-installation.js";
import { joinResults, pathsAt, proveOccupant } from "./prove-subject.js";

const TIMEOUT = 10_000;
/** Instructions of a counterexample's trace at most. */
const LONGEST_TRACE = 40;
let solver: Z3Solver;
beforeAll(async () => {
  solver = await Z3Solver.start();
});
afterAll(() => solver.close());

describe("good occupants", () => {
  test.each(["reference-stub", "stub-c", "stub-d-kernel", "stub-d-zimage", "kvm-k4"])(
    "every promise of %s is proved, A32 and T32, HYP MMU off and on, and nothing is unknown",
    async (id) => {
      const occupant = occupantNamed(id)!;
      const proved = await proveOccupant(occupant, { solver, timeoutMs: TIMEOUT });
      expect(proved.phases).toHaveLength(4);
      for (const p of proved.phases) {
        for (const r of [p.implementation, ...p.documentation])
          for (const v of r.verdicts)
            expect(["proved", "proved-under-assumptions", "violated", "not-applicable"]).toContain(
              statusOf(v).kind,
            );
        for (const v of p.implementation.verdicts)
          if (v.clause.strength === "promise")
            expect([v.clause.id, statusOf(v).kind]).not.toContain("violated");
      }
      const joined = joinResults(checkOccupant(occupant, { cases: 8 }), proved);
      const all = joined.phases.flatMap((p) =>
        [p.implementation, ...p.documentation].flatMap((r) => r.verdicts.map(statusOf)),
      );
      expect(all.filter((s) => s.kind === "inconsistent")).toEqual([]);
      expect(all.some((s) => s.kind === "proved-under-assumptions")).toBe(true);
    },
  );
  test.each(["kvm-init-two-phase", "kvm-init-single"])(
    "a case of %s whose tables do not map its pages stands beside the proof that assumes them",
    async (id) => {
      const occupant = occupantNamed(id)!;
      const proved = await proveOccupant(occupant, { solver, timeoutMs: TIMEOUT });
      const joined = joinResults(checkOccupant(occupant), proved);
      const all = joined.phases.flatMap((p) =>
        [p.implementation, ...p.documentation].flatMap((r) => r.verdicts),
      );
      expect(all.filter((v) => statusOf(v).kind === "inconsistent")).toEqual([]);
      const outside = all.filter((v) => v.outside !== undefined);
      expect(outside.length > 0).toBe(id === "kvm-init-two-phase");
      for (const v of outside) expect(statusOf(v).kind).toBe("violated");
    },
  );
  test("a proof is the same with tables that nobody knows, and says so", async () => {
    const proved = await proveOccupant(occupantNamed("stub-c")!, {
      solver,
      timeoutMs: TIMEOUT,
      tables: "any",
    });
    const on = proved.phases.find((p) => p.phase === "A32, HYP MMU on")!;
    const result = on.implementation.verdicts.find(
      (v) => v.clause.id === "linux-c/unknown/result",
    )!;
    const status = statusOf(result);
    expect(status.kind).toBe("proved-under-assumptions");
    expect(JSON.stringify(status)).toMatch(/tables/);
  });
});

describe("the mail of January 2017", () => {
  test("KVM K3 goes to address 2 by a stub call: the prover finds it without being told a register", async () => {
    const site = occupantSite(occupantNamed("kvm-k3")!, { thumb: false, hypMmu: true });
    const proofs = await proveContract(
      contractNamed("kvm-k3")!,
      site,
      await pathsAt(site, "as-found"),
      { solver, timeoutMs: TIMEOUT, only: new Set(["kvm-k3/small-2/survives-stub-calls"]) },
    );
    const [proof] = proofs.values();
    expect(proof).toMatchObject({
      kind: "refuted",
      confirmed: true,
      counterexample: {
        registers: { 0: 2 },
        outcome: { kind: "exception-in-hyp", target: 2, vector: 0x0c },
      },
    });
  });
});

describe("seeded mistakes", () => {
  test.each(SEEDED_MISTAKES)("$occupant: $id is found with a short trace", async (mistake) => {
    const occupant = withMistake(mistake);
    // One instruction set of each: seeded-mistakes.test.ts has both.
    {
      const thumb = !mistakeIn(mistake, { thumb: false });
      const site = occupantSite(occupant, { thumb, hypMmu: mistake.needsHypMmu === true });
      const paths = await pathsAt(site, "as-found");
      const only = new Set(mistake.breaks);
      for (const id of new Set(mistake.breaks.map((c) => c.split("/")[0]!))) {
        const proofs = await proveContract(contractNamed(id)!, site, paths, {
          solver,
          timeoutMs: TIMEOUT,
          only,
        });
        for (const [clause, proof] of proofs) {
          expect([clause.id, proof.kind]).toEqual([clause.id, "refuted"]);
          if (proof.kind !== "refuted") continue;
          expect([clause.id, proof.confirmed]).toEqual([clause.id, true]);
          if (clause.about.kind !== "call") continue;
          const { steps } = traceCall(site, proof.counterexample, () => undefined);
          expect(steps.length).toBeLessThanOrEqual(LONGEST_TRACE);
        }
      }
    }
  });
});

describe("known bugs", () => {
  test("the prover finds at least twelve of the twenty-six", () => {
    const numbers = [...PROOF_ROWS, ...INSTALLATION_PROOF_ROWS].map((r) => r.number);
    expect(new Set(numbers).size).toBeGreaterThanOrEqual(12);
  });
  test.each(INSTALLATION_PROOF_ROWS)(
    "bug $number of installation is refuted with the bug and proved with the fix, whatever firmware left",
    async ({ clause: id, bug, fix, firmware, given }) => {
      const clause = contractNamed(id.split("/")[0]!)!.clauses.find((c) => c.id === id)!;
      for (const thumb of [false, true]) {
        const ask = (how: typeof bug) =>
          proveInstallation(
            {
              how,
              thumb,
              expect: clause.expect,
              firmware,
              ...(given === undefined ? {} : { given }),
            },
            solver,
            TIMEOUT,
          );
        expect(await ask(bug)).toMatchObject({ kind: "refuted", broken: true });
        expect(await ask(fix)).toMatchObject({ kind: "proved" });
      }
    },
  );
  test.each(PROOF_ROWS)(
    "bug $number is refuted with the bug and proved with the fix",
    async (row) => {
      const found = await proveRow(row, solver, TIMEOUT);
      expect(found.length).toBeGreaterThan(0);
      for (const f of found) {
        const what = `${row[f.side]}, ${f.thumb ? "T32" : "A32"}, HYP MMU ${f.hypMmu ? "on" : "off"}`;
        expect([what, f.proof.kind]).toEqual([what, f.side === "bug" ? "refuted" : "proved"]);
        if (f.proof.kind === "refuted") expect([what, f.proof.confirmed]).toEqual([what, true]);
      }
    },
  );
});
