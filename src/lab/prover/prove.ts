/**
 * The prover: every clause of a contract for every state that a phase leaves open. A clause holds on a path
 * when no state takes the path and breaks it; it is proved when that is so of all paths, and the paths are all
 * there are.
 */
import type { Call, Clause, Contract, Expectation } from "../../contract/index.js";
import type { Model, Refutation, Solver, Term } from "../../engines/index.js";
import { STANDING_ASSUMPTIONS } from "../../machine/index.js";
import { inapplicable, kernelCodeCalls, standing } from "../check.js";
import type { CallSite } from "../call-site.js";
import type { ProofVerdict } from "../verdict.js";
import { asGiven, caseOf, confirm } from "./counterexample.js";
import { inputConditions, runnable, selects, type Given } from "./inputs.js";
import { leakConditions } from "./leak-terms.js";
import { brokenOnPath } from "./path-terms.js";
import { isAboutEnd } from "../predicate.js";
import type { CallPath, SymbolicCall } from "../symbolic/symbolic-call.js";
import { conditionOf, PathJudge, UndecidedError } from "./violation-terms.js";

/** A question that was put to a solver, for a certificate. */
export interface AskedQuery {
  readonly clause: string;
  /** What of the clause is asked: "path 3", "leak 0", "every path". */
  readonly part: string;
  readonly assertions: readonly Term[];
  readonly answer: "sat" | "unsat";
  /** Who answered; the terms' own form may have. */
  readonly by: { readonly name: string; readonly version: string };
  /** Of an answer by bit-blasting. */
  readonly refutation?: Refutation;
}
/** What answers where a violation's term is `false` by its form. */
const FORM = { name: "hyplab-simplifier", version: "1" } as const;
export interface ProveOptions {
  readonly solver: Solver;
  /** Wall-clock milliseconds for each query. */
  readonly timeoutMs: number;
  /** Ids of the clauses to be proved; all when absent. */
  readonly only?: ReadonlySet<string>;
  /** State right after installation, where it was watched. */
  readonly installed?: Int32Array;
  /** Code addresses that calls are given are of the kernel's own instruction set, whatever bit 0 may say. */
  readonly kernelCodeAlone?: boolean;
  /** Ends the run after a clause with such a verdict. */
  readonly stopAt?: (proof: ProofVerdict) => boolean;
  /** Told of every query that was answered. */
  readonly asked?: (query: AskedQuery) => void;
  /** Told what is proved next. */
  readonly progress?: (what: string) => void;
}
/** The paths of a call: as the cores do it, or stopping at what is UNPREDICTABLE. */
export interface CallPaths {
  readonly usual: () => SymbolicCall;
  readonly strict: () => SymbolicCall;
}

type Part = { readonly part: string; readonly condition: Term };
/** What a clause's violation is, part by part. */
const partsOf = (clause: Clause, call: Call, symbolic: SymbolicCall, site: CallSite): Part[] => {
  const { expect } = clause;
  if (expect.kind === "path" && expect.rule === "leaks-nothing")
    return leakConditions(symbolic).map((condition, n) => ({ part: `leak ${n}`, condition }));
  const { terms } = symbolic;
  const handsOver = call.control.kind !== "returns";
  return symbolic.paths.map((path, n) => ({
    part: `path ${n}`,
    condition: terms.and(
      conditionOf(terms, path),
      violationOn(expect, symbolic, path, site, handsOver),
    ),
  }));
};
const violationOn = (
  expect: Expectation,
  symbolic: SymbolicCall,
  path: CallPath,
  site: CallSite,
  handsOver: boolean,
): Term => {
  if (isAboutEnd(expect)) return new PathJudge(symbolic, path, site).violation(expect);
  if (expect.kind === "path")
    return symbolic.terms.bool(brokenOnPath(expect.rule, path, site, handsOver) !== undefined);
  throw new UndecidedError(`the expectation ${expect.kind} is not about a call`);
};
/** Whether a clause is asked of paths that stop at what is UNPREDICTABLE. */
const isStrict = ({ expect }: Clause): boolean =>
  expect.kind === "path" && expect.rule === "predictable";

class ContractProver {
  readonly #contract: Contract;
  readonly #site: CallSite;
  readonly #paths: CallPaths;
  readonly #options: ProveOptions;
  readonly #kernelCode: ReadonlySet<string>;
  /** Whether the paths are all that a call has, by call. */
  readonly #complete = new Map<string, Promise<boolean>>();

  constructor(contract: Contract, site: CallSite, paths: CallPaths, options: ProveOptions) {
    this.#contract = contract;
    this.#site = site;
    this.#paths = paths;
    this.#options = options;
    this.#kernelCode =
      options.kernelCodeAlone === true
        ? new Set(contract.calls.map((c) => c.id))
        : kernelCodeCalls(contract);
  }

