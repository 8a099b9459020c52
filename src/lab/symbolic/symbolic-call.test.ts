/** Every occupant over terms, held against the interpreter on concrete cases. */
import { expect, test } from "vitest";
import { registerSlot, MODE, SLOT } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import { CdclSolver } from "../../engines/index.js";
import { OCCUPANTS, OCCUPANTS_WITH_KNOWN_BUGS, type Occupant } from "../../occupants/index.js";
import type { CallSite } from "../call-site.js";
import { casesOf, randomWords, type Case } from "../cases.js";
import { describeSetup } from "../check-subject.js";
import { occupantSite } from "../laboratory.js";
import { OCCUPANT_LAYOUT } from "../layout.js";
import { SETUPS } from "../matrix.js";
import { randomSettings } from "../system-settings.js";
import { feasibleBy, symbolicCall } from "./symbolic-call.js";
import { callProblems } from "./testing/agreement.js";

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
        const problems = callProblems(call, site, c.registers, c, skipped);
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

const MAPPED = SETUPS.find((s) => s.hypMmu && !s.thumb)!;
test("with any tables that map the occupant's pages the paths end as with those of the laboratory, and say what they assume", async () => {
  for (const id of ["reference-stub", "kvm-k4"]) {
    const site = occupantSite(
      ALL.find((o) => o.id === id)!,
      MAPPED,
    );
    const found = await symbolicCall(site);
    const any = await symbolicCall(site, { tables: "any" });
    const ends = (paths: typeof any.paths): string[] => paths.map((p) => p.outcome.kind).toSorted();
    expect(ends(any.paths)).toEqual(ends(found.paths));
    const of = (paths: typeof any.paths): string => paths.flatMap((p) => p.assumptions).join();
    expect(of(any.paths)).toContain("map the occupant's own pages as they are");
    expect(of(found.paths)).not.toContain("map the occupant's own pages as they are");
  }
});

const written = (lines: string): Occupant => ({
  ...ALL[0]!,
  id: `test ${lines}`,
  source: () =>
    `.align 32\nvectors: b vectors\nb vectors\nb vectors\nb vectors\nb vectors\nb trap\ntrap:\n${lines}`,
});
test("a loop whose rounds the input decides comes to a bound by name; one that the code bounds does not", async () => {
  const kinds = async (lines: string): Promise<Set<string>> => {
    const { paths } = await symbolicCall(occupantSite(written(lines), SETUPS[0]!));
    return new Set(paths.map((p) => p.outcome.kind));
  };
  expect(await kinds("loop: subs r0, r0, #1\nbne loop\neret")).toEqual(
    new Set(["returned", "unknown"]),
  );
  expect(await kinds("mov r0, #5\nloop: subs r0, r0, #1\nbne loop\neret")).toEqual(
    new Set(["returned"]),
  );
});
test("what is not modelled ends its path by name, and the others go on", async () => {
  const site = occupantSite(
    written("cmp r0, #0\nmrceq p15, 0, r1, c12, c1, 0\nwfine\neret"),
    SETUPS[0]!,
  );
  const { paths } = await symbolicCall(site);
  const words = paths.map((p) => ("what" in p.outcome ? p.outcome.what : p.outcome.kind));
  expect(words.toSorted()).toEqual(["the hint WFI", "what an access of ISR does"]);
});
test("a store through a register splits over what it may reach: memory, the occupant itself, a fault", async () => {
  const site = occupantSite(written("str r1, [r2]\neret"), SETUPS[0]!);
  const { paths, terms } = await symbolicCall(site);
  const returned = paths.filter((p) => p.outcome.kind === "returned");
  expect(returned.length).toBe(1);
  expect(returned[0]!.writes.length).toBe(1);
  expect(returned[0]!.writes[0]!.address).toBe(terms.var("R2", 32));
  expect(new Set(paths.map((p) => p.outcome.kind))).toEqual(
    new Set(["returned", "stopped", "exception-in-hyp"]),
  );
});

const PLAIN = SETUPS.find((s) => !s.hypMmu && !s.thumb)!;
test("a solver takes away the paths that no state takes, and no others", async () => {
  // No square leaves 2 when it is divided by 4.
  const squares = written(
    "mul r2, r1, r1\nand r2, r2, #3\ncmp r2, #2\nbeq never\ncmp r2, #1\nbeq odd\neret\nodd: mov r3, #1\neret\nnever: b never",
  );
  const site = occupantSite(squares, PLAIN);
  const ends = async (feasible: Parameters<typeof symbolicCall>[1]): Promise<string[]> =>
    (await symbolicCall(site, feasible)).paths.map((p) => p.outcome.kind).toSorted();
  expect(await ends({})).toEqual(["returned", "returned", "self-loop"]);
  const feasible = feasibleBy(new CdclSolver(), 10_000);
  expect(await ends({ feasible })).toEqual(["returned", "returned"]);
});
