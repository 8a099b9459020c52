import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONCRETE, PURE_OPS, type PureOpName } from "../../../ir/index.js";
import { SmtLibSolver } from "../solvers/index.js";
import { applyPureOp, Terms, valueUnder, type Term } from "./index.js";
import { randomTerm } from "./testing/random-term.js";
import { rebuild } from "./testing/rebuild.js";

const hasZ3 = spawnSync("z3", ["--version"]).status === 0;
if (!hasZ3) console.log("skipped: the rules' proofs by z3: no z3 in PATH");

const x = (t: Terms): Term => t.var("x", 32);
const y = (t: Terms): Term => t.var("y", 32);
const z = (t: Terms): Term => t.var("z", 32);
const byte = (t: Terms): Term => t.var("byte", 8);
const p = (t: Terms): Term => t.var("p", 0);
const q = (t: Terms): Term => t.var("q", 0);
const k = (t: Terms, value: number | bigint, width = 32): Term => t.const(value, width);
const word = (t: Terms, c: Term): Term => t.ite(c, k(t, 1), k(t, 0));
const carry = (t: Terms, a: Term, b: Term, c: number): Term =>
  t.extract(32, 32, t.bvadd(t.zeroExtend(1, a), t.zeroExtend(1, b), k(t, c, 33)));
const bit = (t: Terms, c: Term): Term => t.ite(c, k(t, 1, 1), k(t, 0, 1));

