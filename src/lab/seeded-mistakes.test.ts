/** The contracts against forty mistakes that people make. */
import { describe, expect, test } from "vitest";
import { contractNamed } from "../contract/index.js";
import { mistakeIn, occupantNamed, SEEDED_MISTAKES, withMistake } from "../occupants/index.js";
import { checkContract, violations } from "./check.js";
import { occupantSite } from "./laboratory.js";
import { SETUPS } from "./matrix.js";

describe("seeded mistakes", () => {
  test("there are at least forty, with names of their own, in every occupant they are meant for", () => {
    expect(SEEDED_MISTAKES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SEEDED_MISTAKES.map((m) => m.id)).size).toBe(SEEDED_MISTAKES.length);
    expect(new Set(SEEDED_MISTAKES.map((m) => m.occupant)).size).toBe(4);
  });

  test.each(SEEDED_MISTAKES)("$occupant: $id breaks the clauses that it says", (mistake) => {
    const occupant = withMistake(mistake);
    const contracts = [...new Set(mistake.breaks.map((id) => id.split("/")[0]!))];
    const own = occupantNamed(mistake.occupant)!.contract;
    for (const id of contracts)
      expect([own, ...contractNamed(own)!.documentedBy, "doc-rst"]).toContain(id);
    for (const thumb of [false, true]) {
      if (!mistakeIn(mistake, { thumb })) continue;
      const site = occupantSite(occupant, { thumb, hypMmu: mistake.needsHypMmu === true });
      const broken = contracts.flatMap((id) =>
        violations(checkContract(contractNamed(id)!, site, { cases: 24 })).map((v) => v.clause.id),
      );
      expect(broken).toEqual(expect.arrayContaining([...mistake.breaks]));
    }
  });

  test.each(["reference-stub", "stub-c", "stub-d-kernel", "kvm-k4"])(
    "%s without a mistake breaks no clause of its generation",
    (id) => {
      const occupant = occupantNamed(id)!;
      for (const setup of SETUPS) {
        const result = checkContract(
          contractNamed(occupant.contract)!,
          occupantSite(occupant, setup),
          { cases: 24 },
        );
        expect(violations(result, "promise").map((v) => v.clause.id)).toEqual([]);
      }
    },
  );
});
