import { describe, expect, test } from "vitest";
import { CONTRACTS, contractNamed, LINUX_STUBS } from "../contract/index.js";
import { assembleOccupant, OCCUPANTS, occupantNamed, REFERENCE_STUB } from "../occupants/index.js";
import {
  casesOf,
  checkContract,
  checkOccupant,
  namesFrom,
  occupantSite,
  recogniseGeneration,
  runMatrix,
  SETUPS,
  SYSTEM_SETTINGS,
  traceCall,
  violations,
} from "./index.js";

const A32 = { thumb: false, hypMmu: false };

test("the matrix agrees with every prediction of section 10, or says where it does not", () => {
  const cells = runMatrix();
  expect(cells.length).toBe(OCCUPANTS.length * 6 * 4);
  expect(
    cells
      .filter((c) => c.disagreement !== undefined)
      .map((c) => `${c.occupant} ${c.caller}: ${c.disagreement}`),
  ).toEqual([]);
  expect(cells.filter((c) => c.outcome.kind === "stopped").map((c) => c.words)).toEqual([]);
});

test("the call of the 2017 mail branches to address 2 on ARM and 3 on Thumb-2 under KVM K3", () => {
  for (const [thumb, target] of [
    [false, 2],
    [true, 3],
  ] as const) {
    const site = occupantSite(occupantNamed("kvm-k3")!, { thumb, hypMmu: true });
    const { outcome } = site.call({ 0: 2, 1: 1, 3: site.target(thumb) });
    expect(outcome).toMatchObject({ kind: "exception-in-hyp", target, vector: 0x0c });
  }
});

describe.each(LINUX_STUBS.map((c) => [c.id, c] as const))("%s", (id, contract) => {
  const occupant = OCCUPANTS.find((o) => o.contract === id && o.family === "stub")!;
  test("our own program of the generation keeps all of its clauses in every setup", () => {
    for (const setup of SETUPS) {
      const result = checkContract(contract, occupantSite(occupant, setup), { cases: 48 });
      expect(violations(result).map((v) => v.clause.id)).toEqual([]);
    }
  });
  test("the generation is recognised by its answers", () => {
    const found = recogniseGeneration(occupantSite(occupant, A32));
    expect(found.distance).toBe(0);
    expect([found.contract.id, ...found.also.map((c) => c.id)]).toContain(id);
    expect(found.also).toEqual([]);
  });
});

test("a stub that lies is caught: generation C judged as D, and D as C", () => {
  const c = occupantSite(occupantNamed("stub-c")!, A32);
  const d = occupantSite(occupantNamed("stub-d-kernel")!, A32);
  expect(
    violations(checkContract(contractNamed("linux-d-kernel")!, c)).map((v) => v.clause.id),
  ).toContain("linux-d-kernel/unknown/result");
  expect(violations(checkContract(contractNamed("linux-c")!, d)).map((v) => v.clause.id)).toContain(
    "linux-c/set-vectors/sets-vectors",
  );
});

test("the reference stub keeps generation C and the documentation, with the HYP MMU on and off", () => {
  const result = checkOccupant(REFERENCE_STUB);
  expect(result.violated).toBe(0);
  expect(result.drift).toBe(0);
  for (const setup of SETUPS) {
    const drift = checkContract(contractNamed("doc-rst")!, occupantSite(REFERENCE_STUB, setup));
    expect(violations(drift).map((v) => v.clause.id)).toEqual([]);
  }
});

test("KVM before K4 breaks the promise that the mail asks for, and K4 keeps it", () => {
  for (const id of ["kvm-k1", "kvm-k2", "kvm-k3"])
    expect(checkOccupant(occupantNamed(id)!, { cases: 8 }).violated).toBeGreaterThan(0);
  expect(checkOccupant(occupantNamed("kvm-k4")!, { cases: 48 }).violated).toBe(0);
});

test("the documentation of generation D promises calls that its stub refuses", () => {
  const result = checkOccupant(occupantNamed("stub-d-kernel")!);
  const drift = result.phases.flatMap((p) =>
    p.documentation.flatMap((d) => violations(d).map((v) => v.clause.id)),
  );
  expect(drift).toContain("doc-rst/set-vectors/sets-vectors");
  expect(drift).toContain("doc-rst/set-vectors/result");
  expect(drift).toContain("doc-rst/reset-vectors/result");
  // A stub that turns nothing off shows it when the HYP MMU is on.
  expect(drift).toContain("doc-rst/soft-restart/mmu-off");
});