  async prove(clause: Clause): Promise<ProofVerdict> {
    const why = inapplicable(clause, this.#site);
    if (why !== undefined) return { kind: "not-applicable", why };
    if (clause.about.kind !== "call") return this.#standing(clause);
    const { call: id } = clause.about;
    const call = this.#contract.calls.find((c) => c.id === id)!;
    try {
      return await this.#everyState(clause, call);
    } catch (error) {
      if (error instanceof UndecidedError) return { kind: "unknown", why: error.message };
      throw error;
    }
  }
  /** What stands there without a call is looked at: it is one state. */
  #standing(clause: Clause): ProofVerdict {
    const { installed } = this.#options;
    const verdict = standing(clause, this.#site, installed === undefined ? {} : { installed }, 0);
    switch (verdict.kind) {
      case "held":
        return { kind: "proved", paths: 1, assumptions: [] };
      case "violated":
        return {
          kind: "refuted",
          counterexample: verdict.counterexample,
          confirmed: true,
          assumptions: [],
        };
      case "not-applicable":
      case "not-tried":
        return verdict;
    }
  }
  #given(call: Call, symbolic: SymbolicCall): { always: Term[]; inputs: readonly Given[] } {
    const { terms, before } = symbolic;
    const inputs = inputConditions(terms, call, this.#site, before, this.#kernelCode.has(call.id));
    const always = [selects(terms, this.#contract, call, before), ...inputs.map((g) => g.term)];
    return { always, inputs };
  }
  async #everyState(clause: Clause, call: Call): Promise<ProofVerdict> {
    const symbolic = isStrict(clause) ? this.#paths.strict() : this.#paths.usual();
    const { terms, before } = symbolic;
    const { always, inputs } = this.#given(call, symbolic);
    const parts = partsOf(clause, call, symbolic, this.#site);
    for (const { part, condition } of parts) {
      const violated = terms.and(...always, condition);
      const model = await this.#ask(clause, part, [violated]);
      if (model === undefined) continue;
      // A case whose addresses are the laboratory's own can be run.
      const ours = runnable(terms, call, this.#site, before).map((g) => g.term);
      const near = await this.#ask(clause, `${part}, at the laboratory's addresses`, [
        violated,
        ...ours,
      ]);
      return this.#refuted(
        clause,
        call,
        symbolic,
        near ?? model,
        near === undefined ? ["the address that the case gives is one of the host's own"] : [],
      );
    }
    if (!(await this.#isComplete(clause, call, symbolic, always)))
      return { kind: "unknown", why: "the paths do not cover every state: a defect of the engine" };
    return {
      kind: "proved",
      paths: parts.length,
      assumptions: [
        ...inputs.map((g) => g.words),
        ...new Set(symbolic.paths.flatMap((p) => [...p.assumptions])),
      ],
    };
  }
  /** A model of assertions, or undefined where there is none. */
  async #ask(
    clause: Clause,
    part: string,
    assertions: readonly Term[],
  ): Promise<Model | undefined> {
    const needed = assertions.filter((t) => t.op !== "true");
    const { solver, timeoutMs, asked } = this.#options;
    const clearly = needed.find((t) => t.op === "false");
    if (clearly !== undefined) {
      asked?.({ clause: clause.id, part, assertions: [clearly], answer: "unsat", by: FORM });
      return undefined;
    }
    const answer = await solver.check({ assertions: needed }, { timeoutMs });
    if (answer.kind === "unknown")
      throw new UndecidedError(`${solver.name} on ${part}: ${answer.why}`);
    asked?.({
      clause: clause.id,
      part,
      assertions: needed,
      answer: answer.kind,
      by: answer.by,
      ...(answer.kind === "unsat" && answer.refutation !== undefined
        ? { refutation: answer.refutation }
        : {}),
    });
    return answer.kind === "sat" ? answer.model : undefined;
  }
  /** Every state that makes the call is on one of the paths. */
  #isComplete(
    clause: Clause,
    call: Call,
    symbolic: SymbolicCall,
    always: readonly Term[],
  ): Promise<boolean> {
    const key = `${call.id} ${isStrict(clause) ? "strict" : "usual"}`;
    const known = this.#complete.get(key);
    if (known !== undefined) return known;
    const { terms } = symbolic;
    const elsewhere = terms.and(
      ...always,
      ...symbolic.paths.map((p) => terms.not(conditionOf(terms, p))),
    );
    const asked = this.#ask(clause, "every path", [elsewhere]).then((m) => m === undefined);
    this.#complete.set(key, asked);
    return asked;
  }
  #refuted(
    clause: Clause,
    call: Call,
    symbolic: SymbolicCall,
    model: Model,
    beside: readonly string[],
  ): ProofVerdict {
    const one = caseOf(call, symbolic.before, model, this.#site);
    const counterexample = confirm(clause, one, this.#site, call);
    if (counterexample !== undefined)
      return { kind: "refuted", counterexample, confirmed: true, assumptions: [] };
    // What every run keeps by itself is no excuse for a case that does not show.
    const assumed = [...beside, ...new Set(symbolic.paths.flatMap((p) => p.assumptions))].filter(
      (a) => !STANDING_ASSUMPTIONS.includes(a),
    );
    return {
      kind: "refuted",
      counterexample: asGiven(one, this.#site, "the prover says that this case breaks the clause"),
      confirmed: false,
      assumptions: [...model.words.values()].some((words) => words.size > 0)
        ? [...assumed, "memory outside of the occupant holds what the case needs"]
        : assumed,
    };
  }
}

/** Proves or refutes the clauses of a contract at a site. */
export const proveContract = async (
  contract: Contract,
  site: CallSite,
  paths: CallPaths,
  options: ProveOptions,
): Promise<ReadonlyMap<Clause, ProofVerdict>> => {
  const prover = new ContractProver(contract, site, paths, options);
  const verdicts = new Map<Clause, ProofVerdict>();
  for (const clause of contract.clauses) {
    if (options.only !== undefined && !options.only.has(clause.id)) continue;
    options.progress?.(clause.id);
    const verdict = await prover.prove(clause);
    verdicts.set(clause, verdict);
    if (options.stopAt?.(verdict) === true) break;
  }
  return verdicts;
};
