import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CdclSolver, printQuery, SmtLibSolver, Terms } from "../engines/index.js";
import {
  ProofBuilder,
  ProofFormatError,
  readProof,
  recheck,
  writeProof,
  type KeptProof,
  type TextSolver,
} from "./index.js";

const hash = (digit: string): string => digit.repeat(64);

/** A proof of two clauses of which one has a refutation. */
const example = async (): Promise<KeptProof> => {
  const terms = new Terms();
  const [x, y] = [terms.var("x", 16), terms.var("y", 16)];
  const contradiction = [terms.bvult(x, y), terms.bvult(y, x)];
  const solver = new CdclSolver({ certify: true });
  const builder = new ProofBuilder(
    {
      name: "stub",
      state: "after install",
      image: hash("1"),
      instructions: hash("2"),
      contract: hash("3"),
    },
    ["memory is RAM"],
  );
  const answer = await solver.check({ assertions: contradiction }, { timeoutMs: 60_000 });
  if (answer.kind !== "unsat" || answer.refutation === undefined) throw new Error("no refutation");
  const { text } = printQuery(contradiction);
  for (const path of ["path 0", "path 1"])
    builder.claim("c/one/keeps", path, {
      text,
      answer: "unsat",
      solver: answer.by,
      refutation: answer.refutation,
    });
  builder.claim("c/two/keeps", "path 0", {
    text: printQuery([terms.bvult(x, y)]).text,
    answer: "sat",
    solver,
  });
  return builder.proof;
};

const silent: TextSolver = {
  name: "silent",
  version: "0",
  checkText: () => Promise.resolve({ kind: "unknown", why: "silence" }),
};
const always = (answer: "sat" | "unsat"): TextSolver => ({
  name: "always",
  version: "0",
  checkText: () => Promise.resolve(answer),
});

describe("a kept proof", () => {
  it("is read as it was written, equal queries once", async () => {
    const proof = await example();
    expect(proof.queries).toHaveLength(2);
    expect(proof.claims).toHaveLength(3);
    expect(readProof(writeProof(proof))).toEqual(proof);
  });

  it.each([
    ["no JSON", () => "{", /JSON/],
    ["another version", (t: string) => t.replace('"version": 1', '"version": 2'), /version/],
    ["a hash that is none", (t: string) => t.replace(hash("1"), "1"), /subject\.image/],
    [
      "a query that is not there",
      (t: string) => t.replace(/"query": 1/, '"query": 7'),
      /claims\.2\.query/,
    ],
    [
      "a solver that is not there",
      (t: string) => t.replace(/"solver": 0/, '"solver": 9'),
      /queries\.0\.solver/,
    ],
    [
      "a field more",
      (t: string) => t.replace('"assumptions"', '"more": 1, "assumptions"'),
      /proof|more/,
    ],
    [
      "a command that reads files",
      (t: string) => t.replace("(assert", "(include |x|)(assert"),
      /found include/,
    ],
    [
      "a command that ends the solver",
      (t: string) => t.replace("(assert", "(exit)(assert"),
      /found exit/,
    ],
    ["a string", (t: string) => t.replace("(assert", '(echo \\"x\\")(assert'), /queries\.0\.text/],
    ["an open bracket", (t: string) => t.replace("(assert ", "(assert ("), /queries\.0\.text/],
    ["another logic", (t: string) => t.replace("QF_BV", "ALL"), /set-logic/],
  ])("with %s is refused by name", async (_, damage, message) => {
    const text = damage(writeProof(await example()));
    expect(() => readProof(text)).toThrow(ProofFormatError);
    expect(() => readProof(text)).toThrow(message);
  });

  it("of any other text is refused by name", async () => {
    const text = writeProof(await example());
    fc.assert(
      fc.property(fc.nat(), fc.string({ maxLength: 5 }), (place, put) => {
        const at = place % text.length;
        try {
          readProof(text.slice(0, at) + put + text.slice(at + 2));
        } catch (error) {
          expect(error).toBeInstanceOf(ProofFormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("asking a proof again", () => {
  const timeoutMs = 60_000;

  it("tells what differs, what is not known, and what is of another image", async () => {
    const proof = await example();
    const silence = await recheck(proof, silent, { timeoutMs });
    expect(silence.failed).toEqual([
      "c/one/keeps (path 0)",
      "c/one/keeps (path 1)",
      "c/two/keeps (path 0)",
    ]);
    expect(silence.queries[0]).toMatchObject({
      outcome: "unknown",
      why: "silence",
      refutation: true,
    });
    const other = await recheck(proof, always("sat"), {
      timeoutMs,
      current: { image: hash("9"), contract: hash("3") },
    });
    expect(other.stale).toEqual(["image"]);
    expect(other.queries.map((q) => q.outcome)).toEqual(["differs", "confirmed"]);
  });

  it("refuses a refutation that was changed, whatever the solver says", async () => {
    const proof = await example();
    const [query] = proof.queries;
    const lrat = query?.refutation?.lrat ?? "";
    const changed = writeProof(proof).replace(
      JSON.stringify(lrat),
      JSON.stringify(lrat.replace(/\d+ 0\n$/, "0\n")),
    );
    const result = await recheck(readProof(changed), always("unsat"), { timeoutMs });
    expect(result.queries[0]).toMatchObject({ outcome: "refuted" });
  });

  for (const program of ["z3", "cvc5"]) {
    const present = spawnSync(program, ["--version"]).status === 0;
    if (!present) console.log(`skipped: asking again with ${program}: no ${program} in PATH`);
    it.skipIf(!present)(`is confirmed by ${program}`, async () => {
      const solver = await SmtLibSolver.start(program);
      try {
        const result = await recheck(readProof(writeProof(await example())), solver, { timeoutMs });
        expect(result.failed).toEqual([]);
        expect(result.queries.map((q) => q.refutation)).toEqual([true, false]);
      } finally {
        await solver.close();
      }
    });
  }
});