test("a counterexample is the smallest: only the call's own inputs are left in it", () => {
  const site = occupantSite(occupantNamed("stub-d-kernel")!, A32);
  const broken = violations(checkContract(contractNamed("linux-c")!, site)).find(
    (v) => v.clause.id === "linux-c/set-vectors/result",
  )!;
  expect(broken.verdict.kind).toBe("violated");
  if (broken.verdict.kind === "violated")
    expect(Object.keys(broken.verdict.counterexample.registers)).toEqual(["0", "1"]);
});

test("the same seed asks the same cases, and restoring leaves nothing behind", () => {
  const site = occupantSite(occupantNamed("kvm-k4")!, { thumb: true, hypMmu: true });
  const run = (): string =>
    JSON.stringify(
      checkContract(contractNamed("kvm-k4")!, site, { seed: 7, cases: 32 }).verdicts.map((v) => [
        v.clause.id,
        v.verdict,
      ]),
    );
  expect(run()).toBe(run());
});

test("a trace ends as the call does and names places", () => {
  const occupant = occupantNamed("stub-c")!;
  const site = occupantSite(occupant, A32);
  const { symbols } = assembleOccupant(occupant, A32, 0x40100000);
  const start = { registers: { 0: 1, 1: site.target(false) }, flags: 0, system: {} };
  const trace = traceCall(site, start, namesFrom(symbols));
  expect(trace.result.outcome).toMatchObject({
    kind: "entered",
    address: site.target(false),
    mode: "hyp",
  });
  expect(trace.steps.some((s) => s.label === "soft_restart" && s.text === "bx r1")).toBe(true);
});

test("a caller is traced from its first instruction to what it does when its call returns", () => {
  const site = occupantSite(occupantNamed("stub-c")!, A32);
  const trace = traceCall(site, { caller: "b-soft" }, namesFrom(new Map()));
  expect(trace.steps.slice(0, 3).map((s) => s.text.replace(/,.*/, ""))).toEqual([
    "mov r0",
    "mov r1",
    "ldr r3",
  ]);
  expect(trace.returned).toMatchObject({ kind: "returned", mode: "svc" });
  expect(trace.result.outcome).toMatchObject({ kind: "entered", mode: "svc" });
});

test("a caller whose restart returns and that has no fallback runs away to a virtual address", () => {
  const site = occupantSite(occupantNamed("kvm-guest-new")!, A32);
  expect(site.callAs("c-soft").outcome).toMatchObject({ kind: "returned" });
  expect(site.goOn()).toMatchObject({ kind: "ran-away", address: 0x11111400, mode: "svc" });
});

test("cases vary the system state that the phase leaves to chance, and shrinking takes it out again", () => {
  const site = occupantSite(occupantNamed("stub-c")!, A32);
  const contract = contractNamed("linux-c")!;
  const cases = casesOf(contract, contract.calls[0]!, site, {
    seed: 11,
    count: 200,
    kernelCode: new Set(),
  });
  const varied = new Set(cases.flatMap((c) => Object.keys(c.system)));
  expect(SYSTEM_SETTINGS.map((s) => s.name).filter((name) => !varied.has(name))).toEqual([]);
  expect(cases.every((c) => ((c.system["HSCTLR"] ?? 0) & 1) === 0)).toBe(true);
  const broken = violations(checkContract(contractNamed("linux-a")!, site, { seed: 11 }));
  expect(broken.length).toBeGreaterThan(0);
  for (const { verdict } of broken)
    expect(verdict.kind === "violated" && Object.keys(verdict.counterexample.system)).toEqual([]);
});

test("with the HYP MMU on its tables stay, and an occupant with a stack keeps it", () => {
  const site = occupantSite(occupantNamed("kvm-k4")!, { thumb: false, hypMmu: true });
  const contract = contractNamed("kvm-k4")!;
  const cases = casesOf(contract, contract.calls[0]!, site, {
    seed: 3,
    count: 200,
    kernelCode: new Set(),
  });
  const varied = new Set(cases.flatMap((c) => Object.keys(c.system)));
  for (const name of ["HTTBR", "HTCR", "HMAIR0", "SP_hyp"]) expect(varied.has(name)).toBe(false);
  expect(cases.every((c) => ((c.system["VTTBR_hi"] ?? 0) & 0xff0000) === 0)).toBe(true);
});

test("every clause of an implementation is tried at some occupant", () => {
  const tried = new Set(
    OCCUPANTS.flatMap((o) =>
      checkOccupant(o, { cases: 4 }).phases.flatMap((p) =>
        p.implementation.verdicts
          .filter((v) => v.verdict.kind !== "not-applicable")
          .map((v) => v.clause.id),
      ),
    ),
  );
  const untried = CONTRACTS.filter((c) => c.kind === "implementation")
    .flatMap((c) => c.clauses)
    .filter((c) => c.about.kind !== "installation" && !tried.has(c.id));
  expect(untried.map((c) => c.id)).toEqual([]);
});
