import { describe, expect, test } from "vitest";
import {
  answerTo,
  ARM64_CONTRACTS,
  boundaryValues,
  callFor,
  CONDUCT_CLAUSES,
  CONTRACTS,
  contractNamed,
  documentationGaps,
  gapsBetween,
  GENERATION_PROBES,
  HOST_CALLERS,
  HVC_STUB_ERR,
  KNOWN_BUGS,
  LIFE_CLAUSES,
  LINUX_STUBS,
  PREDICTED_CALLERS,
  PREDICTED_OCCUPANTS,
  prediction,
  PREDICTION_SOURCE,
  sameAnswer,
  type Call,
  type Contract,
} from "./index.js";

const ALL = [...CONTRACTS, ...ARM64_CONTRACTS];
const CLAUSE_IDS = new Set(ALL.flatMap((c) => c.clauses.map((clause) => clause.id)));
const clausesOf = (c: Contract, call: Call) =>
  c.clauses.filter((x) => x.about.kind === "call" && x.about.call === call.id);

describe("the records", () => {
  test("contract ids are unique, and every contract of the facts is there", () => {
    const ids = ALL.map((c) => c.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining([
        ...["linux-a", "linux-b0", "linux-b1", "linux-b2", "linux-b3", "linux-c"],
        ...["linux-d-kernel", "linux-d-zimage"],
        ...["kvm-k1", "kvm-k2", "kvm-k3", "kvm-k4", "kvm-init-two-phase", "kvm-init-single"],
        ...["kvm-guest-old", "kvm-guest-new", "psci-hvc", "xen-old", "xen-vsmc", "jailhouse"],
        ...["doc-draft", "doc-txt", "doc-rst", "doc-rst-finalise"],
      ]),
    );
  });

  test("clause ids are unique, well-formed and name their contract and call", () => {
    const ids = ALL.flatMap((c) => c.clauses.map((clause) => clause.id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const c of ALL) {
      const places = new Set([...c.calls.map((call) => call.id), "installation", "vectors"]);
      for (const clause of c.clauses) {
        expect(clause.id).toMatch(/^[a-z0-9-]+\/[a-z0-9-]+\/[a-z0-9-]+$/);
        const [contract, place] = clause.id.split("/");
        expect(contract).toBe(c.id);
        expect(places.has(place!), clause.id).toBe(true);
        if (clause.about.kind === "call") expect(clause.about.call).toBe(place);
        else expect(clause.about.kind).toBe(place);
      }
    }
  });

  test("every contract and clause says where it comes from, in a sentence of its own", () => {
    for (const c of ALL) {
      expect(c.sources.length, c.id).toBeGreaterThan(0);
      for (const text of [c.title, c.summary, c.implementers, c.scope, c.hostAtCrash, c.releases])
        expect(text.trim(), c.id).not.toBe("");
      expect(c.phases.length, c.id).toBeGreaterThan(0);
      for (const note of c.notes) expect(note, c.id).toMatch(/\S.*\.$/s);
      for (const clause of c.clauses) {
        expect(clause.sources.length, clause.id).toBeGreaterThan(0);
        expect(clause.statement, clause.id).toMatch(/^\S.{10,}\.$/s);
        for (const s of clause.sources) {
          expect(s.what.trim(), clause.id).not.toBe("");
          expect(["V", "P", "D", "M"]).toContain(s.mark);
        }
      }
    }
  });

  test("every call promises where control goes, its result and what is kept, or says why not", () => {
    for (const c of ALL) {
      if (c.restates !== undefined) {
        expect(c.clauses, c.id).toEqual([]);
        continue;
      }
      for (const call of c.calls) {
        const where = `${c.id}/${call.id}`;
        const kinds = clausesOf(c, call).map((x) => x.expect.kind);
        expect(kinds.length, where).toBeGreaterThan(0);
        const control = kinds.some((k) => ["returns", "enters", "branches", "outcome"].includes(k));
        const result = kinds.includes("register") || call.keeps.includes("R0");
        const kept = kinds.includes("unchanged");
        if (!control || !result || !kept) expect(call.unspecified, where).not.toEqual([]);
      }
    }
  });

  test("a contract's selectors do not overlap, and at most one call takes all others", () => {
    for (const c of ALL) {
      const values = c.calls.flatMap((x) =>
        x.selector.kind === "value" ? [x.selector.value | 0] : [],
      );
      expect(new Set(values).size, c.id).toBe(values.length);
      expect(c.calls.filter((x) => x.selector.kind === "other").length, c.id).toBeLessThan(2);
      expect(new Set(c.calls.map((x) => x.id)).size, c.id).toBe(c.calls.length);
    }
  });

  test("nothing is kept that the same call sets, and no kept slot is named twice", () => {
    for (const c of ALL) {
      for (const call of c.calls) {
        const where = `${c.id}/${call.id}`;
        expect(new Set(call.keeps).size, where).toBe(call.keeps.length);
        for (const e of call.effects) expect(call.keeps, where).not.toContain(e.register);
        for (const r of call.results) expect(call.keeps, where).not.toContain(`R${r.register}`);
      }
    }
  });

  test("a documentation state that restates another has the same calls for 32-bit", () => {
    for (const c of CONTRACTS) {
      if (c.restates !== undefined) expect(c.calls).toEqual(contractNamed(c.restates)!.calls);
    }
    expect(contractNamed("doc-rst-finalise")!.restates).toBe("doc-rst");
  });

  test("documentation states that contracts name exist, are documentation and of the same width", () => {
    for (const c of ALL)
      for (const id of c.documentedBy) {
        const documentation = ALL.find((x) => x.id === id);
        expect(documentation?.kind, id).toBe("documentation");
        expect(documentation?.architecture).toBe(c.architecture);
      }
  });

  test("the numbers of generations B and C mean different calls", () => {
    const names = (id: string) => [0, 1, 2, 3].map((n) => callFor(contractNamed(id)!, n)?.id);
    expect(names("linux-b2")).toEqual([
      "get-vectors",
      "set-vectors",
      "soft-restart",
      "reset-vectors",
    ]);
    expect(names("linux-c")).toEqual(["set-vectors", "soft-restart", "reset-vectors", "unknown"]);
    expect(names("linux-d-kernel")).toEqual(["unknown", "soft-restart", "unknown", "unknown"]);
    expect(names("doc-draft").slice(1)).toEqual(names("linux-b3").slice(1));
  });

  test("boundary values of a vector table's address are aligned, and code has none", () => {
    const vectors = callFor(contractNamed("linux-c")!, 0)!.inputs[0]!;
    expect(boundaryValues(vectors)).toEqual([0, 32, 0x7fffffe0, 0x80000000 | 0, -32]);
    expect(boundaryValues(callFor(contractNamed("linux-c")!, 1)!.inputs[0]!)).toEqual([]);
  });
});

describe("recognition", () => {
  test("any two generations differ in their answer to some probe", () => {
    for (const [i, a] of GENERATION_PROBES.entries()) {
      for (const b of GENERATION_PROBES.slice(i + 1)) {
        const telling = a.probes.filter(
          ({ r0, answer }, n) => !sameAnswer(answer, b.probes[n]!.answer, r0),
        );
        expect(telling.length, `${a.contract} and ${b.contract}`).toBeGreaterThan(0);
      }
    }
  });
  test("the kernel's stub of generation D answers as the reference run of Debian's kernel does", () => {
    const d = contractNamed("linux-d-kernel")!;
    for (const r0 of [0, 2, 3, 4, 0x10, 0x7fffffff, 0x84000000 | 0, -1]) {
      expect(answerTo(d, r0), String(r0)).toMatchObject({
        control: { kind: "returns" },
        r0: { kind: "constant", value: HVC_STUB_ERR },
        hvbar: "kept",
      });
    }
    expect(answerTo(d, 1)?.control).toMatchObject({ kind: "enters", target: 1, mode: "hyp" });
  });
});

describe("the five gaps of the documentation follow from the records", () => {
  const gaps = documentationGaps();
  const find = (against: string, call: string, kind: string) =>
    gaps.filter((g) => g.against === against && g.call === call && g.kind === kind);

  test("1: the kernel's stub of generation D refuses to set and to reset vectors", () => {
    for (const call of ["set-vectors", "reset-vectors"])
      expect(find("linux-d-kernel", call, "result").map((g) => g.documentation)).toEqual([
        "doc-rst",
      ]);
    expect(find("linux-d-zimage", "set-vectors", "result")).toEqual([]);
  });
  test("2: the stub turns nothing off when it restarts, KVM does", () => {
    expect(find("linux-d-kernel", "soft-restart", "effect").length).toBe(2);
    expect(find("linux-c", "soft-restart", "effect").length).toBe(1);
    expect(find("kvm-k4", "soft-restart", "effect")).toEqual([]);
  });
  test("3: pKVM refuses every stub call with -1", () => {
    expect(gaps.filter((g) => g.against === "arm64-pkvm" && g.kind === "result").length).toBe(3);
    expect(find("arm64-pkvm", "soft-restart", "control").length).toBe(1);
  });
  test("4: the 64-bit call that finalises EL2 fails on a healthy machine without VHE", () => {
    expect(find("arm64-stub", "finalise", "condition").length).toBe(1);
  });
  test("5: no text says what a soft restart that returns means, and the caller runs away then", () => {
    const silent = gaps.filter((g) => g.kind === "silence");
    expect(silent.map((g) => `${g.documentation} ${g.against}`)).toEqual([
      "doc-txt c-soft",
      "doc-rst d-soft",
    ]);
  });
  test("an implementation that does what is documented has no gap", () => {
    const rst = contractNamed("doc-rst")!;
    expect(gapsBetween(rst, { ...rst, kind: "implementation" })).toEqual([]);
  });
});

describe("callers, predictions and known bugs", () => {
  test("callers rely on clauses and contracts that exist", () => {
    for (const caller of HOST_CALLERS) {
      for (const id of caller.relies) expect(CLAUSE_IDS.has(id), id).toBe(true);
      for (const id of caller.writtenFor) expect(contractNamed(id), id).toBeDefined();
      expect(caller.sources.length, caller.id).toBeGreaterThan(0);
      if (caller.sameCallAs !== undefined) {
        const older = HOST_CALLERS.find((c) => c.id === caller.sameCallAs)!;
        expect(caller.registers, caller.id).toEqual(older.registers);
      }
    }
    expect(HOST_CALLERS.filter((c) => c.sameCallAs === undefined).map((c) => c.id)).toEqual([
      ...PREDICTED_CALLERS,
    ]);
  });
  test("the predicted matrix is total and marked as derived by hand", () => {
    expect(PREDICTED_OCCUPANTS.length).toBe(18);
    expect(new Set(PREDICTED_OCCUPANTS).size).toBe(18);
    for (const occupant of PREDICTED_OCCUPANTS)
      for (const caller of PREDICTED_CALLERS) {
        const cell = prediction(occupant, caller);
        expect(cell?.words, `${occupant} ${caller}`).toMatch(/\S/);
        if (cell?.outcome === "branch") expect(cell.target).toBeDefined();
        if (cell?.outcome === "returned") expect(cell.r0).toBeDefined();
        if (cell?.outcome === "unclear") expect(cell.httbr).toBeDefined();
      }
    expect(PREDICTION_SOURCE.mark).toBe("D");
  });
  test("section 10 and the contracts of the stubs agree on r0 wherever both say it", () => {
    for (const contract of LINUX_STUBS) {
      const occupant = contract.id.replace("linux-", "stub-");
      for (const caller of HOST_CALLERS.filter((c) => c.sameCallAs === undefined)) {
        const cell = prediction(occupant, caller.id);
        const r0 = caller.registers[0];
        if (cell === undefined || typeof cell.r0 !== "number" || r0?.kind !== "constant") continue;
        const said = answerTo(contract, r0.value)?.r0;
        const value =
          said?.kind === "constant" ? said.value : said?.kind === "register" ? r0.value : undefined;
        expect(value! | 0, `${occupant} ${caller.id}`).toBe(cell.r0 | 0);
      }
    }
  });
  test("the known bugs are 1 to 26, each with evidence and the clauses that show it or the reason why not", () => {
    expect(KNOWN_BUGS.map((b) => b.number)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
    expect(new Set(KNOWN_BUGS.map((b) => b.id)).size).toBe(26);
    const known = new Set([
      ...CLAUSE_IDS,
      ...LIFE_CLAUSES.map((c) => c.id),
      ...CONDUCT_CLAUSES.map((c) => c.id),
    ]);
    for (const bug of KNOWN_BUGS) {
      for (const text of [bug.title, bug.where, bug.symptom, bug.cause, bug.fix])
        expect(text.trim(), String(bug.number)).not.toBe("");
      expect(bug.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(bug.evidence.length).toBeGreaterThan(0);
      if (bug.shown.kind === "run") {
        expect(bug.shown.clauses.length).toBeGreaterThan(0);
        for (const id of bug.shown.clauses) expect(known.has(id), id).toBe(true);
      } else expect(bug.shown.why).toMatch(/\S/);
    }
  });
  test("every clause of conduct is one that some known bug violates", () => {
    const shown = new Set(
      KNOWN_BUGS.flatMap((b) => (b.shown.kind === "run" ? b.shown.clauses : [])),
    );
    for (const c of CONDUCT_CLAUSES) {
      expect(c.id).toMatch(/^conduct\/[a-z0-9-]+$/);
      expect(shown.has(c.id), c.id).toBe(true);
      expect(c.sources.length).toBeGreaterThan(0);
    }
  });
});
