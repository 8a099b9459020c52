/** Every occupant over terms, held against the interpreter on concrete cases. */
import { expect, test } from "vitest";
import { registerSlot, MODE, SLOT } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import { OCCUPANTS, OCCUPANTS_WITH_KNOWN_BUGS, type Occupant } from "../../occupants/index.js";
import type { CallSite } from "../call-site.js";
import { casesOf, randomWords, type Case } from "../cases.js";
import { describeSetup } from "../check-subject.js";
import { occupantSite } from "../laboratory.js";
import { OCCUPANT_LAYOUT } from "../layout.js";
import { SETUPS } from "../matrix.js";
import { randomSettings } from "../system-settings.js";
import { symbolicCall } from "./symbolic-call.js";
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
