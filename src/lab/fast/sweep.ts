/**
 * Sweeps: every value of one register of a call, all other state from seeded backgrounds at the phase. What a range
 * of values gives is plain data; ranges are put together in any order and give the same.
 */
import { MODE, registerSlot } from "../../arch/index.js";
import type { Call, Clause, Contract } from "../../contract/index.js";
import type { CallSite } from "../call-site.js";
import { CaseMaker, type Case } from "../cases.js";
import { DEFAULT_SEED, inapplicable, kernelCodeCalls } from "../check.js";
import type { Counterexample } from "../verdict.js";
import { isAboutEnd } from "../predicate.js";
import { disagreement, judgeByMachine } from "./ask-cases.js";
import { FastCalls } from "./fast-calls.js";

export interface SweepRequest {
  readonly contract: Contract;
  readonly site: CallSite;
  /** Register 0 to 12 whose values are swept. */
  readonly register: number;
  /** Id of the one call that is asked; all when absent. */
  readonly call?: string | undefined;
  readonly seed?: number | undefined;
}
/** How a clause fared. */
export interface SweptClause {
  /** Cases that break it. */
  readonly broken: number;
  /** The lowest value that does, with the case as a whole. */
  readonly first: (Counterexample & { readonly value: number }) | undefined;
}
export interface SweptCall {
  readonly cases: number;
  /** Cases that compiled code handed to the machine. */
  readonly byMachine: number;
  /** By the clause's id. */
  readonly clauses: Readonly<Record<string, SweptClause>>;
}
/** What a set of values gave, by the call's id. */
export interface SweepPart {
  /** Values that were asked. */
  readonly values: number;
  readonly calls: Readonly<Record<string, SweptCall>>;
}
/** All values of a register. */
export const ALL_VALUES = 2 ** 32;
/** Backgrounds: the call's plain case, then random ones. Value v is asked on number v modulo this. */
export const BACKGROUNDS = 64;

interface Swept {
  readonly call: Call;
  readonly clauses: readonly Clause[];
  readonly backgrounds: readonly Case[];
}

const lower = (a: SweptClause["first"], b: SweptClause["first"]): SweptClause["first"] =>
  a === undefined ? b : b === undefined || a.value <= b.value ? a : b;
/** What two disjoint sets of values gave together. */
export const mergeSweeps = (a: SweepPart, b: SweepPart): SweepPart => {
  const calls: Record<string, SweptCall> = { ...a.calls };
  for (const [id, theirs] of Object.entries(b.calls)) {
    const ours = calls[id];
    if (ours === undefined) {
      calls[id] = theirs;
      continue;
    }
    const clauses: Record<string, SweptClause> = {};
    for (const [clause, one] of Object.entries(ours.clauses)) {
      const other = theirs.clauses[clause]!;
      clauses[clause] = {
        broken: one.broken + other.broken,
        first: lower(one.first, other.first),
      };
    }
    calls[id] = {
      cases: ours.cases + theirs.cases,
      byMachine: ours.byMachine + theirs.byMachine,
      clauses,
    };
  }
  return { values: a.values + b.values, calls };
};
export const NOTHING_SWEPT: SweepPart = { values: 0, calls: {} };

/** Counts of the clauses of one call while a range is asked. */
class Tally {
  cases = 0;
  byMachine = 0;
  readonly #clauses: readonly Clause[];
  readonly #broken: number[];
  readonly #first = new Map<Clause, NonNullable<SweptClause["first"]>>();

  constructor(clauses: readonly Clause[]) {
    this.#clauses = clauses;
    this.#broken = clauses.map(() => 0);
  }
  count(clause: number, cases: number): void {
    this.#broken[clause]! += cases;
  }
  /** Asks one case of the machine; gives the clauses that it breaks. */
  ask(one: Case, value: number, site: CallSite, clauses: readonly Clause[]): Clause[] {
    const broken = new Map<Clause, Counterexample>();
    const found = judgeByMachine(one, site, clauses, broken);
    for (const [clause, counterexample] of broken)
      this.#first.set(clause, lower(this.#first.get(clause), { ...counterexample, value })!);
    return found;
  }
  get swept(): SweptCall {
    return {
      cases: this.cases,
      byMachine: this.byMachine,
      clauses: Object.fromEntries(
        this.#clauses.map((clause, i) => [
          clause.id,
          { broken: this.#broken[i]!, first: this.#first.get(clause) },
        ]),
      ),
    };
  }
}

export class Sweep {
  readonly request: SweepRequest;
  /** Calls that this register's values cannot be asked of, with the reason. */
  readonly notTried: readonly { readonly call: string; readonly why: string }[];
  /** Why compiled code is of no use here, where that is so. */
  readonly whySlow: string | undefined;
  readonly #swept: readonly Swept[];
  readonly #fast: FastCalls | undefined;

