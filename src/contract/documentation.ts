/** The kernel's own documentation of the ABI in its states (facts, section 6), as contracts. */
import {
  CALLER_STACKS_OF_SVC,
  clears,
  codeInput,
  constant,
  contract,
  enters,
  KEEPS_BANKED,
  KEEPS_SVC_STATE,
  keepsRegisters,
  result,
  RETURNS,
  setsVectors,
  source,
  STUB_BACK,
  vectorsInput,
  type CallDraft,
} from "./build.js";
import type { Contract } from "./types.js";

type State = "draft" | "txt" | "rst";

/** Numbers behind the names that the text uses: those of the header of its day. */
const NUMBERS: Readonly<Record<State, { set: number; soft: number; reset: number }>> = {
  draft: { set: 1, soft: 2, reset: 3 },
  txt: { set: 0, soft: 1, reset: 2 },
  rst: { set: 0, soft: 1, reset: 2 },
};

const MMU_OFF = clears("mmu-off", 1, "M", "The HYP MMU is disabled.");
const CACHES_OFF = clears("caches-off", 0x1004, "I and C", "The I and D (C) bits are cleared.");

const calls = (state: State): CallDraft[] => {
  const number = NUMBERS[state];
  // Results and what may be clobbered are said from the text file on; what is not listed is kept.
  const said = state !== "draft";
  const mayClobber = said ? ["r0", "r1", "r2", "r3", "ip"] : [];
  const results = said ? [result(constant(0), "0")] : [];
  const keeps = said
    ? [keepsRegisters(4, 11, CALLER_STACKS_OF_SVC), KEEPS_BANKED, KEEPS_SVC_STATE]
    : [];
  const silent = said ? [] : ["The result, and which registers are kept."];
  return [
    {
      id: "set-vectors",
      name: "HVC_SET_VECTORS",
      selector: { kind: "value", value: number.set },
      inputs: [vectorsInput(1)],
      summary: said ? "Sets HVBAR; only the initial stubs need take it." : "Sets HVBAR.",
      status: "implemented",
      control: RETURNS,
      mayClobber,
      effects: [setsVectors(1)],
      results,
      keeps,
      unspecified: silent,
    },
    {
      id: "reset-vectors",
      name: "HVC_RESET_VECTORS",
      selector: { kind: "value", value: number.reset },
      summary: said
        ? "Turns HYP's MMU off and puts the initial stub's vectors back."
        : "Turns HYP's MMU off and puts vectors back to a default.",
      status: "implemented",
      control: RETURNS,
      mayClobber,
      effects: [MMU_OFF, ...(said ? [STUB_BACK] : [])],
      results,
      keeps,
      unspecified: said ? [] : ["Which vectors are the default.", ...silent],
    },
    {
      id: "soft-restart",
      name: "HVC_SOFT_RESTART",
      selector: { kind: "value", value: number.soft },
      inputs: [codeInput(1)],
      summary: "Masks exceptions, turns the MMU off, jumps to r1 in HYP mode.",
      status: "implemented",
      control: enters(1, "bit0", "not said"),
      mayClobber,
      effects: [MMU_OFF, ...(state === "rst" ? [CACHES_OFF] : [])],
      masks: true,
      unspecified: [
        "What follows when control does return: only that it is not expected to.",
        "What the registers hold at the target.",
      ],
    },
  ];
};

const BASE = {
  kind: "documentation",
  family: "documentation",
  immediate: 0,
  phases: ["decompressor-stub", "kernel-stub", "kvm-init-window", "kvm-run-time", "after-panic"],
  hostAtCrash:
    "That soft restart is answered by whatever is built in; what happens when it returns is not said.",
} as const;
const IMPLEMENTERS =
  "Any hypervisor that is built into the kernel, unless the text says otherwise of a call.";
const NO_OTHERS =
  "The calling CPU alone; guests of Xen, KVM and others are out of scope. Values that the text does not name are left to the hypervisor.";
const SET_BY_STUBS =
  "Only the initial stubs take the call that sets vectors, hypervisors in Linux do not; errors are told by HVC_STUB_ERR in r0.";

export const DOCUMENTATION: readonly Contract[] = [
  contract({
    ...BASE,
    id: "doc-draft",
    title: "hyp-abi, draft",
    releases: "mid-series, 2017",
    summary: "Three calls; nothing on results or clobbered registers.",
    implementers: IMPLEMENTERS,
    scope: NO_OTHERS,
    sources: [
      source("shannonz88/arm-platforms @2212621a"),
      source("numbers: those of the header of that day", "D"),
    ],
    calls: calls("draft"),
  }),
  contract({
    ...BASE,
    id: "doc-txt",
    title: "hyp-abi.txt",
    releases: "v4.12 [M] to v5.2 [M]",
    summary: "Adds results, errors and what may be clobbered.",
    implementers: IMPLEMENTERS,
    scope: NO_OTHERS,
    notes: [SET_BY_STUBS],
    sources: [source("torvalds/linux @68c4f9c5")],
    calls: calls("txt"),
  }),
  contract({
    ...BASE,
    id: "doc-rst",
    title: "hyp-abi.rst",
    releases: "v5.7 [M] to v5.19 [M]",
    summary:
      "Says that KVM/arm is gone and that the text still holds, for kexec; a restart clears the I and D bits; 64-bit gets a call that restarts with VHE.",
    implementers: `${IMPLEMENTERS} Other hypervisors may use it too.`,
    scope: NO_OTHERS,
    notes: [SET_BY_STUBS],
    sources: [source("torvalds/linux @166cc2a4")],
    calls: calls("rst"),
  }),
  contract({
    ...BASE,
    id: "doc-rst-finalise",
    title: "hyp-abi.rst, with FINALISE_EL2",
    releases: "v6.0 [M] to the latest seen",
    summary:
      "The 64-bit call that restarts with VHE has a new name; for 32-bit every word is that of the state before.",
    implementers: `${IMPLEMENTERS} Other hypervisors may use it too.`,
    scope: NO_OTHERS,
    notes: [SET_BY_STUBS, "The text of the renamed call stayed what it was."],
    sources: [source("maz tree @47e94c51")],
    calls: calls("rst"),
    restates: "doc-rst",
  }),
];
