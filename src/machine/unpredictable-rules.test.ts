/** Each UNPREDICTABLE rule of HYP mode's instructions, where it applies and where it does not. */
import { describe, expect, test } from "vitest";
import { MODE, registerSlot, SLOT, spsrSlot, writeCpsr } from "../arch/index.js";
import {
  composeWord,
  DECODER,
  judge,
  type BoundEncoding,
  type DecodeContext,
} from "../isa/index.js";
import { Machine, type MachineOptions } from "./machine.js";
import { RUN_TIME_RULES } from "./run-time-rules.js";
import { HYP_INSTRUCTIONS, unpredictableRules } from "./unpredictable-rules.js";

const SEED = 20170109;
const words = (seed: number): (() => number) => {
  let x = seed | 0;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
};
const CONTEXTS: readonly DecodeContext[] = Object.values(MODE).map((mode) => ({
  inIT: false,
  lastInIT: false,
  cpu: "cortex-a15",
  mode,
}));
interface Example {
  readonly word: number;
  readonly fields: Record<string, number>;
  readonly context: DecodeContext;
}
/** An encoding that decodes to itself and of whose rules exactly those in `wanted` apply. */
const example = (e: BoundEncoding, wanted: (applying: readonly string[]) => boolean): Example => {
  const random = words(SEED);
  for (let n = 0; n < 200_000; n++) {
    const fields: Record<string, number> = {};
    for (const f of e.pattern.fields) {
      // Small values and ends of ranges are what rules speak of.
      const all = 2 ** f.width - 1;
      const pick = random() % 4;
      fields[f.name] = pick === 0 ? 0 : pick === 1 ? all : random() & all;
    }
    if (fields["cond"] !== undefined) fields["cond"] = n % 8 === 0 ? 0 : 14;
    if (fields["coproc"] !== undefined) fields["coproc"] = 15;
    const word = composeWord(e.pattern, fields);
    if (DECODER.find(e.set, word) !== e) continue;
    const context = CONTEXTS[random() % CONTEXTS.length]!;
    if (e.spec.undefined?.(fields, context) === true) continue;
    const applying = (e.spec.unpredictable ?? [])
      .filter((u) => u.when(fields, context))
      .map((u) => u.what);
    if (wanted(applying)) return { word, fields, context };
  }
  throw new Error(`${e.id}: no word found (seed ${SEED})`);
};

const encodings = DECODER.encodings.filter((e) => HYP_INSTRUCTIONS.includes(e.instruction.name));
const rows = encodings.flatMap((e) =>
  (e.spec.unpredictable ?? []).map((u) => ({ id: `${e.id}: ${u.what}`, e, u })),
);

describe("UNPREDICTABLE rules", () => {
  test("the list has a rule for each row beside an encoding and each rule of run time, with names of their own", () => {
    expect(unpredictableRules().length).toBe(rows.length + Object.keys(RUN_TIME_RULES).length);
    expect(new Set(unpredictableRules().map((r) => r.id)).size).toBe(unpredictableRules().length);
    for (const name of HYP_INSTRUCTIONS)
      expect(
        DECODER.encodings.some((e) => e.instruction.name === name),
        name,
      ).toBe(true);
  });
  test.each(rows)("$id: it stops by name, and by choice otherwise", ({ e, u }) => {
    const { word, fields, context } = example(e, (a) => a.length === 1 && a[0] === u.what);
    expect(judge(e, word, fields, context, "stop")).toEqual({
      kind: "stop",
      what: `${e.id}: ${u.what}`,
    });
    for (const policy of ["cortex-a15", "reference-emulator"] as const) {
      const choice = u.choice[policy];
      expect(judge(e, word, fields, context, policy)?.kind ?? "execute").toBe(choice);
    }
  });
  test.each(encodings.filter((e) => (e.spec.unpredictable ?? []).length > 0))(
    "$id: a word that no rule is about is executed",
    (e) => {
      const { word, fields, context } = example(e, (a) => a.length === 0);
      expect(judge(e, word, fields, context, "stop")).toBeUndefined();
    },
  );
});

describe("rules that a value decides", () => {
  const BASE = 0x40000000;
  const run = (
    policy: MachineOptions["policy"],
    code: readonly number[],
    r0: number,
    hyp: boolean,
  ) => {
    const machine = new Machine({ ram: [{ base: BASE, size: 0x10000 }], policy: policy! });
    code.forEach((word, i) => machine.memory.write32(BASE + 4 * i, word));
    const { state } = machine.cpu;
    const mode = hyp ? MODE.hyp : MODE.svc;
    writeCpsr(state, mode.encoding | 0x1c0);
    state[registerSlot(0, mode)] = r0;
    state[SLOT.ELR_hyp] = BASE + 0x100;
    state[registerSlot(14, MODE.svc)] = BASE + 0x100;
    state[spsrSlot(mode)!] = r0;
    state[SLOT.PC] = BASE;
    machine.run(1);
    return machine.cpu;
  };
  const ERET = 0xe160006e;
  const MSR_CPSR_C_R0 = 0xe121f000;
  const BX_R0 = 0xe12fff10;

  test("an exception return from HYP mode to a mode that is none", () => {
    expect(run("stop", [ERET], 0x1c2, true).stopped).toMatchObject({ reason: "unpredictable" });
    expect(run("cortex-a15", [ERET], 0x1c2, true).state[SLOT.M]).toBe(MODE.hyp.encoding);
    expect(run("stop", [ERET], 0x1d3, true).stopped).toBeUndefined();
  });
  test("an exception return from SVC to HYP mode", () => {
    expect(run("stop", [ERET], 0x1da, false).stopped).toMatchObject({ reason: "unpredictable" });
    expect(run("stop", [ERET], 0x1d2, false).stopped).toBeUndefined();
  });
  test("a write to CPSR.M that leaves HYP mode", () => {
    expect(run("stop", [MSR_CPSR_C_R0], 0x1d3, true).stopped).toMatchObject({
      reason: "unpredictable",
    });
    expect(run("cortex-a15", [MSR_CPSR_C_R0], 0x1d3, true).state[SLOT.M]).toBe(MODE.hyp.encoding);
    expect(run("stop", [MSR_CPSR_C_R0], 0x1da, true).stopped).toBeUndefined();
  });
  test("a branch to A32 code at an address that is no multiple of 4", () => {
    const stopped = (policy: "stop" | "cortex-a15", target: number) => {
      const machine = new Machine({ ram: [{ base: BASE, size: 0x10000 }], policy });
      machine.memory.write32(BASE, BX_R0);
      const { state } = machine.cpu;
      writeCpsr(state, MODE.hyp.encoding | 0x1c0);
      state[registerSlot(0, MODE.hyp)] = target;
      state[SLOT.PC] = BASE;
      machine.run(2);
      return machine.cpu.stopped?.reason;
    };
    expect(stopped("stop", BASE + 0x102)).toBe("unpredictable");
    expect(stopped("cortex-a15", BASE + 0x102)).toBeUndefined();
    expect(stopped("stop", BASE + 0x104)).toBeUndefined();
  });
});
