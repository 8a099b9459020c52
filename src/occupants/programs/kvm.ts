/** KVM/arm32's vectors in their generations, at run time and in the window before. */
import { vectorTable, type Build, type Occupant } from "../occupant.js";

/** Saves r0-r2, reads HSR; not an HVC, or an HVC of a guest (VMID not 0): guest_trap. */
const discriminate = `
hyp_trap:
  push {r0, r1, r2}
  mrc p15, 4, r1, c5, c2, 0
  lsr r0, r1, #26
  cmp r0, #0x12
  bne guest_trap
  mrrc p15, 6, r0, r2, c2
  lsr r2, r2, #16
  ands r2, r2, #0xff
  bne guest_trap
`;
/** A guest's trap has nowhere to go here: no guest runs in the laboratory. */
const guestTrap = "guest_trap: b guest_trap\n";
/** Calls the function in r0 with r1 to r3 as its arguments. */
const callFunction = (build: Build, saved: "lr" | "lr and SPSR" | "r2 and lr"): string => {
  const save = {
    lr: "push {lr}",
    "lr and SPSR": "push {lr}\n  mrs lr, SPSR\n  push {lr}",
    "r2 and lr": "push {r2, lr}",
  }[saved];
  const restore = {
    lr: "pop {lr}",
    "lr and SPSR": "pop {lr}\n  msr SPSR_fsxc, lr\n  pop {lr}",
    "r2 and lr": "pop {r2, lr}",
  }[saved];
  return `
  ${save}
  mov lr, r0
  mov r0, r1
  mov r1, r2
  mov r2, r3
  ${build.thumb ? "orr lr, lr, #1" : ""}
  blx lr
  ${restore}
  eret
`;
};
/** r0 = -1 gives HVBAR back. */
const answerGet = `
  cmn r0, #1
  bne call_function
  mrc p15, 4, r0, c12, c0, 0
  eret
call_function:
`;
/** What the handler of stub calls does with them. */
export interface StubCalls {
  /** Numbers below this are stub calls. */
  readonly count: number;
  readonly soft: number;
  readonly reset: number;
  /** False: soft restart is refused like any other. */
  readonly restarts: boolean;
  /** Leaves this in r0 for a call that it refuses. */
  readonly refusal: string;
  /** False: a reset leaves an address in r0. */
  readonly zero: boolean;
}
export const FINAL_CALLS: StubCalls = {
  count: 3,
  soft: 1,
  reset: 2,
  restarts: true,
  refusal: "ldr r0, =0x0badca11",
  zero: true,
};
/** The handler of stub calls, in the identity-mapped page. stub_vectors is where a reset goes back to. */
const stubHandler = (build: Build, calls: StubCalls = FINAL_CALLS): string => `
handle_stub_call:
  cmp r0, #${calls.soft}
  bne not_restart
  ${calls.restarts ? "" : "b refuse"}
  msr ELR_hyp, r1
  mrs r0, CPSR
  bic r0, r0, #0x1f
  orr r0, r0, #0x1a
  ${build.thumb ? "orr r0, r0, #0x20" : ""}
  msr SPSR_fsxc, r0
  b do_reset
not_restart:
  cmp r0, #${calls.reset}
  bne refuse
do_reset:
  mrc p15, 4, r1, c1, c0, 0
  ldr r0, =0x1007
  bic r1, r1, r0
  mcr p15, 4, r1, c1, c0, 0
  ldr ${calls.zero ? "r1" : "r0"}, =stub_vectors
  mcr p15, 4, ${calls.zero ? "r1" : "r0"}, c12, c0, 0
  ${calls.zero ? "mov r0, #0" : ""}
  eret
refuse:
  ${calls.refusal}
  eret
`;
/** KVM that answers stub calls itself. `thumbBit`: bit 0 of the handler's address is set for T32. */
export const kvmWithStubCalls =
  (calls: StubCalls, thumbBit: boolean) =>
  (build: Build): string =>
    [
      vectorTable("hyp_trap"),
      discriminate,
      "  pop {r0, r1, r2}",
      `  cmp r0, #${calls.count}\n  bhs call_function`,
      // The handler's physical address is worked out in ip, as the identity-mapped page demands.
      `  ldr r12, =handle_stub_call${build.thumb && thumbBit ? " + 1" : ""}\n  bx r12`,
      "call_function:",
      callFunction(build, "r2 and lr"),
      guestTrap,
      stubHandler(build, calls),
    ].join("\n");

/** Vectors in the order of the table, each with the number that it leaves in SP's low bits. */
const HARDENED = [
  ["reset", 7],
  ["undefined", 6],
  ["hyp_call", 5],
  ["prefetch_abort", 4],
  ["data_abort", 3],
  ["hyp_trap", 2],
  ["irq", 1],
  ["fiq", 0],
] as const;
/**
 * KVM K3 with vectors hardened against branch prediction: they fall through, and the low bits of SP tell
 * which of them was taken. A32 alone. `saved` is what the host's path pushes around a function.
 */
