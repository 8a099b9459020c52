import { expect, test } from "vitest";
import { MODE, registerSlot, SLOT_COUNT, SLOT_NAMES } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import { OCCUPANTS, occupantNamed, type Occupant } from "../../occupants/index.js";
import { predicateHolds } from "../../engines/index.js";
import { CaseMaker, randomWords } from "../cases.js";
import { checkContract } from "../check.js";
import { occupantSite } from "../laboratory.js";
import { SETUPS } from "../matrix.js";
import { isAboutEnd, predicateOf } from "../predicate.js";
import { FastCalls, IMAGE_CAPACITY } from "./fast-calls.js";
import { frameOf } from "./outcome-words.js";

const SEED = 20171119;

/** Runs cases of all calls of an occupant's contract both ways; gives what differs and how many ran where. */
const compare = (
  occupant: Occupant,
  setup: (typeof SETUPS)[number],
  count: number,
): { fast: number; byMachine: number; broken: number; differences: string[] } => {
  const site = occupantSite(occupant, setup);
  const fast = FastCalls.at(site);
  if (typeof fast === "string") throw new Error(fast);
  const contract = contractNamed(occupant.contract)!;
  const differences: string[] = [];
  const total = { fast: 0, byMachine: 0, broken: 0, differences };
  for (const call of contract.calls) {
    const clauses = contract.clauses.filter(
      (c) => c.about.kind === "call" && c.about.call === call.id && isAboutEnd(c.expect),
    );
    const maker = new CaseMaker(contract, call, site, { seed: SEED, kernelCode: new Set() });
    const loop = fast.loop(clauses);
    const where = `${occupant.id} ${JSON.stringify(setup)} ${call.id}`;
    for (let n = 0; n < count; n++) {
      const one = maker.make(n);
      fast.setImage(n % IMAGE_CAPACITY, one);
      fast.batch.forget();
      let left = false;
      let broken: readonly number[] = [];
      loop.run(n % IMAGE_CAPACITY, 1, -1, {
        machine: () => (left = true),
        broken: (_n, which) => (broken = which),
      });
      if (left) {
        total.byMachine++;
        continue;
      }
      total.fast++;
      const result = site.call(one.registers, one.flags, one.system);
      const frame = frameOf(result);
      const ours = fast.batch.frame;
      for (let i = 0; i < SLOT_COUNT; i++)
        if (frame[i] !== ours[i])
          differences.push(`${where} case ${n}: ${SLOT_NAMES[i]} ${ours[i]} for ${frame[i]}`);
      const wrong = clauses.flatMap((clause, i) =>
        isAboutEnd(clause.expect) &&
        !predicateHolds(predicateOf(clause.expect, site.options), result.before, frame)
          ? [i]
          : [],
      );
      total.broken += wrong.length;
      if (wrong.join() !== [...broken].join())
        differences.push(
          `${where} case ${n}: broken ${broken.map((i) => clauses[i]!.id).join()} for ${wrong.map((i) => clauses[i]!.id).join()}`,
        );
      if (differences.length > 5) return total;
    }
  }
  return total;
};

test("compiled calls end in the machine's state and are judged as the machine's are, for all occupants", () => {
  let fast = 0;
  for (const occupant of OCCUPANTS)
    for (const setup of SETUPS) {
      const found = compare(occupant, setup, 40);
      expect(found.differences, `seed ${SEED}`).toEqual([]);
      fast += found.fast;
    }
  expect(fast).toBeGreaterThan(3000);
}, 60_000);

/** An occupant with one instruction changed: operands swapped for others, conditions turned, numbers raised. */
const mutants = (occupant: Occupant, count: number): Occupant[] => {
  const random = randomWords(SEED);
  const pick = (n: number): number => (random() >>> 0) % n;
  return Array.from({ length: count }, (_, n) => ({
    ...occupant,
    id: `${occupant.id}-mutant-${n}`,
    source: (build) => {
      const lines = occupant.source(build).split("\n");
      const at = lines.flatMap((line, i) =>
        /^\s*(?:[a-z]+\s)/.test(line) && !/^\s*(?:push|pop|\.|b |b\.w)/.test(line) ? [i] : [],
      );
      const i = at[(pick(at.length) + n) % at.length]!;
      const line = lines[i]!;
      lines[i] =
        [
          line.replace(/\br([0-9])\b/, `r${pick(8)}`),
          line.replace(/#(0x[0-9a-f]+|\d+)/, (_m, v: string) => `#${Number(v) ^ (1 << pick(3))}`),
          line.replace(/\bbeq\b/, "bne"),
          "  nop",
        ][pick(4)] ?? line;
      return lines.join("\n");
    },
  }));
};
test("both judges find the same clauses broken in programs with seeded mistakes", () => {
  let broken = 0;
  let made = 0;
  for (const id of ["stub-a", "stub-b2", "stub-c", "kvm-k2", "kvm-k4"])
    for (const mutant of mutants(occupantNamed(id)!, 6)) {
      let found: ReturnType<typeof compare>;
      try {
        found = compare(mutant, { thumb: false, hypMmu: id === "kvm-k4" }, 60);
      } catch (error) {
        // A mistake that is no program.
        if (error instanceof Error && error.name === "AssemblyError") continue;
        throw error;
      }
      made++;
      expect(found.differences, `${mutant.id}, seed ${SEED}`).toEqual([]);
      broken += found.broken;
    }
  expect(made).toBeGreaterThan(15);
  expect(broken).toBeGreaterThan(300);
}, 60_000);

test("verdicts do not depend on what asks the cases", () => {
  const pairs = [
    ["stub-c", "linux-c"],
    ["stub-c", "linux-d-kernel"],
    ["stub-a", "linux-c"],
    ["kvm-k4", "kvm-k4"],
    ["kvm-k3", "linux-c"],
  ] as const;
  for (const [occupant, contract] of pairs)
    for (const setup of [SETUPS[1]!, SETUPS[2]!]) {
      const site = occupantSite(occupantNamed(occupant)!, setup);
      const [machine, batches] = (["machine", "batches"] as const).map((loop) =>
        checkContract(contractNamed(contract)!, site, { cases: 300, loop }),
      );
      expect(batches).toEqual(machine);
    }
}, 60_000);

test("calls of the stubs and of KVM's stub calls need no machine", () => {
  for (const id of ["stub-b2", "stub-c", "stub-d-kernel", "stub-d-zimage"])
    expect(compare(occupantNamed(id)!, { thumb: true, hypMmu: false }, 70)).toMatchObject({
      byMachine: 0,
    });
  const site = occupantSite(occupantNamed("kvm-k4")!, { thumb: false, hypMmu: true });
  const fast = FastCalls.at(site);
  if (typeof fast === "string") throw new Error(fast);
  const contract = contractNamed("kvm-k4")!;
  const call = contract.calls.find((c) => c.id === "reset-vectors")!;
  const maker = new CaseMaker(contract, call, site, { seed: SEED, kernelCode: new Set() });
  for (let n = 0; n < 64; n++) maker.tell(n, fast.image(n));
  const machine: number[] = [];
  const word = registerSlot(0, MODE.svc);
  fast.loop([], word).run(2, 1, 63, { machine: (n) => machine.push(n), broken: () => {} });
  expect(machine).toEqual([]);
});
