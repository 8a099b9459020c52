/** Asks every clause of a contract at a call site and gives a verdict for each, with its evidence. */
import type { Call, Clause, Contract } from "../contract/index.js";
import { inapplicableIn } from "./applicability.js";
import type { CallSite, Registers } from "./call-site.js";
import { statusOf } from "./clause-status.js";
import { casesOf, type Case, type CaseOptions } from "./cases.js";
import { violation } from "./expectation.js";
import { askCases, type LoopChoice } from "./fast/ask-cases.js";
import type { Outcome } from "./outcome.js";
import { pathViolation, PathWalks } from "./path-check.js";
import type { SystemState } from "./system-state.js";
import type { ClauseVerdict, Counterexample, Verdict } from "./verdict.js";

export interface CheckOptions {
  readonly seed?: number;
  /** Cases for each call; 64 when absent. */
  readonly cases?: number;
  /** Instructions that an image gets to install its stub. */
  readonly budget?: number;
  /** Told what is asked next, before each call of a contract. */
  readonly progress?: (what: string) => void;
  /** State right after installation, where it was watched. */
  readonly installed?: Int32Array;
  /** What asks the cases: a matter of speed alone. By their number when absent. */
  readonly loop?: LoopChoice;
}
export interface ContractResult {
  readonly contract: Contract;
  readonly verdicts: readonly ClauseVerdict[];
  /** Cases that were asked in all. */
  readonly cases: number;
  readonly seed: number;
}

export const DEFAULT_SEED = 20170109;

/** Calls whose target is in the kernel's instruction set, whatever bit 0 says. */
export const kernelCodeCalls = (contract: Contract): ReadonlySet<string> =>
  new Set(
    contract.clauses.flatMap((c) =>
      c.about.kind === "call" && c.expect.kind === "enters" && c.expect.instructionSet === "kernel"
        ? [c.about.call]
        : [],
    ),
  );

/** Checks every clause of a contract at a site. */
export const checkContract = (
  contract: Contract,
  site: CallSite,
  options: CheckOptions = {},
): ContractResult => {
  const seed = options.seed ?? DEFAULT_SEED;
  const caseOptions: CaseOptions = {
    seed,
    count: options.cases ?? 64,
    kernelCode: kernelCodeCalls(contract),
  };
  const verdicts = new Map<Clause, Verdict>();
  let total = 0;
  for (const call of contract.calls) {
    const asked = contract.clauses.filter(
      (c) =>
        c.about.kind === "call" && c.about.call === call.id && inapplicable(c, site) === undefined,
    );
    if (asked.length === 0) continue;
    const clauses = asked.filter((c) => c.expect.kind !== "path");
    options.progress?.(`${contract.id}/${call.id}`);
    const { broken, cases } = askCases(contract, call, site, clauses, caseOptions, options.loop);
    total += cases;
    for (const clause of clauses) {
      const counterexample = broken.get(clause);
      verdicts.set(
        clause,
        counterexample === undefined
          ? { kind: "held", cases, seed }
          : {
              kind: "violated",
              cases,
              seed,
              counterexample: shrink(clause, counterexample, site, call),
            },
      );
    }
    if (clauses.length === asked.length) continue;
    const first = casesOf(contract, call, site, {
      ...caseOptions,
      count: Math.min(caseOptions.count, STEPPED_CASES),
    });
    const walks = new PathWalks(site);
    for (const clause of asked)
      if (clause.expect.kind === "path")
        verdicts.set(clause, onTheWay(clause, site, first, seed, walks));
  }
  for (const clause of contract.clauses) {
    const why = inapplicable(clause, site);
    if (why !== undefined) verdicts.set(clause, { kind: "not-applicable", why });
    else if (clause.about.kind !== "call")
      verdicts.set(clause, standing(clause, site, options, seed));
  }
  return {
    contract,
    cases: total,
    seed,
    verdicts: contract.clauses.map((clause) => ({ clause, verdict: verdicts.get(clause)! })),
  };
};

/** Cases of each call that are stepped for the rules about every instruction. */
const STEPPED_CASES = 40;
/** Verdict on a rule about every instruction of a call. */
const onTheWay = (
  clause: Clause,
  site: CallSite,
  cases: readonly Case[],
  seed: number,
  walks: PathWalks,
): Verdict => {
  for (const one of cases) {
    const counterexample = brokenBy(clause, one, site, walks);
    if (counterexample !== undefined)
      return { kind: "violated", cases: cases.length, seed, counterexample };
  }
  return { kind: "held", cases: cases.length, seed };
};

