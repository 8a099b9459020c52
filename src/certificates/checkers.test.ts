import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Cnf } from "../engines/symbolic/solvers/cdcl/cnf.js";
import { LratLog } from "../engines/symbolic/solvers/cdcl/lrat-log.js";
import { SatSolver } from "../engines/symbolic/solvers/cdcl/sat-solver.js";
import { randomClauses } from "../engines/symbolic/solvers/cdcl/testing/random-clauses.js";
import { randomNumbers } from "../engines/symbolic/terms/testing/random-term.js";
import { checkDrat, checkLrat } from "./index.js";

const folder = mkdtempSync(path.join(tmpdir(), "hyplab-certificates-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The clauses of the example in the DRAT-trim paper (Wetzler, Heule and Hunt, 2014), which contradict each other. */
const PAPER = `p cnf 4 8
1 2 -3 0
-1 -2 3 0
2 3 -4 0
-2 -3 4 0
-1 -3 -4 0
1 3 4 0
-1 2 4 0
1 -2 -4 0
`;

const refute = (cnf: Cnf): string => {
  const log = new LratLog();
  expect(new SatSolver(cnf, log).solve(1e6)).toBe("unsat");
  return log.text;
};

const isSatisfiable = (dimacs: string): boolean => {
  const clauses = dimacs
    .split("\n")
    .filter((line) => /^-?\d/.test(line))
    .map((line) => line.trim().split(/\s+/).map(Number).filter(Boolean));
  for (let values = 0; values < 1 << 10; values++)
    if (clauses.every((c) => c.some((l) => ((values >> (Math.abs(l) - 1)) & 1) === Number(l > 0))))
      return true;
  return false;
};

/** LRAT without its numbers and hints is DRAT. */
const asDrat = (cnf: string, lrat: string): string => {
  const clauses = new Map<string, string>();
  let id = 0;
  for (const line of cnf.split("\n").slice(1)) if (line !== "") clauses.set(String(++id), line);
  return lrat
    .trim()
    .split("\n")
    .flatMap((line) => {
      const words = line.split(" ");
      if (words[1] === "d") return words.slice(2, -1).map((n) => `d ${clauses.get(n) ?? ""}`);
      const clause = words.slice(1, words.indexOf("0") + 1).join(" ");
      clauses.set(words[0] ?? "", clause);
      return [clause];
    })
    .join("\n");
};

describe("the DRAT checker", () => {
  it("judges the example of the DRAT-trim paper and variations of it", () => {
    expect(checkDrat(PAPER, "-1 0\nd -1 -2 3 0\nd -1 -3 -4 0\nd -1 2 4 0\n2 0\n0\n").kind).toBe(
      "accepted",
    );
    expect(checkDrat(PAPER, "1 2 0\n1 0\n2 0\n0\n").kind).toBe("accepted");
    // Nothing is unit at first, so the empty clause is not RUP.
    expect(checkDrat(PAPER, "0\n").kind).toBe("refused");
    expect(checkDrat(PAPER, "-1 0\n").kind).toBe("refused");
    expect(checkDrat(PAPER, "d 1 2 3 0\n0\n")).toEqual({
      kind: "refused",
      why: "line 1: the clause that is to be deleted is not there",
    });
  });

  it("takes a definition of a new variable as RAT on its first literal only", () => {
    const cnf = "p cnf 3 4\n1 2 0\n1 -2 0\n-1 2 0\n-1 -2 0\n";
    // 3 = 1 and 2.
    const definition = "3 -1 -2 0\n-3 1 0\n-3 2 0\n";
    expect(checkDrat(cnf, `${definition}1 0\n0\n`).kind).toBe("accepted");
    expect(checkDrat("p cnf 2 2\n1 2 0\n-1 2 0\n", "-2 0\n0\n").kind).toBe("refused");
    expect(checkDrat("p cnf 2 1\n1 2 0\n", "1 0\n0\n").kind).toBe("refused");
  });

  it("ignores the deletion of a clause that is unit", () => {
    const cnf = "p cnf 2 4\n1 0\n-1 2 0\n-2 1 0\n-1 -2 0\n";
    expect(checkDrat("p cnf 2 3\n1 0\n-1 2 0\n-1 -2 0\n", "d 1 0\n0\n").kind).toBe("accepted");
    expect(checkDrat(cnf, "0\n").kind).toBe("accepted");
  });
});

describe("the LRAT checker", () => {
  it("judges short refutations, and the same with a hint missing or out of order", () => {
    const good = "9 1 2 0 1 6 3 0\n10 1 0 9 8 6 4 0\n11 2 0 10 7 5 3 0\n12 0 10 11 2 4 5 0\n";
    expect(checkLrat(PAPER, good)).toEqual({ kind: "accepted", steps: 4 });
    expect(checkLrat(PAPER, good.replace("2 4 5 0", "2 4 0"))).toEqual({
      kind: "refused",
      why: "line 4: the hints lead to no contradiction",
    });
    // Without its last hint, step 10 is RAT: what its hints give satisfies every resolvent.
    expect(checkLrat(PAPER, good.replace("9 8 6 4", "9 8 6")).kind).toBe("accepted");
    expect(checkLrat(PAPER, good.replace("10 7 5 3", "10 5 7 3"))).toEqual({
      kind: "refused",
      why: "line 3: hint 5 is not a unit clause here",
    });
    expect(
      checkLrat(
        "p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n",
        "5 2 0 1 2 0\n5 d 1 0\n6 0 5 3 4 0\n",
      ),
    ).toEqual({ kind: "accepted", steps: 3 });
  });

  it("takes RAT steps with hints for every clause of the complement", () => {
    const cnf = "p cnf 3 4\n1 2 0\n1 -2 0\n-1 2 0\n-1 -2 0\n";
    const rest = "8 1 0 1 2 0\n9 0 8 3 4 0\n";
    const good = `5 3 -1 -2 0 0\n6 -3 1 0 -5 0\n7 -3 2 0 -5 0\n${rest}`;
    expect(checkLrat(cnf, good).kind).toBe("accepted");
    expect(checkLrat("p cnf 2 2\n1 2 0\n-1 2 0\n", "3 -2 0 -1 0\n").kind).toBe("refused");
    expect(checkLrat("p cnf 2 2\n1 2 0\n-1 2 0\n", "3 -2 0 -1 -2 0\n").kind).toBe("refused");
  });

  it.each([
    ["", "the empty clause is never added"],
    ["5 2 0 1 2\n", "expected 0 at the end"],
    ["5 2 0\n", "expected ID LITERALS 0 HINTS 0"],
    ["5 2 0 1 9 0\n", "clause 9 is not there"],
    ["4 2 0 1 2 0\n", "number 4 does not come after 4"],
    ["5 d 9 0\n", "clause 9, which is to be deleted"],
    ["5 2 0 1 0\n", "the hints lead to no contradiction"],
    ["5 2 0 4 2 0\n", "hint 4 is not a unit clause here"],
    ["5 2 0 1 2 0\n6 0 5 3 4 0\n7 1 0 1 0\n", "something follows the empty clause"],
    ["5 99999999999 0 0\n", "expected a number"],
    ["5 -99999999 0 0\n", "is no literal"],
    ["\u0000\uffff", "expected a number"],
  ])("refuses %j", (proof, why) => {
    const verdict = checkLrat("p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n", proof);
    expect(verdict).toMatchObject({
      kind: "refused",
      why: expect.stringContaining(why) as unknown,
    });
  });

  it.each([
    "",
    "p cnf 1",
    "p cnf 1 1\n2 0\n",
    "p cnf 1 2\n1 0\n",
    "p cnf 999999999 0\n",
    "p cnf 1 1\n1\n",
  ])("refuses the clauses %j", (cnf) => expect(checkLrat(cnf, "1 0 0\n").kind).toBe("refused"));
});

describe("refutations of our own solver", () => {
  it("are accepted as LRAT and as DRAT", () => {
    let refuted = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const cnf = randomClauses(seed, 60, 300);
      const log = new LratLog();
      if (new SatSolver(cnf, log).solve(1e6) === "sat") continue;
      refuted++;
      expect({ seed, ...checkLrat(cnf.dimacs, log.text) }).toMatchObject({
        seed,
        kind: "accepted",
      });
      expect({ seed, ...checkDrat(cnf.dimacs, asDrat(cnf.dimacs, log.text)) }).toMatchObject({
        seed,
        kind: "accepted",
      });
    }
    expect(refuted).toBeGreaterThan(20);
  });

  it("are accepted after learned clauses were dropped", () => {
    const cnf = randomClauses(3, 180, 790);
    const lrat = refute(cnf);
    expect(lrat).toMatch(/ d /);
    expect(checkLrat(cnf.dimacs, lrat).kind).toBe("accepted");
  });

  it("are refused when a step is missing that another needs, or a hint is another", () => {
    const cnf = randomClauses(5, 40, 220);
    const lines = refute(cnf).trim().split("\n");
    const used = new Set(
      lines.flatMap((line) => line.split(" ").slice(line.split(" ").indexOf("0") + 1)),
    );
    for (const [i, line] of lines.entries()) {
      const words = line.split(" ");
      const without = lines.filter((_, k) => k !== i).join("\n");
      if (used.has(words[0] ?? "") || i === lines.length - 1)
        expect({ line, ...checkLrat(cnf.dimacs, without) }).toMatchObject({
          line,
          kind: "refused",
        });
      // The first hint of a step that has two names a clause of which nothing is known yet.
      const hint = words.indexOf("0") + 1;
      if (words.length - hint < 3) continue;
      const wrong = [...words.slice(0, hint), "0"].join(" ");
      expect({ wrong, ...checkLrat(cnf.dimacs, lines.with(i, wrong).join("\n")) }).toMatchObject({
        kind: "refused",
      });
    }
  });

  it("with a single bit flipped in proof or clauses are accepted only if the clauses contradict each other", () => {
    const cnf = randomClauses(9, 10, 70);
    const proof = refute(cnf);
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 6 }), (inProof, place, bit) => {
        const text = inProof ? proof : cnf.dimacs;
        const at = place % text.length;
        const flipped = `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ (1 << bit))}${text.slice(at + 1)}`;
        const verdict = inProof ? checkLrat(cnf.dimacs, flipped) : checkLrat(flipped, proof);
        if (verdict.kind === "accepted" && !inProof) expect(isSatisfiable(flipped)).toBe(false);
      }),
      { numRuns: 4000 },
    );
  });

  it("never accept clauses that have a model, whatever the steps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (seed) => {
        const below = randomNumbers(seed);
        const cnf = randomClauses(seed, 5, 16);
        const literal = (): number => (below(6) + 1) * (below(2) === 0 ? 1 : -1);
        const steps = Array.from({ length: 8 }, () => Array.from({ length: below(3) }, literal));
        const drat = [...steps.map((s) => [...s, 0].join(" ")), "0", ""].join("\n");
        const lrat = [...steps, []]
          .map((s, i) =>
            `${17 + i} ${[...s, 0].join(" ")} ${Array.from({ length: below(4) }, () => below(16 + i) + 1).join(" ")} 0`.replaceAll(
              "  ",
              " ",
            ),
          )
          .join("\n");
        if (!isSatisfiable(cnf.dimacs)) return;
        expect(checkDrat(cnf.dimacs, drat).kind).toBe("refused");
        expect(checkLrat(cnf.dimacs, lrat).kind).toBe("refused");
      }),
      { numRuns: 3000 },
    );
  });
});

