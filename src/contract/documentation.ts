/** The kernel's own documentation of the ABI in its states (facts, section 6), as contracts. */
import {
  codeInput,
  constant,
  contract,
  entersHyp,
  gives,
  setsVectors,
  setVectorsInput,
  returns,
  type CallDraft,
  type Promise_,
} from "./build.js";
import type { Contract, Source } from "./types.js";

const source = (what: string): Source => ({ what, mark: "V" });
const BASE = {
  kind: "documentation",
  family: "documentation",
  immediate: 0,
  implementers:
    "Any hypervisor that is built into the kernel, unless the text says otherwise; guests of other hypervisors are out of scope.",
  hostAtCrash:
    "That soft restart is answered by whatever is built in; what happens when it returns is not said.",
} as const;
/** What callers may find changed by any call: said from the text file on. */
const CLOBBERS = ["r0", "r1", "r2", "r3", "ip"];
const KEPT = ["R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "SP_svc"];
const keeps: Promise_ = {
  name: "keeps-registers",
  statement: "Registers other than r0 to r3 and ip are as they were.",
  expect: { kind: "unchanged", slots: KEPT },
};
const MMU_OFF: Promise_ = {
  name: "mmu-off",
  statement: "The HYP MMU is disabled.",
  expect: { kind: "bitsClear", register: "HSCTLR", mask: 1, names: "M" },
};
const MASKED: Promise_ = {
  name: "masked",
  statement: "Exceptions are masked.",
  expect: { kind: "masked" },
};
const CACHES: Promise_ = {
  name: "caches-off",
  statement: "The I and D (C) bits are cleared.",
  expect: { kind: "bitsClear", register: "HSCTLR", mask: 0x1004, names: "I and C" },
};

const calls = (state: "draft" | "txt" | "rst"): CallDraft[] => {
  const results = state === "draft" ? [] : [gives(constant(0), "0"), keeps];
  const mayClobber = state === "draft" ? [] : CLOBBERS;
  return [
    {
      id: "set-vectors",
      name: "HVC_SET_VECTORS",
      selector: { kind: "value", value: 0 },
      inputs: [setVectorsInput(1)],
      summary: "Sets HVBAR; only the initial stubs need take it.",
      mayClobber,
      promises: [returns(), setsVectors(1), ...results],
    },
    {
      id: "reset-vectors",
      name: "HVC_RESET_VECTORS",
      selector: { kind: "value", value: 2 },
      inputs: [],
      summary: "Turns HYP's MMU off and puts the initial stub's vectors back.",
      mayClobber,
      promises: [
        returns(),
        MMU_OFF,
        {
          name: "stub-back",
          statement: "HVBAR is that of the initial stub.",
          expect: { kind: "system", register: "HVBAR", value: { kind: "stubVectors" } },
        },
        ...results,
      ],
    },
    {
      id: "soft-restart",
      name: "HVC_SOFT_RESTART",
      selector: { kind: "value", value: 1 },
      inputs: [codeInput(1)],
      summary: "Masks exceptions, turns the MMU off, jumps to r1 in HYP mode; does not return.",
      mayClobber,
      promises: [entersHyp(1, "bit0"), MASKED, MMU_OFF, ...(state === "rst" ? [CACHES] : [])],
    },
  ];
};

export const DOCUMENTATION: readonly Contract[] = [
  contract({
    ...BASE,
    id: "doc-draft",
    title: "hyp-abi, draft",
    releases: "mid-series, 2017",
    summary: "Three calls; nothing on results or clobbered registers.",
    sources: [source("shannonz88/arm-platforms @2212621a")],
    calls: calls("draft"),
  }),
  contract({
    ...BASE,
    id: "doc-txt",
    title: "hyp-abi.txt",
    releases: "v4.12 to v5.2 [M]",
    summary: "Adds results, errors and what may be clobbered.",
    sources: [source("torvalds/linux @68c4f9c5")],
    calls: calls("txt"),
  }),
  contract({
    ...BASE,
    id: "doc-rst",
    title: "hyp-abi.rst",
    releases: "since v5.7 [M]",
    summary:
      "Says that KVM/arm is gone and that the text still holds, for kexec; I and D bits are cleared by a restart.",
    sources: [source("torvalds/linux @166cc2a4")],
    calls: calls("rst"),
  }),
];
