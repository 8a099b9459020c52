/**
 * Installation clauses for every state that firmware may leave: a CPU's way from its entry in HYP mode to SVC mode
 * over terms.
 */
import { MODE, registerSlot, SLOT, SLOT_NAMES } from "../../arch/index.js";
import type { Expectation } from "../../contract/index.js";
import { Terms, type Solver, type Term } from "../../engines/index.js";
import { SymbolicMachine, type MachinePath } from "../../machine/index.js";
import type { StubInstallation } from "../../occupants/index.js";
import { isAboutEnd } from "../predicate.js";
import { installationStart, runInstallation } from "../regressions/host-runs.js";
import { stateSlot } from "../state-slot.js";
import { MEMORY_ARRAY } from "../symbolic/symbolic-call.js";
import { stateViolation } from "./violation-terms.js";

/** Bits of a state slot that firmware may leave as it likes. */
export interface FirmwareChoice {
  readonly name: string;
  readonly mask: number;
}
export interface InstallationQuestion {
  readonly how: StubInstallation;
  readonly thumb: boolean;
  readonly expect: Expectation;
  readonly firmware: readonly FirmwareChoice[];
  /** What is known of firmware's choices. */
  readonly given?: (terms: Terms, before: readonly Term[]) => Term;
}
export type InstallationProof =
  | { readonly kind: "proved"; readonly paths: number }
  /** `broken`: the interpreter saw it too, with firmware's state as it is in `state`. */
  | {
      readonly kind: "refuted";
      readonly state: Readonly<Record<string, number>>;
      readonly broken: boolean;
    }
  | { readonly kind: "unknown"; readonly why: string };

/** Core registers of the entry; nothing in them is relied on. */
const ENTRY_REGISTERS: readonly FirmwareChoice[] = Array.from({ length: 13 }, (_, n) => ({
  name: SLOT_NAMES[registerSlot(n, MODE.hyp)]!,
  mask: -1,
}));

/** Asks one clause of an installation for every choice of firmware's. */
export const proveInstallation = async (
  question: InstallationQuestion,
  solver: Solver,
  timeoutMs: number,
): Promise<InstallationProof> => {
  const { how, thumb, expect } = question;
  if (!isAboutEnd(expect)) throw new RangeError(`${expect.kind} is not about a state`);
  const { machine, program, state } = installationStart(how, thumb);
  const terms = new Terms();
  const before = Array.from(state, (word) => terms.const(word, 32));
  for (const { name, mask } of [...ENTRY_REGISTERS, ...question.firmware]) {
    const slot = stateSlot(name);
    before[slot] = terms.bvor(
      terms.bvand(terms.var(name, 32), terms.const(mask, 32)),
      terms.const(state[slot]! & ~mask, 32),
    );
  }
  const from = program.base;
  const to = from + Math.ceil(program.bytes.length / 4) * 4;
  const follower = new SymbolicMachine({
    terms,
    model: "cortex-a15",
    policy: "cortex-a15",
    initial: {
      regions: [{ from, to }],
      word: (address) => machine.memory.read32(address),
      array: MEMORY_ARRAY,
    },
    translation: {
      ram: machine.memory.banks.map(({ base, size }) => ({ from: base, to: base + size })),
      own: [{ from, to }],
      mode: "as-found",
    },
    firmware: () => "stops",
  });
  const start = follower.start(before);
  const given = question.given?.(terms, before);
  if (given !== undefined) start.assume(given);
  const paths = await follower.explore(start);
  for (const path of paths) {
    const why = unfinished(path);
    if (why !== undefined) return { kind: "unknown", why };
    const violated = terms.and(
      ...path.condition,
      stateViolation(terms, expect, before, path.state, {
        thumb,
        stubVectors: program.symbols.get("vectors")!,
      }),
    );
    if (violated.op === "false") continue;
    const answer = await solver.check({ assertions: [violated] }, { timeoutMs });
    if (answer.kind === "unknown") return { kind: "unknown", why: answer.why };
    if (answer.kind === "unsat") continue;
    const chosen = Object.fromEntries(
      question.firmware.map(({ name, mask }) => {
        const value = Number(BigInt.asIntN(32, answer.model.variables.get(name) ?? 0n));
        const fixed = state[stateSlot(name)]! & ~mask;
        return [name, (value & mask) | fixed];
      }),
    );
    return { kind: "refuted", state: chosen, broken: isBroken(question, chosen) };
  }
  return { kind: "proved", paths: paths.length };
};
/** Why nothing follows from a path: it does not end in SVC mode, standing still. */
const unfinished = (path: MachinePath): string | undefined => {
  const { end } = path.local;
  if (end?.kind === "loop" && path.constant(SLOT.M) === MODE.svc.encoding) return undefined;
  return end === undefined ? "it has no end" : JSON.stringify(end);
};
/** Runs the installation with firmware's choices and judges the state that it leaves. */
const isBroken = (
  { how, thumb, expect }: InstallationQuestion,
  chosen: Readonly<Record<string, number>>,
): boolean => {
  const run = runInstallation(how, {
    thumb,
    modes: ["hyp"],
    firmware: (state) => {
      for (const [name, value] of Object.entries(chosen)) state[stateSlot(name)] = value;
    },
  });
  const [installed] = run.installed;
  if (installed === undefined || !isAboutEnd(expect)) return false;
  const terms = new Terms();
  const words = Array.from(installed, (word) => terms.const(word, 32));
  const options = { thumb, stubVectors: run.program.symbols.get("vectors")! };
  return stateViolation(terms, expect, words, words, options).op === "true";
};
