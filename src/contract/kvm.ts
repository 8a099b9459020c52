/** KVM/arm32 (facts, section 2). */
import {
  clears,
  codeInput,
  constant,
  contract,
  enters,
  HVC_STUB_ERR,
  initial,
  KEEPS_BANKED,
  KEEPS_SVC_STATE,
  KEEPS_VECTORS,
  keepsHypState,
  keepsRegisters,
  result,
  RETURNS,
  SEALED_PATH,
  SOUND_PATH,
  source,
  STUB_BACK,
  type CallDraft,
  type EffectDraft,
} from "./build.js";
import type { Contract } from "./types.js";

const HVBAR = { kind: "system", register: "HVBAR" } as const;
const LOST_TO_A_FUNCTION = ["r0", "r1", "r2", "r3", "ip"];
/** Any value that no other call names: an address of code. */
const functionCall: CallDraft = {
  id: "call",
  name: "a function pointer",
  selector: { kind: "other" },
  inputs: [codeInput(0, "address of a function in HYP's address space")],
  summary: "Calls the function in r0 with r1 to r3 as its arguments; r0 and r1 are its result.",
  status: "implemented",
  control: { kind: "calls-function", target: 0 },
  mayClobber: LOST_TO_A_FUNCTION,
  path: SOUND_PATH,
  unspecified: [
    "A value that is no address of code: there is no unknown call, it is executed.",
    "What the function keeps: what the procedure call standard has it keep.",
  ],
};
/** A number that a stub call of some generation sends, taken for a function. */
const executed = (value: number): CallDraft => ({
  id: value === -1 ? "minus-one" : `small-${value}`,
  name: `r0 = ${value}`,
  selector: { kind: "value", value },
  summary: "A stub call by number, issued by a kernel that crashes: called as a function.",
  status: "misread",
  control: { kind: "wild-branch", target: 0 },
  mayClobber: LOST_TO_A_FUNCTION,
  survives: "survives-stub-calls",
  unspecified: ["Results and kept registers: control does not come back."],
});
/** Generation A's call to a KVM that no longer has it: nobody makes it any more, so nothing is promised. */
const { survives: _survives, ...minusOneExecuted } = executed(-1);
const getVectors: CallDraft = {
  id: "get-vectors",
  name: "r0 = -1",
  selector: { kind: "value", value: -1 },
  summary: "Reads HVBAR: hotplug and power management compare it with KVM's own.",
  status: "implemented",
  control: RETURNS,
  results: [result(HVBAR, "HVBAR")],
  keeps: [
    keepsRegisters(1),
    KEEPS_BANKED,
    KEEPS_SVC_STATE,
    keepsHypState("and HSCTLR"),
    KEEPS_VECTORS,
  ],
  keepsMemory: true,
  path: SOUND_PATH,
};
const TEARDOWN: readonly EffectDraft[] = [
  clears("mmu-off", 0x1, "M", "The HYP MMU is off afterwards."),
  clears(
    "caches-off",
    0x1006,
    "A, C and I",
    "HYP mode's caches and alignment checks are off afterwards.",
  ),
  STUB_BACK,
];
const PROTOCOL_REGISTERS = keepsRegisters(4, 11);
const STUB_CALL_KEEPS = [
  PROTOCOL_REGISTERS,
  {
    ...keepsRegisters(2, 3, []),
    name: "keeps-r2-r3",
    strength: "observation" as const,
  },
  KEEPS_BANKED,
  KEEPS_SVC_STATE,
];
/** Final state of the handler of stub calls. */
const stubCalls: readonly CallDraft[] = [
  {
    id: "set-vectors",
    name: "HVC_SET_VECTORS",
    selector: { kind: "value", value: 0 },
    summary: "Refused by design: only the initial stub takes it.",
    status: "refused",
    control: RETURNS,
    mayClobber: LOST_TO_A_FUNCTION,
    results: [result(constant(HVC_STUB_ERR), "HVC_STUB_ERR")],
    keeps: [...STUB_CALL_KEEPS, keepsHypState("and HSCTLR"), KEEPS_VECTORS],
    keepsMemory: true,
    survives: "never-dies",
    path: SEALED_PATH,
  },
  {
    id: "soft-restart",
    name: "HVC_SOFT_RESTART",
    selector: { kind: "value", value: 1 },
    inputs: [codeInput(1, "physical address to go to; code in the kernel's instruction set")],
    summary: "Tears KVM down and goes to r1 in HYP mode.",
    status: "implemented",
    control: enters(1, "kernel"),
    mayClobber: LOST_TO_A_FUNCTION,
    results: [
      { ...result(constant(0), "0"), strength: "observation" },
      {
        register: 1,
        value: { kind: "stubVectors" },
        words: "the address of the initial stub's vectors",
        strength: "observation",
      },
    ],
    effects: TEARDOWN,
    masks: true,
    keeps: [
      { ...PROTOCOL_REGISTERS, strength: "observation" },
      KEEPS_BANKED,
      KEEPS_SVC_STATE,
      keepsHypState("but HSCTLR"),
    ],
    keepsMemory: true,
    path: SOUND_PATH,
    unspecified: [
      "Bit 0 of r1: unlike the stub, this handler takes the kernel's instruction set whatever it says [D].",
    ],
  },
  {
    id: "reset-vectors",
    name: "HVC_RESET_VECTORS",
    selector: { kind: "value", value: 2 },
    summary: "Tears KVM down.",
    status: "implemented",
    control: RETURNS,
    mayClobber: LOST_TO_A_FUNCTION,
    results: [result(constant(0), "0")],
    effects: TEARDOWN,
    keeps: [...STUB_CALL_KEEPS, keepsHypState("but HSCTLR")],
    keepsMemory: true,
    survives: "never-dies",
    path: SEALED_PATH,
  },
];
/** Sets the stack pointer and the vectors from what happens to be in r0 and r1. */
const initialises = (strength: "promise" | "observation"): readonly EffectDraft[] => [
  {
    kind: "set",
    name: "takes-stack",
    register: "SP_hyp",
    value: initial(0),
    statement: "r0 becomes the HYP stack pointer.",
    strength,
  },
  {
    kind: "set",
    name: "takes-vectors",
    register: "HVBAR",
    value: initial(1),
    statement: "r1 becomes HVBAR.",
    strength,
  },
];

