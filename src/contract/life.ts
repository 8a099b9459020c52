/**
 * What has to hold while a kernel lives, crashes and hands over to the next: one clause for each stage of a
 * kexec or kdump. The laboratory plays the life and judges each stage (facts, sections 1.2, 1.4, 3 and 4).
 */
import type { Source } from "./types.js";

/** Stages in their order. */
export const LIFE_STAGES = [
  "entered",
  "stub-installed",
  "announced",
  "next-kernel-loaded",
  "occupant-installed",
  "end-of-first",
  "others-parked",
  "soft-restart-call",
  "restart",
  "next-entered",
  "next-entry-state",
  "next-entry-registers",
  "next-announced",
  "vmcore",
] as const;
export type LifeStage = (typeof LIFE_STAGES)[number];

export interface LifeClause {
  /** life/stage. */
  readonly id: string;
  readonly stage: LifeStage;
  readonly title: string;
  readonly statement: string;
  /** Of which scenarios it is part. */
  readonly of: readonly ("kexec" | "kdump")[];
  readonly sources: readonly Source[];
}

const both = ["kexec", "kdump"] as const;
const seen = (what: string): Source => ({ what, mark: "V" });
const derived = (what: string): Source => ({ what, mark: "D" });
const BOOTING = seen("Linux, Documentation/arch/arm/booting.rst");
const STUB = seen("Linux, arch/arm/kernel/hyp-stub.S");
const SETUP = seen("Linux, arch/arm/kernel/setup.c, hyp_mode_check");
const KEXEC = seen("Linux, arch/arm/kernel/machine_kexec.c and relocate_kernel.S");
const RESTART = seen("Linux, arch/arm/kernel/reboot.c and arch/arm/mm/proc-v7.S");

const clause = (
  stage: LifeStage,
  title: string,
  statement: string,
  sources: readonly Source[],
  of: LifeClause["of"] = both,
): LifeClause => ({ id: `life/${stage}`, stage, title, statement, of, sources });

export const LIFE_CLAUSES: readonly LifeClause[] = [
  clause("entered", "First kernel entered", "The boot CPU is entered in HYP mode.", [BOOTING]),
  clause(
    "stub-installed",
    "Stub installed",
    "Before it leaves HYP mode every CPU has the stub's vectors in HVBAR, 0 in HCR, HCPTR and HSTR, no more than TE and EE in HSCTLR, PL1's timer and counter enabled in CNTHCTL, and 0 in CNTVOFF.",
    [STUB],
  ),
  clause(
    "announced",
    "Boot mode announced",
    "The kernel prints that all CPUs started in HYP mode.",
    [SETUP],
  ),
  clause(
    "next-kernel-loaded",
    "Next kernel loaded",
    "The kernel holds the next kernel in memory and says so in sysfs.",
    [KEXEC],
  ),
  clause(
    "occupant-installed",
    "Occupant installed",
    "HVBAR holds the occupant's vectors on every CPU when the first kernel ends.",
    [derived("facts, section 4: no teardown on the crash path")],
  ),
  clause(
    "end-of-first",
    "First kernel's end",
    "The kernel panics and starts the crash kernel, or says goodbye and starts the next one.",
    [KEXEC],
  ),
  clause(
    "others-parked",
    "Other CPUs parked",
    "Every other CPU waits in the old kernel's text in SVC mode, with its HVBAR untouched.",
    [derived("facts, section 4: machine_crash_nonpanic_core")],
    ["kdump"],
  ),
  clause(
    "soft-restart-call",
    "Soft-restart call",
    "One HVC #0 from SVC mode with the SVC MMU and data cache off, interrupts masked, r0 = HVC_SOFT_RESTART and r1 = the target.",
    [RESTART],
  ),
  clause("restart", "Restart", "The occupant enters the target in r1 in HYP mode.", [
    seen("Linux, Documentation/virt/kvm/arm/hyp-abi.rst"),
  ]),
  clause("next-entered", "Next kernel entered", "The next kernel is entered in HYP mode.", [
    BOOTING,
  ]),
  clause(
    "next-entry-state",
    "State at the entry",
    "A32 state, IRQ and FIQ masked, and neither MMU nor data cache on in HYP mode or at PL1.",
    [BOOTING],
  ),
  clause(
    "next-entry-registers",
    "Registers at the entry",
    "r0 = 0 and r2 = the physical address of a device tree, on 8 bytes.",
    [BOOTING, KEXEC],
  ),
  clause(
    "next-announced",
    "Second boot",
    "The next kernel prints that all CPUs started in HYP mode.",
    [SETUP],
  ),
  clause(
    "vmcore",
    "Old memory",
    "/proc/vmcore is an ELF core file of the old kernel's memory, with notes of its CPUs.",
    [seen("Linux, fs/proc/vmcore.c")],
    ["kdump"],
  ),
];
