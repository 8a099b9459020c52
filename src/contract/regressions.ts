/** Known bugs (facts, section 11): what hyplab should be able to show, or says that it cannot yet. */
import type { EvidenceMark } from "./types.js";

/** How a bug is shown. */
export type Shown =
  /** Verdicts on these clauses. */
  | { readonly kind: "clauses"; readonly clauses: readonly string[] }
  /** Cells of the matrix: occupant and caller. */
  | { readonly kind: "cells"; readonly cells: readonly (readonly [string, string])[] }
  | { readonly kind: "not-yet"; readonly why: string };

export interface KnownBug {
  readonly number: number;
  readonly where: string;
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
  readonly evidence: readonly { readonly about: string; readonly mark: EvidenceMark }[];
  readonly shown: Shown;
}
const seen = (
  mark: EvidenceMark,
  about = "all of it",
): { readonly about: string; readonly mark: EvidenceMark } => ({ about, mark });
const clauses = (...ids: string[]): Shown => ({ kind: "clauses", clauses: ids });
const notYet = (why: string): Shown => ({ kind: "not-yet", why });
const SMP = "needs several CPUs";
const LATER = "needs the 64-bit machine";
const IMAGE = "needs an image of the state that has it";

export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    number: 1,
    where: "stub A, c. v3.6 to 3.9",
    symptom: "A mode mismatch is not recorded, and a word elsewhere is overwritten.",
    cause: "The macro that records it used fixed registers in place of its parameters.",
    fix: "It uses its parameters.",
    evidence: [seen("V", "both states")],
    shown: notYet(SMP),
  },
  {
    number: 2,
    where: "3.x, big-endian",
    symptom: "HYP exceptions are taken in the wrong byte order.",
    cause: "HSCTLR.EE was written as bit 9.",
    fix: "Bit 25, on BE8 kernels.",
    evidence: [seen("V", "both states")],
    shown: notYet("needs a big-endian occupant"),
  },
  {
    number: 3,
    where: "before CNTVOFF was set to zero",
    symptom: "The offset of the virtual counter differs between CPUs.",
    cause: "CNTVOFF was not initialised.",
    fix: "Set to zero when the stub is installed.",
    evidence: [seen("V")],
    shown: clauses("linux-a/installation/cntvoff", "linux-a/installation/cntvoff-hi"),
  },
  {
    number: 4,
    where: "KVM of 3.10",
    symptom: "Reading the vectors on a CPU where KVM is in place jumps to 0xffffffff.",
    cause: "KVM did not know -1.",
    fix: "It compares r0 with -1 first.",
    evidence: [seen("V", "both states"), seen("D", "the effect")],
    shown: {
      kind: "cells",
      cells: [
        ["kvm-k1", "a-get"],
        ["kvm-k2", "a-get"],
      ],
    },
  },
  {
    number: 5,
    where: "up to v4.11",
    symptom: "A kernel that is started by kexec comes up in SVC and has lost KVM.",
    cause: "Soft restart had no way through HYP mode.",
    fix: "The restart code is told whether HYP mode is there, and calls the stub.",
    evidence: [seen("V", "both states")],
    shown: {
      kind: "cells",
      cells: [
        ["stub-a", "c-soft"],
        ["stub-b0", "b-soft"],
      ],
    },
  },
  {
    number: 6,
    where: "the proposal of January 2017",
    symptom: "kdump hangs when KVM is in place.",
    cause: "A small r0 is taken for a function pointer.",
    fix: "KVM answers stub calls, soft restart among them.",
    evidence: [seen("V")],
    shown: clauses(
      "kvm-k3/small-2/survives-stub-calls",
      "kvm-k3/small-2/branches",
      "kvm-k4/soft-restart/enters-hyp",
    ),
  },
  {
    number: 7,
    where: "mid-series, 2017",
    symptom: "Soft restart under KVM returns -1.",
    cause: "Not implemented in KVM at that point of the series.",
    fix: "A later patch.",
    evidence: [seen("V")],
    shown: notYet("needs an occupant of KVM's intermediate state"),
  },
  {
    number: 8,
    where: "the decompressor, after the ABI had changed",
    symptom: "The kernel gets a wrong machine id when it was booted in HYP mode.",
    cause: "The call that sets vectors takes r1, which had been restored before it.",
    fix: "r1 and r2 are restored where the kernel is entered.",
    evidence: [seen("V", "both orders"), seen("M", "commit 8758/1 and its Fixes tag")],
    shown: notYet(IMAGE),
  },
  {
    number: 9,
    where: "a vendor tree for sdm660",
    symptom: "Vectors are never set and reading them gives -1; its decompressor would spin.",
    cause: "The handler with numbers was merged, the wrappers without them were kept.",
    fix: "Take both halves.",
    evidence: [seen("V", "the file"), seen("D", "the effect")],
    shown: {
      kind: "cells",
      cells: [
        ["stub-b1", "a-get"],
        ["stub-b1", "a-set"],
      ],
    },
  },
  {
    number: 10,
    where: "arm64, v4.12 to 5.7",
    symptom: "Soft restart under KVM enters with x0 = 0: the device tree is lost.",
    cause: "The code for success was written over the payload (since af42f20480bf1).",
    fix: "x0 is set for reset alone; stable 4.14 and later, July 2020.",
    evidence: [seen("P")],
    shown: notYet(LATER),
  },
  {
    number: 11,
    where: "arm64 before v4.7",
    symptom: "kexec is impossible on a host that booted at EL2 and runs KVM.",
    cause: "KVM could not be torn down on a CPU.",
    fix: "67f691976662",
    evidence: [seen("P")],
    shown: notYet(LATER),
  },
  {
    number: 12,
    where: "arm64",
    symptom: "KVM's calls reach the stub during a reboot.",
    cause: "It is torn down while guests are still scheduled.",
    fix: "An error value: first 2, later HVC_STUB_ERR.",
    evidence: [seen("P")],
    shown: notYet(LATER),
  },
  {
    number: 13,
    where: "arm64, c. 2019",
    symptom: "A kprobe in the stub kills the machine.",
    cause: "Its exception is taken at EL2.",
    fix: "The stub's text cannot be probed.",
    evidence: [seen("P", "the title only")],
    shown: notYet(LATER),
  },
  {
    number: 14,
    where: "EFI on arm",
    symptom: "Entered by U-Boot in HYP mode, MMU on or off, the EFI stub does not boot.",
    cause: "The EFI specification has SVC with the MMU on.",
    fix: "8985/1 and db227c19e68d",
    evidence: [seen("P")],
    shown: notYet("needs an EFI boot"),
  },
  {
    number: 15,
    where: "the same on a Thumb-2 kernel",
    symptom: "The vector for an HVC from HYP mode is entered in ARM state.",
    cause: "HSCTLR.TE was not set.",
    fix: "fbc81ec5b85d, stable 5.9.y",
    evidence: [seen("P")],
    shown: clauses("linux-d-zimage/installation/hsctlr-te-set"),
  },
  {
    number: 16,
    where: "Thumb-2, the stub",
    symptom: "A wrong vector base.",
    cause: "The narrow encoding of ADR was taken.",
    fix: "The wide encoding is asked for.",
    evidence: [seen("V", "both states"), seen("D", "the effect")],
    shown: clauses("linux-a/vectors/aligned", "linux-a/vectors/other-slots-loop"),
  },
  {
    number: 17,
    where: "Thumb-2, KVM K4",
    symptom: "The jump to the handler of stub calls loses the Thumb bit.",
    cause: "The physical address is made by subtraction.",
    fix: "One tree adds 1; the mainline state seen does not, the linker may have set it: to be checked.",
    evidence: [seen("V", "the variation")],
    shown: clauses("kvm-k4/soft-restart/enters-hyp"),
  },
  {
    number: 18,
    where: "MCPM loopback",
    symptom: "Resuming installs the stub again from SVC and flags a mismatch.",
    cause: "cpu_resume takes it that the CPU comes in HYP mode.",
    fix: "An entry without HYP mode, and a restart that does not use it.",
    evidence: [seen("V", "the code"), seen("D", "the cause")],
    shown: notYet(SMP),
  },
  {
    number: 19,
    where: "v8 cores in AArch32",
    symptom: "Timer and GIC are not set up.",
    cause: "The ID field was compared with 1.",
    fix: "Not equal to 0.",
    evidence: [seen("V", "both states")],
    shown: notYet("needs the identity of a v8 core"),
  },
  {
    number: 20,
    where: "alignment",
    symptom: "The boot mode's word may be misaligned.",
    cause: "No alignment was asked for.",
    fix: "4-byte alignment.",
    evidence: [seen("V", "both states"), seen("M", "the effect")],
    shown: notYet(IMAGE),
  },
  {
    number: 21,
    where: "KVM's hardened vectors",
    symptom: "A wrong vector is decoded.",
    cause: "The HYP stack was not 8-byte aligned on the host's path; its low bits hold the vector.",
    fix: "r2 is pushed along with lr.",
    evidence: [seen("V", "both states")],
    shown: notYet("needs an occupant with the hardened vectors"),
  },
  {
    number: 22,
    where: "RPi2 with spin table, and others",
    symptom: "The kernel warns of inconsistent modes and has no KVM.",
    cause: "Firmware starts the other CPUs in another mode.",
    fix: "In the firmware.",
    evidence: [seen("V", "a similar report")],
    shown: notYet(SMP),
  },
  {
    number: 23,
    where: "hypervisors outside of the tree, v5.7 and later",
    symptom: "The call that sets vectors gives HVC_STUB_ERR.",
    cause: "It went with KVM/arm.",
    fix: "The removal is reverted locally (Jailhouse).",
    evidence: [seen("V")],
    shown: clauses("doc-rst/set-vectors/sets-vectors", "linux-d-kernel/unknown/result"),
  },
  {
    number: 24,
    where: "Xen, debug build",
    symptom: "An unknown immediate 0xffXX stops Xen itself.",
    cause: "The default case was a panic.",
    fix: "A message, November 2020.",
    evidence: [seen("P")],
    shown: notYet("calls with an immediate other than 0 are not asked"),
  },
  {
    number: 25,
    where: "early Jailhouse",
    symptom: "HVC #0 is taken for a call of Jailhouse's own.",
    cause: "The immediate was not looked at.",
    fix: "0x4a48 is asked for.",
    evidence: [seen("V", "both states")],
    shown: { kind: "cells", cells: [["jailhouse", "c-soft"]] },
  },
  {
    number: 26,
    where: "kexec in HYP mode on Exynos, MCPM on Cortex-A7",
    symptom: "Nothing found.",
    cause: "Nothing found.",
    fix: "Nothing found.",
    evidence: [seen("M", "none recorded")],
    shown: notYet("there is nothing to show"),
  },
];
