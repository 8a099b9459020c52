/** Puts contracts together: clauses are made from the facts of a call, so that each fact is written once. */
import type {
  Applies,
  Call,
  Clause,
  Contract,
  Control,
  Effect,
  Expectation,
  Input,
  PathRule,
  Result,
  Source,
  ValueExpression,
} from "./types.js";

/** HVC_STUB_ERR. */
export const HVC_STUB_ERR = 0x0badca11;
export const constant = (value: number): ValueExpression => ({ kind: "constant", value });
export const initial = (register: number): ValueExpression => ({ kind: "register", register });
export const source = (what: string, mark: Source["mark"] = "V"): Source => ({ what, mark });

type Strength = Clause["strength"];
/** A promise before it has its id: the part after contract/call/. */
export interface PromiseDraft {
  readonly name: string;
  readonly statement: string;
  readonly expect: Expectation;
  readonly strength?: Strength;
  readonly applies?: Applies;
  /** In place of the contract's sources. */
  readonly sources?: readonly Source[];
}
/** State that a call leaves alone, with the name of the clause that says so. */
export interface Keeps {
  readonly name: string;
  readonly statement: string;
  readonly slots: readonly string[];
  readonly strength: Strength;
}
/** An effect, with the name and the words of its clause. */
export type EffectDraft = Effect & {
  readonly name: string;
  readonly statement: string;
  readonly strength?: Strength;
};

/** The facts of a call; `contract` makes its clauses from them. */
export interface CallDraft {
  readonly id: string;
  readonly name: string;
  readonly selector: Call["selector"];
  readonly summary: string;
  readonly status: Call["status"];
  readonly control: Control;
  readonly inputs?: readonly Input[];
  readonly results?: readonly (Result & { readonly strength?: Strength })[];
  readonly effects?: readonly EffectDraft[];
  readonly keeps?: readonly Keeps[];
  readonly keepsMemory?: boolean;
  /** CPSR.A, I and F are set where control ends. */
  readonly masks?: boolean;
  /** Whatever the call does, the CPU is not lost without a word. */
  readonly survives?: string;
  readonly mayClobber?: readonly string[];
  readonly unspecified?: readonly string[];
  /** What holds of every instruction on the way. */
  readonly path?: readonly PathRule[];
  /** Clauses that the facts above cannot say. */
  readonly promises?: readonly PromiseDraft[];
  /** Every clause of the call is an observation. */
  readonly observed?: boolean;
}

