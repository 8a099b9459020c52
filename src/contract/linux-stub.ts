/** Linux's hyp-stub for 32-bit ARM, generation by generation (facts, section 1). */
import {
  codeInput,
  constant,
  contract,
  enters,
  HVC_STUB_ERR,
  initial,
  KEEPS_BANKED,
  KEEPS_FLAGS,
  KEEPS_SVC_STATE,
  KEEPS_VECTORS,
  keepsHypState,
  keepsRegisters,
  result,
  RETURNS,
  SEALED_PATH,
  setsVectors,
  SOUND_PATH,
  source,
  vectorsInput,
  type CallDraft,
  type ContractDraft,
} from "./build.js";
import type { Contract, Result } from "./types.js";

const HVBAR = { kind: "system", register: "HVBAR" } as const;
/** What every call of the stub that returns has in common: only r0 and, for one of them, HVBAR change. */
const QUIET = {
  control: RETURNS,
  keepsMemory: true,
  survives: "never-dies",
  path: SEALED_PATH,
} as const satisfies Partial<CallDraft>;
const KEPT = [
  keepsRegisters(1),
  KEEPS_BANKED,
  KEEPS_FLAGS,
  KEEPS_SVC_STATE,
  keepsHypState("and HSCTLR"),
];
const zeroOr = (zero: boolean, value: number): Result =>
  zero ? result(constant(0), "0") : result(constant(value), `${value}, as it was`);

const getVectors = (value: number): CallDraft => ({
  ...QUIET,
  id: "get-vectors",
  name: "HVC_GET_VECTORS",
  selector: { kind: "value", value },
  summary: "Reads HVBAR.",
  status: "implemented",
  path: SOUND_PATH,
  results: [result(HVBAR, "HVBAR")],
  keeps: [...KEPT, KEEPS_VECTORS],
});
const setVectors = (value: number, zero: boolean): CallDraft => ({
  ...QUIET,
  id: "set-vectors",
  name: "HVC_SET_VECTORS",
  selector: { kind: "value", value },
  inputs: [vectorsInput(1)],
  summary: "Loads HVBAR.",
  status: "implemented",
  effects: [setsVectors(1)],
  results: [zeroOr(zero, value)],
  keeps: KEPT,
  unspecified: ["An address that is not 32-byte aligned: the low five bits of HVBAR do not exist."],
});
const softRestart = (value: number, target: 1 | 3): CallDraft => ({
  id: "soft-restart",
  name: "HVC_SOFT_RESTART",
  selector: { kind: "value", value },
  inputs: [codeInput(target)],
  summary: `Goes to the address in r${target} without leaving HYP mode.`,
  status: "implemented",
  control: enters(target, "bit0"),
  masks: true,
  keepsMemory: true,
  path: SOUND_PATH,
  keeps: [
    keepsRegisters(0),
    KEEPS_BANKED,
    KEEPS_SVC_STATE,
    keepsHypState("and HSCTLR"),
    KEEPS_VECTORS,
  ],
  promises: [
    {
      name: "elr-hyp",
      statement: "ELR_hyp still has the address after the HVC: the handler was never left.",
      expect: { kind: "system", register: "ELR_hyp", value: { kind: "successor" } },
      strength: "observation",
    },
    {
      name: "spsr-hyp",
      statement: "SPSR_hyp still has the caller's CPSR.",
      expect: { kind: "system", register: "SPSR_hyp", value: { kind: "cpsr" } },
      strength: "observation",
    },
  ],
});
const resetVectors = (value: number, zero: boolean): CallDraft => ({
  ...QUIET,
  id: "reset-vectors",
  name: "HVC_RESET_VECTORS",
  selector: { kind: "value", value },
  summary: "Does nothing: the stub's vectors are in place.",
  status: "does-nothing",
  results: [zeroOr(zero, value)],
  keeps: [...KEPT, KEEPS_VECTORS],
});
const refused = (value: number, words: string): CallDraft => ({
  ...QUIET,
  id: "unknown",
  name: "any other value",
  selector: { kind: "other" },
  summary: `Refused: r0 is ${words} afterwards.`,
  status: "refused",
  results: [result(constant(value), words)],
  keeps: [...KEPT, KEEPS_VECTORS],
});
const unknownError = refused(HVC_STUB_ERR, "HVC_STUB_ERR (0x0badca11)");
const unknownMinusOne = refused(-1, "-1");

