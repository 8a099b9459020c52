/** Every cell of the table that puts the checker's and the prover's findings together. */
import { describe, expect, test } from "vitest";
import type { Counterexample, Verdict, ProofVerdict } from "./verdict.js";
import { consolidate, isWorse, STATUS_KINDS } from "./status.js";

const counterexample: Counterexample = {
  registers: { 0: 2 },
  flags: 0,
  system: {},
  found: "r0 is 0x2, expected 0x0",
  outcome: { kind: "reset" },
};
const CHECKS: Readonly<Record<string, Verdict | undefined>> = {
  none: undefined,
  held: { kind: "held", cases: 64, seed: 1 },
  violated: { kind: "violated", cases: 64, seed: 1, counterexample },
  "not-applicable": { kind: "not-applicable", why: "about T32 kernels" },
  "not-tried": { kind: "not-tried", why: "no budget" },
};
const PROOFS: Readonly<Record<string, ProofVerdict | undefined>> = {
  none: undefined,
  proved: { kind: "proved", paths: 4, assumptions: [] },
  assuming: { kind: "proved", paths: 4, assumptions: ["the target is code"] },
  refuted: { kind: "refuted", counterexample, confirmed: true, assumptions: [] },
  "refuted-assuming": {
    kind: "refuted",
    counterexample,
    confirmed: false,
    assumptions: ["tables that the machine has not"],
  },
  "refuted-unconfirmed": { kind: "refuted", counterexample, confirmed: false, assumptions: [] },
  unreachable: { kind: "unreachable", why: "no path" },
  unknown: { kind: "unknown", why: "time limit" },
  "not-applicable": { kind: "not-applicable", why: "about T32 kernels" },
  "not-tried": { kind: "not-tried", why: "not asked" },
};
const columns = Object.keys(PROOFS);
/** Rows: what the checker says. Columns: what the prover says, in the order above. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  none: [
    ...["never-tried", "proved", "proved-under-assumptions", "violated"],
    ...["violated-under-assumptions", "inconsistent", "unreachable", "unknown"],
    ...["not-applicable", "never-tried"],
  ],
  held: [
    ...["held", "proved", "proved-under-assumptions", "violated"],
    ...["violated-under-assumptions", "inconsistent", "inconsistent", "held"],
    ...["held", "held"],
  ],
  violated: [
    ...["violated", "inconsistent", "inconsistent", "violated"],
    ...["violated", "inconsistent", "inconsistent", "violated"],
    ...["violated", "violated"],
  ],
  "not-applicable": [
    ...["not-applicable", "proved", "proved-under-assumptions", "violated"],
    ...["violated-under-assumptions", "inconsistent", "unreachable", "unknown"],
    ...["not-applicable", "not-applicable"],
  ],
  "not-tried": [
    ...["never-tried", "proved", "proved-under-assumptions", "violated"],
    ...["violated-under-assumptions", "inconsistent", "unreachable", "unknown"],
    ...["not-applicable", "never-tried"],
  ],
};
const cells = Object.entries(TABLE).flatMap(([check, row]) =>
  row.map((status, i) => ({ check, proof: columns[i]!, status })),
);

describe("consolidation", () => {
  test("the table has every cell", () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(CHECKS));
    for (const row of Object.values(TABLE)) expect(row).toHaveLength(columns.length);
  });
  test.each(cells)("checker: $check, prover: $proof gives $status", ({ check, proof, status }) => {
    expect(consolidate(CHECKS[check], PROOFS[proof]).kind).toBe(status);
  });
  test("a case outside of a proof's assumptions is a violation beside the proof", () => {
    expect(consolidate(CHECKS["violated"], PROOFS["assuming"], "the target is code").kind).toBe(
      "violated",
    );
  });
  test("a clause that held says why there is no proof", () => {
    expect(consolidate(CHECKS["held"], PROOFS["unknown"])).toMatchObject({
      unproved: "time limit",
    });
  });
  test("statuses are ordered, and each is worse than those before it", () => {
    expect(new Set(STATUS_KINDS).size).toBe(10);
    STATUS_KINDS.forEach((a, i) =>
      STATUS_KINDS.forEach((b, j) => expect(isWorse(a, b)).toBe(j > i)),
    );
  });
});