const run = (prefix: string, from: number, to: number, suffix = ""): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${i + from}${suffix}`);
const words = (slots: readonly string[]): string => {
  const numbered = slots.filter((s) => /^R\d+$/.test(s)).map((s) => Number(s.slice(1)));
  const others = slots.filter((s) => !/^R\d+$/.test(s));
  const first = numbered[0];
  const contiguous =
    numbered.length > 2 && numbered.every((n, i) => i === 0 || n === numbered[i - 1]! + 1);
  return [
    ...(contiguous ? [`r${first!} to r${numbered.at(-1)!}`] : numbered.map((n) => `r${n}`)),
    ...others,
  ].join(", ");
};

/** Core registers from a number to r12, with the stack pointers and the user bank's link register. */
export const keepsRegisters = (from: number, to = 12, more = CALLER_STACKS): Keeps => {
  const slots = [...run("R", from, to), ...more];
  return {
    name: "keeps-registers",
    statement: `The call leaves ${words(slots)} as they were.`,
    slots,
    strength: "promise",
  };
};
/** LR_usr is the link register of HYP mode as well, so that a handler could spoil it. */
export const CALLER_STACKS: readonly string[] = ["SP_svc", "LR_svc", "SP_usr", "LR_usr", "SP_hyp"];
/** What the documentation's licence to clobber leaves out: SP_hyp and LR_usr belong to HYP mode. */
export const CALLER_STACKS_OF_SVC: readonly string[] = ["SP_svc", "LR_svc", "SP_usr"];

const BANKED = [
  ...run("R", 8, 12, "_fiq"),
  ...["SP_fiq", "LR_fiq", "SPSR_fiq", "SP_irq", "LR_irq", "SPSR_irq", "SPSR_svc"],
  ...["SP_abt", "LR_abt", "SPSR_abt", "SP_und", "LR_und", "SPSR_und"],
];
export const KEEPS_BANKED: Keeps = {
  name: "keeps-banked",
  statement:
    "The call leaves the banked registers of FIQ, IRQ, Abort and Undefined mode and SPSR_svc as they were.",
  slots: BANKED,
  strength: "promise",
};
export const KEEPS_FLAGS: Keeps = {
  name: "keeps-flags",
  statement:
    "The condition flags, Q, GE, the byte order and the masks of the caller's CPSR are as they were.",
  slots: ["N", "Z", "C", "V", "Q", "GE", "E", "A", "I", "F"],
  strength: "observation",
};
const HYP_CONTROL = ["HCR", "HCPTR", "HSTR", "HDCR"];
const HYP_TRANSLATION = [
  ...["VTTBR", "VTTBR_hi", "VTCR", "HTTBR", "HTTBR_hi", "HTCR", "HMAIR0", "HMAIR1"],
];
const IDENTITY_AND_TIMER = ["VPIDR", "VMPIDR", "CNTHCTL", "CNTVOFF", "CNTVOFF_hi"];
/** All HYP control state but HVBAR, with or without HSCTLR. */
export const keepsHypState = (hsctlr: "and HSCTLR" | "but HSCTLR"): Keeps => {
  const slots = [
    ...HYP_CONTROL,
    ...(hsctlr === "and HSCTLR" ? ["HSCTLR"] : []),
    ...HYP_TRANSLATION,
    ...IDENTITY_AND_TIMER,
  ];
  return {
    name: "keeps-hyp-state",
    statement: `The call leaves ${[...HYP_CONTROL, ...(hsctlr === "and HSCTLR" ? ["HSCTLR"] : [])].join(", ")}, both stages' translation registers, VPIDR, VMPIDR, CNTHCTL and CNTVOFF as they were.`,
    slots,
    strength: "observation",
  };
};
export const KEEPS_SVC_STATE: Keeps = {
  name: "keeps-svc-state",
  statement:
    "The call leaves the kernel's own system registers (SCTLR, its translation registers, VBAR, CPACR, the thread ids) as they were.",
  slots: [
    ...["SCTLR", "ACTLR", "CPACR", "TTBR0", "TTBR0_hi", "TTBR1", "TTBR1_hi", "TTBCR", "DACR"],
    ...["VBAR", "CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW"],
  ],
  strength: "promise",
};
export const KEEPS_VECTORS: Keeps = {
  name: "keeps-vectors",
  statement: "HVBAR stays as it was.",
  slots: ["HVBAR"],
  strength: "promise",
};

export const result = (value: ValueExpression, text: string): Result => ({
  register: 0,
  value,
  words: text,
});
export const setsVectors = (
  from: number,
  statement = `HVBAR holds the address that r${from} gave.`,
): EffectDraft => ({
  kind: "set",
  name: "sets-vectors",
  register: "HVBAR",
  value: initial(from),
  statement,
});
export const STUB_BACK: EffectDraft = {
  kind: "set",
  name: "stub-back",
  register: "HVBAR",
  value: { kind: "stubVectors" },
  statement: "HVBAR is that of the initial stub again.",
};
export const clears = (
  name: string,
  mask: number,
  names: string,
  statement: string,
): EffectDraft => ({ kind: "clear", name, register: "HSCTLR", mask, names, statement });

export const RETURNS: Control = { kind: "returns" };
export const enters = (
  target: number,
  instructionSet: "bit0" | "kernel",
  ifItReturns: "cannot" | "not said" = "cannot",
): Control => ({ kind: "enters", target, mode: "hyp", instructionSet, ifItReturns });

/** Physical address of a vector table. */
export const vectorsInput = (register: number): Input => ({
  register,
  meaning: "physical address of a vector table, below 4 GiB, 32-byte aligned",
  domain: "vectors",
  constraints: [{ kind: "physical" }, { kind: "below4GiB" }, { kind: "aligned", bytes: 32 }],
});
export const codeInput = (
  register: number,
  meaning = "physical address to go to; bit 0 set for Thumb",
): Input => ({
  register,
  meaning,
  domain: "code",
  constraints: [
    { kind: "physical" },
    { kind: "below4GiB" },
    { kind: "executable" },
    { kind: "bit0SelectsThumb" },
  ],
});

