/** Holds a result against what a clause expects. */
import { hex, MODE, readCpsr, registerSlot, SLOT, slotNamed } from "../arch/index.js";
import type { Expectation, ValueExpression } from "../contract/index.js";
import type { CallResult, CallSite, SiteOptions } from "./call-site.js";
import { describeOutcome } from "./outcome.js";

/** What of a call site an expectation may ask. */
export type JudgedSite = Pick<CallSite, "hvbar" | "selfBranch"> & {
  readonly options: Pick<SiteOptions, "thumb" | "stubVectors">;
};
const r = (n: number): number => registerSlot(n, MODE.svc);
/** Value of a state slot by its name. */
export const stateValue = (state: Int32Array, name: string): number => {
  const slot = slotNamed(name);
  if (slot === undefined) throw new RangeError(`no state is named ${name}`);
  return state[slot]!;
};
const valueOf = (e: ValueExpression, before: Int32Array, site: JudgedSite): number => {
  switch (e.kind) {
    case "constant":
      return e.value | 0;
    case "register":
      return before[r(e.register)]!;
    case "system":
      return stateValue(before, e.register);
    case "stubVectors":
      return site.options.stubVectors | 0;
    case "successor":
      // An HVC is four bytes in either instruction set.
      return (before[SLOT.PC]! + 4) | 0;
    case "cpsr":
      return readCpsr(before);
  }
};
const differs = (what: string, actual: number, expected: number): string | undefined =>
  actual === expected
    ? undefined
    : `${what} is ${hex(actual >>> 0)}, expected ${hex(expected >>> 0)}`;

const bitsViolation = (
  e: Extract<Expectation, { kind: "bits" | "bitsClear" }>,
  state: Int32Array,
): string | undefined => {
  const value = stateValue(state, e.register);
  if (e.kind === "bitsClear") {
    return (value & e.mask) === 0
      ? undefined
      : `${e.register} is ${hex(value >>> 0)}: ${e.names} are not all 0`;
  }
  return (value & e.mask) === e.value
    ? undefined
    : `${e.register} is ${hex(value >>> 0)}: of ${e.names} (${hex(e.mask >>> 0)}), ${hex(e.value >>> 0)} is expected`;
};
/**
 * As `violation`, of a state that stands by itself: what an installation left. Throws RangeError for an
 * expectation that needs a call.
 */
export const standingViolation = (e: Expectation, state: Int32Array): string | undefined => {
  if (e.kind === "bits" || e.kind === "bitsClear") return bitsViolation(e, state);
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
  const { outcome, before, after } = result;
  switch (e.kind) {
    case "returns":
      if (outcome.kind !== "returned") return describeOutcome(outcome);
      if (outcome.mode !== "svc" || (outcome.instructionSet === "T32") !== site.options.thumb)
        return describeOutcome(outcome);
      return undefined;
    case "enters": {
      if (outcome.kind !== "entered" || outcome.mode !== e.mode) return describeOutcome(outcome);
      const target = before[r(e.target)]! >>> 0;
      const thumb = e.instructionSet === "bit0" ? (target & 1) === 1 : site.options.thumb;
      if (outcome.address !== (target & ~1) >>> 0 || (outcome.instructionSet === "T32") !== thumb)
        return describeOutcome(outcome);
      return undefined;
    }
    case "branches": {
      const target = (before[r(e.target)]! | (site.options.thumb ? 1 : 0)) >>> 0;
      const reached =
        outcome.kind === "entered"
          ? outcome.address === (target & ~1) >>> 0
          : outcome.kind === "exception-in-hyp" && outcome.target === target;
      return reached ? undefined : describeOutcome(outcome);
    }
    case "register":
      return differs(`r${e.register}`, after[r(e.register)]!, valueOf(e.value, before, site));
    case "unchanged":
      for (const name of e.slots) {
        // R1 and its kin are the caller's registers, whatever mode control ended in.
        const found = differs(name, stateValue(after, name), stateValue(before, name));
        if (found !== undefined) return found.replace("expected", "it was");
      }
      return undefined;
    case "system": {
      const expected = valueOf(e.value, before, site);
      // The low bits of HVBAR do not exist.
      return differs(
        e.register,
        stateValue(after, e.register),
        e.register === "HVBAR" ? expected & ~31 : expected,
      );
    }
    case "bitsClear":
    case "bits":
      return bitsViolation(e, after);
    case "masked": {
      const open = (["A", "I", "F"] as const).filter((bit) => after[SLOT[bit]] === 0);
      return open.length === 0 ? undefined : `CPSR.${open.join(" and ")} are not set`;
    }
    case "memoryUnchanged": {
      const change = result.memoryChanges[0];
      return change === undefined
        ? undefined
        : `memory at ${hex(change.address)} changed from ${hex(change.before >>> 0)} to ${hex(change.after >>> 0)}`;
    }
    case "outcome":
      return outcome.kind === e.outcome ? undefined : describeOutcome(outcome);
    case "selfBranch": {
      const bad = e.slots.filter((slot) => !site.selfBranch(site.hvbar + slot, site.options.thumb));
      return bad.length === 0
        ? undefined
        : `vectors at ${bad.map((s) => `+0x${s.toString(16)}`).join(", ")} do not branch to themselves`;
    }
    case "never":
      return e.outcomes.includes(outcome.kind) || outcome.kind === "stopped"
        ? describeOutcome(outcome)
        : undefined;
    case "path":
      throw new RangeError(`the path rule ${e.rule} is not judged by a call's end`);
  }
};