  /** Throws RangeError for a register or call that there is none of. */
  constructor(request: SweepRequest) {
    this.request = request;
    const { contract, site, register } = request;
    if (!Number.isInteger(register) || register < 0 || register > 12)
      throw new RangeError(`register ${register}; it is 0 to 12`);
    if (request.call !== undefined && !contract.calls.some((c) => c.id === request.call))
      throw new RangeError(
        `${contract.id} has no call ${request.call}; it has ${contract.calls.map((c) => c.id).join(", ")}`,
      );
    const fast = FastCalls.at(site);
    this.#fast = typeof fast === "string" ? undefined : fast;
    this.whySlow = typeof fast === "string" ? fast : undefined;
    const notTried: { call: string; why: string }[] = [];
    const swept: Swept[] = [];
    for (const call of contract.calls) {
      if (request.call !== undefined && call.id !== request.call) continue;
      const clauses = contract.clauses.filter(
        (c) =>
          c.about.kind === "call" &&
          c.about.call === call.id &&
          isAboutEnd(c.expect) &&
          inapplicable(c, site) === undefined,
      );
      const input = call.inputs.find((i) => i.register === register);
      if (clauses.length === 0) notTried.push({ call: call.id, why: "no clause is about its end" });
      else if (input?.domain === "code")
        notTried.push({
          call: call.id,
          why: `r${register} is the ${input.meaning}: not any value is one`,
        });
      else swept.push({ call, clauses, backgrounds: this.#backgrounds(call) });
    }
    this.#swept = swept;
    this.notTried = notTried;
  }
  /** Ids of the calls that are asked. */
  get calls(): readonly string[] {
    return this.#swept.map(({ call }) => call.id);
  }
  #backgrounds(call: Call): Case[] {
    const { contract, site, seed = DEFAULT_SEED } = this.request;
    const maker = new CaseMaker(contract, call, site, {
      seed,
      kernelCode: kernelCodeCalls(contract),
    });
    const plain = maker.plainCases;
    const cases = Array.from({ length: plain + BACKGROUNDS - 1 }, (_, n) => maker.make(n));
    return [cases[0]!, ...cases.slice(plain)];
  }

  /** Asks the values `from` to `to` - 1. */
  run(from: number, to: number): SweepPart {
    const calls: Record<string, SweptCall> = {};
    for (const swept of this.#swept) {
      const tally = new Tally(swept.clauses);
      for (const [first, end] of this.#segments(swept.call, from, to)) {
        // A value that is a call's number is asked on all backgrounds: it is the one of its call.
        const isNumber = this.request.register === 0 && swept.call.selector.kind === "value";
        if (this.#fast === undefined || isNumber) this.#byMachine(swept, tally, first, end);
        else this.#inBatches(this.#fast, swept, tally, first, end);
      }
      calls[swept.call.id] = tally.swept;
    }
    return { values: to - from, calls };
  }
  /** Values in a range that select a call. */
  #segments({ selector }: Call, from: number, to: number): [number, number][] {
    const { contract, register } = this.request;
    if (register !== 0) return [[from, to]];
    if (selector.kind === "value") {
      const value = selector.value >>> 0;
      return value >= from && value < to ? [[value, value + 1]] : [];
    }
    const named = contract.calls
      .flatMap((c) => (c.selector.kind === "value" ? [c.selector.value >>> 0] : []))
      .filter((v) => v >= from && v < to)
      .sort((a, b) => a - b);
    const out: [number, number][] = [];
    let at = from;
    for (const value of [...named, to]) {
      if (value > at) out.push([at, value]);
      at = value + 1;
    }
    return out;
  }
  #caseOf({ backgrounds }: Swept, value: number, background: number): Case {
    const one = backgrounds[background]!;
    return {
      ...one,
      registers: { ...one.registers, [this.request.register]: value | 0 },
    };
  }
  #byMachine(swept: Swept, tally: Tally, from: number, to: number): void {
    const { clauses, call } = swept;
    const all = this.request.register === 0 && call.selector.kind === "value";
    for (let value = from; value < to; value++) {
      const first = all ? 0 : value % BACKGROUNDS;
      for (let n = first; n < (all ? BACKGROUNDS : first + 1); n++) {
        const one = this.#caseOf(swept, value, n);
        for (const clause of tally.ask(one, value, this.request.site, clauses))
          tally.count(clauses.indexOf(clause), 1);
        tally.cases++;
        tally.byMachine++;
      }
    }
  }
  #inBatches(fast: FastCalls, swept: Swept, tally: Tally, from: number, to: number): void {
    const { clauses, backgrounds } = swept;
    const { register, site } = this.request;
    backgrounds.forEach((one, n) => fast.setImage(n, one));
    const loop = fast.loop(clauses, registerSlot(register, MODE.svc));
    fast.batch.forget();
    loop.run(from, to - from, BACKGROUNDS - 1, {
      machine: (value) => {
        const one = this.#caseOf(swept, value, value % BACKGROUNDS);
        for (const clause of tally.ask(one, value, site, clauses))
          tally.count(clauses.indexOf(clause), 1);
        tally.byMachine++;
      },
      broken: (value, which) => {
        const told = which.map((n) => clauses[n]!);
        const one = this.#caseOf(swept, value, value % BACKGROUNDS);
        const found = tally.ask(one, value, site, told);
        for (const clause of told) if (!found.includes(clause)) disagreement(clause);
      },
    });
    clauses.forEach((_, n) => tally.count(n, fast.batch.takeCount(n)));
    tally.cases += to - from;
  }
}
