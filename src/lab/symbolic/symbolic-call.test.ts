/** Every occupant over terms, held against the interpreter on concrete cases. */
import { expect, test } from "vitest";
import { registerSlot, MODE, SLOT, SLOT_NAMES } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import { valueUnder, type Term } from "../../engines/index.js";
import { OCCUPANTS, OCCUPANTS_WITH_KNOWN_BUGS, type Occupant } from "../../occupants/index.js";
import type { CallResult, CallSite, Registers } from "../call-site.js";
import { casesOf, randomWords, type Case } from "../cases.js";
import { describeSetup } from "../check-subject.js";
import { occupantSite } from "../laboratory.js";
import { OCCUPANT_LAYOUT } from "../layout.js";
import { SETUPS } from "../matrix.js";
import { randomSettings } from "../system-settings.js";
import { STANDING_ASSUMPTIONS } from "../../machine/index.js";
import { symbolicCall, type CallPath, type SymbolicCall } from "./symbolic-call.js";
import {
  finalState,
  finalWords,
  memoryDifferences,
  modelOfMachine,
  onlyPath,
  stateDifferences,
} from "./testing/agreement.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 20170117);
const CASES = Number(process.env["HYPLAB_CASES"] ?? 6);

/** Cases of the occupant's contract, and some of no contract at all. */
const casesAt = (occupant: Occupant, site: CallSite, random: () => number): Case[] => {
  const contract = contractNamed(occupant.contract)!;
  const of = contract.calls.flatMap((call) =>
    casesOf(contract, call, site, { seed: random(), count: CASES, kernelCode: new Set() }),
  );
  const wild = Array.from({ length: CASES * 2 }, (_, n): Case => {
    const registers: Record<number, number> = {};
    for (let r = 0; r < 15; r++) registers[r] = random();
    if (n % 2 === 0) registers[0] = random() & 7;
    // Somewhere in RAM, so that what is branched to can be fetched, and tables that are there.
    if (n % 3 === 0) registers[1] = OCCUPANT_LAYOUT.ram.base + (random() & 0x7fffff);
    if (n % 4 === 0) [registers[2], registers[3]] = [OCCUPANT_LAYOUT.hypTables, 0];
    return {
      call: "none",
      registers,
      flags: random() & (0xf80f0000 | 0),
      system: randomSettings(random, site),
    };
  });
  return [...of, ...wild];
};
const isMarked = (path: CallPath): boolean =>
  path.outcome.kind !== "entered" || path.outcome.marked;

/** What is wrong with a case, in words. `skipped` counts cases that a path's assumption leaves out. */
const problemsOf = (
  call: SymbolicCall,
  site: CallSite,
  registers: Registers,
  c: Pick<Case, "flags" | "system">,
  skipped: { n: number },
): string[] => {
  const { machine } = site;
  site.begin(registers, c.flags, c.system);
  const model = modelOfMachine(machine.cpu.state.slice(0, SLOT_NAMES.length), machine.memory);
  const path = onlyPath(call.paths, model);
  if (typeof path === "string") return [path];
  if (path.assumptions.length > STANDING_ASSUMPTIONS.length) {
    // Tables that the input gives: the assumption holds of the laboratory's own, which are there with the MMU on.
    if ((site.saved("HSCTLR") & 1) === 0 || registers[2] !== OCCUPANT_LAYOUT.hypTables) {
      skipped.n++;
      return [];
    }
  }
  if (path.outcome.kind === "stopped" || path.outcome.kind === "unknown")
    return [`${path.outcome.kind}: ${path.outcome.what}`];
  const written = finalWords(path, model);
  const after = finalState(path.after, model);
  // What is asked of the model later must not see the run's memory.
  const outcome = outcomeUnder(path, (term) => Number(valueUnder(term, model)));
  machine.run(path.instructions);
  const problems = [
    ...stateDifferences(after, machine.cpu.state),
    ...memoryDifferences(written, machine.memory),
    ...machine.memory
      .changes(64)
      .filter((change) => !written.has(change.address))
      .map((change) => `memory 0x${change.address.toString(16)} changed`),
  ];
  if (problems.length > 0 || !isMarked(path)) return problems;
  return outcomeProblems(path, outcome, site.call(registers, c.flags, c.system));
};
/** A path's outcome in numbers. */
const outcomeUnder = (
  path: CallPath,
  valueOf: (term: Term) => number,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(path.outcome)
      .filter(([key]) => key !== "marked")
      .map(([key, value]) => [
        key,
        typeof value === "object"
          ? valueOf(value) | 0
          : typeof value === "number"
            ? value | 0
            : value,
      ]),
  );
const outcomeProblems = (
  path: CallPath,
  ours: Readonly<Record<string, unknown>>,
  { outcome }: CallResult,
): string[] => {
  // The laboratory calls code that nobody placed by what it came to in the end.
  if (path.outcome.kind === "ran-away" && path.outcome.what === "code outside of the image")
    return [];
  const theirs = Object.fromEntries(
    Object.entries(outcome)
      .filter(([key]) => key in ours)
      .map(([key, value]) => [key, typeof value === "number" ? value | 0 : value]),
  );
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
  return a === b ? [] : [`outcome over terms ${a}, on the machine ${b}`];
};

const ALL = [...OCCUPANTS, ...OCCUPANTS_WITH_KNOWN_BUGS];
for (const occupant of ALL) {
  test(`${occupant.id}: each concrete call takes exactly one path, to the same state and outcome (seed ${SEED})`, async () => {
    const random = randomWords(SEED);
    let ran = 0;
    const skipped = { n: 0 };
    for (const setup of SETUPS) {
      // Hardened vectors exist in A32 alone.
      if (setup.thumb && occupant.id.startsWith("kvm-hardened")) continue;
      const site = occupantSite(occupant, setup);
      const call = await symbolicCall(site, { targetFaults: true });
      expect(call.paths.map((p) => p.outcome.kind)).not.toContain("unknown");
      for (const c of casesAt(occupant, site, random)) {
        ran++;
        const problems = problemsOf(call, site, c.registers, c, skipped);
        expect(problems, `${describeSetup(setup)}, ${JSON.stringify(c)}`).toEqual([]);
      }
    }
    expect(ran).toBeGreaterThan(skipped.n * 2);
  });
}

test("what only a wrong number gives is refuted by the paths of a stub: r0 after SOFT_RESTART is the caller's", async () => {
  const site = occupantSite(
    OCCUPANTS.find((o) => o.id === "stub-c")!,
    SETUPS[0]!,
  );
  const { terms, before, paths } = await symbolicCall(site);
  const r0 = registerSlot(0, MODE.svc);
  const restarts = paths.filter((p) => p.outcome.kind === "entered");
  expect(restarts.length).toBe(2);
  for (const path of restarts) {
    expect(path.after[r0]).toBe(before[r0]);
    expect(terms.bvand(path.after[SLOT.PC]!, terms.const(1, 32))).toBe(terms.const(0, 32));
  }
});
