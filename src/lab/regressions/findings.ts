/** Findings out of what the laboratory's other means give. */
import { contractNamed, CONTRACTS, type Clause } from "../../contract/index.js";
import type { CallResult, CallSite, Registers } from "../call-site.js";
import { describeSetup } from "../check-subject.js";
import { checkContract, describeCase } from "../check.js";
import { violation, type JudgedSite } from "../expectation.js";
import type { Setup } from "../laboratory.js";
import { SETUPS } from "../matrix.js";
import { describeOutcome } from "../outcome.js";
import type { SystemState } from "../system-state.js";
import type { Experiment, Finding, Side } from "./regression.js";

/** The clause of a contract. Throws RangeError for an id that is none. */
const contractClause = (id: string): Clause => {
  const found = CONTRACTS.flatMap((c) => c.clauses).find((c) => c.id === id);
  if (found === undefined) throw new RangeError(`no clause is named ${id}`);
  return found;
};

/** A call in words. */
export const describeRegisters = (
  registers: Registers,
  immediate = 0,
  system: SystemState = {},
): string =>
  `HVC #${immediate === 0 ? "0" : `0x${immediate.toString(16)}`} with ${describeCase({ registers, system })}`;

/** One clause of a contract judged by one call. */
export const judgeCall = (
  id: string,
  site: JudgedSite,
  result: CallResult,
  asked: string,
): Finding => {
  const broken = violation(contractClause(id).expect, result, site);
  return {
    clause: id,
    held: broken === undefined,
    asked,
    found: broken ?? describeOutcome(result.outcome),
  };
};
/** A clause that a contract has not, judged by one call. */
export const judgeOutcome = (
  clause: string,
  result: CallResult,
  asked: string,
  holds: boolean,
): Finding => ({ clause, held: holds, asked, found: describeOutcome(result.outcome) });

/** Clauses of a contract by the checker, with all of its cases. */
export const judgeByChecker = (
  contract: string,
  ids: readonly string[],
  site: CallSite,
): Finding[] =>
  checkContract(contractNamed(contract)!, site, { cases: 32 })
    .verdicts.filter(({ clause }) => ids.includes(clause.id))
    .flatMap(({ clause, verdict }): Finding[] => {
      switch (verdict.kind) {
        case "held":
          return [
            {
              clause: clause.id,
              held: true,
              asked: `${verdict.cases} cases, seed ${verdict.seed}`,
              found: "held in all",
            },
          ];
        case "violated":
          return [
            {
              clause: clause.id,
              held: false,
              asked: describeRegisters(
                verdict.counterexample.registers,
                site.options.immediate,
                verdict.counterexample.system,
              ),
              found: verdict.counterexample.found,
            },
          ];
        default:
          return [];
      }
    });
/** A clause about what installation leaves, judged by the state after it. */
export const judgeState = (
  id: string,
  state: Int32Array | undefined,
  site: JudgedSite,
  asked: string,
): Finding => {
  if (state === undefined)
    return { clause: id, held: false, asked, found: "HYP mode was not left" };
  const result: CallResult = {
    outcome: { kind: "reset" },
    before: state,
    after: state,
    instructions: 0,
    cpuOn: undefined,
    memoryChanges: [],
  };
  const broken = violation(contractClause(id).expect, result, site);
  return { clause: id, held: broken === undefined, asked, found: broken ?? "as it should be" };
};

/** An experiment in each of the laboratory's setups. */
export const inSetups = (
  run: (side: Side, setup: Setup) => readonly Finding[],
  only: (setup: Setup) => boolean = () => true,
): Experiment[] =>
  SETUPS.filter(only).map((setup) => ({
    setup: describeSetup(setup),
    run: (side) => run(side, setup),
  }));
/** An experiment for an A32 and for a T32 kernel. */
export const inBothSets = (
  run: (side: Side, thumb: boolean) => readonly Finding[],
  what = "",
): Experiment[] =>
  [false, true].map((thumb) => ({
    setup: `${thumb ? "T32" : "A32"}${what}`,
    run: (side) => run(side, thumb),
  }));