/** Outcomes that nobody notices: the console stays silent and the CPU is gone. */
const SILENT = [
  "self-loop",
  "exception-in-hyp",
  "powered-off",
  "ran-away",
  "exceeded-budget",
] as const;
const SURVIVES =
  "The call never ends in a silent loop, an exception in HYP mode or a CPU that is gone.";

const controlPromises = (control: Control): PromiseDraft[] => {
  switch (control.kind) {
    case "returns":
      return [
        {
          name: "returns",
          statement:
            "Control returns to the instruction after the HVC, in the caller's mode and instruction set.",
          expect: { kind: "returns" },
        },
      ];
    case "enters":
      return [
        {
          name: "enters-hyp",
          statement: `Control goes to the address in r${control.target}, in HYP mode; ${control.instructionSet === "bit0" ? "bit 0 of the address picks the instruction set" : "the instruction set is the kernel's"}.`,
          expect: {
            kind: "enters",
            target: control.target,
            mode: "hyp",
            instructionSet: control.instructionSet,
          },
        },
      ];
    case "calls-function":
      return [
        {
          name: "calls-function",
          statement: "r0 is called as a function in HYP mode, in the kernel's instruction set.",
          expect: {
            kind: "enters",
            target: control.target,
            mode: "hyp",
            instructionSet: "kernel",
          },
        },
        ...[0, 1, 2].map((n): PromiseDraft => ({
          name: `argument-${n}`,
          statement: `The function gets r${n + 1} of the caller as its r${n}.`,
          expect: { kind: "register", register: n, value: initial(n + 1) },
        })),
      ];
    case "wild-branch":
      return [
        {
          name: "branches",
          statement:
            "HYP mode branches to the number in r0 as if it were code; a T32 kernel sets bit 0 first.",
          expect: { kind: "branches", target: control.target },
          strength: "observation",
        },
      ];
    case "misread":
      return [];
    case "powers-off":
      return [
        {
          "cpu-off": { name: "powers-off", statement: "The calling CPU is switched off." },
          "domain-crash": { name: "crashes-domain", statement: "The domain is crashed." },
          parked: { name: "parks", statement: "The calling CPU is parked." },
        }[control.how],
      ].map((p) => ({ ...p, expect: { kind: "outcome", outcome: "powered-off" } }));
    case "undefined-injected":
      return [
        {
          name: "undefined",
          statement: "An Undefined Instruction exception is injected into the caller.",
          expect: { kind: "outcome", outcome: "undefined-injected" },
        },
      ];
  }
};
/** What any handler owes that comes back to its caller, or hands control on. */
export const SOUND_PATH: readonly PathRule[] = ["synchronised", "predictable", "inside"];
/** And one that answers without reading HYP state out to the caller. */
export const SEALED_PATH: readonly PathRule[] = [...SOUND_PATH, "leaks-nothing"];
const PATH_PROMISES: Readonly<Record<PathRule, Omit<PromiseDraft, "name" | "expect">>> = {
  synchronised: {
    statement:
      "A write of HSCTLR, HVBAR or another register that decides how HYP mode runs is followed by a context synchronisation event before control leaves the occupant.",
    sources: [source("DDI 0406C, B3.15.5")],
  },
  predictable: {
    statement: "No instruction on the way is UNPREDICTABLE.",
    sources: [source("DDI 0406C, Glossary, UNPREDICTABLE: software must not rely on it")],
  },
  inside: {
    statement:
      "Until it hands control over, HYP mode executes the occupant's own code and nothing else.",
    sources: [source("the mail of 9 January 2017: no branch to a senseless address", "P")],
  },
  "leaks-nothing": {
    statement:
      "What the caller can see afterwards does not depend on the contents of HYP mode's own registers.",
    strength: "observation",
    sources: [source("DDI 0406C, B1.3.1: PL2 state is not visible to PL1", "D")],
  },
};
const pathPromise = (rule: PathRule): PromiseDraft => ({
  name: rule,
  ...PATH_PROMISES[rule],
  expect: { kind: "path", rule },
});
const effectExpectation = (e: EffectDraft): Expectation =>
  e.kind === "set"
    ? { kind: "system", register: e.register, value: e.value }
    : { kind: "bitsClear", register: e.register, mask: e.mask, names: e.names };
const strengthOf = (from: { readonly strength?: Strength }): { strength?: Strength } =>
  from.strength === undefined ? {} : { strength: from.strength };

