/** Holds a result against what a clause expects. */
import { hex, readCpsr, SLOT, SLOT_NAMES } from "../arch/index.js";
import type { Expectation } from "../contract/index.js";
import { predicateHolds, sourceValue, testHolds, type Predicate } from "../engines/index.js";
import type { CallResult, CallSite, SiteOptions } from "./call-site.js";
import { frameOf } from "./fast/outcome-words.js";
import { describeOutcome } from "./outcome.js";
import { predicateOf, type EndExpectation } from "./predicate.js";
import { stateSlot } from "./state-slot.js";

/** What of a call site an expectation may ask. */
export type JudgedSite = Pick<CallSite, "hvbar" | "selfBranch"> & {
  readonly options: Pick<SiteOptions, "thumb" | "stubVectors">;
};
/** Value of a state slot by its name. */
export const stateValue = (state: Int32Array, name: string): number => state[stateSlot(name)]!;
const differs = (what: string, actual: number, expected: number): string | undefined =>
  actual === expected
    ? undefined
    : `${what} is ${hex(actual >>> 0)}, expected ${hex(expected >>> 0)}`;

type Bits = Extract<Expectation, { kind: "bits" | "bitsClear" }>;
const describeBits = (e: Bits, value: number): string =>
  e.kind === "bitsClear"
    ? `${e.register} is ${hex(value >>> 0)}: ${e.names} are not all 0`
    : `${e.register} is ${hex(value >>> 0)}: of ${e.names} (${hex(e.mask >>> 0)}), ${hex(e.value >>> 0)} is expected`;
/**
 * As `violation`, of a state that stands by itself: what an installation left. Throws RangeError for an
 * expectation that needs a call.
 */
export const standingViolation = (e: Expectation, state: Int32Array): string | undefined => {
  if (e.kind === "bits" || e.kind === "bitsClear") {
    const bad = predicateOf(e, { thumb: false, stubVectors: 0 })[0]!.find(
      (test) => !testHolds(test, state, state),
    );
    return bad === undefined ? undefined : describeBits(e, state[bad.word]!);
  }
  if (e.kind === "system" && (e.value.kind === "constant" || e.value.kind === "system")) {
    const { value } = e;
    const expected =
      value.kind === "constant" ? value.value | 0 : stateValue(state, value.register);
    return differs(e.register, stateValue(state, e.register), expected);
  }
  throw new RangeError(`the expectation ${e.kind} cannot be held against a state alone`);
};

/** Undefined when the expectation holds, else what was found in its place. */
export const violation = (
  e: Expectation,
  result: CallResult,
  site: JudgedSite,
): string | undefined => {
  if (e.kind === "selfBranch") {
    const bad = e.slots.filter((slot) => !site.selfBranch(site.hvbar + slot, site.options.thumb));
    return bad.length === 0
      ? undefined
      : `vectors at ${bad.map((s) => `+0x${s.toString(16)}`).join(", ")} do not branch to themselves`;
  }
  if (e.kind === "path")
    throw new RangeError(`the path rule ${e.rule} is not judged by a call's end`);
  const predicate = predicateOf(e, site.options);
  const after = frameOf(result);
  if (predicateHolds(predicate, result.before, after)) return undefined;
  return describeViolation(e, predicate, result, after);
};

/** What was found where an expectation about a call does not hold. */
const describeViolation = (
  e: EndExpectation,
  predicate: Predicate,
  { outcome, before, memoryChanges }: CallResult,
  after: Int32Array,
): string => {
  const failed = predicate[0]!.find((test) => !testHolds(test, before, after))!;
  const differs = (what: string, expected: string): string =>
    `${what} is ${hex(after[failed.word]! >>> 0)}, ${expected} ${hex(sourceValue(failed.source, before) >>> 0)}`;
  switch (e.kind) {
    case "returns":
    case "enters":
    case "branches":
    case "outcome":
    case "never":
      return describeOutcome(outcome);
    case "register":
      // A value of several fields is shown as a whole.
      return e.value.kind === "cpsr"
        ? differsFromCpsr(`r${e.register}`, after[failed.word]!, before)
        : differs(`r${e.register}`, "expected");
    case "system":
      return e.value.kind === "cpsr"
        ? differsFromCpsr(e.register, after[failed.word]!, before)
        : differs(e.register, "expected");
    case "unchanged":
      return differs(SLOT_NAMES[failed.word]!, "it was");
    case "bitsClear":
    case "bits":
      return describeBits(e, after[failed.word]!);
    case "masked": {
      const open = (["A", "I", "F"] as const).filter((bit) => after[SLOT[bit]] === 0);
      return `CPSR.${open.join(" and ")} are not set`;
    }
    case "memoryUnchanged": {
      const change = memoryChanges[0]!;
      return `memory at ${hex(change.address)} changed from ${hex(change.before >>> 0)} to ${hex(change.after >>> 0)}`;
    }
  }
};
const differsFromCpsr = (what: string, actual: number, before: Int32Array): string =>
  differs(what, actual, readCpsr(before))!;
