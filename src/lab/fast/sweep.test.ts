import { expect, test } from "vitest";
import { contractNamed } from "../../contract/index.js";
import { occupantNamed } from "../../occupants/index.js";
import { occupantSite } from "../laboratory.js";
import { ALL_VALUES, mergeSweeps, NOTHING_SWEPT, Sweep, type SweepRequest } from "./sweep.js";

const A32 = { thumb: false, hypMmu: false };
const stub = (id: string, contract: string, more: Partial<SweepRequest> = {}): Sweep =>
  new Sweep({
    contract: contractNamed(contract)!,
    site: occupantSite(occupantNamed(id)!, A32),
    register: 0,
    ...more,
  });

test("a sweep asks each value of the call that it selects, at both ends of the range", () => {
  const sweep = stub("stub-c", "linux-c");
  const low = sweep.run(0, 5000);
  expect(low.calls["unknown"]).toMatchObject({ cases: 4997, byMachine: 0 });
  expect(low.calls["set-vectors"]!.cases).toBe(64);
  const high = sweep.run(ALL_VALUES - 3000, ALL_VALUES);
  expect(high.calls["unknown"]!.cases).toBe(3000);
  for (const call of Object.values({ ...low.calls, ...high.calls }))
    for (const clause of Object.values(call.clauses)) expect(clause.broken).toBe(0);
});
test("ranges of a sweep give the same in any order and division", () => {
  const sweep = stub("stub-c", "linux-d-kernel");
  const whole = sweep.run(0, 3000);
  const parts = [
    [1100, 3000],
    [0, 1],
    [1, 1100],
  ].map(([from, to]) => sweep.run(from!, to!));
  expect(parts.reduce(mergeSweeps, NOTHING_SWEPT)).toEqual(whole);
  // Generation C sets vectors and resets where D refuses.
  const broken = whole.calls["unknown"]!.clauses["linux-d-kernel/unknown/result"]!;
  expect(broken).toMatchObject({ broken: 2, first: { value: 0 } });
});
test("a program that goes wrong for one value of all is caught, with that value", () => {
  const stubC = occupantNamed("stub-c")!;
  const occupant = {
    ...stubC,
    id: "stub-c-one-value",
    source: (build: { thumb: boolean }) =>
      stubC.source(build).replace(/^hyp_trap:$/m, "hyp_trap:\ncmp r0, #0xab000000\nmoveq r7, #0"),
  };
  const sweep = new Sweep({
    contract: contractNamed("linux-c")!,
    site: occupantSite(occupant, A32),
    register: 0,
    call: "unknown",
  });
  const { calls } = sweep.run(0xaafff000, 0xab001000);
  const wrong = Object.entries(calls["unknown"]!.clauses).filter(
    ([id, c]) => c.broken > 0 && id.includes("keeps-r"),
  );
  expect(wrong.map(([, c]) => [c.broken, c.first?.value])).toContainEqual([1, 0xab000000]);
});
test("a sweep where compiled code is of no use gives the same", () => {
  const request = { ...stub("stub-b2", "linux-c").request };
  const fast = new Sweep(request);
  const { machine } = request.site;
  const quick = fast.run(0, 400);
  const device = {
    read: () => 0,
    write: () => {},
    reset: () => {},
    save: () => 0,
    restore: () => {},
  };
  machine.attach({ name: "nothing", base: 0x10000000, size: 0x1000, ...device });
  machine.restore();
  machine.snapshot();
  const slow = new Sweep(request);
  expect(fast.whySlow).toBeUndefined();
  expect(slow.whySlow).toMatch(/devices/);
  const { calls } = slow.run(0, 400);
  for (const [id, call] of Object.entries(calls))
    expect({ ...call, byMachine: 0 }).toEqual({ ...quick.calls[id], byMachine: 0 });
});
test("a register that holds an address of code is not swept", () => {
  const sweep = stub("stub-c", "linux-c", { register: 1 });
  expect(sweep.notTried.map((n) => n.call)).toEqual(["soft-restart"]);
  expect(() => stub("stub-c", "linux-c", { register: 13 })).toThrow(RangeError);
  expect(() => stub("stub-c", "linux-c", { call: "nonsense" })).toThrow(/it has set-vectors/);
});
