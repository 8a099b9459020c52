/**
 * The UNPREDICTABLE rules of HYP mode's and the banked registers' instructions as one list: those beside the
 * encodings, which decoding decides by, and those that a value decides at run time.
 */
import { DECODER, type UnpredictableChoice } from "../isa/index.js";
import { RUN_TIME_RULES, type RunTimeRule } from "./run-time-rules.js";

/** Cores that the list speaks of. Nothing is known of Cortex-A7 on its own: it is taken to do as Cortex-A15. */
export type RuleCore = "cortex-a15" | "cortex-a7" | "reference-emulator";
export interface UnpredictableRule {
  /** "MRS (Banked register) A1: Rd is PC". */
  readonly id: string;
  readonly instruction: string;
  /** The condition, in the Arm ARM's words. */
  readonly condition: string;
  /** Section of DDI 0406C. */
  readonly ref: string;
  readonly does: Readonly<Record<RuleCore, string>>;
}

/** Instructions that a HYP program is written with and that other code has no use for, and exception returns. */
export const HYP_INSTRUCTIONS: readonly string[] = [
  ...["HVC", "SMC", "ERET", "SUBS PC, LR and related (A32)", "SUBS PC, LR (T32)", "RFE", "SRS"],
  ...["MRS", "MSR (immediate)", "MSR (register)", "MRS (Banked register)"],
  ...["MSR (Banked register)", "CPS", "LDM (exception return)", "LDM (User registers)"],
  ...["STM (User registers)", "MCR", "MRC", "MCRR", "MRRC"],
];
const WORDS: Readonly<Record<UnpredictableChoice, string>> = {
  execute: "executed as written",
  undefined: "UNDEFINED",
  nop: "does nothing",
};
const rule = (
  id: string,
  instruction: string,
  condition: string,
  ref: string,
  does: RunTimeRule["does"],
): UnpredictableRule => ({
  id,
  instruction,
  condition,
  ref,
  does: { ...does, "cortex-a7": does["cortex-a15"] },
});

export const unpredictableRules = (): readonly UnpredictableRule[] => [
  ...DECODER.encodings
    .filter((e) => HYP_INSTRUCTIONS.includes(e.instruction.name))
    .flatMap((e) =>
      (e.spec.unpredictable ?? []).map((u) =>
        rule(`${e.id}: ${u.what}`, e.instruction.name, u.what, u.ref ?? e.instruction.ref, {
          "cortex-a15": WORDS[u.choice["cortex-a15"]],
          "reference-emulator": WORDS[u.choice["reference-emulator"]],
        }),
      ),
    ),
  ...Object.values(RUN_TIME_RULES).map((r: RunTimeRule) =>
    rule(`run time: ${r.condition}`, r.instructions.join(", "), r.condition, r.ref, r.does),
  ),
];