const BASE = {
  kind: "implementation",
  family: "kvm",
  immediate: 0,
  implementers: "KVM's run-time vectors.",
  scope:
    "Calls of the host. An HVC of a guest is told apart by the VMID in VTTBR: 0 is the host, which the initial stub never wrote.",
  phases: ["kvm-run-time", "after-panic"],
} as const;
const NOTES = [
  "A trap that is no HVC, or an HVC with a VMID other than 0, is taken for a guest's.",
  "A panic runs no notifier: KVM's vectors are in place when the crash kernel is started, even when no guest ran.",
];
/** K4's own call of functions: the facts know its stack. */
const alignedFunctionCall: CallDraft = {
  ...functionCall,
  promises: [
    {
      name: "stack-aligned",
      statement: "The function is entered with SP_hyp on an 8-byte boundary.",
      expect: { kind: "bitsClear", register: "SP_hyp", mask: 7, names: "bits 2 to 0" },
      sources: [
        source("torvalds/linux @0154ec71"),
        source("IHI 0042, 5.2.1.2: the stack at a public interface"),
      ],
    },
  ],
};
const FORGES_PANIC =
  "An exception of the host in HYP mode is turned into a return to panic() in SVC, at a virtual address: with the SVC MMU off already, that is a silent hang [D].";
const crashOld =
  "Nothing: a stub call is taken for a function pointer, and the CPU is lost without a word.";