/** Every promise that the facts of a call make. */
const promisesOf = (call: CallDraft): PromiseDraft[] => {
  const all: PromiseDraft[] = [
    ...controlPromises(call.control),
    ...(call.results ?? [])
      .filter((r) => r.when === undefined)
      .map((r): PromiseDraft => ({
        name: r.register === 0 ? "result" : `leaves-r${r.register}`,
        statement: `r${r.register} is ${r.words} afterwards.`,
        expect: { kind: "register", register: r.register, value: r.value },
        ...strengthOf(r),
      })),
    ...(call.effects ?? []).map((e): PromiseDraft => ({
      name: e.name,
      statement: e.statement,
      expect: effectExpectation(e),
      ...strengthOf(e),
    })),
    ...(call.masks === true
      ? [
          {
            name: "masked",
            statement: "Asynchronous aborts, IRQs and FIQs are masked at the target.",
            expect: { kind: "masked" },
          } as const,
        ]
      : []),
    ...(call.keeps ?? []).map((k): PromiseDraft => ({
      name: k.name,
      statement: k.statement,
      expect: { kind: "unchanged", slots: k.slots },
      strength: k.strength,
    })),
    ...(call.keepsMemory === true
      ? [
          {
            name: "keeps-memory",
            statement: "No memory changes but the occupant's own stack.",
            expect: { kind: "memoryUnchanged" },
          } as const,
        ]
      : []),
    ...(call.survives === undefined
      ? []
      : [
          {
            name: call.survives,
            statement:
              call.survives === "never-dies"
                ? SURVIVES
                : "A stub call of any generation, made while this occupant is in place, does not end in a silent hang.",
            expect: { kind: "never", outcomes: SILENT },
          } as const,
        ]),
    ...(call.promises ?? []),
    ...(call.path ?? []).map(pathPromise),
  ];
  return call.observed === true ? all.map((p) => ({ ...p, strength: "observation" })) : all;
};

export interface ContractDraft extends Omit<
  Contract,
  "architecture" | "calls" | "clauses" | "documentedBy" | "notes" | "restates"
> {
  /** arm32 when absent. */
  readonly architecture?: Contract["architecture"];
  readonly calls: readonly CallDraft[];
  readonly more?: readonly (PromiseDraft & {
    readonly about: Exclude<Clause["about"], { kind: "call" }>;
  })[];
  readonly documentedBy?: readonly string[];
  readonly notes?: readonly string[];
  readonly restates?: string;
}

const callOf = (draft: CallDraft): Call => ({
  id: draft.id,
  name: draft.name,
  selector: draft.selector,
  inputs: draft.inputs ?? [],
  summary: draft.summary,
  status: draft.status,
  control: draft.control,
  results: (draft.results ?? []).map(({ strength: _strength, ...r }) => r),
  effects: (draft.effects ?? []).map((e): Effect =>
    e.kind === "set"
      ? { kind: e.kind, register: e.register, value: e.value }
      : { kind: e.kind, register: e.register, mask: e.mask, names: e.names },
  ),
  masks: draft.masks === true,
  mayClobber: draft.mayClobber ?? ["r0"],
  keeps: (draft.keeps ?? []).flatMap((k) => k.slots),
  unspecified: draft.unspecified ?? [],
});

/** Gives every promise its id and its sources. */
export const contract = (draft: ContractDraft): Contract => {
  const {
    architecture = "arm32",
    calls,
    more = [],
    documentedBy = [],
    notes = [],
    restates,
    ...rest
  } = draft;
  const clause = (path: string, about: Clause["about"], p: PromiseDraft): Clause => ({
    id: `${draft.id}/${path}/${p.name}`,
    about,
    statement: p.statement,
    strength: p.strength ?? "promise",
    applies: p.applies ?? {},
    expect: p.expect,
    sources: p.sources ?? draft.sources,
  });
  const clauses = [
    ...calls.flatMap((c) =>
      promisesOf(c).map((p) => clause(c.id, { kind: "call", call: c.id }, p)),
    ),
    ...more.map((p) => clause(p.about.kind, p.about, p)),
  ];
  return {
    ...rest,
    architecture,
    documentedBy,
    notes,
    restates,
    calls: calls.map(callOf),
    clauses: restates === undefined ? clauses : [],
  };
};