/** A rule's name, a term to which it applies, and what it makes of it. */
const RULES: [name: string, before: (t: Terms) => Term, after: (t: Terms) => Term][] = [
  [
    "a sum is a linear form",
    (t) => t.bvsub(t.bvadd(x(t), y(t), k(t, 4)), t.bvadd(y(t), k(t, 4))),
    x,
  ],
  ["a + ~b + 1 is a - b", (t) => t.bvadd(x(t), t.bvnot(y(t)), k(t, 1)), (t) => t.bvsub(x(t), y(t))],
  ["-x - 1 is the complement", (t) => t.bvsub(t.bvneg(x(t)), k(t, 1)), (t) => t.bvnot(x(t))],
  ["the complement of -x is x - 1", (t) => t.bvnot(t.bvneg(x(t))), (t) => t.bvsub(x(t), k(t, 1))],
  ["x + x is a shift", (t) => t.bvadd(x(t), x(t)), (t) => t.bvshl(x(t), k(t, 1))],
  [
    "a shift is a multiple",
    (t) => t.bvsub(t.bvshl(x(t), k(t, 2)), x(t)),
    (t) => t.bvmul(k(t, 3), x(t)),
  ],
  [
    "factors spread over a sum",
    (t) => t.bvmul(k(t, 3), t.bvadd(x(t), k(t, 5))),
    (t) => t.bvadd(t.bvmul(x(t), k(t, 3)), k(t, 15)),
  ],
  [
    "signs leave a product",
    (t) => t.bvmul(t.bvneg(x(t)), t.bvneg(y(t))),
    (t) => t.bvmul(x(t), y(t)),
  ],
  [
    "masks are in their least form",
    (t) => t.bvand(t.zeroExtend(24, byte(t)), k(t, 0xfff)),
    (t) => t.zeroExtend(24, byte(t)),
  ],
  ["x and not x", (t) => t.bvand(x(t), t.bvnot(x(t))), (t) => k(t, 0)],
  ["x or not x", (t) => t.bvor(x(t), t.bvnot(x(t))), (t) => k(t, -1)],
  ["x xor x", (t) => t.bvxor(x(t), y(t), x(t)), y],
  [
    "complements leave an exclusive or",
    (t) => t.bvxor(t.bvnot(x(t)), t.bvnot(y(t))),
    (t) => t.bvxor(x(t), y(t)),
  ],
  ["absorption of words", (t) => t.bvand(x(t), t.bvor(x(t), y(t))), x],
  ["dual absorption of words", (t) => t.bvor(x(t), t.bvand(x(t), y(t))), x],
  [
    "a mask goes into a disjunction",
    (t) => t.bvand(t.bvor(x(t), k(t, 0xf0)), k(t, 0xff)),
    (t) => t.bvor(t.bvand(x(t), k(t, 0x0f)), k(t, 0xf0)),
  ],
  [
    "a field is put in by concatenation",
    (t) => t.bvor(t.bvand(x(t), k(t, 0xffffff00)), t.zeroExtend(24, byte(t))),
    (t) => t.concat(t.extract(31, 8, x(t)), byte(t)),
  ],
  [
    "a field's constant is masked out",
    (t) => t.bvand(t.bvor(t.bvand(x(t), k(t, ~0x1f)), k(t, 0x13)), k(t, 0x1f)),
    (t) => k(t, 0x13),
  ],
  [
    "a shift by a constant is a slice",
    (t) => t.bvlshr(x(t), k(t, 24)),
    (t) => t.zeroExtend(24, t.extract(31, 24, x(t))),
  ],
  ["a shift by the width and more", (t) => t.bvshl(x(t), k(t, 32)), (t) => k(t, 0)],
  [
    "an arithmetic shift by more",
    (t) => t.bvashr(x(t), k(t, 200)),
    (t) => t.signExtend(31, t.extract(31, 31, x(t))),
  ],
  [
    "a slice of a slice",
    (t) => t.extract(3, 1, t.extract(15, 8, x(t))),
    (t) => t.extract(11, 9, x(t)),
  ],
  ["neighbouring slices join", (t) => t.concat(t.extract(31, 16, x(t)), t.extract(15, 0, x(t))), x],
  [
    "a slice of a concatenation",
    (t) => t.extract(11, 4, t.concat(byte(t), t.var("low", 8))),
    (t) => t.concat(t.extract(3, 0, byte(t)), t.extract(7, 4, t.var("low", 8))),
  ],
  [
    "zeros in front are an extension",
    (t) => t.concat(k(t, 0, 24), byte(t)),
    (t) => t.zeroExtend(24, byte(t)),
  ],
  [
    "a slice of a sign extension",
    (t) => t.extract(31, 8, t.signExtend(24, byte(t))),
    (t) => t.signExtend(23, t.extract(7, 7, byte(t))),
  ],
  [
    "a word index of an aligned base",
    (t) => t.extract(31, 2, t.bvadd(t.concat(t.var("v", 30), k(t, 0, 2)), k(t, 12))),
    (t) => t.bvadd(t.var("v", 30), k(t, 3, 30)),
  ],
  [
    "low bits of a sum",
    (t) => t.extract(7, 0, t.bvadd(x(t), k(t, 0x105))),
    (t) => t.bvadd(t.extract(7, 0, x(t)), k(t, 5, 8)),
  ],
  [
    "the carry of a - b",
    (t) => carry(t, x(t), t.bvnot(y(t)), 1),
    (t) => bit(t, t.bvule(y(t), x(t))),
  ],
  [
    "the carry of a - b - 1",
    (t) => carry(t, x(t), t.bvnot(y(t)), 0),
    (t) => bit(t, t.bvult(y(t), x(t))),
  ],
  ["the carry of a - k", (t) => carry(t, x(t), k(t, ~7), 1), (t) => bit(t, t.bvule(k(t, 7), x(t)))],
  ["an equation with a choice", (t) => t.eq(t.ite(p(t), k(t, 1), k(t, 0)), k(t, 1)), p],
  [
    "an equation with a chain of choices",
    (t) => t.eq(t.ite(p(t), k(t, 1), t.ite(q(t), k(t, 2), k(t, 3))), k(t, 2)),
    (t) => t.and(t.not(p(t)), q(t)),
  ],
  [
    "an equation of sums",
    (t) => t.eq(t.bvadd(x(t), k(t, 8)), t.bvadd(y(t), k(t, 8))),
    (t) => t.eq(x(t), y(t)),
  ],
  [
    "an equation of a sum that cannot be",
    (t) => t.eq(t.bvadd(x(t), k(t, 4)), x(t)),
    (t) => t.false,
  ],
  [
    "an equation of a sum with a constant",
    (t) => t.eq(t.bvadd(x(t), k(t, 4)), k(t, 12)),
    (t) => t.eq(x(t), k(t, 8)),
  ],
  [
    "an equation of a field",
    (t) => t.eq(t.bvand(x(t), k(t, 0xf0)), k(t, 0x30)),
    (t) => t.eq(t.extract(7, 4, x(t)), k(t, 3, 4)),
  ],
  [
    "an equation of extensions",
    (t) => t.eq(t.zeroExtend(24, byte(t)), k(t, 0x100)),
    (t) => t.false,
  ],
  [
    "an equation of a difference with zero",
    (t) => t.eq(t.bvsub(x(t), y(t)), k(t, 0)),
    (t) => t.eq(x(t), y(t)),
  ],
  [
    "an equation of an exclusive or",
    (t) => t.eq(t.bvxor(x(t), y(t)), k(t, 0)),
    (t) => t.eq(x(t), y(t)),
  ],
  [
    "words of truth values",
    (t) => t.bvand(word(t, p(t)), word(t, q(t))),
    (t) => word(t, t.and(p(t), q(t))),
  ],
  [
    "an exclusive or of truth values",
    (t) => t.bvxor(word(t, p(t)), k(t, 1)),
    (t) => word(t, t.not(p(t))),
  ],
  [
    "a sign is a comparison",
    (t) => t.bvslt(x(t), k(t, 0)),
    (t) => t.eq(t.extract(31, 31, x(t)), k(t, 1, 1)),
  ],
  ["nothing is below zero", (t) => t.bvult(x(t), k(t, 0)), (t) => t.false],
  ["below one is zero", (t) => t.bvult(x(t), k(t, 1)), (t) => t.eq(x(t), k(t, 0))],
  ["ranges of known bits", (t) => t.bvult(t.zeroExtend(24, byte(t)), k(t, 0x100)), (t) => t.true],
  [
    "a comparison of extensions",
    (t) => t.bvult(t.zeroExtend(24, byte(t)), k(t, 0x80)),
    (t) => t.bvult(byte(t), k(t, 0x80, 8)),
  ],
  ["conjunctions absorb", (t) => t.and(p(t), t.or(p(t), q(t))), p],
  ["conjunctions resolve", (t) => t.and(p(t), t.or(t.not(p(t)), q(t))), (t) => t.and(p(t), q(t))],
  ["two values contradict", (t) => t.and(t.eq(x(t), k(t, 1)), t.eq(x(t), k(t, 2))), (t) => t.false],
  [
    "a value says what others are not",
    (t) => t.and(t.eq(x(t), k(t, 1)), t.distinct(x(t), k(t, 2))),
    (t) => t.eq(x(t), k(t, 1)),
  ],
  [
    "one of two values is missed",
    (t) => t.or(t.distinct(x(t), k(t, 1)), t.distinct(x(t), k(t, 2))),
    (t) => t.true,
  ],
  ["a choice by a negation", (t) => t.ite(t.not(p(t)), x(t), y(t)), (t) => t.ite(p(t), y(t), x(t))],
  [
    "a choice that was made",
    (t) => t.ite(p(t), t.ite(p(t), x(t), y(t)), z(t)),
    (t) => t.ite(p(t), x(t), z(t)),
  ],
  ["a choice of Bools", (t) => t.ite(p(t), q(t), t.false), (t) => t.and(p(t), q(t))],
  ["a choice of equals", (t) => t.ite(t.eq(x(t), k(t, 5)), k(t, 5), x(t)), x],
  [
    "slices of one choice join",
    (t) => t.concat(t.ite(p(t), byte(t), k(t, 1, 8)), t.ite(p(t), k(t, 2, 8), byte(t))),
    (t) => t.ite(p(t), t.concat(byte(t), k(t, 2, 8)), t.concat(k(t, 1, 8), byte(t))),
  ],
  ["division by a power of two", (t) => t.bvudiv(x(t), k(t, 16)), (t) => t.bvlshr(x(t), k(t, 4))],
  ["remainder by a power of two", (t) => t.bvurem(x(t), k(t, 16)), (t) => t.bvand(x(t), k(t, 15))],
];

