/** Puts contracts together: the clauses that every call of a kind has, written once. */
import type {
  Call,
  Clause,
  Contract,
  Expectation,
  Input,
  Source,
  ValueExpression,
} from "./types.js";

/** HVC_STUB_ERR. */
export const HVC_STUB_ERR = 0x0badca11;
export const constant = (value: number): ValueExpression => ({ kind: "constant", value });
export const initial = (register: number): ValueExpression => ({ kind: "register", register });

const registers = (from: number): string[] =>
  Array.from({ length: 13 - from }, (_, i) => `R${i + from}`);
/** Registers of the caller that the stub leaves alone. */
export const KEPT_FROM_R1 = [...registers(1), "SP_svc", "LR_usr", "SP_usr", "SP_hyp"];
export const KEPT_ALL = ["R0", ...KEPT_FROM_R1];
/** HYP control state that no call of the stub touches. */
export const KEPT_SYSTEM = [
  "HCR",
  "HCPTR",
  "HSTR",
  "HDCR",
  "HSCTLR",
  "VTTBR",
  "VTTBR_hi",
  "HTTBR",
  "HTTBR_hi",
  "SCTLR",
];

/** A promise before it has its id: the part after contract/call/. */
export interface Promise_ {
  readonly name: string;
  readonly statement: string;
  readonly expect: Expectation;
  readonly strength?: Clause["strength"];
}
export interface CallDraft extends Omit<Call, "mayClobber"> {
  readonly mayClobber?: readonly string[];
  readonly promises: readonly Promise_[];
}

export const returns = (
  statement = "Control returns to the instruction after the HVC, in the caller's mode and instruction set.",
): Promise_ => ({
  name: "returns",
  statement,
  expect: { kind: "returns" },
});
export const keepsRegisters = (slots: readonly string[]): Promise_ => ({
  name: "keeps-registers",
  statement: `The call leaves ${shortList(slots)} as they were.`,
  expect: { kind: "unchanged", slots },
});
export const keepsSystem = (slots: readonly string[] = KEPT_SYSTEM): Promise_ => ({
  name: "keeps-hyp-state",
  statement: `The call leaves ${slots.join(", ")} as they were.`,
  expect: { kind: "unchanged", slots },
  strength: "observation",
});
export const keepsVectors = (): Promise_ => ({
  name: "keeps-vectors",
  statement: "HVBAR stays as it was.",
  expect: { kind: "unchanged", slots: ["HVBAR"] },
});
export const keepsMemory = (): Promise_ => ({
  name: "keeps-memory",
  statement: "No memory of the caller changes.",
  expect: { kind: "memoryUnchanged" },
});
export const gives = (value: ValueExpression, words: string): Promise_ => ({
  name: "result",
  statement: `r0 is ${words} afterwards.`,
  expect: { kind: "register", register: 0, value },
});
export const setsVectors = (from: number): Promise_ => ({
  name: "sets-vectors",
  statement: `HVBAR holds the address that r${from} gave.`,
  expect: { kind: "system", register: "HVBAR", value: initial(from) },
});
export const entersHyp = (target: number, instructionSet: "bit0" | "kernel"): Promise_ => ({
  name: "enters-hyp",
  statement: `Control goes to the address in r${target}, in HYP mode; ${instructionSet === "bit0" ? "bit 0 of the address picks the instruction set" : "the instruction set is the kernel's"}.`,
  expect: { kind: "enters", target, mode: "hyp", instructionSet },
});
export const neverSilent = (): Promise_ => ({
  name: "never-dies",
  statement:
    "The call never ends in a silent loop, an exception in HYP mode or a CPU that is gone.",
  expect: {
    kind: "never",
    outcomes: ["self-loop", "exception-in-hyp", "powered-off", "ran-away", "exceeded-budget"],
  },
});
export const setVectorsInput = (register: number): Input => ({
  register,
  meaning: "physical address of a vector table, below 4 GiB, 32-byte aligned",
  domain: "vectors",
});
export const codeInput = (register: number): Input => ({
  register,
  meaning: "physical address to go to; bit 0 set for Thumb",
  domain: "code",
});
export const otherCall = (promises: readonly Promise_[], summary: string): CallDraft => ({
  id: "unknown",
  name: "any other value",
  selector: { kind: "other" },
  inputs: [],
  summary,
  promises,
});

const shortList = (slots: readonly string[]): string => {
  const numbered = slots.filter((s) => /^R\d+$/.test(s)).map((s) => Number(s.slice(1)));
  const rest = slots.filter((s) => !/^R\d+$/.test(s));
  const run =
    numbered.length > 2
      ? [`r${numbered[0]!} to r${numbered.at(-1)!}`]
      : numbered.map((n) => `r${n}`);
  return [...run, ...rest].join(", ");
};

export interface ContractDraft extends Omit<Contract, "calls" | "clauses" | "documentedBy"> {
  readonly calls: readonly CallDraft[];
  readonly more?: readonly (Promise_ & {
    readonly about: Exclude<Clause["about"], { kind: "call" }>;
  })[];
  readonly documentedBy?: readonly string[];
}
/** Gives every promise its id and its sources. */
export const contract = (draft: ContractDraft): Contract => {
  const { calls, more = [], documentedBy = [], ...rest } = draft;
  const clause = (
    path: string,
    about: Clause["about"],
    p: Promise_,
    sources: readonly Source[],
  ): Clause => ({
    id: `${draft.id}/${path}/${p.name}`,
    about,
    statement: p.statement,
    strength: p.strength ?? "promise",
    expect: p.expect,
    sources,
  });
  return {
    ...rest,
    documentedBy,
    calls: calls.map(({ promises: _promises, mayClobber = ["r0"], ...call }) => ({
      ...call,
      mayClobber,
    })),
    clauses: [
      ...calls.flatMap((c) =>
        c.promises.map((p) => clause(c.id, { kind: "call", call: c.id }, p, draft.sources)),
      ),
      ...more.map((p) => clause(p.about.kind, p.about, p, draft.sources)),
    ],
  };
};