/** Why a clause is not about this site, or undefined when it is. */
export const inapplicable = (clause: Clause, site: CallSite): string | undefined => {
  const mmu = (register: string): "on" | "off" => ((site.saved(register) & 1) === 1 ? "on" : "off");
  return inapplicableIn(clause, {
    kernel: site.options.thumb ? "T32" : "A32",
    hypMmu: mmu("HSCTLR"),
    svcMmu: mmu("SCTLR"),
    // The call sites' own code is little-endian.
    byteOrder: "little",
  });
};

/** Verdict on what stands there: the vector table and the state that installation left. */
export const standing = (
  clause: Clause,
  site: CallSite,
  options: CheckOptions,
  seed: number,
): Verdict => {
  const { expect } = clause;
  const state =
    clause.about.kind === "installation" ? options.installed : site.machine.savedState(0);
  if (state === undefined)
    return {
      kind: "not-applicable",
      why: "installation was not watched: the laboratory put the occupant there",
    };
  const nothing = { outcome: { kind: "reset" } as Outcome, registers: {}, flags: 0, system: {} };
  const cases = expect.kind === "selfBranch" ? expect.slots.length : 1;
  const found = violation(
    expect,
    {
      outcome: nothing.outcome,
      before: state,
      after: state,
      instructions: 0,
      cpuOn: undefined,
      memoryChanges: [],
    },
    site,
  );
  return found === undefined
    ? { kind: "held", cases, seed }
    : { kind: "violated", cases, seed, counterexample: { ...nothing, found } };
};

/** A clause about a call, asked in one case: what breaks it, or undefined. */
export const brokenBy = (
  clause: Clause,
  one: Pick<Case, "registers" | "flags" | "system">,
  site: CallSite,
  walks = new PathWalks(site),
): Counterexample | undefined => {
  const { expect } = clause;
  const { registers, flags, system } = one;
  if (expect.kind === "path") {
    const found = pathViolation(expect.rule, site, one, walks);
    if (found === undefined) return undefined;
    const { outcome } = site.call(registers, flags, system);
    return { registers, flags, system, found, outcome };
  }
  const result = site.call(registers, flags, system);
  const found = violation(expect, result, site);
  return found === undefined
    ? undefined
    : { registers, flags, system, found, outcome: result.outcome };
};

/** Takes registers and flags out of a counterexample one by one, as long as it stays one; inputs stay. */
export const shrink = (
  clause: Clause,
  start: Counterexample,
  site: CallSite,
  call: Call,
): Counterexample => {
  const inputs = new Set([0, ...call.inputs.map((i) => i.register)]);
  let best = start;
  const attempt = (registers: Registers, flags: number, system: SystemState): boolean => {
    const found = brokenBy(clause, { registers, flags, system }, site);
    if (found === undefined) return false;
    best = found;
    return true;
  };
  if (start.flags !== 0) attempt(best.registers, 0, best.system);
  if (!attempt(best.registers, best.flags, {})) {
    for (const name of Object.keys(start.system)) {
      const { [name]: _gone, ...rest } = best.system;
      attempt(best.registers, best.flags, rest);
    }
  }
  for (const n of Object.keys(start.registers).map(Number)) {
    if (inputs.has(n)) continue;
    const { [n]: _gone, ...rest } = best.registers;
    attempt(rest, best.flags, best.system);
  }
  return best;
};

/** A case in words: "r0 = 0x2, r3 = 0x40201000, VTCR = 0x80000000". */
export const describeCase = (c: Pick<Case, "registers" | "system">): string =>
  [
    ...Object.entries(c.registers).map(([n, v]) => [`r${n}`, v!] as const),
    ...Object.entries(c.system),
  ]
    .map(([name, v]) => `${name} = 0x${(v >>> 0).toString(16)}`)
    .join(", ") || "no register set";

/** How many clauses are violated, promises and observations apart. */
export const violations = (
  result: ContractResult,
  strength?: Clause["strength"],
): readonly ClauseVerdict[] =>
  result.verdicts.filter(
    (v) =>
      statusOf(v).kind === "violated" && (strength === undefined || v.clause.strength === strength),
  );
