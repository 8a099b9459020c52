import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONCRETE,
  FLAG_OPS,
  PURE_OPS,
  type Apply,
  type FlagOpName,
  type PureOpName,
} from "./index.js";
import { watFunction } from "./testing/wat.js";

const OPS = Object.keys(PURE_OPS) as PureOpName[];
const SEED = Number(process.env["HYPLAB_SEED"] ?? 314159);
/** Ends of ranges, shift amounts around 32, and what rotates into them. */
const EDGES = [
  0, 1, 2, 31, 32, 33, 63, 64, 127, 128, 255, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
  0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
].map((v) => v | 0);
/** The third operand of the carry ops is a carry; shifts by a register take 0 to 255. */
const domain = (op: PureOpName, tuple: readonly number[]): number[] => {
  const [a = 0, b = 0, c = 0] = tuple;
  if (op === "adc" || op === "carryOut" || op === "overflowOut") return [a, b, c & 1];
  if (op === "lsl" || op === "lsr" || op === "asr") return [a, b & 0xff];
  return [a, b, c].slice(0, PURE_OPS[op].arity);
};
const lane = (op: PureOpName, name: "wat" | "smt", args: string[]): string =>
  (PURE_OPS[op][name] as (...a: string[]) => string)(...args);
const word = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: -0x80000000, max: 0x7fffffff }));

describe.each(OPS)("%s", (op) => {
  test("means the same in WebAssembly as in the interpreter", () => {
    const { arity } = PURE_OPS[op];
    const wasm = watFunction(
      lane(
        op,
        "wat",
        Array.from({ length: arity }, (_, i) => `(local.get ${i})`),
      ),
      arity,
    );
    for (const a of EDGES)
      for (const b of EDGES)
        for (const c of arity === 3 ? [0, 1, -1] : [0]) {
          const args = domain(op, [a, b, c]);
          expect(wasm(...args) | 0, `${op}(${args.join(", ")})`).toBe(
            CONCRETE[op](args[0]!, args[1] ?? 0, args[2] ?? 0),
          );
        }
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const args = domain(op, [a, b, c]);
        return (wasm(...args) | 0) === CONCRETE[op](args[0]!, args[1] ?? 0, args[2] ?? 0);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

test("every op means the same in SMT-LIB as in the interpreter", ({ skip }) => {
  if (spawnSync("z3", ["--version"]).error !== undefined)
    return skip("z3 is not installed (Debian: z3)");
  const hex = (v: number): string => `#x${(v >>> 0).toString(16).padStart(8, "0")}`;
  const random = fc.sample(fc.tuple(word, word, word), { seed: SEED, numRuns: 40 });
  const questions: { op: PureOpName; args: number[] }[] = [];
  const lines = ["(set-logic QF_BV)"];
  for (const op of OPS)
    for (const tuple of [
      ...random,
      ...EDGES.flatMap((a) => [
        [a, 31, 1],
        [a, 32, 0],
        [a, a, 1],
      ]),
    ]) {
      const args = domain(op, tuple as number[]);
      const expected = CONCRETE[op](args[0]!, args[1] ?? 0, args[2] ?? 0);
      questions.push({ op, args });
      lines.push(
        "(push)",
        `(assert (distinct ${lane(op, "smt", args.map(hex))} ${hex(expected)}))`,
        "(check-sat)",
        "(pop)",
      );
    }
  const { stdout } = spawnSync("z3", ["-in"], {
    input: lines.join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const answers = stdout.trim().split("\n");
  expect(answers.length).toBe(questions.length);
  const wrong = questions
    .filter((_, i) => answers[i] !== "unsat")
    .map((q, i) => `${q.op}(${q.args.map(hex).join(", ")}): ${answers[i]!}`);
  expect(wrong.slice(0, 5), `seed ${SEED}`).toEqual([]);
});

/** AddWithCarry of the Arm ARM, over exact integers. */
const addWithCarry = (
  x: number,
  y: number,
  carry: number,
): { N: number; Z: number; C: number; V: number } => {
  const unsigned = (x >>> 0) + (y >>> 0) + carry;
  const exact = x + y + carry;
  const result = unsigned | 0;
  return {
    N: result >>> 31,
    Z: result === 0 ? 1 : 0,
    C: unsigned > 0xffffffff ? 1 : 0,
    V: exact === result ? 0 : 1,
  };
};
test.each(Object.keys(FLAG_OPS) as FlagOpName[])(
  "%s sets the flags that AddWithCarry defines",
  (name) => {
    const apply: Apply<number> = (op, a = 0, b = 0, c = 0) => CONCRETE[op](a, b, c);
    for (const a of EDGES)
      for (const b of EDGES)
        for (const c of [0, 1]) {
          const flags = FLAG_OPS[name].expand(
            apply,
            (n) => n,
            ...[a, b, c].slice(0, FLAG_OPS[name].arity),
          );
          const all =
            name === "flagsSub"
              ? addWithCarry(a, ~b, 1)
              : name === "flagsAdd"
                ? addWithCarry(a, b, 0)
                : name === "flagsAdc"
                  ? addWithCarry(a, b, c)
                  : { N: a >>> 31, Z: a === 0 ? 1 : 0, C: 0, V: 0 };
          for (const [flag, value] of Object.entries(flags))
            expect(value, `${name}(${a}, ${b}, ${c}).${flag}`).toBe(all[flag as keyof typeof all]);
        }
  },
);
