/**
 * Reading contracts: which call answers a number, and how a generation is told by its answers. All of it
 * is looked up in the records; nothing is said here that they do not say.
 */
import { LINUX_STUBS } from "./linux-stub.js";
import type { Call, Contract, Control, Input, ValueExpression } from "./types.js";

/** The call that answers a value of r0, or undefined where the contract is silent. */
export const callFor = (contract: Contract, r0: number): Call | undefined =>
  contract.calls.find((c) => c.selector.kind === "value" && (c.selector.value | 0) === (r0 | 0)) ??
  contract.calls.find((c) => c.selector.kind === "other");

/** How a generation answers a value of r0: where control goes, and what r0 and HVBAR are then. */
export interface Answer {
  readonly call: string;
  readonly control: Control;
  /** Undefined where the contract does not say. */
  readonly r0: ValueExpression | undefined;
  readonly hvbar: ValueExpression | "kept" | undefined;
}
export const answerTo = (contract: Contract, r0: number): Answer | undefined => {
  const call = callFor(contract, r0);
  if (call === undefined) return undefined;
  const set = call.effects.find((e) => e.kind === "set" && e.register === "HVBAR");
  const kept = (slot: string): boolean => call.keeps.includes(slot);
  return {
    call: call.id,
    control: call.control,
    r0:
      call.results.find((r) => r.register === 0)?.value ??
      (kept("R0") ? { kind: "register", register: 0 } : undefined),
    hvbar: set?.kind === "set" ? set.value : kept("HVBAR") ? "kept" : undefined,
  };
};

/** Values of r0 that tell the generations apart. */
export const PROBE_VALUES: readonly number[] = [-1, 0, 1, 2, 3, 4];
export interface Probe {
  readonly r0: number;
  readonly answer: Answer;
}
/** What a stub of each generation answers to each probe. */
export const GENERATION_PROBES: readonly {
  readonly contract: string;
  readonly probes: readonly Probe[];
}[] = LINUX_STUBS.map((contract) => ({
  contract: contract.id,
  probes: PROBE_VALUES.flatMap((r0) => {
    const answer = answerTo(contract, r0);
    return answer === undefined ? [] : [{ r0, answer }];
  }),
}));

/** Can a machine see the difference of two answers? Numbers that r0 already had count as themselves. */
export const sameAnswer = (a: Answer, b: Answer, r0: number): boolean =>
  visible(a, r0) === visible(b, r0);
const visible = (answer: Answer, r0: number): string => {
  const value = (v: ValueExpression | "kept" | undefined): unknown =>
    v === undefined || v === "kept"
      ? v
      : v.kind === "register" && v.register === 0
        ? r0 | 0
        : v.kind === "constant"
          ? v.value | 0
          : v;
  return JSON.stringify([answer.control, value(answer.r0), value(answer.hvbar)]);
};

/**
 * Values at the edges of an input's constraints: where a field begins and ends. Empty where only a value
 * that the host has made (code) makes sense.
 */
export const boundaryValues = (input: Input): number[] => {
  if (input.constraints.some((c) => c.kind === "executable")) return [];
  const aligned = input.constraints.find((c) => c.kind === "aligned");
  const step = aligned?.kind === "aligned" ? aligned.bytes : 1;
  return [0, step, 2 ** 31 - step, 2 ** 31, 2 ** 32 - step].map((v) => v | 0);
};
