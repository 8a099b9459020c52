/**
 * Known bugs (facts, section 11). Every one that this machine can express is run by the laboratory as a pair:
 * with the bug some clause is violated, with the fix it holds.
 */
import type { EvidenceMark } from "./types.js";

export type Expressible =
  | {
      readonly kind: "run";
      /** Clauses that the bug violates and the fix keeps: of contracts, of a life or of conduct.ts. */
      readonly clauses: readonly string[];
      /** What the two runs are. */
      readonly bug: string;
      readonly fix: string;
      /** What of the row is left out, or stands for something else. */
      readonly limits?: string;
    }
  | { readonly kind: "not-expressible"; readonly why: string };

export interface KnownBug {
  readonly number: number;
  /** Kebab-case name. */
  readonly id: string;
  readonly title: string;
  readonly where: string;
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
  readonly evidence: readonly { readonly about: string; readonly mark: EvidenceMark }[];
  readonly shown: Expressible;
}
const seen = (
  mark: EvidenceMark,
  about = "all of it",
): { readonly about: string; readonly mark: EvidenceMark } => ({ about, mark });
const run = (
  bug: string,
  fix: string,
  clauses: readonly string[],
  limits?: string,
): Expressible => ({
  kind: "run",
  clauses,
  bug,
  fix,
  ...(limits === undefined ? {} : { limits }),
});
const not = (why: string): Expressible => ({ kind: "not-expressible", why });
const ARM64 = "it is of AArch64, which this machine does not run: it comes with the 64-bit machine";

