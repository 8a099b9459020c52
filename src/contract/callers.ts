/** The host side: the calls of every generation, as kernels make them (facts, sections 3 and 10). */
import { source } from "./build.js";
import type { Source } from "./types.js";

/** What a caller puts into a register. */
export type CallerValue =
  | { readonly kind: "constant"; readonly value: number }
  /** Physical address of a vector table of the caller's own. */
  | { readonly kind: "newVectors" }
  /** Physical address of the code to restart in, bit 0 set for Thumb. */
  | { readonly kind: "restartTarget" };

/** What the caller does when the HVC returns. */
export type AfterReturn =
  | { readonly kind: "goes-on" }
  /** Branches in SVC to what a register holds: its way to do without HYP mode. */
  | { readonly kind: "branches"; readonly register: number }
  /** Returns to a virtual address although the SVC MMU is off. */
  | { readonly kind: "runs-away" }
  | { readonly kind: "spins" };

export interface HostCaller {
  readonly id: string;
  /** What the kernel wants. */
  readonly intent: string;
  /** Contracts that it was written for. */
  readonly writtenFor: readonly string[];
  readonly registers: Readonly<Partial<Record<number, CallerValue>>>;
  /** State of the SVC MMU at the HVC. */
  readonly svcMmu: "on" | "off";
  /** Clauses that it relies on. */
  readonly relies: readonly string[];
  readonly afterReturn: AfterReturn;
  /** The same registers as an older caller's: it adds no column to the matrix. */
  readonly sameCallAs?: string;
  readonly sources: readonly Source[];
}
const number = (value: number): CallerValue => ({ kind: "constant", value });
const TARGET: CallerValue = { kind: "restartTarget" };
const VECTORS: CallerValue = { kind: "newVectors" };

export const HOST_CALLERS: readonly HostCaller[] = [
  {
    id: "a-get",
    intent: "read HVBAR (r0 = -1)",
    writtenFor: ["linux-a", "kvm-k2", "kvm-k3"],
    registers: { 0: number(-1) },
    svcMmu: "on",
    relies: [
      "linux-a/get-vectors/result",
      "kvm-k2/get-vectors/result",
      "kvm-k3/get-vectors/result",
    ],
    afterReturn: { kind: "goes-on" },
    sources: [source("arm10c/linux-stable @6b9fff25")],
  },
  {
    id: "a-set",
    intent: "set HVBAR (r0 = address)",
    writtenFor: ["linux-a"],
    registers: { 0: VECTORS },
    svcMmu: "on",
    relies: ["linux-a/set-vectors/sets-vectors"],
    afterReturn: { kind: "goes-on" },
    sources: [source("arm10c/linux-stable @6b9fff25")],
  },
  {
    id: "b-soft",
    intent: "soft restart of the 2017 proposal (r0 = 2, r1 = 1, r3 = target)",
    writtenFor: ["linux-b1"],
    // r1 is the flag "in HYP mode" left over; r2 was scratch and is junk.
    registers: { 0: number(2), 1: number(1), 3: TARGET },
    svcMmu: "off",
    relies: ["linux-b1/soft-restart/enters-hyp", "linux-b1/unknown/keeps-registers"],
    afterReturn: { kind: "branches", register: 3 },
    sources: [source("the mail of 9 January 2017", "P"), source("registers r1 and r2", "D")],
  },
  {
    id: "c-set",
    intent: "HVC_SET_VECTORS (r0 = 0, r1 = address)",
    writtenFor: ["linux-c"],
    registers: { 0: number(0), 1: VECTORS },
    svcMmu: "on",
    relies: ["linux-c/set-vectors/sets-vectors"],
    afterReturn: { kind: "goes-on" },
    sources: [source("torvalds/linux @1a61ae7a (virt.h)")],
  },
  {
    id: "c-soft",
    intent: "HVC_SOFT_RESTART (r0 = 1, r1 = target)",
    writtenFor: ["linux-c", "kvm-k4"],
    registers: { 0: number(1), 1: TARGET },
    svcMmu: "off",
    relies: ["linux-c/soft-restart/enters-hyp", "kvm-k4/soft-restart/enters-hyp"],
    afterReturn: { kind: "runs-away" },
    sources: [source("torvalds/linux @045ab94e (reboot.c)"), source("what follows a return", "D")],
  },
  {
    id: "c-reset",
    intent: "HVC_RESET_VECTORS (r0 = 2)",
    writtenFor: ["linux-c", "kvm-k4"],
    registers: { 0: number(2) },
    svcMmu: "on",
    relies: ["linux-c/reset-vectors/returns", "kvm-k4/reset-vectors/stub-back"],
    afterReturn: { kind: "goes-on" },
    sources: [source("torvalds/linux @0154ec71")],
  },
  {
    id: "d-soft",
    intent: "HVC_SOFT_RESTART of generation D: kexec and kdump",
    writtenFor: ["linux-d-kernel"],
    registers: { 0: number(1), 1: TARGET },
    svcMmu: "off",
    relies: ["linux-d-kernel/soft-restart/enters-hyp"],
    afterReturn: { kind: "runs-away" },
    sameCallAs: "c-soft",
    sources: [source("torvalds/linux @2444662d (reboot.c)"), source("what follows a return", "D")],
  },
  {
    id: "d-zimage-relocate",
    intent: "the decompressor moves the stub's vectors along with itself",
    writtenFor: ["linux-d-zimage"],
    registers: { 0: number(0), 1: VECTORS },
    svcMmu: "off",
    relies: ["linux-d-zimage/set-vectors/sets-vectors"],
    afterReturn: { kind: "goes-on" },
    sameCallAs: "c-set",
    sources: [source("Kingxukai/linux: compressed/head.S")],
  },
  {
    id: "d-zimage-enter",
    intent: "the decompressor enters the kernel in HYP mode: vectors of its own, then HVC #0",
    writtenFor: ["linux-d-zimage"],
    registers: { 0: number(0), 1: VECTORS },
    svcMmu: "off",
    relies: ["linux-d-zimage/set-vectors/sets-vectors"],
    // Of the second HVC, which the vectors just set are to take.
    afterReturn: { kind: "spins" },
    sameCallAs: "c-set",
    sources: [source("Kingxukai/linux: compressed/head.S")],
  },
];
