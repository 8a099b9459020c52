import type { Source } from "./types.js";

/**
 * Section 10 of the facts: what every occupant was predicted to do with every caller's call, by stepping
 * through source by hand. All of it is marked D; the laboratory runs it and says where it was wrong.
 */
export interface Prediction {
  /** Outcome in the laboratory's words; "branch" stands for a wild branch to `target`. */
  readonly outcome:
    | "returned"
    | "entered"
    | "branch"
    | "powered-off"
    | "undefined-injected"
    | "unclear";
  /** r0 afterwards: a number, "hvbar" or "kept". */
  readonly r0?: number | "hvbar" | "kept";
  /** HVBAR afterwards: unchanged when absent. */
  readonly hvbar?: "r0" | "r1" | "new" | "target" | "stub" | number;
  /** Target of a wild branch in A32 and T32, or the register of the caller that holds it. */
  readonly target?: readonly [number, number] | { readonly register: number };
  /** Register of the caller that becomes the low half of HTTBR. */
  readonly httbr?: number;
  readonly cpuOn?: true;
  readonly words: string;
}
type Row = readonly [
  occupant: string,
  aGet: Prediction,
  aSet: Prediction,
  bSoft: Prediction,
  cSet: Prediction,
  cSoft: Prediction,
  cReset: Prediction,
];
export const PREDICTED_CALLERS = [
  "a-get",
  "a-set",
  "b-soft",
  "c-set",
  "c-soft",
  "c-reset",
] as const;

const back = (
  words: string,
  r0: number | "hvbar" | "kept",
  hvbar?: Prediction["hvbar"],
): Prediction => ({ outcome: "returned", r0, words, ...(hvbar === undefined ? {} : { hvbar }) });
const enter = (words: string, more: Partial<Prediction> = {}): Prediction => ({
  outcome: "entered",
  words,
  ...more,
});
const wild = (words: string, arm: number, thumb = arm): Prediction => ({
  outcome: "branch",
  target: [arm, thumb],
  words,
});
/** To what a register of the caller happens to hold: this caller does not set it. */
const wildTo = (register: number): Prediction => ({
  outcome: "branch",
  target: { register },
  words: `jumps to r${register}`,
});
const ERR = 0x0badca11;
const err = back("0xbadca11", ERR);
const minus = back("-1", -1);
const reads = back("HVBAR", "hvbar");
const off: Prediction = { outcome: "powered-off", words: "CPU_OFF" };
const crash: Prediction = { outcome: "powered-off", words: "crash" };
const on: Prediction = { outcome: "returned", r0: 0, cpuOn: true, words: "CPU_ON" };
const parked: Prediction = { outcome: "powered-off", words: "parked" };
const undef: Prediction = { outcome: "undefined-injected", words: "UNDEF" };

const ROWS: readonly Row[] = [
  [
    "stub-a",
    reads,
    back("ok", "kept", "r0"),
    back("HVBAR := 2 (low 5 bits not usable)", 2, 0),
    back("HVBAR := 0", 0, 0),
    back("HVBAR := 1", 1, 0),
    back("HVBAR := 2", 2, 0),
  ],
  [
    "stub-b0",
    minus,
    back("-1, not set", -1),
    back("-1, r3 kept: SVC fallback", -1),
    reads,
    back("HVBAR := target, returns", "kept", "target"),
    minus,
  ],
  [
    "stub-b1",
    minus,
    back("-1, not set", -1),
    enter("enters target in HYP"),
    reads,
    back("HVBAR := target", "kept", "target"),
    wildTo(3),
  ],
  [
    "stub-b2",
    minus,
    back("-1, not set", -1),
    wild("jumps to address 1", 1),
    reads,
    back("HVBAR := target", "kept", "target"),
    wildTo(1),
  ],
  [
    "stub-c",
    err,
    err,
    back("0: SVC fallback, mode silently lost", 0),
    back("ok 0", 0, "new"),
    enter("enters in HYP"),
    back("0", 0),
  ],
  [
    "stub-d-kernel",
    err,
    err,
    back("0xbadca11, SVC fallback", ERR),
    err,
    enter("enters in HYP"),
    err,
  ],
  ["stub-d-zimage", err, err, err, back("ok", 0, "new"), enter("enters in HYP"), err],
  [
    "kvm-init-two-phase",
    back("phase 2, sp = -1", "kept", "r1"),
    back("phase 2", "kept", "r1"),
    back("sp = 2, HVBAR = 1", "kept", 0),
    { outcome: "unclear", httbr: 2, words: "phase 1, PGD = r2:r3" },
    back("sp = 1, HVBAR = target", "kept", "target"),
    back("sp = 2", "kept", "r1"),
  ],
  [
    "kvm-k1",
    wild("branch to 0xffffffff", 0xffffffff),
    enter("branch to addr"),
    wild("branch 2/3", 2, 3),
    wild("branch 0", 0, 1),
    wild("branch 1", 1),
    wild("branch 2/3", 2, 3),
  ],
  [
    "kvm-k2",
    reads,
    enter("branch to addr"),
    wild("branch 2/3", 2, 3),
    wild("branch 0", 0, 1),
    wild("branch 1", 1),
    wild("branch 2/3", 2, 3),
  ],
  [
    "kvm-k3",
    reads,
    enter("branch to addr"),
    wild("branch 2/3", 2, 3),
    wild("branch 0", 0, 1),
    wild("branch 1", 1),
    wild("branch 2/3", 2, 3),
  ],
  [
    "kvm-k4",
    wild("branch to 0xffffffff", 0xffffffff),
    enter("branch to addr"),
    back("reset: stub back, r0 = 0, SVC fallback", 0, "stub"),
    err,
    enter("enters in HYP, stub back", { hvbar: "stub" }),
    back("0, stub back", 0, "stub"),
  ],
  ["xen-old", crash, crash, on, crash, off, on],
  ["xen-vsmc", minus, minus, on, minus, off, on],
  ["kvm-guest-old", undef, undef, undef, undef, undef, undef],
  ["kvm-guest-new", minus, minus, minus, minus, minus, minus],
  ["psci-hvc", minus, minus, minus, minus, minus, minus],
  ["jailhouse", parked, parked, parked, parked, parked, parked],
];

/** Occupants that section 10 has a row for. */
export const PREDICTED_OCCUPANTS: readonly string[] = ROWS.map((r) => r[0]);
/** How sure the table is: derived by hand, nothing of it was run. */
export const PREDICTION_SOURCE: Source = { what: "facts, section 10", mark: "D" };
/** The prediction for an occupant and a caller, or undefined where the facts have none. */
export const prediction = (occupant: string, caller: string): Prediction | undefined => {
  const row = ROWS.find((r) => r[0] === occupant);
  const column = (PREDICTED_CALLERS as readonly string[]).indexOf(caller);
  return row === undefined || column < 0 ? undefined : (row[column + 1] as Prediction);
};