export const hardenedKvm =
  (saved: "lr" | "r2 and lr") =>
  (build: Build): string =>
    [
      ".align 32",
      "vectors:",
      ...HARDENED.map(([name, n]) => `vector_${name}: ${n === 0 ? "nop" : "add sp, sp, #1"}`),
      "  mcr p15, 0, r0, c7, c5, 0",
      "  isb",
      ...HARDENED.flatMap(([name, n]) => [
        `  eor sp, sp, #${n}`,
        "  tst sp, #7",
        `  eorne sp, sp, #${n}`,
        `  beq ${name === "hyp_trap" ? "hyp_trap" : `handle_${name}`}`,
      ]),
      ...HARDENED.filter(([name]) => name !== "hyp_trap").map(
        ([name]) => `handle_${name}: b handle_${name}`,
      ),
      discriminate,
      "  pop {r0, r1, r2}",
      answerGet,
      callFunction(build, saved),
      guestTrap,
    ].join("\n");

const kvm = (
  id: string,
  title: string,
  contract: string,
  summary: string,
  source: (build: Build) => string,
  more: Partial<Occupant> = {},
): Occupant => ({
  id,
  title,
  family: "kvm",
  contract,
  summary,
  needsStack: true,
  source,
  ...more,
});

export const KVM: readonly Occupant[] = [
  kvm("kvm-k1", "KVM, generation K1", "kvm-k1", "r0 is always a function pointer.", (build) =>
    [
      vectorTable("hyp_trap"),
      discriminate,
      "  pop {r0, r1, r2}",
      callFunction(build, "lr and SPSR"),
      guestTrap,
    ].join("\n"),
  ),
  kvm(
    "kvm-k2",
    "KVM, generation K2",
    "kvm-k2",
    "r0 = -1 reads HVBAR, else r0 is a function pointer.",
    (build) =>
      [
        vectorTable("hyp_trap"),
        discriminate,
        "  pop {r0, r1, r2}",
        answerGet,
        callFunction(build, "lr and SPSR"),
        guestTrap,
      ].join("\n"),
  ),
  kvm(
    "kvm-k3",
    "KVM, generation K3",
    "kvm-k3",
    "As K2; SPSR is no longer saved around the call.",
    (build) =>
      [
        vectorTable("hyp_trap"),
        discriminate,
        "  pop {r0, r1, r2}",
        answerGet,
        callFunction(build, "lr"),
        guestTrap,
      ].join("\n"),
  ),
  kvm(
    "kvm-k4",
    "KVM, generation K4",
    "kvm-k4",
    "r0 below 3 is a stub call, else a function pointer.",
    kvmWithStubCalls(FINAL_CALLS, true),
    { resetsTo: "stub-c" },
  ),
  kvm(
    "kvm-init-two-phase",
    "KVM init window, two phases",
    "kvm-init-two-phase",
    "r0 = 0 turns the HYP MMU on with tables r2:r3; another r0 is a stack pointer and r1 the vectors.",
    () =>
      [
        vectorTable("hyp_init"),
        "hyp_init:",
        "  cmp r0, #0",
        "  bne phase_two",
        "  mcrr p15, 4, r2, r3, c2",
        "  mrc p15, 4, r0, c1, c0, 0",
        "  ldr r1, =0x1007",
        "  orr r0, r0, r1",
        "  isb",
        "  mcr p15, 4, r0, c1, c0, 0",
        "  isb",
        "  eret",
        "phase_two:",
        "  mov sp, r0",
        "  mcr p15, 4, r1, c12, c0, 0",
        "  isb",
        "  eret",
      ].join("\n"),
    { family: "kvm-init", needsStack: false },
  ),
  kvm(
    "kvm-init-single",
    "KVM init window, one phase",
    "kvm-init-single",
    "r0 below 3 is a stub call; else r0 is the stack, r1 the vectors and r2:r3 the tables.",
    (build) =>
      [
        vectorTable("hyp_init"),
        "hyp_init:",
        "  cmp r0, #3",
        "  blo handle_stub_call",
        "  mov sp, r0",
        "  mcr p15, 4, r1, c12, c0, 0",
        "  mcrr p15, 4, r2, r3, c2",
        "  mrc p15, 4, r0, c1, c0, 0",
        "  ldr r1, =0x1005",
        "  orr r0, r0, r1",
        "  isb",
        "  mcr p15, 4, r0, c1, c0, 0",
        "  isb",
        "  eret",
        stubHandler(build),
      ].join("\n"),
    { family: "kvm-init", needsStack: false, resetsTo: "stub-c" },
  ),
];