export const KVM_CONTRACTS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "kvm-k1",
    title: "KVM K1",
    releases: "3.10-era",
    summary: "r0 is always a function pointer.",
    hostAtCrash: crashOld,
    sources: [source("fikuspi/fikus-kernel @0348583c")],
    notes: [...NOTES, FORGES_PANIC],
    calls: [executed(-1), ...[0, 1, 2, 3].map(executed), functionCall],
  }),
  contract({
    ...BASE,
    id: "kvm-k2",
    title: "KVM K2",
    releases: "later 3.x to 4.5",
    summary: "r0 = -1 reads HVBAR; else a function pointer.",
    hostAtCrash: crashOld,
    sources: [source("torvalds/linux @02b5a603")],
    notes: [...NOTES, FORGES_PANIC],
    calls: [getVectors, ...[0, 1, 2, 3].map(executed), functionCall],
  }),
  contract({
    ...BASE,
    id: "kvm-k3",
    title: "KVM K3",
    releases: "4.6-era to v4.11 [M]",
    summary: "As K2. The occupant of the 2017 mail.",
    hostAtCrash: crashOld,
    sources: [
      source("shannonz88/arm-platforms @47012ebd"),
      source("MiCode @51836963"),
      source("nxp-qoriq @dd5eb5a3"),
    ],
    notes: [
      ...NOTES,
      "Its early states spin on an exception of the host in HYP mode. The later ones turn it into a return to panic() in SVC, at a virtual address [D].",
    ],
    calls: [getVectors, ...[0, 1, 2, 3].map(executed), functionCall],
  }),
  contract({
    ...BASE,
    id: "kvm-k4",
    title: "KVM K4",
    releases: "v4.12 [M] to v5.6 [M]",
    summary: "Answers stub calls itself; r0 of 3 and more is a function pointer.",
    hostAtCrash:
      "That HVC_SOFT_RESTART enters r1 in HYP mode, with the HYP MMU off and the initial stub back.",
    sources: [source("torvalds/linux @0154ec71"), source("ROCm @7cc2a858")],
    notes: [
      ...NOTES,
      FORGES_PANIC,
      "Teardown cleans no cache and no TLB and leaves HTTBR, HTCR, VTTBR, VTCR and HCR as they are.",
      "The handler is jumped to by its physical address, worked out in ip: on a Thumb-2 kernel bit 0 has to be right (known bug 17).",
    ],
    calls: [...stubCalls, minusOneExecuted, alignedFunctionCall],
    documentedBy: ["doc-txt"],
  }),
  contract({
    ...BASE,
    id: "kvm-init-two-phase",
    title: "KVM init window, two phases",
    releases: "3.10-era",
    summary: "Every call is taken for an initialisation step.",
    implementers: "KVM between set-vectors and its init call.",
    phases: ["kvm-init-window"],
    hostAtCrash: "Nothing: a stub call is taken for initialisation.",
    sources: [source("fikuspi/fikus-kernel @0348583c")],
    notes: ["The window is open on a CPU from KVM's set-vectors call to the end of its init call."],
    calls: [
      {
        id: "phase-one",
        name: "r0 = 0",
        selector: { kind: "value", value: 0 },
        summary: "Takes r2 and r3 for the translation table and turns the HYP MMU on.",
        status: "misread",
        control: { kind: "misread" },
        effects: [
          {
            kind: "set",
            name: "takes-tables",
            register: "HTTBR",
            value: initial(2),
            statement: "r2 becomes the low half of HTTBR.",
            strength: "observation",
          },
        ],
        survives: "survives-stub-calls",
        unspecified: ["Where control goes, and kept registers: both depend on memory at r3:r2."],
      },
      {
        id: "phase-two",
        name: "any other value",
        selector: { kind: "other" },
        summary: "Takes r0 for the stack and r1 for the vectors.",
        status: "misread",
        control: RETURNS,
        results: [{ ...result(initial(0), "as it was"), strength: "observation" }],
        effects: initialises("observation"),
        keeps: [keepsRegisters(1, 12, ["SP_svc", "LR_svc", "SP_usr", "LR_usr"]), KEEPS_SVC_STATE],
        observed: true,
        unspecified: [
          "The real one goes on through a trampoline page, which has to be mapped; the return is that of an occupant whose page is.",
        ],
      },
    ],
  }),
  contract({
    ...BASE,
    id: "kvm-init-single",
    title: "KVM init window, one phase",
    releases: "v4.12 [M] to v5.6 [M]",
    summary: "Stub calls are told from initialisation by r0 below 3.",
    implementers: "KVM between set-vectors and its init call.",
    phases: ["kvm-init-window"],
    hostAtCrash:
      "That HVC_SOFT_RESTART enters r1 in HYP mode, with the HYP MMU off and the initial stub back.",
    sources: [source("torvalds/linux @0154ec71")],
    notes: [
      "The test works because a stack top is never below 3.",
      "Old initialisation sets HSCTLR.A, the newest does not.",
    ],
    calls: [
      ...stubCalls,
      {
        id: "initialise",
        name: "any other value",
        selector: { kind: "other" },
        inputs: [
          { register: 0, meaning: "top of the HYP stack", domain: "any", constraints: [] },
          { register: 1, meaning: "KVM's vectors", domain: "any", constraints: [] },
          { register: 2, meaning: "translation table, low", domain: "any", constraints: [] },
          { register: 3, meaning: "translation table, high", domain: "any", constraints: [] },
        ],
        summary: "Initialises KVM: stack r0, vectors r1, translation table r3:r2.",
        status: "implemented",
        control: { kind: "misread" },
        effects: initialises("observation"),
        mayClobber: LOST_TO_A_FUNCTION,
        observed: true,
        unspecified: [
          "Where control goes after a call that was not meant for it, and kept registers: both depend on memory.",
        ],
      },
    ],
    documentedBy: ["doc-txt"],
  }),
];
