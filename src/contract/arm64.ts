/**
 * The 64-bit counterpart (facts, section 5), as far as the gaps of the documentation need it. The
 * laboratory's machine is 32-bit: these records are compared with each other, never run, and stand apart
 * from CONTRACTS. Register 0 is x0.
 */
import {
  clears,
  constant,
  contract,
  HVC_STUB_ERR,
  result,
  RETURNS,
  setsVectors,
  source,
  STUB_BACK,
  vectorsInput,
  type CallDraft,
} from "./build.js";
import type { Contract, Control, Result } from "./types.js";

const ERR: Result = result(constant(HVC_STUB_ERR), "HVC_STUB_ERR");
const OK: Result = result(constant(0), "0");
const LICENCE = ["x0 to x18"];
/** The target is in x1; x2 to x4 become x0 to x2 there. */
const RESTART: Control = {
  kind: "enters",
  target: 1,
  mode: "hyp",
  instructionSet: "kernel",
  ifItReturns: "not said",
};
const NOT_RUN = ["What is kept: not compared, the laboratory does not run 64-bit code."];
const call = (
  id: string,
  name: string,
  value: number,
  summary: string,
  facts: Pick<CallDraft, "status" | "control"> & Partial<CallDraft>,
): CallDraft => ({
  id,
  name,
  selector: { kind: "value", value },
  summary,
  mayClobber: LICENCE,
  unspecified: NOT_RUN,
  ...facts,
});
const SET = call("set-vectors", "HVC_SET_VECTORS", 0, "Sets VBAR_EL2 to x1.", {
  status: "implemented",
  control: RETURNS,
  inputs: [vectorsInput(1)],
  effects: [setsVectors(1)],
  results: [OK],
});
const refused = (draft: CallDraft): CallDraft => ({
  ...draft,
  status: "refused",
  summary: "Refused.",
  effects: [],
  results: [ERR],
});
const SOFT = call("soft-restart", "HVC_SOFT_RESTART", 1, "Goes to x1 at EL2.", {
  status: "implemented",
  control: RESTART,
  masks: true,
});
const RESET = call("reset-vectors", "HVC_RESET_VECTORS", 2, "Puts the stub's vectors back.", {
  status: "implemented",
  control: RETURNS,
  effects: [STUB_BACK],
  results: [OK],
});
const MMU_OFF = clears("mmu-off", 1, "M", "The EL2 MMU is disabled.");
const finalise = (results: readonly Result[]): CallDraft =>
  call("finalise", "HVC_FINALISE_EL2", 3, "Moves the kernel to EL2 where VHE allows it.", {
    status: "implemented",
    control: RETURNS,
    results,
  });
const UNKNOWN: Omit<CallDraft, "results" | "summary"> = {
  id: "unknown",
  name: "any other value",
  selector: { kind: "other" },
  status: "refused",
  control: RETURNS,
  mayClobber: LICENCE,
  unspecified: NOT_RUN,
};
const BASE = {
  architecture: "arm64",
  immediate: 0,
  scope: "The calling CPU alone.",
  phases: ["kernel-stub", "kvm-run-time", "after-panic"],
} as const;

export const ARM64_CONTRACTS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "arm64-doc",
    title: "hyp-abi.rst, 64-bit half",
    kind: "documentation",
    family: "documentation",
    releases: "v5.12 [M] to the latest seen",
    summary: "The calls of 32-bit and one more, which takes the kernel to EL2.",
    implementers: "Any hypervisor that is built into the kernel, unless the text says otherwise.",
    hostAtCrash: "That soft restart is answered by whatever is built in.",
    sources: [source("torvalds/linux @166cc2a4"), source("maz tree @47e94c51")],
    calls: [
      SET,
      { ...SOFT, effects: [MMU_OFF] },
      { ...RESET, effects: [MMU_OFF, STUB_BACK] },
      finalise([OK]),
    ],
  }),
  contract({
    ...BASE,
    id: "arm64-stub",
    title: "64-bit hyp-stub",
    kind: "implementation",
    family: "linux-stub",
    releases: "v6.0 [M] to the latest seen",
    summary: "Four calls; anything else is refused with HVC_STUB_ERR.",
    implementers: "The kernel's own stub.",
    hostAtCrash: "That soft restart goes to x1 at EL2.",
    sources: [source("Kingxukai/linux: arm64 stub and virt.h")],
    documentedBy: ["arm64-doc"],
    calls: [
      SET,
      SOFT,
      RESET,
      finalise([
        { ...OK, when: "the EL2 MMU is off and VHE is there and not vetoed" },
        { ...ERR, when: "else" },
      ]),
      { ...UNKNOWN, summary: "Refused with HVC_STUB_ERR.", results: [ERR] },
    ],
  }),
  contract({
    ...BASE,
    id: "arm64-nvhe",
    title: "KVM nVHE, not protected",
    kind: "implementation",
    family: "kvm",
    releases: "latest seen",
    summary: "Answers soft restart and reset itself, refuses the two others.",
    implementers: "KVM's vectors while it does not protect guests from the host.",
    hostAtCrash: "That soft restart goes to x1 at EL2, with the MMU off and the stub back.",
    sources: [source("Kingxukai/linux: nvhe hyp-init.S and host.S")],
    documentedBy: ["arm64-doc"],
    calls: [
      refused(SET),
      { ...SOFT, effects: [MMU_OFF, STUB_BACK] },
      { ...RESET, effects: [MMU_OFF, STUB_BACK] },
      refused(finalise([])),
    ],
  }),
  contract({
    ...BASE,
    id: "arm64-pkvm",
    title: "pKVM",
    kind: "implementation",
    family: "kvm",
    releases: "latest seen",
    summary: "The test for stub calls is patched out: every number goes to the dispatcher.",
    implementers: "KVM's vectors once it protects guests from the host.",
    hostAtCrash: "Nothing: every stub call is refused with -1, not with HVC_STUB_ERR.",
    sources: [
      source("Kingxukai/linux: nvhe host.S and hyp-main.c"),
      source("the value for stub calls", "D"),
    ],
    documentedBy: ["arm64-doc"],
    calls: [
      {
        ...UNKNOWN,
        summary: "Not one of the dispatcher's ids: -1.",
        results: [result(constant(-1), "-1 (SMCCC NOT_SUPPORTED)")],
      },
    ],
  }),
];
