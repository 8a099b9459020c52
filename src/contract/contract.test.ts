import { expect, test } from "vitest";
import { CONTRACTS, contractNamed } from "./index.js";

test("clause ids are unique and name their contract and call", () => {
  const ids = CONTRACTS.flatMap((c) => c.clauses.map((clause) => clause.id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const c of CONTRACTS) {
    const places = new Set([...c.calls.map((call) => call.id), "installation", "vectors"]);
    for (const clause of c.clauses) {
      const [contract, place] = clause.id.split("/");
      expect(contract).toBe(c.id);
      expect(places.has(place!), clause.id).toBe(true);
    }
  }
});

test("every contract and clause says where it comes from, and every call promises something", () => {
  for (const c of CONTRACTS) {
    expect(c.sources.length, c.id).toBeGreaterThan(0);
    for (const clause of c.clauses) {
      expect(clause.sources.length, clause.id).toBeGreaterThan(0);
      expect(clause.statement, clause.id).toMatch(/\S.*\.$/);
    }
    for (const call of c.calls) {
      expect(
        c.clauses.some((x) => x.about.kind === "call" && x.about.call === call.id),
        `${c.id}/${call.id}`,
      ).toBe(true);
    }
  }
});

test("documentation states that contracts name exist and are documentation", () => {
  for (const c of CONTRACTS)
    for (const id of c.documentedBy) expect(contractNamed(id)?.kind).toBe("documentation");
});
