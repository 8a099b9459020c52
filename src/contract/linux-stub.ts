/** Linux's hyp-stub for 32-bit ARM, generation by generation (facts, section 1). */
import {
  codeInput,
  constant,
  contract,
  entersHyp,
  gives,
  HVC_STUB_ERR,
  initial,
  keepsMemory,
  keepsRegisters,
  keepsSystem,
  keepsVectors,
  KEPT_ALL,
  KEPT_FROM_R1,
  neverSilent,
  otherCall,
  returns,
  setsVectors,
  setVectorsInput,
  type CallDraft,
  type ContractDraft,
} from "./build.js";
import type { Contract, Source } from "./types.js";

const source = (what: string, mark: Source["mark"] = "V"): Source => ({ what, mark });
const quiet = [
  returns(),
  keepsRegisters(KEPT_FROM_R1),
  keepsSystem(),
  keepsMemory(),
  neverSilent(),
];
const HVBAR = { kind: "system", register: "HVBAR" } as const;

const getVectors = (value: number): CallDraft => ({
  id: "get-vectors",
  name: "HVC_GET_VECTORS",
  selector: { kind: "value", value },
  inputs: [],
  summary: "Reads HVBAR.",
  promises: [...quiet, keepsVectors(), gives(HVBAR, "HVBAR")],
});
const setVectors = (value: number, zero: boolean): CallDraft => ({
  id: "set-vectors",
  name: "HVC_SET_VECTORS",
  selector: { kind: "value", value },
  inputs: [setVectorsInput(1)],
  summary: "Loads HVBAR.",
  promises: [...quiet, setsVectors(1), gives(constant(zero ? 0 : value), zero ? "0" : "as it was")],
});
const softRestart = (value: number, target: 1 | 3): CallDraft => ({
  id: "soft-restart",
  name: "HVC_SOFT_RESTART",
  selector: { kind: "value", value },
  inputs: [codeInput(target)],
  summary: `Goes to the address in r${target} without leaving HYP mode.`,
  promises: [
    entersHyp(target, "bit0"),
    keepsRegisters(KEPT_ALL),
    keepsVectors(),
    {
      name: "masked",
      statement: "Asynchronous aborts, IRQs and FIQs are masked at the target.",
      expect: { kind: "masked" },
    },
    keepsMemory(),
  ],
});
const resetVectors = (value: number, zero: boolean): CallDraft => ({
  id: "reset-vectors",
  name: "HVC_RESET_VECTORS",
  selector: { kind: "value", value },
  inputs: [],
  summary: "Does nothing: the stub's vectors are in place.",
  promises: [...quiet, keepsVectors(), gives(constant(zero ? 0 : value), zero ? "0" : "as it was")],
});
const refused = (value: number, words: string): CallDraft =>
  otherCall([...quiet, keepsVectors(), gives(constant(value), words)], "Refused.");
const unknownError = refused(HVC_STUB_ERR, "HVC_STUB_ERR (0x0badca11)");
const unknownMinusOne = refused(-1, "-1");

/** What __hyp_stub_install leaves behind (facts, 1.2), checked where installation was watched. */
const installation = (kernel: boolean): NonNullable<ContractDraft["more"]> => {
  const about = { kind: "installation" } as const;
  const zero = (register: string, why: string) => ({
    about,
    name: register.toLowerCase(),
    statement: `After installation ${register} is 0: ${why}.`,
    expect: { kind: "system", register, value: constant(0) } as const,
  });
  return [
    zero("HCR", "no trap, no stage 2"),
    zero("HCPTR_traps", "no coprocessor is trapped"),
    zero("HSTR", "no CP15 register is trapped"),
    {
      about,
      name: "hdcr",
      statement: "After installation HDCR traps nothing (only HPMN may be set).",
      expect: { kind: "bitsClear", register: "HDCR", mask: ~0x1f, names: "all but HPMN" },
    },
    {
      about,
      name: "hsctlr",
      statement: "After installation the HYP MMU and caches are off.",
      expect: { kind: "bitsClear", register: "HSCTLR", mask: 0x1007, names: "M, A, C and I" },
    },
    {
      about,
      name: "vpidr",
      statement: "After installation VPIDR is MIDR.",
      expect: { kind: "system", register: "VPIDR", value: { kind: "system", register: "MIDR" } },
    },
    {
      about,
      name: "vmpidr",
      statement: "After installation VMPIDR is MPIDR.",
      expect: { kind: "system", register: "VMPIDR", value: { kind: "system", register: "MPIDR" } },
    },
    ...(kernel
      ? [
          {
            about,
            name: "cntvoff",
            statement: "After installation CNTVOFF is 0.",
            expect: { kind: "system", register: "CNTVOFF", value: constant(0) } as const,
          },
          {
            about,
            name: "cnthctl",
            statement: "After installation PL1 may use the physical counter and timer.",
            expect: { kind: "system", register: "CNTHCTL_PL1", value: constant(3) } as const,
          },
        ]
      : []),
    {
      about: { kind: "vectors" },
      name: "aligned",
      statement: "The vector table is 32-byte aligned.",
      expect: { kind: "bitsClear", register: "HVBAR", mask: 0x1f, names: "4 to 0" },
    },
    {
      about: { kind: "vectors" },
      name: "other-slots-loop",
      statement: "The seven vectors other than the one of HVC branch to themselves.",
      expect: { kind: "outcome", outcome: "self-loop" },
      strength: "observation",
    },
  ];
};
const BASE = {
  kind: "implementation",
  family: "linux-stub",
  immediate: 0,
  implementers:
    "The kernel's own stub: what sits in HYP mode when the kernel was entered there and nothing else was installed.",
} as const;
const noRestart =
  "Nothing can be assumed: the generation has no restart call, and a kernel that is restarted comes up in SVC.";

