/** What is UNPREDICTABLE for the values that an instruction meets, and what comes of it here. */

export interface RunTimeRule {
  /** Instructions that may meet it. */
  readonly instructions: readonly string[];
  /** The condition, in few words. */
  readonly condition: string;
  /** Section of DDI 0406C. */
  readonly ref: string;
  /** What each does; the policy "stop" stops by name. */
  readonly does: Readonly<Record<"cortex-a15" | "reference-emulator", string>>;
}

const BOTH = (words: string): RunTimeRule["does"] => ({
  "cortex-a15": words,
  "reference-emulator": words,
});

export const RUN_TIME_RULES = {
  returnMode: {
    instructions: [
      "ERET",
      "SUBS PC, LR and related (A32)",
      "SUBS PC, LR (T32)",
      "RFE",
      "LDM (exception return)",
    ],
    condition:
      "an exception return to a mode that is none, is more privileged, or is HYP or Monitor mode from outside",
    ref: "B1.8.11",
    does: BOTH("the mode stays, the rest of CPSR is written"),
  },
  cpsrMode: {
    instructions: ["MSR (immediate)", "MSR (register)", "CPS"],
    condition: "a write to CPSR.M that enters or leaves HYP mode, or names no mode",
    ref: "B9.3.2, B9.3.11",
    does: BOTH("the mode stays, the rest is written"),
  },
  a32Target: {
    instructions: ["BX", "BLX (register)", "LDR (immediate)", "LDM", "POP"],
    condition: "a branch to A32 code at an address that is no multiple of 4",
    ref: "A2.3.1",
    does: BOTH("the fetch faults with an alignment fault"),
  },
} as const satisfies Record<string, RunTimeRule>;
