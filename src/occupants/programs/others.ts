/** Hypervisors that the kernel is a guest of: what an HVC #0 of its meets there. */
import { vectorTable, type Build, type Occupant } from "../occupant.js";

/** SMCs by which an occupant tells the laboratory's firmware what it does to the caller. */
export const FIRMWARE_CALL = { cpuOff: 8, cpuOn: 9, domainCrash: 10, parked: 11 } as const;

const header = (body: string): string => [vectorTable("hyp_trap"), "hyp_trap:", body].join("\n");
/** Injects an Undefined Instruction exception: und mode, LR_und at the HVC's successor, VBAR + 4. */
const injectUndefined = (build: Build): string => `
  mrs r12, SPSR
  msr SPSR_und, r12
  mrs r12, ELR_hyp
  msr LR_und, r12
  mrc p15, 0, r12, c12, c0, 0
  add r12, r12, #4
  msr ELR_hyp, r12
  mrs r12, SPSR
  bic r12, r12, #0xff
  orr r12, r12, #${build.thumb ? "0xbb" : "0x9b"}
  msr SPSR_fsxc, r12
  eret
`;
const minusOne = "  mvn r0, #0\n  eret\n";
/** PSCI 0.1 of Xen: 1 is CPU_OFF, 2 is CPU_ON. */
const xenPsci = (unknown: string): string => `
  cmp r0, #1
  beq cpu_off
  cmp r0, #2
  beq cpu_on
${unknown}
cpu_off:
  smc #${FIRMWARE_CALL.cpuOff}
park: b park
cpu_on:
  smc #${FIRMWARE_CALL.cpuOn}
  mov r0, #0
  eret
`;
const other = (
  id: string,
  title: string,
  contract: string,
  summary: string,
  source: (build: Build) => string,
): Occupant => ({
  id,
  title,
  family: "guest-of",
  contract,
  summary,
  needsStack: false,
  source,
});

export const OTHERS: readonly Occupant[] = [
  other(
    "xen-old",
    "Xen before vsmc, HVC #0",
    "xen-old",
    "PSCI 0.1 by number; anything else crashes the domain.",
    () => header(xenPsci(`  smc #${FIRMWARE_CALL.domainCrash}\ncrashed: b crashed`)),
  ),
  other(
    "xen-vsmc",
    "Xen with vsmc, HVC #0",
    "xen-vsmc",
    "PSCI by number; anything else gives -1.",
    () => header(xenPsci(minusOne)),
  ),
  other(
    "kvm-guest-old",
    "Guest of an old KVM",
    "kvm-guest-old",
    "An unknown HVC is an Undefined Instruction in the guest.",
    (build) => header(injectUndefined(build)),
  ),
  other("kvm-guest-new", "Guest of a newer KVM", "kvm-guest-new", "An unknown HVC gives -1.", () =>
    header(minusOne),
  ),
  other("psci-hvc", "PSCI by HVC", "psci-hvc", "Every unknown call gives NOT_SUPPORTED (-1).", () =>
    header(minusOne),
  ),
  other(
    "jailhouse",
    "Jailhouse",
    "jailhouse",
    "An immediate other than 0x4a48 parks the CPU.",
    () => header(`  smc #${FIRMWARE_CALL.parked}\nparked: b parked`),
  ),
];
