/** Hypervisors that a kernel is a guest of (facts, sections 7 and 8). Stub calls are not legitimate there. */
import {
  constant,
  contract,
  gives,
  keepsVectors,
  otherCall,
  returns,
  type CallDraft,
} from "./build.js";
import type { Contract, Source } from "./types.js";

const source = (what: string, mark: Source["mark"] = "V"): Source => ({ what, mark });
const guest = "The guard on the boot mode: a guest starts in SVC and must never issue a stub call.";
const BASE = {
  kind: "implementation",
  family: "hypervisor",
  implementers: "The hypervisor below the kernel.",
  hostAtCrash: guest,
} as const;
const observe = (call: CallDraft): CallDraft => ({
  ...call,
  promises: call.promises.map((p) => ({ ...p, strength: "observation" })),
});
const minusOne = observe(
  otherCall([returns(), keepsVectors(), gives(constant(-1), "-1")], "NOT_SUPPORTED."),
);
const psci: readonly CallDraft[] = [
  {
    id: "cpu-off",
    name: "PSCI 0.1 CPU_OFF",
    selector: { kind: "value", value: 1 },
    inputs: [],
    summary: "The vCPU switches itself off.",
    promises: [
      {
        name: "powers-off",
        statement: "The calling CPU is switched off.",
        expect: { kind: "outcome", outcome: "powered-off" },
      },
    ],
  },
  {
    id: "cpu-on",
    name: "PSCI 0.1 CPU_ON",
    selector: { kind: "value", value: 2 },
    inputs: [],
    summary: "Starts vCPU r1 at r2.",
    promises: [returns(), gives(constant(0), "0")],
  },
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
    calls: [
      ...psci.map(observe),
      observe(
        otherCall(
          [
            {
              name: "crashes-domain",
              statement: "The domain is crashed.",
              expect: { kind: "outcome", outcome: "powered-off" },
            },
          ],
          "The domain is crashed.",
        ),
      ),
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
    calls: [...psci.map(observe), minusOne],
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
      observe(
        otherCall(
          [
            {
              name: "undefined",
              statement: "An Undefined Instruction exception is injected.",
              expect: { kind: "outcome", outcome: "undefined-injected" },
            },
          ],
          "UNDEFINED.",
        ),
      ),
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
    releases: "boards without EL2",
    immediate: "any",
    summary: "Every HVC is a PSCI call; unknown ones give -1.",
    sources: [source("qemu @06ddd61f")],
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
    calls: [
      observe(
        otherCall(
          [
            {
              name: "parks",
              statement: "The CPU is parked.",
              expect: { kind: "outcome", outcome: "powered-off" },
            },
          ],
          "Parks the CPU.",
        ),
      ),
    ],
  }),
];