/** Parts of the installation that came later than the first states. */
interface InstallationParts {
  /** Sets SCTLR bits and copies MIDR and MPIDR: the 4.9-era states and later. */
  readonly identity: boolean;
  /** Programs the generic timer: the kernel proper, not the decompressor. */
  readonly timer: boolean;
}
/** What __hyp_stub_install leaves behind (facts, 1.2), checked where installation was watched. */
const installation = (parts: InstallationParts): NonNullable<ContractDraft["more"]> => {
  const about = { kind: "installation" } as const;
  const identity = [
    {
      about,
      name: "sctlr",
      statement:
        "After installation SCTLR has CP15BEN set and ITD, SED, WXN and UWXN clear, so that the kernel starts from known settings.",
      expect: {
        kind: "bits",
        register: "SCTLR",
        mask: (1 << 5) | (3 << 7) | (3 << 19),
        value: 1 << 5,
        names: "CP15BEN, ITD, SED, WXN and UWXN",
      },
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
  ] as const;
  const timer = [
    ...(["CNTVOFF", "CNTVOFF_hi"] as const).map(
      (register) =>
        ({
          about,
          name: register.toLowerCase().replace("_", "-"),
          statement: `After installation the ${register === "CNTVOFF" ? "low" : "high"} half of CNTVOFF is 0: virtual and physical counter agree.`,
          expect: { kind: "system", register, value: constant(0) },
          sources: [source("torvalds/linux @0af0b189 (CNTVOFF set to zero)")],
        }) as const,
    ),
    {
      about,
      name: "cnthctl",
      statement: "After installation PL1 may use the physical counter and timer.",
      expect: {
        kind: "bits",
        register: "CNTHCTL",
        mask: 3,
        value: 3,
        names: "PL1PCTEN and PL1PCEN",
      },
    },
  ] as const;
  return [
    {
      about,
      name: "hcr",
      statement: "After installation HCR is 0: no trap, no stage 2.",
      expect: { kind: "system", register: "HCR", value: constant(0) },
    },
    {
      about,
      name: "hcptr",
      statement: "After installation HCPTR traps nothing.",
      expect: {
        kind: "bitsClear",
        register: "HCPTR",
        mask: 0x80108c00 | 0,
        names: "TCPAC, TTA, TASE, TCP11 and TCP10",
      },
    },
    {
      about,
      name: "hstr",
      statement: "After installation HSTR is 0: no CP15 register is trapped.",
      expect: { kind: "system", register: "HSTR", value: constant(0) },
    },
    {
      about,
      name: "hdcr",
      statement: "After installation HDCR traps nothing (only HPMN may be set).",
      expect: { kind: "bitsClear", register: "HDCR", mask: ~0x1f, names: "all but HPMN" },
    },
    {
      about,
      name: "hsctlr",
      statement: "After installation the HYP MMU, its caches and its alignment checks are off.",
      expect: {
        kind: "bitsClear",
        register: "HSCTLR",
        mask: 0x1007 | (1 << 19),
        names: "M, A, C, I and WXN",
      },
    },
    {
      about,
      name: "hsctlr-te-clear",
      statement: "After installation HYP exceptions of an ARM kernel are taken in ARM state.",
      applies: { kernel: "A32" },
      expect: { kind: "bitsClear", register: "HSCTLR", mask: 1 << 30, names: "TE" },
    },
    {
      about,
      name: "hsctlr-te-set",
      statement: "After installation HYP exceptions of a Thumb-2 kernel are taken in Thumb state.",
      applies: { kernel: "T32" },
      expect: {
        kind: "bits",
        register: "HSCTLR",
        mask: 1 << 30,
        value: 1 << 30,
        names: "TE",
      },
    },
    {
      about,
      name: "hsctlr-ee-set",
      statement: "After installation HYP exceptions of a big-endian kernel are taken big-endian.",
      applies: { byteOrder: "big" },
      expect: {
        kind: "bits",
        register: "HSCTLR",
        mask: 1 << 25,
        value: 1 << 25,
        names: "EE",
      },
    },
    ...(parts.identity ? identity : []),
    ...(parts.timer ? timer : []),
    {
      about: { kind: "vectors" },
      name: "aligned",
      statement: "HVBAR has a 32-byte aligned address.",
      expect: { kind: "bitsClear", register: "HVBAR", mask: 0x1f, names: "bits 4 to 0" },
    },
    {
      about: { kind: "vectors" },
      name: "other-slots-loop",
      statement: "The seven vectors other than the one of HVC branch to themselves.",
      expect: { kind: "selfBranch", slots: [0x00, 0x04, 0x08, 0x0c, 0x10, 0x18, 0x1c] },
      strength: "observation",
    },
  ];
};
const INSTALLATION_NOTES = [
  "The handler does not look at HSR: any trap from a lower mode that gets there is taken for a call.",
  "Installation writes none of VTTBR, VTCR, HTTBR, HTCR, HMAIR0, HMAIR1 and SP_hyp: they hold what reset or firmware left, and the next occupant finds junk in them.",
  "Installation expects the MMU and the data cache off, uses r4 to r7 and leaves the boot mode in r4; each CPU installs its own, and every resume from power-down does so again.",
  "A GICv3 system register interface is enabled where ID_PFR1 has one; the laboratory's CPUs have none.",
];
const BASE = {
  kind: "implementation",
  family: "linux-stub",
  immediate: 0,
  implementers:
    "The kernel's own stub: what sits in HYP mode when the kernel was entered there and nothing else was installed.",
  scope:
    "The calling CPU alone. A kernel that was entered in SVC has no stub and must make no call; that all CPUs came up in HYP mode is for the caller to know.",
  phases: ["kernel-stub", "after-panic"],
  notes: INSTALLATION_NOTES,
} as const;
const noRestart =
  "Nothing can be assumed: the generation has no restart call, and a kernel that is restarted comes up in SVC.";
const EARLY = { identity: false, timer: true };
const LATE = { identity: true, timer: true };

export const LINUX_STUBS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "linux-a",
    title: "hyp-stub A",
    releases: "v3.6 [M] to v4.11 [M]",
    summary: "r0 = -1 reads HVBAR; every other r0 is an address that is loaded.",
    hostAtCrash: noRestart,
    sources: [
      source("torvalds/linux @0af0b189"),
      source("arm10c/linux-stable @6b9fff25"),
      source("sbourdelin/linux @5d7c4fb0"),
    ],
    // The later states of A copy MIDR and MPIDR, the earlier do not: what all of them do is said.
    more: installation(EARLY),
    notes: [
      ...INSTALLATION_NOTES,
      "CNTVOFF is zeroed from one commit within this generation on; SCTLR, VPIDR and VMPIDR are written by its 4.9-era states.",
    ],
    calls: [
      { ...getVectors(-1), name: "r0 = -1" },
      {
        ...QUIET,
        id: "set-vectors",
        name: "any other value",
        selector: { kind: "other" },
        inputs: [vectorsInput(0)],
        summary: "Loads HVBAR with r0: there is no unknown call.",
        status: "implemented",
        effects: [
          setsVectors(0, "HVBAR holds the address that was in r0; its low five bits do not exist."),
        ],
        results: [result(initial(0), "as it was")],
        keeps: KEPT,
        mayClobber: [],
        unspecified: [
          "A number that is no address, such as a call number of a later generation: it is loaded all the same.",
        ],
      },
    ],
  }),
  contract({
    ...BASE,
    id: "linux-b0",
    title: "hyp-stub B0",
    releases: "first patch of the 2017 series; kept in vendor trees",
    summary: "Numbered calls: read and set HVBAR.",
    hostAtCrash: noRestart,
    sources: [source("krazey/android_kernel_samsung_exynos9810 @269ed656")],
    more: installation(LATE),
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
    // The one tree at hand is 4.4-based.
    more: installation(EARLY),
    notes: [
      ...INSTALLATION_NOTES,
      "The one public tree with this shape mixes the new handler with the old wrappers (known bug 9); the number 2 of soft restart is the mail's.",
    ],
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
    more: installation(LATE),
    notes: [
      ...INSTALLATION_NOTES,
      "KVM of this state answers soft restart with -1 (known bug 7): the stub's promise does not hold while KVM is in place.",
    ],
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
    hostAtCrash: "That soft restart enters r1, if the stub itself is what is called.",
    sources: [
      source("shannonz88/arm-platforms @4467c0ad"),
      source("numbers assumed: the header of that state was not read", "D"),
    ],
    more: installation(LATE),
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
    phases: ["decompressor-stub", "kernel-stub", "after-panic"],
    sources: [
      source("torvalds/linux @1a61ae7a (virt.h)"),
      source("realme TV kernel @b7998e78"),
      source("walbon/openSUSE @17568dab"),
    ],
    more: installation(LATE),
    notes: [
      ...INSTALLATION_NOTES,
      "Numbers moved down by one against B: 0 was the call that reads HVBAR, 1 the one that sets it, 2 soft restart.",
      "The caller turns the SVC MMU off first and then jumps to the wrapper: a soft restart that returns lands at a virtual address and runs away.",
    ],
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
    more: installation(LATE),
    notes: [
      ...INSTALLATION_NOTES,
      "Hypervisors that are loaded from a running kernel need the two calls that are gone, and revert their removal.",
    ],
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
    implementers:
      "The decompressor's own copy of the stub, until the kernel proper installs its own.",
    phases: ["decompressor-stub"],
    sources: [source("torvalds/linux @a94e42b1")],
    more: installation({ identity: true, timer: false }),
    notes: [
      ...INSTALLATION_NOTES,
      "The copy keeps no boot mode and programs no timer. The decompressor sets vectors twice: to the place that it moves itself to, and to the ones that enter the kernel in HYP mode.",
    ],
    calls: [setVectors(0, true), softRestart(1, 1), unknownError],
    documentedBy: ["doc-rst"],
  }),
];
