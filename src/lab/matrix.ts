/** Every caller against every occupant, A32 and T32, HYP MMU on and off, held against the prediction. */
import { hex, registerSlot, MODE, systemSlot } from "../arch/index.js";
import { prediction, type Prediction } from "../contract/index.js";
import { OCCUPANTS, type Occupant } from "../occupants/index.js";
import { CALLERS, type Caller } from "./callers.js";
import type { CallResult, CallSite } from "./call-site.js";
import { occupantSite, type Setup } from "./laboratory.js";
import { describeOutcome, nameOutcome, type Outcome } from "./outcome.js";

export interface MatrixCell {
  readonly occupant: string;
  readonly caller: string;
  readonly setup: Setup;
  readonly outcome: Outcome;
  /** r0 and HVBAR afterwards, unsigned. */
  readonly r0: number;
  readonly hvbar: number;
  readonly hvbarBefore: number;
  readonly cpuOn: { readonly cpu: number; readonly entry: number } | undefined;
  /** After a call that returns: whether the caller's fallback register survived. */
  readonly fallbackKept: boolean | undefined;
  /** What becomes of a caller that does not simply go on, after a call that returns. */
  readonly afterwards: Outcome | undefined;
  /** The whole result in words, and in few. */
  readonly words: string;
  readonly short: string;
  readonly predicted: Prediction | undefined;
  /** Where running disagrees with the prediction: which, and why running is right. */
  readonly disagreement: string | undefined;
}

const HVBAR = systemSlot("HVBAR");
const R0 = registerSlot(0, MODE.svc);
export const SETUPS: readonly Setup[] = [false, true].flatMap((thumb) =>
  [false, true].map((hypMmu) => ({ thumb, hypMmu })),
);

const cell = (occupant: Occupant, caller: Caller, setup: Setup, site: CallSite): MatrixCell => {
  const result = site.callAs(caller.id);
  const { outcome } = result;
  const before = (n: number): number => result.before[registerSlot(n, MODE.svc)]! | 0;
  const r0 = result.after[R0]! >>> 0;
  const hvbar = result.after[HVBAR]! >>> 0;
  const fallbackKept =
    outcome.kind !== "returned" || caller.fallback === undefined
      ? undefined
      : (result.after[registerSlot(caller.fallback, MODE.svc)]! | 0) === before(caller.fallback);
  const predicted = prediction(occupant.id, caller.id);
  const parts: string[] = [];
  if (outcome.kind === "returned") parts.push(`r0 = ${hex(r0)}`);
  if (hvbar !== site.hvbar)
    parts.push(
      hvbar === site.options.stubVectors ? "HVBAR is the stub's again" : `HVBAR := ${hex(hvbar)}`,
    );
  if (result.cpuOn !== undefined)
    parts.push(`starts vCPU ${result.cpuOn.cpu} at ${hex(result.cpuOn.entry)}`);
  if (fallbackKept !== undefined)
    parts.push(fallbackKept ? "the fallback register is kept" : "the fallback register is lost");
  const differs =
    predicted === undefined ? undefined : disagreement(predicted, result, site, before(0));
  // Last: it runs the caller on from where the result was taken.
  const afterwards = outcome.kind === "returned" && caller.goesElsewhere ? site.goOn() : undefined;
  if (afterwards !== undefined) parts.push(`the caller then ${describeOutcome(afterwards)}`);
  return {
    occupant: occupant.id,
    caller: caller.id,
    setup,
    outcome,
    r0,
    hvbar,
    hvbarBefore: site.hvbar,
    cpuOn: result.cpuOn,
    fallbackKept,
    afterwards,
    words: [describeOutcome(outcome), ...parts].join("; "),
    short: [nameOutcome(outcome), ...parts].join("; "),
    predicted,
    disagreement: differs,
  };
};

/** Where a result is not what was predicted. */
const disagreement = (
  p: Prediction,
  result: CallResult,
  site: CallSite,
  r0Before: number,
): string | undefined => {
  const { outcome } = result;
  const kind = outcome.kind === "exception-in-hyp" ? "branch" : outcome.kind;
  if (p.httbr !== undefined) {
    const expected = result.before[registerSlot(p.httbr, MODE.svc)]!;
    const actual = result.after[systemSlot("HTTBR")]!;
    if (actual !== expected)
      return `predicted HTTBR = ${hex(expected >>> 0)}, running leaves ${hex(actual >>> 0)}`;
  }
  if (p.outcome === "unclear") return undefined;
  if (kind !== p.outcome) return `predicted "${p.words}", running ${describeOutcome(outcome)}`;
  if (p.target !== undefined && outcome.kind === "exception-in-hyp") {
    const expected =
      "register" in p.target
        ? result.before[registerSlot(p.target.register, MODE.svc)]! >>> 0
        : p.target[site.options.thumb ? 1 : 0];
    if (outcome.target !== expected)
      return `predicted a branch to ${hex(expected)}, running branches to ${hex(outcome.target)}`;
  }
  if (p.r0 !== undefined) {
    const expected = p.r0 === "hvbar" ? site.hvbar : p.r0 === "kept" ? r0Before : p.r0;
    if ((result.after[R0]! | 0) !== (expected | 0))
      return `predicted r0 = ${hex(expected >>> 0)}, running gives ${hex(result.after[R0]! >>> 0)}`;
  }
  const hvbar = expectedHvbar(p, site, r0Before);
  const actual = result.after[HVBAR]! >>> 0;
  if (hvbar !== undefined && actual !== (hvbar & ~31) >>> 0)
    return `predicted HVBAR ${hex(hvbar)}, running leaves ${hex(actual)}`;
  if ((p.cpuOn === true) !== (result.cpuOn !== undefined))
    return `predicted "${p.words}", running did otherwise with CPU_ON`;
  return undefined;
};
const expectedHvbar = (p: Prediction, site: CallSite, r0Before: number): number | undefined => {
  switch (p.hvbar) {
    case undefined:
      return p.outcome === "returned" ? site.hvbar : undefined;
    case "r0":
      return r0Before;
    case "new":
      return site.layout.newVectors;
    case "target":
      return site.target(site.options.thumb);
    case "stub":
      return site.options.stubVectors;
    // The caller left r1 alone: what the site put there.
    case "r1":
      return 0x11110101;
    default:
      return p.hvbar;
  }
};

/** Runs the whole matrix, or the rows of some occupants. */
export const runMatrix = (
  occupants: readonly Occupant[] = OCCUPANTS,
  setups: readonly Setup[] = SETUPS,
): MatrixCell[] =>
  occupants.flatMap((occupant) =>
    setups.flatMap((setup) => {
      const site = occupantSite(occupant, setup);
      return CALLERS.map((caller) => cell(occupant, caller, setup, site));
    }),
  );
