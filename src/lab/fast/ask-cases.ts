/** Asks the cases of a call and holds clauses against them: one by one by the machine, or in batches. */
import type { Call, Clause, Contract } from "../../contract/index.js";
import type { CallSite } from "../call-site.js";
import { CaseMaker, type Case, type CaseOptions } from "../cases.js";
import type { Counterexample } from "../verdict.js";
import { violation } from "../expectation.js";
import { FastCalls, IMAGE_CAPACITY } from "./fast-calls.js";

/** "machine" asks case by case, "batches" as many at once as can be. */
export type LoopChoice = "machine" | "batches";
/** Cases of a call from which on it pays to compile it. */
const WORTH_COMPILING = 256;

export interface Asked {
  readonly cases: number;
  /** The first case that breaks each clause. */
  readonly broken: ReadonlyMap<Clause, Counterexample>;
  /** Cases that the machine had to run. */
  readonly byMachine: number;
}

/** Holds clauses against one case that the machine runs, and keeps the first counterexample of each. */
export const judgeByMachine = (
  one: Omit<Case, "call">,
  site: CallSite,
  clauses: readonly Clause[],
  broken: Map<Clause, Counterexample>,
): Clause[] => {
  const { registers, flags, system } = one;
  const result = site.call(registers, flags, system);
  const found: Clause[] = [];
  for (const clause of clauses) {
    const what = violation(clause.expect, result, site);
    if (what === undefined) continue;
    found.push(clause);
    if (!broken.has(clause))
      broken.set(clause, { registers, flags, system, found: what, outcome: result.outcome });
  }
  return found;
};
/** Throws Error: compiled code and the machine do not say the same of a case. */
export const disagreement = (clause: Clause): never => {
  throw new Error(
    `${clause.id}: compiled code finds it broken in a case in which the machine finds it kept`,
  );
};

export const askCases = (
  contract: Contract,
  call: Call,
  site: CallSite,
  clauses: readonly Clause[],
  options: CaseOptions,
  choice: LoopChoice | undefined,
): Asked => {
  const maker = new CaseMaker(contract, call, site, options);
  const { count } = options;
  const broken = new Map<Clause, Counterexample>();
  const inBatches = choice === undefined ? count >= WORTH_COMPILING : choice === "batches";
  const fast = inBatches ? FastCalls.at(site) : "not asked for";
  if (typeof fast === "string") {
    for (let n = 0; n < count; n++) {
      const open = clauses.filter((clause) => !broken.has(clause));
      judgeByMachine(maker.make(n), site, open, broken);
    }
    return { cases: count, broken, byMachine: count };
  }
  const loop = fast.loop(clauses);
  fast.batch.forget();
  let byMachine = 0;
  const states = new Int32Array(IMAGE_CAPACITY);
  for (let first = 0; first < count; first += IMAGE_CAPACITY) {
    const some = Math.min(IMAGE_CAPACITY, count - first);
    for (let n = 0; n < some; n++) {
      states[n] = maker.words.state;
      maker.tell(first + n, fast.image(n));
    }
    const behind = maker.words.state;
    const again = (n: number): Case => {
      maker.words.state = states[n]!;
      return maker.make(first + n);
    };
    loop.run(0, some, -1, {
      machine: (n) => {
        byMachine++;
        judgeByMachine(again(n), site, clauses, broken);
      },
      broken: (n, which) => {
        const told = which.map((p) => clauses[p]!).filter((clause) => !broken.has(clause));
        const found = judgeByMachine(again(n), site, told, broken);
        for (const clause of told) if (!found.includes(clause)) disagreement(clause);
      },
    });
    maker.words.state = behind;
  }
  return { cases: count, broken, byMachine };
};
