/** KVM/arm32 (facts, section 2). */
import {
  codeInput,
  constant,
  contract,
  gives,
  HVC_STUB_ERR,
  keepsVectors,
  neverSilent,
  otherCall,
  returns,
  type CallDraft,
  type Promise_,
} from "./build.js";
import type { Contract, Source } from "./types.js";

const source = (what: string, mark: Source["mark"] = "V"): Source => ({ what, mark });
const BASE = { kind: "implementation", family: "kvm", immediate: 0 } as const;
const HVBAR = { kind: "system", register: "HVBAR" } as const;
const pointer: CallDraft = {
  ...otherCall(
    [
      {
        name: "calls-function",
        statement: "r0 is called as a function in HYP mode, with r1 to r3 as its r0 to r2.",
        expect: { kind: "enters", target: 0, mode: "hyp", instructionSet: "kernel" },
      },
    ],
    "Calls the function in r0.",
  ),
  id: "call",
  name: "a function pointer",
  inputs: [codeInput(0)],
  mayClobber: ["r0", "r1", "r2", "r3", "ip"],
};
const small: Promise_ = {
  ...neverSilent(),
  name: "survives-stub-calls",
  statement:
    "A stub call of any generation, made while KVM is in place, does not end in a silent hang.",
};
/** Small numbers are what crash paths send: the promise that the mail asked for. */
const stubCallsSurvive = (values: readonly number[]): CallDraft[] =>
  values.map((value) => ({
    id: `small-${value}`,
    name: `r0 = ${value}`,
    selector: { kind: "value", value },
    inputs: [],
    summary: "A stub call by number, issued by a kernel that crashes.",
    promises: [small],
  }));
const getVectors: CallDraft = {
  id: "get-vectors",
  name: "r0 = -1",
  selector: { kind: "value", value: -1 },
  inputs: [],
  summary: "Reads HVBAR.",
  promises: [returns(), keepsVectors(), gives(HVBAR, "HVBAR")],
};
const resetState: readonly Promise_[] = [
  {
    name: "mmu-off",
    statement: "The HYP MMU and caches are off afterwards.",
    expect: { kind: "bitsClear", register: "HSCTLR", mask: 0x1007, names: "M, A, C and I" },
  },
  {
    name: "stub-back",
    statement: "HVBAR is that of the initial stub again.",
    expect: { kind: "system", register: "HVBAR", value: { kind: "stubVectors" } },
  },
];
const stubCalls: readonly CallDraft[] = [
  {
    id: "set-vectors",
    name: "HVC_SET_VECTORS",
    selector: { kind: "value", value: 0 },
    inputs: [],
    summary: "Refused by design: only the initial stub takes it.",
    mayClobber: ["r0", "r1", "r2", "r3", "ip"],
    promises: [
      returns(),
      keepsVectors(),
      gives(constant(HVC_STUB_ERR), "HVC_STUB_ERR"),
      neverSilent(),
    ],
  },
  {
    id: "soft-restart",
    name: "HVC_SOFT_RESTART",
    selector: { kind: "value", value: 1 },
    inputs: [codeInput(1)],
    summary: "Tears KVM down and goes to r1 in HYP mode.",
    mayClobber: ["r0", "r1", "r2", "r3", "ip"],
    promises: [
      {
        name: "enters-hyp",
        statement:
          "Control goes to the address in r1, in HYP mode, in the kernel's instruction set.",
        expect: { kind: "enters", target: 1, mode: "hyp", instructionSet: "kernel" },
      },
      {
        name: "masked",
        statement: "Asynchronous aborts, IRQs and FIQs are masked at the target.",
        expect: { kind: "masked" },
      },
      ...resetState,
    ],
  },
  {
    id: "reset-vectors",
    name: "HVC_RESET_VECTORS",
    selector: { kind: "value", value: 2 },
    inputs: [],
    summary: "Tears KVM down.",
    mayClobber: ["r0", "r1", "r2", "r3", "ip"],
    promises: [returns(), gives(constant(0), "0"), ...resetState, neverSilent()],
  },
];
const crashOld =
  "Nothing: a stub call is taken for a function pointer, and the CPU is lost without a word.";

export const KVM_CONTRACTS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "kvm-k1",
    title: "KVM K1",
    releases: "3.10-era",
    summary: "r0 is always a function pointer.",
    implementers: "KVM's run-time vectors.",
    hostAtCrash: crashOld,
    sources: [source("fikuspi/fikus-kernel @0348583c")],
    calls: [...stubCallsSurvive([0, 1, 2]), pointer],
  }),
  contract({
    ...BASE,
    id: "kvm-k2",
    title: "KVM K2",
    releases: "later 3.x to 4.5",
    summary: "r0 = -1 reads HVBAR; else a function pointer.",
    implementers: "KVM's run-time vectors.",
    hostAtCrash: crashOld,
    sources: [source("torvalds/linux @02b5a603")],
    calls: [getVectors, ...stubCallsSurvive([0, 1, 2]), pointer],
  }),
  contract({
    ...BASE,
    id: "kvm-k3",
    title: "KVM K3",
    releases: "4.6-era to v4.11 [M]",
    summary: "As K2. The occupant of the 2017 mail.",
    implementers: "KVM's run-time vectors.",
    hostAtCrash: crashOld,
    sources: [source("shannonz88/arm-platforms @47012ebd"), source("MiCode @51836963")],
    calls: [getVectors, ...stubCallsSurvive([0, 1, 2]), pointer],
  }),
  contract({
    ...BASE,
    id: "kvm-k4",
    title: "KVM K4",
    releases: "v4.12 [M] to v5.6 [M]",
    summary: "Answers stub calls itself; r0 of 3 and more is a function pointer.",
    implementers: "KVM's run-time vectors.",
    hostAtCrash:
      "That HVC_SOFT_RESTART enters r1 in HYP mode, with the HYP MMU off and the initial stub back.",
    sources: [source("torvalds/linux @0154ec71"), source("ROCm @7cc2a858")],
    calls: [...stubCalls, pointer],
    documentedBy: ["doc-txt"],
  }),
  contract({
    ...BASE,
    id: "kvm-init-two-phase",
    title: "KVM init window, two phases",
    releases: "3.10-era",
    summary: "Every call is taken for an initialisation step.",
    implementers: "KVM between set-vectors and its init call.",
    hostAtCrash: "Nothing: a stub call is taken for initialisation.",
    sources: [source("fikuspi/fikus-kernel @0348583c")],
    calls: [...stubCallsSurvive([0, 1, 2])],
  }),
  contract({
    ...BASE,
    id: "kvm-init-single",
    title: "KVM init window, one phase",
    releases: "v4.12 [M] to v5.6 [M]",
    summary: "Stub calls are told from initialisation by r0 below 3.",
    implementers: "KVM between set-vectors and its init call.",
    hostAtCrash: "As KVM K4.",
    sources: [source("torvalds/linux @0154ec71")],
    calls: [...stubCalls],
    documentedBy: ["doc-txt"],
  }),
];
