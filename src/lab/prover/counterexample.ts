/** A model of a violation as a case that the interpreter runs, and whether it sees the violation too. */
import { MODE, PSR, readCpsr, registerSlot, SLOT, SLOT_NAMES } from "../../arch/index.js";
import type { Call, Clause } from "../../contract/index.js";
import { evaluate, type Model, type Term } from "../../engines/index.js";
import { brokenBy, shrink } from "../check.js";
import type { Counterexample } from "../verdict.js";
import type { CallSite, Registers } from "../call-site.js";
import type { Case } from "../cases.js";

/** CPSR bits that a call's flags are: 31:27 and 19:16. */
const FLAG_SLOTS: ReadonlySet<number> = new Set([SLOT.N, SLOT.Z, SLOT.C, SLOT.V, SLOT.Q, SLOT.GE]);
const FLAG_FIELDS = [PSR.N, PSR.Z, PSR.C, PSR.V, PSR.Q, PSR.GE];
const FLAG_MASK = FLAG_FIELDS.reduce((m, f) => m | ((2 ** f.width - 1) << f.lsb), 0);

/** The case that a model describes: the state at the HVC, as far as it is free. */
export const caseOf = (call: Call, before: readonly Term[], model: Model, site: CallSite): Case => {
  const free = before.flatMap((term, slot) => (term.op === "const" ? [] : [{ term, slot }]));
  const values = evaluate(
    free.map(({ term }) => term),
    model,
  );
  const state = site.machine.savedState(0).slice();
  const core = new Map(
    Array.from({ length: 13 }, (_, n) => [registerSlot(n, MODE.svc) as number, n]),
  );
  const registers: Partial<Record<number, number>> = {};
  const system: Record<string, number> = {};
  for (const { term, slot } of free) {
    const value = Number(BigInt.asIntN(32, values.get(term)!));
    const changed = value !== state[slot];
    state[slot] = value;
    const n = core.get(slot);
    if (n !== undefined) registers[n] = value;
    else if (!FLAG_SLOTS.has(slot) && changed) system[SLOT_NAMES[slot]!] = value;
  }
  return { call: call.id, registers, flags: readCpsr(state) & FLAG_MASK, system };
};

/** Runs a case. The counterexample, made as small as it gets, or undefined where the clause holds in it. */
export const confirm = (
  clause: Clause,
  one: Case,
  site: CallSite,
  call: Call,
): Counterexample | undefined => {
  const found = brokenBy(clause, one, site);
  if (found === undefined) return undefined;
  return shrink(clause, found, site, call);
};
/** The case as it is, for a violation that did not show when it was run. */
export const asGiven = (one: Case, site: CallSite, found: string): Counterexample => {
  const registers: Registers = one.registers;
  const { outcome } = site.call(registers, one.flags, one.system);
  return { registers, flags: one.flags, system: one.system, found, outcome };
};
