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
/** The immediate of the HVC in r12, whose value HTPIDR keeps. */
const immediate = `
  mcr p15, 4, r12, c13, c0, 2
  mrc p15, 4, r12, c5, c2, 0
  lsl r12, r12, #16
  lsr r12, r12, #16
`;
const restoreR12 = "  mrc p15, 4, r12, c13, c0, 2";
/**
 * Xen with vsmc in a debug build: immediates 0xff00 to 0xffff print. Of them the known ones are 0xffe0 to
 * 0xffef and 0xfffd to 0xffff; an unknown one is a panic of Xen itself, or a message.
 */
export const xenDebug =
  (unknown: "panic" | "message") =>
  (build: Build): string =>
    header(`
${immediate}
  cmp r12, #0xff00
  bhs debug_call
  cmp r12, #0
${restoreR12}
  bne not_psci
${xenPsci(minusOne)}
not_psci:
${injectUndefined(build)}
debug_call:
  and r12, r12, #0xff
  cmp r12, #0xfd
  bhs printed
  cmp r12, #0xf0
  bhs unknown_debug_call
  cmp r12, #0xe0
  bhs printed
unknown_debug_call:
  ${unknown === "panic" ? "b xen_panic" : ""}
printed:
${restoreR12}
  eret
xen_panic: b xen_panic
`);
/** Jailhouse's calls by number; a wrong immediate is a forbidden access, where it is looked at. */
export const jailhouse = (checks: boolean) => (): string => {
  const check = `${immediate}
  eor r12, r12, #0x4a00
  cmp r12, #0x48
${restoreR12}
  bne forbidden`;
  return header(`
${checks ? check : ""}
jailhouse_call:
  cmp r0, #8
  bhi no_such_call
  mov r0, #0
  eret
no_such_call:
  mvn r0, #37
  eret
forbidden:
  smc #${FIRMWARE_CALL.parked}
parked: b parked
`);
};
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
    jailhouse(true),
  ),
];