const hasCadical = spawnSync("cadical", ["--version"]).status === 0;
if (!hasCadical) console.log("skipped: proofs of cadical: no cadical in PATH");
describe.skipIf(!hasCadical)("proofs of cadical", () => {
  it("are accepted, and refused for a part of the clauses that has a model", () => {
    let satisfiable = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const cnf = randomClauses(seed, 80, 420).dimacs;
      const [input, output] = [path.join(folder, "c.cnf"), path.join(folder, "c.drat")];
      writeFileSync(input, cnf);
      const { status } = spawnSync("cadical", ["-q", "--no-binary", input, output]);
      if (status !== 20) continue;
      const proof = readFileSync(output, "utf8");
      expect({ seed, ...checkDrat(cnf, proof) }).toMatchObject({ seed, kind: "accepted" });
      const [header, ...clauses] = cnf.trim().split("\n");
      for (const kept of [380, 340, 300]) {
        const fewer = [header!.replace(/\d+$/, String(kept)), ...clauses.slice(0, kept), ""].join(
          "\n",
        );
        writeFileSync(input, fewer);
        if (spawnSync("cadical", ["-q", input]).status !== 10) continue;
        satisfiable++;
        expect({ seed, kept, kind: checkDrat(fewer, proof).kind }).not.toMatchObject({
          kind: "accepted",
        });
      }
    }
    expect(satisfiable).toBeGreaterThan(0);
  });
});