describe("the rules", () => {
  it.each(RULES)("%s", (_, before, after) => {
    const terms = new Terms();
    expect(before(terms)).toBe(after(terms));
  });

  describe.skipIf(!hasZ3)("by z3", () => {
    let solver: SmtLibSolver;
    beforeAll(async () => {
      solver = await SmtLibSolver.start("z3");
    });
    afterAll(() => solver.close());
    const proveEqual = async (raw: Terms, a: Term, b: Term): Promise<void> => {
      const answer = await solver.check(
        { assertions: [raw.distinct(a, b)] },
        { timeoutMs: 60_000 },
      );
      expect(answer.kind).toBe("unsat");
    };

    it.each(RULES)("%s: proved", async (_, before) => {
      const raw = new Terms({ simplify: false });
      const asked = before(raw);
      await proveEqual(raw, asked, rebuild(rebuild(asked, new Terms()), raw));
    });

    it("random terms equal their simplified form", async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
          const raw = new Terms({ simplify: false });
          const { term } = randomTerm(raw, seed, { hard: false, size: 16 });
          await proveEqual(raw, term, rebuild(rebuild(term, new Terms()), raw));
        }),
        { numRuns: 200 },
      );
    });
  });
});

describe("lanes of pure ops", () => {
  it("give the value of the op's JavaScript lane, simplified and as they are", () => {
    const raw = new Terms({ simplify: false });
    const simple = new Terms();
    const ops = Object.keys(PURE_OPS).filter((op): op is PureOpName => op in PURE_OPS);
    expect(ops.length).toBeGreaterThan(30);
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.array(
          fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 31, 32, -0x80000000, 0x7fffffff)),
          { minLength: 3, maxLength: 3 },
        ),
        (op, values) => {
          const { arity } = PURE_OPS[op];
          const last = op === "adc" || op === "carryOut" || op === "overflowOut";
          const given = values.slice(0, arity).map((v, i) => (last && i === 2 ? v & 1 : v));
          const shifted = op === "lsl" || op === "lsr" || op === "asr";
          if (shifted) given[1] = (given[1] ?? 0) & 0xff;
          const variables = new Map(given.map((v, i) => [`v${i}`, BigInt.asUintN(32, BigInt(v))]));
          const results = [raw, simple].map((t) =>
            applyPureOp(
              t,
              op,
              given.map((_, i) => t.var(`v${i}`, 32)),
            ),
          );
          const constant = applyPureOp(
            simple,
            op,
            given.map((v) => simple.const(v, 32)),
          );
          const [a = 0, b = 0, c = 0] = given;
          expect(constant).toBe(simple.const(CONCRETE[op](a, b, c), 32));
          for (const result of results)
            expect(valueUnder(result, { variables, words: new Map() })).toBe(constant.value);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
