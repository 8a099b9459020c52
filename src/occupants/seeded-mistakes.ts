/**
 * Forty mistakes that people make in code like this, each as an edit of an occupant's source text. A contract
 * that lets one of them pass lacks a clause: checker and prover are held against all of them.
 */
import { KVM } from "./programs/kvm.js";
import { REFERENCE_STUB } from "./programs/reference-stub.js";
import { STUBS } from "./programs/stubs.js";
import type { Build, Occupant } from "./occupant.js";

export interface SeededMistake {
  readonly id: string;
  /** Id of the occupant that is edited. */
  readonly occupant: "reference-stub" | "stub-c" | "stub-d-kernel" | "kvm-k4";
  /** What a human did wrong, in a sentence. */
  readonly what: string;
  /** Text that stands once in the source, and what stands there instead. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** Instruction sets in which it is a mistake; both when absent. */
  readonly only?: "A32" | "T32";
  /** It shows with the HYP MMU on alone. */
  readonly needsHypMmu?: boolean;
  /** Ids of clauses that it breaks; there may be more. */
  readonly breaks: readonly string[];
}

const REFERENCE: readonly SeededMistake[] = [
  {
    id: "masks-the-wrong-way",
    occupant: "reference-stub",
    what: "CPSIE in place of CPSID: the target is entered with every exception let through.",
    edits: [["cpsid aif", "cpsie aif"]],
    breaks: ["linux-c/soft-restart/masked"],
  },
  {
    id: "spoils-r4",
    occupant: "reference-stub",
    what: "Takes r4 for scratch, which a caller keeps its own things in.",
    edits: [
      ["adr r12, vectors", "adr r4, vectors"],
      ["mcr p15, 4, r12, c12, c0, 0", "mcr p15, 4, r4, c12, c0, 0"],
    ],
    breaks: ["linux-c/soft-restart/keeps-registers", "doc-txt/reset-vectors/keeps-registers"],
  },
  {
    id: "wrong-vector-slot",
    occupant: "reference-stub",
    what: "The handler stands in the slot of an HVC from HYP mode, 0x08, not of one from below, 0x14.",
    edits: [
      ["vector_hyp_call: b.w vector_hyp_call", "vector_hyp_call: b.w hyp_trap"],
      ["vector_hyp_trap: b.w hyp_trap", "vector_hyp_trap: b.w vector_hyp_trap"],
    ],
    breaks: ["linux-c/set-vectors/returns", "linux-c/soft-restart/enters-hyp"],
  },
  {
    id: "elr-off-by-four",
    occupant: "reference-stub",
    what: "Steps over the HVC by hand, though ELR_hyp is past it already.",
    edits: [["return:\n", "return:\n  mrs r12, ELR_hyp\n  add r12, r12, #4\n  msr ELR_hyp, r12\n"]],
    breaks: ["linux-c/unknown/returns", "linux-c/unknown/never-dies"],
  },
  {
    id: "signed-comparison",
    occupant: "reference-stub",
    what: "A signed comparison of call numbers: negative ones are below 2.",
    edits: [["bls restart_or_reset", "ble restart_or_reset"]],
    breaks: ["linux-c/unknown/result"],
  },
  {
    id: "no-isb",
    occupant: "reference-stub",
    what: "No ISB between switching the MMU off and leaving.",
    edits: [["  isb ", "  @ "]],
    breaks: ["linux-c/soft-restart/synchronised"],
  },
  {
    id: "movs-for-eret",
    occupant: "reference-stub",
    what: "MOVS PC, LR as in every other mode; in HYP mode it is UNDEFINED, and LR is the caller's.",
    edits: [["c13, c0, 2\n  eret", "c13, c0, 2\n  movs pc, lr"]],
    only: "A32",
    breaks: ["linux-c/unknown/returns", "linux-c/reset-vectors/never-dies"],
  },
  {
    id: "thumb-bit-lost",
    occupant: "reference-stub",
    what: "MOV PC in T32 does not look at bit 0: an A32 target is run as T32 code.",
    edits: [["bx r1", "mov pc, r1"]],
    only: "T32",
    breaks: ["linux-c/soft-restart/enters-hyp"],
  },
  {
    id: "mmu-left-on",
    occupant: "reference-stub",
    what: "Clears A and C of HSCTLR and forgets M.",
    edits: [["bic r12, r12, #0x7", "bic r12, r12, #0x6"]],
    needsHypMmu: true,
    breaks: ["doc-txt/soft-restart/mmu-off", "doc-txt/reset-vectors/mmu-off"],
  },
  {
    id: "instruction-cache-left-on",
    occupant: "reference-stub",
    what: "Clears the low bits of HSCTLR alone: I is bit 12.",
    edits: [["  bic r12, r12, #0x1000\n", ""]],
    breaks: ["doc-rst/soft-restart/caches-off"],
  },
  {
    id: "alignment-of-64",
    occupant: "reference-stub",
    what: "Refuses vectors that are aligned to 32 bytes and not to 64.",
    edits: [["tst r1, #0x1f", "tst r1, #0x3f"]],
    breaks: ["linux-c/set-vectors/sets-vectors", "linux-c/set-vectors/result"],
  },
  {
    id: "class-of-smc",
    occupant: "reference-stub",
    what: "Compares the exception class with SMC's, 0x13: every call is a stray trap.",
    edits: [["cmp r12, #0x12", "cmp r12, #0x13"]],
    breaks: ["linux-c/unknown/returns", "linux-c/set-vectors/never-dies"],
  },
  {
    id: "immediate-from-the-wrong-half",
    occupant: "reference-stub",
    what: "Takes the high half of HSR for the immediate.",
    edits: [["lsl r12, r12, #16", "lsr r12, r12, #16"]],
    breaks: ["linux-c/set-vectors/result", "linux-c/soft-restart/enters-hyp"],
  },
  {
    id: "range-one-short",
    occupant: "reference-stub",
    what: "Below in place of below or the same: the highest call number is refused.",
    edits: [["bls restart_or_reset", "blo restart_or_reset"]],
    breaks: ["linux-c/reset-vectors/result"],
  },
  {
    id: "link-register-spoilt",
    occupant: "reference-stub",
    what: "BLX in place of BX: HYP mode's LR is LR_usr, a register of the host.",
    edits: [["bx r1", "blx r1"]],
    breaks: ["linux-c/soft-restart/keeps-registers"],
  },
  {
    id: "scratch-not-put-back",
    occupant: "reference-stub",
    what: "r12 is not fetched back from HTPIDR before the return.",
    edits: [["return:\n  mrc p15, 4, r12, c13, c0, 2\n", "return:\n"]],
    breaks: ["linux-c/unknown/keeps-registers"],
  },
  {
    id: "reads-callers-memory",
    occupant: "reference-stub",
    what: "Looks at what r1 points to before it refuses a call: r1 need not point to memory.",
    edits: [["refuse:\n", "refuse:\n  ldr r12, [r1]\n"]],
    breaks: ["linux-c/unknown/returns", "linux-c/unknown/never-dies"],
  },
  {
    id: "flags-leaked",
    occupant: "reference-stub",
    what: "Puts its own flags into the caller's PSR, as a function would.",
    edits: [["return:\n", "return:\n  mrs r12, CPSR\n  msr SPSR_f, r12\n"]],
    breaks: ["linux-c/unknown/keeps-flags"],
  },
];
const STUB_C: readonly SeededMistake[] = [
  {
    id: "result-in-r1",
    occupant: "stub-c",
    what: "The result goes to r1.",
    edits: [["mov r0, #0", "mov r1, #0"]],
    breaks: ["linux-c/reset-vectors/result", "linux-c/reset-vectors/keeps-registers"],
  },
  {
    id: "target-of-the-proposal",
    occupant: "stub-c",
    what: "Takes the target from r3, as the proposal of January 2017 did.",
    edits: [["bx r1", "bx r3"]],
    breaks: ["linux-c/soft-restart/enters-hyp"],
  },
  {
    id: "numbers-of-the-older-header",
    occupant: "stub-c",
    what: "Built against the header of generation B: every number is one more.",
    edits: [
      ["cmp r0, #2", "cmp r0, #3"],
      ["cmp r0, #1", "cmp r0, #2"],
      ["cmp r0, #0", "cmp r0, #1"],
    ],
    breaks: ["linux-c/set-vectors/sets-vectors", "linux-c/soft-restart/enters-hyp"],
  },
  {
    id: "falls-through",
    occupant: "stub-c",
    what: "The ERET after the refusal is missing: an unknown call goes on into the restart.",
    edits: [["=0x0badca11\neret\n", "=0x0badca11\n"]],
    breaks: ["linux-c/unknown/returns"],
  },
  {
    id: "vbar-for-hvbar",
    occupant: "stub-c",
    what: "opc1 is 0, so the kernel's own VBAR is written.",
    edits: [["mcr p15, 4, r1, c12, c0, 0", "mcr p15, 0, r1, c12, c0, 0"]],
    breaks: ["linux-c/set-vectors/sets-vectors", "linux-c/set-vectors/keeps-svc-state"],
  },
  {
    id: "address-of-generation-a",
    occupant: "stub-c",
    what: "Loads HVBAR from r0, where generation A had the address.",
    edits: [["mcr p15, 4, r1, c12, c0, 0", "mcr p15, 4, r0, c12, c0, 0"]],
    breaks: ["linux-c/set-vectors/sets-vectors"],
  },
  {
    id: "success-forgotten",
    occupant: "stub-c",
    what: "r0 is left as it came: 0 by chance for one call, 2 for the other.",
    edits: [["done:\nmov r0, #0", "done:"]],
    breaks: ["linux-c/reset-vectors/result"],
  },
];
const STUB_D: readonly SeededMistake[] = [
  {
    id: "error-of-the-older-series",
    occupant: "stub-d-kernel",
    what: "Refuses with -1, as the first patches did.",
    edits: [["ldr r0, =0x0badca11", "mvn r0, #0"]],
    breaks: ["linux-d-kernel/unknown/result"],
  },
  {
    id: "spsr-overwritten",
    occupant: "stub-d-kernel",
    what: "Copies CPSR to SPSR before the return, which then stays in HYP mode.",
    edits: [["ldr r0, =0x0badca11", "mrs r0, CPSR\nmsr SPSR_fsxc, r0\nldr r0, =0x0badca11"]],
    breaks: ["linux-d-kernel/unknown/returns"],
  },
  {
    id: "two-for-one",
    occupant: "stub-d-kernel",
    what: "Compares with 2, the number of the proposal.",
    edits: [["cmp r0, #1", "cmp r0, #2"]],
    breaks: ["linux-d-kernel/soft-restart/enters-hyp", "linux-d-kernel/unknown/result"],
  },
  {
    id: "argument-zeroed",
    occupant: "stub-d-kernel",
    what: "Writes success to r0 on the way to the target, where r0 is the target's (known bug 10).",
    edits: [["bx r1", "mov r0, #0\nbx r1"]],
    breaks: ["linux-d-kernel/soft-restart/keeps-registers"],
  },
  {
    id: "restart-by-eret",
    occupant: "stub-d-kernel",
    what: "Puts the target into ELR_hyp and returns: control gets there in SVC mode.",
    edits: [["bx r1", "msr ELR_hyp, r1\neret"]],
    breaks: ["linux-d-kernel/soft-restart/enters-hyp"],
  },
  {
    id: "stray-store",
    occupant: "stub-d-kernel",
    what: "A store for debugging was left in.",
    edits: [["ldr r0, =0x0badca11", "ldr r0, =0x40300000\nstr r1, [r0]\nldr r0, =0x0badca11"]],
    breaks: ["linux-d-kernel/unknown/keeps-memory"],
  },
  {
    id: "every-slot-is-a-call",
    occupant: "stub-d-kernel",
    what: "An Undefined Instruction in HYP mode is taken for a call.",
    edits: [["vector_undefined: b.w vector_undefined", "vector_undefined: b.w hyp_trap"]],
    breaks: ["linux-d-kernel/vectors/other-slots-loop"],
  },
];
const KVM_K4: readonly SeededMistake[] = [
  {
    id: "forgotten-mask",
    occupant: "kvm-k4",
    what: "Builds the target's PSR from the caller's, whose masks may be clear.",
    edits: [["mrs r0, CPSR", "mrs r0, SPSR"]],
    breaks: ["kvm-k4/soft-restart/masked"],
  },
  {
    id: "stack-misaligned",
    occupant: "kvm-k4",
    what: "Pushes one register around the function, so that it runs on a stack that is off by four.",
    edits: [
      ["push {r2, lr}", "push {lr}"],
      ["pop {r2, lr}", "pop {lr}"],
    ],
    breaks: ["kvm-k4/call/stack-aligned"],
  },
  {
    id: "stack-not-restored",
    occupant: "kvm-k4",
    what: "Loads the saved registers and leaves SP_hyp where it was.",
    edits: [["pop {r0, r1, r2}", "ldm sp, {r0, r1, r2}"]],
    breaks: ["kvm-k4/set-vectors/keeps-registers", "kvm-k4/reset-vectors/keeps-registers"],
  },
  {
    id: "hvbar-not-reset",
    occupant: "kvm-k4",
    what: "The teardown leaves KVM's vectors in place.",
    edits: [["  mcr p15, 4, r1, c12, c0, 0\n", ""]],
    breaks: ["kvm-k4/reset-vectors/stub-back", "kvm-k4/soft-restart/stub-back"],
  },
  {
    id: "wrong-bit-of-hsctlr",
    occupant: "kvm-k4",
    what: "Clears bit 3 in place of bit 2: the data cache stays on.",
    edits: [["ldr r0, =0x1007", "ldr r0, =0x100b"]],
    breaks: ["kvm-k4/reset-vectors/caches-off", "kvm-k4/soft-restart/caches-off"],
  },
  {
    id: "hyp-value-leaked",
    occupant: "kvm-k4",
    what: "HSCTLR as it was stays behind in r1.",
    edits: [
      ["bic r1, r1, r0", "bic r0, r1, r0"],
      ["mcr p15, 4, r1, c1, c0, 0", "mcr p15, 4, r0, c1, c0, 0"],
      ["ldr r1, =stub_vectors", "ldr r0, =stub_vectors"],
      ["mcr p15, 4, r1, c12, c0, 0", "mcr p15, 4, r0, c12, c0, 0"],
    ],
    breaks: ["kvm-k4/reset-vectors/leaks-nothing"],
  },
  {
    id: "wrong-banked-register",
    occupant: "kvm-k4",
    what: "The target is written to LR_svc in place of ELR_hyp.",
    edits: [["msr ELR_hyp, r1", "msr LR_svc, r1"]],
    breaks: ["kvm-k4/soft-restart/enters-hyp"],
  },
  {
    id: "signed-call-number",
    occupant: "kvm-k4",
    what: "Signed: pointers to the upper half of the address space are taken for stub calls.",
    edits: [["bhs call_function", "bge call_function"]],
    breaks: ["kvm-k4/minus-one/branches"],
  },
  {
    id: "count-one-short",
    occupant: "kvm-k4",
    what: "Two stub calls in place of three: a reset is executed as a function.",
    edits: [["cmp r0, #3", "cmp r0, #2"]],
    breaks: ["kvm-k4/reset-vectors/returns", "kvm-k4/reset-vectors/inside"],
  },
  {
    id: "enters-svc",
    occupant: "kvm-k4",
    what: "The target's PSR has SVC mode in it.",
    edits: [["orr r0, r0, #0x1a", "orr r0, r0, #0x13"]],
    breaks: ["kvm-k4/soft-restart/enters-hyp"],
  },
  {
    id: "thumb-state-forgotten",
    occupant: "kvm-k4",
    what: "MRS reads T as 0, and nothing sets it: a Thumb-2 kernel's target is entered in A32 state.",
    edits: [["  orr r0, r0, #0x20\n", ""]],
    only: "T32",
    breaks: ["kvm-k4/soft-restart/enters-hyp"],
  },
  {
    id: "handlers-thumb-bit",
    occupant: "kvm-k4",
    what: "The handler's address is worked out without bit 0 (known bug 17).",
    edits: [["=handle_stub_call + 1", "=handle_stub_call"]],
    only: "T32",
    breaks: ["kvm-k4/set-vectors/returns", "kvm-k4/soft-restart/enters-hyp"],
  },
  {
    id: "clears-too-much",
    occupant: "kvm-k4",
    what: "The teardown clears HCR as well, which is the next occupant's to set.",
    edits: [["  mov r0, #0\n  eret", "  mov r0, #0\n  mcr p15, 4, r0, c2, c0, 2\n  eret"]],
    breaks: ["kvm-k4/reset-vectors/keeps-hyp-state"],
  },
  {
    id: "host-taken-for-guest",
    occupant: "kvm-k4",
    what: "BEQ in place of BNE after the VMID: the host's calls are a guest's.",
    edits: [["ands r2, r2, #0xff\n  bne guest_trap", "ands r2, r2, #0xff\n  beq guest_trap"]],
    breaks: ["kvm-k4/set-vectors/never-dies"],
  },
  {
    id: "saves-one-less",
    occupant: "kvm-k4",
    what: "Saves two registers and restores three.",
    edits: [["push {r0, r1, r2}", "push {r0, r1}"]],
    breaks: ["kvm-k4/set-vectors/keeps-registers"],
  },
];

export const SEEDED_MISTAKES: readonly SeededMistake[] = [
  ...REFERENCE,
  ...STUB_C,
  ...STUB_D,
  ...KVM_K4,
];

/** Whether it is a mistake in an instruction set. */
export const mistakeIn = (mistake: SeededMistake, build: Build): boolean =>
  mistake.only === undefined || (mistake.only === "T32") === build.thumb;

/** The occupant with the mistake in it. Throws RangeError where an edit's text does not stand once. */
export const withMistake = (mistake: SeededMistake): Occupant => {
  const occupant = [...STUBS, ...KVM, REFERENCE_STUB].find((o) => o.id === mistake.occupant)!;
  return {
    ...occupant,
    id: `${occupant.id}+${mistake.id}`,
    title: `${occupant.title}, ${mistake.id}`,
    summary: mistake.what,
    source: (build) => {
      const text = occupant.source(build);
      if (!mistakeIn(mistake, build)) return text;
      return mistake.edits.reduce((before, [from, to]) => {
        const parts = before.split(from);
        if (parts.length !== 2)
          throw new RangeError(
            `${mistake.id}: expected "${from}" once in ${occupant.id}, found it ${parts.length - 1} times`,
          );
        return parts.join(to);
      }, text);
    },
  };
};