export const LINUX_STUBS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "linux-a",
    title: "hyp-stub A",
    releases: "v3.6 to v4.11 [M]",
    summary: "r0 = -1 reads HVBAR; every other r0 is an address that is loaded.",
    hostAtCrash: noRestart,
    sources: [source("torvalds/linux @0af0b189"), source("arm10c/linux-stable @6b9fff25")],
    more: installation(true),
    calls: [
      { ...getVectors(-1), name: "r0 = -1" },
      {
        ...otherCall(
          [
            ...quiet,
            {
              ...setsVectors(0),
              statement: "HVBAR holds the address that was in r0; its low five bits do not exist.",
            },
            gives(initial(0), "as it was"),
          ],
          "Loads HVBAR with r0: there is no unknown call.",
        ),
        id: "set-vectors",
        inputs: [setVectorsInput(0)],
      },
    ],
  }),
  contract({
    ...BASE,
    id: "linux-b0",
    title: "hyp-stub B0",
    releases: "first patch of the 2017 series",
    summary: "Numbered calls: read and set HVBAR.",
    hostAtCrash: noRestart,
    sources: [source("krazey/android_kernel_samsung_exynos9810 @269ed656")],
    more: installation(true),
    calls: [getVectors(0), setVectors(1, false), unknownMinusOne],
  }),
  contract({
    ...BASE,
    id: "linux-b1",
    title: "hyp-stub B1",
    releases: "the proposal of January 2017",
    summary: "Adds soft restart with the target in r3.",
    hostAtCrash:
      "That an HVC that does nothing keeps r3: the caller then branches to it in SVC. The proposal itself calls that not safe.",
    sources: [
      source("vcyzteen/android_kernel_sdm660 @071be6dd"),
      source("the mail of 9 January 2017", "P"),
    ],
    more: installation(true),
    calls: [getVectors(0), setVectors(1, false), softRestart(2, 3), unknownMinusOne],
  }),
  contract({
    ...BASE,
    id: "linux-b2",
    title: "hyp-stub B2",
    releases: "mid-series, 2017",
    summary: "Soft restart takes r1; a reset call is added.",
    hostAtCrash: "That soft restart enters r1, if the stub itself is what is called.",
    sources: [source("shannonz88/arm-platforms @02aa90d1")],
    more: installation(true),
    calls: [
      getVectors(0),
      setVectors(1, false),
      softRestart(2, 1),
      resetVectors(3, false),
      unknownMinusOne,
    ],
    documentedBy: ["doc-draft"],
  }),
  contract({
    ...BASE,
    id: "linux-b3",
    title: "hyp-stub B3",
    releases: "mid-series, 2017",
    summary: "As B2 without the call that reads HVBAR; the numbers are taken to be B2's.",
    hostAtCrash: "As B2.",
    sources: [
      source("shannonz88/arm-platforms @4467c0ad"),
      source("numbers assumed: the header of that state was not read", "D"),
    ],
    more: installation(true),
    calls: [setVectors(1, false), softRestart(2, 1), resetVectors(3, false), unknownMinusOne],
    documentedBy: ["doc-draft"],
  }),
  contract({
    ...BASE,
    id: "linux-c",
    title: "hyp-stub C",
    releases: "v4.12 [M] to v5.6 [M]",
    summary: "Renumbered, with 0 for success and HVC_STUB_ERR for refusal.",
    hostAtCrash: "That HVC_SOFT_RESTART enters r1 in HYP mode, whether the stub or KVM answers.",
    sources: [source("torvalds/linux @1a61ae7a (virt.h)"), source("walbon/openSUSE @17568dab")],
    more: installation(true),
    calls: [setVectors(0, true), softRestart(1, 1), resetVectors(2, true), unknownError],
    documentedBy: ["doc-txt"],
  }),
  contract({
    ...BASE,
    id: "linux-d-kernel",
    title: "hyp-stub D, kernel proper",
    releases: "v5.7 [M] to the latest seen",
    summary: "Soft restart alone; everything else is refused.",
    hostAtCrash: "That HVC_SOFT_RESTART enters r1 in HYP mode. No other call may be relied on.",
    sources: [source("torvalds/linux @a94e42b1"), source("patch of 31 March 2020", "P")],
    more: installation(true),
    calls: [softRestart(1, 1), unknownError],
    documentedBy: ["doc-rst"],
  }),
  contract({
    ...BASE,
    id: "linux-d-zimage",
    title: "hyp-stub D, decompressor",
    releases: "v5.7 [M] to the latest seen",
    summary: "The decompressor's own copy: sets HVBAR and restarts.",
    hostAtCrash: "Not applicable: the decompressor's stub is gone before the kernel runs.",
    sources: [source("torvalds/linux @a94e42b1")],
    more: installation(false),
    calls: [setVectors(0, true), softRestart(1, 1), unknownError],
    documentedBy: ["doc-rst"],
  }),
];
