/** Hypervisors that a kernel is a guest of (facts, sections 7 and 8). Stub calls are not legitimate there. */
import {
  constant,
  contract,
  KEEPS_BANKED,
  KEEPS_SVC_STATE,
  KEEPS_VECTORS,
  keepsRegisters,
  result,
  RETURNS,
  source,
  type CallDraft,
} from "./build.js";
import type { Contract } from "./types.js";

const BASE = {
  kind: "implementation",
  family: "hypervisor",
  implementers: "The hypervisor below the kernel.",
  hostAtCrash:
    "The guard on the boot mode: a guest starts in SVC and must never issue a stub call.",
  scope:
    "Stub calls that reach a hypervisor because the guard is missing; its own interface is another contract.",
  phases: ["guest"],
} as const;
const KEPT = [
  keepsRegisters(1, 12, ["SP_svc", "LR_svc", "SP_usr", "LR_usr"]),
  KEEPS_BANKED,
  KEEPS_SVC_STATE,
  KEEPS_VECTORS,
];
const OTHER = {
  id: "unknown",
  name: "any other value",
  selector: { kind: "other" },
  observed: true,
} as const satisfies Partial<CallDraft>;
const minusOne: CallDraft = {
  ...OTHER,
  summary: "NOT_SUPPORTED: r0 is -1.",
  status: "refused",
  control: RETURNS,
  results: [result(constant(-1), "-1")],
  keeps: KEPT,
};
const GONE = ["Results and kept registers: the CPU does not come back."];
const psci: readonly CallDraft[] = [
  {
    id: "cpu-off",
    name: "PSCI 0.1 CPU_OFF",
    selector: { kind: "value", value: 1 },
    summary: "The vCPU switches itself off.",
    status: "misread",
    control: { kind: "powers-off", how: "cpu-off" },
    unspecified: GONE,
    observed: true,
  },
  {
    id: "cpu-on",
    name: "PSCI 0.1 CPU_ON",
    selector: { kind: "value", value: 2 },
    inputs: [
      { register: 1, meaning: "vCPU to start", domain: "any", constraints: [] },
      { register: 2, meaning: "its entry", domain: "any", constraints: [{ kind: "executable" }] },
    ],
    summary: "Starts vCPU r1 at r2.",
    status: "misread",
    control: RETURNS,
    results: [result(constant(0), "0")],
    keeps: KEPT,
    unspecified: ["A vCPU that does not exist or runs already: PSCI's own errors."],
    observed: true,
  },
];
const XEN_NOTES = [
  "Xen's hypercalls have the immediate 0xEA1 and their number in r12. With the immediate 0 r12 plays no part: r0 is a PSCI or SMCCC function.",
  "Immediates 0xff00 to 0xffff print in debug builds; until November 2020 an unknown one of them stopped Xen itself.",
];

export const HYPERVISORS: readonly Contract[] = [
  contract({
    ...BASE,
    id: "xen-old",
    title: "Xen before vsmc, HVC #0",
    releases: "c. 2013 to 2017",
    immediate: 0,
    summary: "PSCI by number; anything else crashes the domain.",
    sources: [source("xen traps.c, PSCI era")],
    notes: XEN_NOTES,
    calls: [
      ...psci,
      {
        ...OTHER,
        summary: "The domain is crashed.",
        status: "misread",
        control: { kind: "powers-off", how: "domain-crash" },
        unspecified: GONE,
      },
    ],
  }),
  contract({
    ...BASE,
    id: "xen-vsmc",
    title: "Xen with vsmc, HVC #0",
    releases: "4.10 [M] and later",
    immediate: 0,
    summary: "PSCI by number; anything else gives -1.",
    sources: [source("xen vsmc.c @0710b389")],
    notes: [
      ...XEN_NOTES,
      "An immediate that is neither 0 nor Xen's own is UNDEFINED in the guest.",
    ],
    calls: [...psci, minusOne],
  }),
  contract({
    ...BASE,
    id: "kvm-guest-old",
    title: "Guest of an old KVM",
    releases: "before the change to -1",
    immediate: "any",
    summary: "Unknown calls are UNDEFINED in the guest.",
    sources: [source("arm/handle_exit", "P")],
    calls: [
      {
        ...OTHER,
        summary: "UNDEFINED.",
        status: "refused",
        control: { kind: "undefined-injected" },
        unspecified: ["Results: there are none. The Undefined Instruction vector is entered."],
        keeps: [KEEPS_VECTORS],
      },
    ],
  }),
  contract({
    ...BASE,
    id: "kvm-guest-new",
    title: "Guest of a newer KVM",
    releases: "after the change to -1",
    immediate: "any",
    summary: "Unknown calls give -1.",
    sources: [source("arm/handle_exit", "P")],
    calls: [minusOne],
  }),
  contract({
    ...BASE,
    id: "psci-hvc",
    title: "PSCI by HVC",
    releases: "boards without HYP mode, conduit HVC",
    immediate: "any",
    summary: "Every HVC is a PSCI call; unknown ones give -1.",
    sources: [source("qemu @06ddd61f")],
    notes: [
      "The call is taken before it is executed as an instruction: every HVC is swallowed. The PSCI 0.1 numbers start at 0x95c1ba5e [M], so that no stub call is one.",
    ],
    calls: [minusOne],
  }),
  contract({
    ...BASE,
    id: "jailhouse",
    title: "Jailhouse",
    releases: "with the immediate checked",
    immediate: 0x4a48,
    summary: "A call without its immediate parks the CPU.",
    sources: [source("siemens/jailhouse @174df054")],
    notes: [
      "Earliest versions took any immediate for their own (known bug 25).",
      "It installs itself through the stub's call that sets vectors, which generation D's kernel refuses (known bug 23).",
    ],
    calls: [
      {
        ...OTHER,
        summary: "A forbidden access: the CPU is parked.",
        status: "misread",
        control: { kind: "powers-off", how: "parked" },
        unspecified: GONE,
      },
    ],
  }),
];
