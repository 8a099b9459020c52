/** Asks the cases of a call and holds clauses against them: one by one by the machine, or in batches. */
import type { Call, Clause, Contract } from "../../contract/index.js";
import type { Cpu } from "../../machine/index.js";
import type { CallResult, CallSite } from "../call-site.js";
import { CaseMaker, type Case, type CaseOptions, type CaseSink } from "../cases.js";
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
  return judge(site.call(registers, flags, system), site, clauses, broken, () => one);
};
/** As judgeByMachine, of what came of a case; `of` says which one it was. */
const judge = (
  result: CallResult,
  site: CallSite,
  clauses: readonly Clause[],
  broken: Map<Clause, Counterexample>,
  of: () => Omit<Case, "call">,
): Clause[] => {
  const found: Clause[] = [];
  for (const clause of clauses) {
    const what = violation(clause.expect, result, site);
    if (what === undefined) continue;
    found.push(clause);
    if (broken.has(clause)) continue;
    const { registers, flags, system } = of();
    broken.set(clause, { registers, flags, system, found: what, outcome: result.outcome });
  }
  return found;
};
/** Puts a case into a CPU. */
class CpuSink implements CaseSink {
  readonly #cpu: Cpu;
  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }
  register(n: number, value: number): void {
    this.#cpu.setRegister(n, value | 0);
  }
  flags(value: number): void {
    this.#cpu.writeCpsr(value, 12);
  }
  setting(slot: number, _name: string, value: number): void {
    this.#cpu.state[slot] = value;
  }
}
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
    const sink = new CpuSink(site.machine.cpu);
    let open = clauses;
    // A case becomes a record where it breaks something: most do not.
    for (let n = 0; n < count && open.length > 0; n++) {
      const { words } = maker;
      const { state } = words;
      const result = site.callFrom(() => maker.tell(n, sink));
      const found = judge(result, site, open, broken, () => {
        words.state = state;
        return maker.make(n);
      });
      if (found.length > 0) open = open.filter((clause) => !broken.has(clause));
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