export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    number: 1,
    id: "mismatch-registers",
    title: "A mode mismatch goes unrecorded and a stray word is written",
    where: "stub A, c. v3.6 to 3.9",
    symptom: "A mode mismatch is not recorded, and a word elsewhere is overwritten.",
    cause: "The macro that records it used fixed registers in place of its parameters.",
    fix: "It uses its parameters.",
    evidence: [seen("V", "both states")],
    shown: run(
      "CPU 1 starts in SVC mode; the code that compares modes stores through r5, r6 and r7, whatever registers it was told to use",
      "the same two CPUs; it stores through the registers that it was told to use",
      ["conduct/mismatch-recorded", "conduct/writes-own-word"],
      "The stray address is 0x1a bytes behind the word from which the boot mode's is found. On a core with the Virtualization Extensions a store there aborts while the MMU is off, and CPU 1 is lost; the stray word is shown under the policy that lets it through, as the reference emulator does.",
    ),
  },
  {
    number: 2,
    id: "hsctlr-ee",
    title: "HYP exceptions of a big-endian kernel are taken little-endian",
    where: "3.x, big-endian",
    symptom: "HYP exceptions are taken in the wrong byte order.",
    cause: "HSCTLR.EE was written as bit 9.",
    fix: "Bit 25, on BE8 kernels.",
    evidence: [seen("V", "both states")],
    shown: run(
      "a big-endian kernel's installation sets HSCTLR bit 9",
      "its installation sets bit 25",
      ["linux-a/installation/hsctlr-ee-set", "conduct/hyp-byte-order"],
    ),
  },
  {
    number: 3,
    id: "cntvoff",
    title: "CNTVOFF is left as firmware had it",
    where: "before CNTVOFF was set to zero",
    symptom: "The offset of the virtual counter differs between CPUs.",
    cause: "CNTVOFF was not initialised.",
    fix: "Set to zero when the stub is installed.",
    evidence: [seen("V")],
    shown: run(
      "installation without the write; firmware left another CNTVOFF on each of two CPUs",
      "installation writes 0",
      ["linux-a/installation/cntvoff", "linux-a/installation/cntvoff-hi"],
    ),
  },
  {
    number: 4,
    id: "kvm-minus-one",
    title: "KVM calls -1 as a function",
    where: "KVM of 3.10",
    symptom: "Reading the vectors on a CPU where KVM is in place jumps to 0xffffffff.",
    cause: "KVM did not know -1.",
    fix: "It compares r0 with -1 first.",
    evidence: [seen("V", "both states"), seen("D", "the effect")],
    shown: run(
      "KVM K1 asked for the vectors with r0 = -1",
      "KVM K2, which compares r0 with -1 first",
      ["kvm-k2/get-vectors/returns", "kvm-k2/get-vectors/result"],
    ),
  },
  {
    number: 5,
    id: "restart-in-svc",
    title: "The next kernel is entered in SVC mode",
    where: "up to v4.11",
    symptom: "A kernel that is started by kexec comes up in SVC and has lost KVM.",
    cause: "Soft restart had no way through HYP mode.",
    fix: "The restart code is told whether HYP mode is there, and calls the stub.",
    evidence: [seen("V", "both states")],
    shown: run(
      "the restart code branches to the target in SVC mode",
      "the restart code knows of HYP mode and calls the stub",
      ["life/next-entered"],
    ),
  },
  {
    number: 6,
    id: "small-r0",
    title: "A soft restart with a small r0 is lost in KVM",
    where: "the proposal of January 2017",
    symptom: "kdump hangs when KVM is in place.",
    cause: "A small r0 is taken for a function pointer.",
    fix: "KVM answers stub calls, soft restart among them.",
    evidence: [seen("V")],
    shown: run(
      "the proposal's call (r0 = 2, target in r3) to KVM K3, HYP MMU off and on",
      "the final call (r0 = 1, target in r1) to KVM K4",
      ["life/restart"],
    ),
  },
  {
    number: 7,
    id: "restart-refused",
    title: "KVM answers soft restart with -1",
    where: "mid-series, 2017",
    symptom: "Soft restart under KVM returns -1.",
    cause: "Not implemented in KVM at that point of the series.",
    fix: "A later patch.",
    evidence: [seen("V")],
    shown: run(
      "KVM of the intermediate state, which refuses the call",
      "KVM of the next state, which carries it out",
      ["doc-draft/soft-restart/enters-hyp"],
    ),
  },
  {
    number: 8,
    id: "machine-number",
    title: "The kernel gets a wrong machine number",
    where: "the decompressor, after the ABI had changed",
    symptom: "The kernel gets a wrong machine id when it was booted in HYP mode.",
    cause: "The call that sets vectors takes r1, which had been restored before it.",
    fix: "r1 and r2 are restored where the kernel is entered.",
    evidence: [seen("V", "both orders"), seen("M", "commit 8758/1 and its Fixes tag")],
    shown: run(
      "the decompressor restores r1 and r2 before the call that sets vectors, which takes r1",
      "it restores them where it enters the kernel",
      ["conduct/machine-number"],
      "The decompressor is ours and decompresses nothing: only its way from the boot loader to the kernel is there.",
    ),
  },
  {
    number: 9,
    id: "half-merged",
    title: "Numbered handler, wrappers without numbers",
    where: "a vendor tree for sdm660",
    symptom: "Vectors are never set and reading them gives -1; its decompressor would spin.",
    cause: "The handler with numbers was merged, the wrappers without them were kept.",
    fix: "Take both halves.",
    evidence: [seen("V", "the file"), seen("D", "the effect")],
    shown: run(
      "stub B1 called by the wrappers of generation A; the decompressor with them as well",
      "stub B1 called by its own wrappers",
      ["conduct/reads-vectors", "conduct/sets-vectors", "life/next-entered"],
    ),
  },
  {
    number: 10,
    id: "x0-overwritten",
    title: "Soft restart under KVM loses the device tree",
    where: "arm64, v4.12 to 5.7",
    symptom: "Soft restart under KVM enters with x0 = 0: the device tree is lost.",
    cause: "The code for success was written over the payload (since af42f20480bf1).",
    fix: "x0 is set for reset alone; stable 4.14 and later, July 2020.",
    evidence: [seen("P")],
    shown: not(ARM64),
  },
  {
    number: 11,
    id: "no-teardown",
    title: "kexec is impossible while KVM runs at EL2",
    where: "arm64 before v4.7",
    symptom: "kexec is impossible on a host that booted at EL2 and runs KVM.",
    cause: "KVM could not be torn down on a CPU.",
    fix: "67f691976662",
    evidence: [seen("P")],
    shown: not(ARM64),
  },
  {
    number: 12,
    id: "torn-down-early",
    title: "KVM calls the stub during a reboot",
    where: "arm64",
    symptom: "KVM's calls reach the stub during a reboot.",
    cause: "It is torn down while guests are still scheduled.",
    fix: "An error value: first 2, later HVC_STUB_ERR.",
    evidence: [seen("P")],
    shown: run(
      "KVM is gone, and its call with a function's address in r0 reaches generation A's stub, which takes the address for new vectors",
      "the same call reaches generation C's stub, which refuses it",
      ["linux-c/unknown/result", "linux-c/unknown/keeps-vectors"],
      "The row is of AArch64; this is the same mistake on the 32-bit stubs, of which the later ones have the same error value. That KVM is torn down too early is not played: the call is made as it would be then.",
    ),
  },
  {
    number: 13,
    id: "kprobe",
    title: "A kprobe in the stub kills the machine",
    where: "arm64, c. 2019",
    symptom: "A kprobe in the stub kills the machine.",
    cause: "Its exception is taken at EL2.",
    fix: "The stub's text cannot be probed.",
    evidence: [seen("P", "the title only")],
    shown: not(ARM64),
  },
  {
    number: 14,
    id: "efi-hyp-mmu",
    title: "The kernel is entered with the HYP MMU on",
    where: "EFI on arm",
    symptom: "Entered by U-Boot in HYP mode, MMU on or off, the EFI stub does not boot.",
    cause: "The EFI specification has SVC with the MMU on.",
    fix: "8985/1 and db227c19e68d",
    evidence: [seen("P")],
    shown: run(
      "entered in HYP mode with HYP's MMU and caches on, the hand-over turns off those of SVC mode and goes to the kernel",
      "the vector for an HVC from HYP mode turns HYP's own off first",
      ["life/next-entry-state"],
      "No EFI firmware is run: the laboratory puts the CPU into the state in which U-Boot enters the EFI stub. The other half of the row, MMU off, is the ordinary hand-over of rows 8 and 9.",
    ),
  },
  {
    number: 15,
    id: "efi-te",
    title: "The vector for an HVC from HYP mode is entered in ARM state",
    where: "the same on a Thumb-2 kernel",
    symptom: "The vector for an HVC from HYP mode is entered in ARM state.",
    cause: "HSCTLR.TE was not set.",
    fix: "fbc81ec5b85d, stable 5.9.y",
    evidence: [seen("P")],
    shown: run(
      "a Thumb-2 decompressor, entered in HYP mode by ARM firmware, leaves HSCTLR.TE clear",
      "it sets HSCTLR.TE with its vectors",
      ["life/next-entered"],
      "As row 14.",
    ),
  },
  {
    number: 16,
    id: "narrow-adr",
    title: "The narrow ADR gives a wrong vector base",
    where: "Thumb-2, the stub",
    symptom: "A wrong vector base.",
    cause: "The narrow encoding of ADR was taken.",
    fix: "The wide encoding is asked for.",
    evidence: [seen("V", "both states"), seen("D", "the effect")],
    shown: run(
      "HVBAR is loaded from a narrow ADR, whose offset has lost all above 1020",
      "HVBAR is loaded from a wide ADR",
      ["conduct/vector-base", "linux-a/vectors/other-slots-loop"],
      "The effect is derived, not seen: the vectors lie farther away than the narrow encoding reaches.",
    ),
  },
  {
    number: 17,
    id: "thumb-bit",
    title: "The jump to the handler of stub calls loses the Thumb bit",
    where: "Thumb-2, KVM K4",
    symptom: "The jump to the handler of stub calls loses the Thumb bit.",
    cause: "The physical address is made by subtraction.",
    fix: "One tree adds 1; the mainline state seen does not, the linker may have set it: to be checked.",
    evidence: [seen("V", "the variation")],
    shown: run("KVM K4 as T32 code, the handler's address without bit 0", "bit 0 is added", [
      "kvm-k4/soft-restart/enters-hyp",
      "kvm-k4/reset-vectors/returns",
    ]),
  },
  {
    number: 18,
    id: "resume-in-svc",
    title: "A resume in SVC mode flags a mismatch",
    where: "MCPM loopback",
    symptom: "Resuming installs the stub again from SVC and flags a mismatch.",
    cause: "cpu_resume takes it that the CPU comes in HYP mode.",
    fix: "An entry without HYP mode, and a restart that does not use it.",
    evidence: [seen("V", "the code"), seen("D", "the cause")],
    shown: run(
      "the loopback test restarts a CPU in SVC mode at the entry that installs the stub again",
      "it restarts it at the entry that does not",
      ["conduct/hyp-available"],
      "One CPU, without power-down: the restart is the loopback's, a branch with the MMU off.",
    ),
  },
  {
    number: 19,
    id: "id-field",
    title: "Timer set-up is skipped",
    where: "v8 cores in AArch32",
    symptom: "Timer and GIC are not set up.",
    cause: "The ID field was compared with 1.",
    fix: "Not equal to 0.",
    evidence: [seen("V", "both states")],
    shown: run(
      "ID_PFR1 says that the timer is of a later version (2); installation compares the field with 1",
      "it compares the field with 0",
      ["linux-c/installation/cnthctl", "linux-c/installation/cntvoff"],
      "The core is an ARMv7 one whose ID_PFR1 the laboratory sets. The same comparison for the GIC's registers is not run: no core here has them.",
    ),
  },
  {
    number: 20,
    id: "word-misaligned",
    title: "The boot mode's word is misaligned",
    where: "alignment",
    symptom: "The boot mode's word may be misaligned.",
    cause: "No alignment was asked for.",
    fix: "4-byte alignment.",
    evidence: [seen("V", "both states"), seen("M", "the effect")],
    shown: run(
      "the word follows a byte, and no alignment is asked for",
      "4-byte alignment is asked for",
      ["conduct/word-aligned", "conduct/boot-mode-recorded"],
    ),
  },
  {
    number: 21,
    id: "hyp-stack",
    title: "A wrong vector is decoded from the HYP stack pointer",
    where: "KVM's hardened vectors",
    symptom: "A wrong vector is decoded.",
    cause: "The HYP stack was not 8-byte aligned on the host's path; its low bits hold the vector.",
    fix: "r2 is pushed along with lr.",
    evidence: [seen("V", "both states")],
    shown: run(
      "KVM K3 with hardened vectors pushes lr alone on the host's path; the function that it calls takes an exception",
      "it pushes r2 along with lr",
      ["conduct/vector-decoded"],
      "A32 alone: T32 cannot do the same arithmetic on SP.",
    ),
  },
  {
    number: 22,
    id: "firmware-modes",
    title: "Firmware starts the CPUs in different modes",
    where: "RPi2 with spin table, and others",
    symptom: "The kernel warns of inconsistent modes and has no KVM.",
    cause: "Firmware starts the other CPUs in another mode.",
    fix: "In the firmware.",
    evidence: [seen("V", "a similar report")],
    shown: run("CPU 0 starts in HYP mode, CPU 1 in SVC mode", "both start in HYP mode", [
      "conduct/one-boot-mode",
    ]),
  },
  {
    number: 23,
    id: "set-vectors-refused",
    title: "A loaded hypervisor cannot set the vectors",
    where: "hypervisors outside of the tree, v5.7 and later",
    symptom: "The call that sets vectors gives HVC_STUB_ERR.",
    cause: "It went with KVM/arm.",
    fix: "The removal is reverted locally (Jailhouse).",
    evidence: [seen("V")],
    shown: run("the kernel's stub of generation D", "the same with both calls put back", [
      "doc-rst/set-vectors/sets-vectors",
      "doc-rst/set-vectors/result",
      "doc-rst/reset-vectors/result",
      "conduct/hypervisor-installs",
    ]),
  },
  {
    number: 24,
    id: "debug-immediate",
    title: "An unknown immediate 0xffXX stops Xen itself",
    where: "Xen, debug build",
    symptom: "An unknown immediate 0xffXX stops Xen itself.",
    cause: "The default case was a panic.",
    fix: "A message, November 2020.",
    evidence: [seen("P")],
    shown: run(
      "Xen's debug build with the panic, called with immediates 0xff00, 0xff12 and 0xfff0",
      "with the message in its place",
      ["conduct/hypervisor-survives"],
    ),
  },
  {
    number: 25,
    id: "immediate-unchecked",
    title: "HVC #0 reaches Jailhouse's own calls",
    where: "early Jailhouse",
    symptom: "HVC #0 is taken for a call of Jailhouse's own.",
    cause: "The immediate was not looked at.",
    fix: "0x4a48 is asked for.",
    evidence: [seen("V", "both states")],
    shown: run("Jailhouse without the comparison, called with HVC #0", "with the comparison", [
      "conduct/own-immediate",
      "jailhouse/unknown/parks",
    ]),
  },
  {
    number: 26,
    id: "nothing-found",
    title: "HYP kexec on Exynos, MCPM on Cortex-A7",
    where: "kexec in HYP mode on Exynos, MCPM on Cortex-A7",
    symptom: "Nothing found.",
    cause: "Nothing found.",
    fix: "Nothing found.",
    evidence: [seen("M", "none recorded")],
    shown: not("the facts found no bug: there is nothing to run"),
  },
];
