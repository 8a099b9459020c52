/**
 * The way of a kernel's CPUs from their entry to SVC mode: the boot mode is noted or compared, the stub is
 * installed, HYP mode is left. Known bugs of that way are choices. Symbols: `start_first`, `start_other` for
 * the entries, `vectors`, `boot_mode`, and `first_done`, `other_done`, `resumed` for where a CPU ends.
 */
import { assemble, type AssembledProgram } from "../../isa/index.js";
import { assemblyOf, type Build, type Occupant } from "../occupant.js";

export interface StubInstallation {
  /** The stub, whose vectors are installed. */
  readonly stub: Occupant;
  /** The kernel's data are big-endian. */
  readonly bigEndian?: boolean;
  /** Bit of HSCTLR that a big-endian kernel sets (25). */
  readonly endiannessBit?: number;
  /** The code that compares modes stores through registers of its own choice. */
  readonly mismatchRegistersFixed?: boolean;
  /** CNTVOFF is left alone. */
  readonly keepsCntvoff?: boolean;
  /** The timer is set up when ID_PFR1's field is 1, or (so it should be) when it is not 0. */
  readonly timerField?: "is 1" | "is not 0";
  /** HVBAR is loaded from an ADR of this width; T32 alone. The vectors then lie beyond the narrow one's reach. */
  readonly adr?: "narrow" | "wide";
  /** A byte stands before the boot mode's word; `aligned` asks for alignment after it. */
  readonly wordAfterByte?: "aligned" | "not aligned";
  /** SCTLR, VPIDR and VMPIDR are written too: 4.9-era states and later. */
  readonly identity?: boolean;
  /** The first CPU restarts in SVC mode at one of the two resume entries. */
  readonly restartsAt?: "resume" | "resume_no_hyp";
  /** The first CPU reads the vectors by r0 = -1 once it is in SVC mode. */
  readonly asksForVectors?: boolean;
}

/** Registers of the comparison of modes. */
interface Registers {
  readonly value: string;
  readonly address: string;
  readonly offset: string;
}
const recordMismatch = (r: Registers): string => `
  orr ${r.value}, ${r.value}, #0x80000000
  str ${r.value}, [${r.address}, ${r.offset}]
`;
/** What the code with the bug uses, whatever it was told. */
const FIXED: Registers = { value: "r7", address: "r5", offset: "r6" };
/** r4: this CPU's mode. Goes to `keep` when the modes differ. */
const compareModes = (r: Registers, fixed: boolean): string => `
  adr ${r.address}, word_offset
  ldr ${r.offset}, [${r.address}]
  ldr ${r.value}, [${r.address}, ${r.offset}]
  cmp r4, ${r.value}
  beq install
${recordMismatch(fixed ? FIXED : r)}
  b keep
`;
const MODE_IN_R4 = "  mrs r4, CPSR\n  and r4, r4, #0x1f\n";

const vectorBase = ({ adr }: StubInstallation): string => {
  if (adr === undefined) return "  ldr r7, =vectors";
  // The narrow encoding has eight bits for the offset in words.
  return adr === "wide"
    ? "  adr.w r7, vectors"
    : "  .short 0xa700 | (((vectors - ((. + 4) & ~3)) >> 2) & 0xff)";
};
const identity = `
  mrc p15, 0, r7, c1, c0, 0
  orr r7, r7, #0x20
  bic r7, r7, #0x180
  bic r7, r7, #0x180000
  mcr p15, 0, r7, c1, c0, 0
  mrc p15, 0, r7, c0, c0, 0
  mcr p15, 4, r7, c0, c0, 0
  mrc p15, 0, r7, c0, c0, 5
  mcr p15, 4, r7, c0, c0, 5
`;
const timer = (how: StubInstallation): string => `
  mrc p15, 0, r7, c0, c1, 1       @ ID_PFR1
  lsr r7, r7, #16
  and r7, r7, #0xf
  ${how.timerField === "is 1" ? "cmp r7, #1\n  bne keep" : "cmp r7, #0\n  beq keep"}
  mrc p15, 4, r7, c14, c1, 0      @ CNTHCTL
  orr r7, r7, #3
  mcr p15, 4, r7, c14, c1, 0
  ${how.keepsCntvoff === true ? "" : "mov r7, #0\n  mcrr p15, 4, r7, r7, c14"}
`;

const source = (how: StubInstallation, build: Build): string => {
  const bigEndian = how.bigEndian === true;
  const hsctlr = (build.thumb ? 1 << 30 : 0) | (bigEndian ? 1 << (how.endiannessBit ?? 25) : 0);
  const entry = bigEndian ? "  setend be" : "";
  // SVC mode with all masks, in the kernel's instruction set and byte order.
  const psr = 0x1d3 | (build.thumb ? 0x20 : 0) | (bigEndian ? 0x200 : 0);
  return `
${build.thumb ? ".thumb" : ".arm"}
start_first:
${entry}
  bl install_first
  bl leave_hyp
${how.asksForVectors === true ? "  mvn r0, #0\n  hvc #0" : ""}
${how.restartsAt === undefined ? "" : `  b ${how.restartsAt}`}
first_done: b first_done

start_other:
${entry}
  bl install_other
  bl leave_hyp
other_done: b other_done

resume:
  bl install_other
resume_no_hyp:
  bl leave_hyp
resumed: b resumed

install_first:
${MODE_IN_R4}
  adr r5, word_offset
  ldr r6, [r5]
  str r4, [r5, r6]
  b install
install_other:
${MODE_IN_R4}
${compareModes({ value: "r5", address: "r6", offset: "r7" }, how.mismatchRegistersFixed === true)}
install:
  cmp r4, #0x1a
  bne keep
${vectorBase(how)}
  mcr p15, 4, r7, c12, c0, 0      @ HVBAR
  mov r7, #0
  mcr p15, 4, r7, c1, c1, 0       @ HCR
  mcr p15, 4, r7, c1, c1, 2       @ HCPTR
  mcr p15, 4, r7, c1, c1, 3       @ HSTR
  ldr r7, =${hsctlr}
  mcr p15, 4, r7, c1, c0, 0       @ HSCTLR
  mrc p15, 4, r7, c1, c1, 1       @ HDCR
  and r7, r7, #0x1f
  mcr p15, 4, r7, c1, c1, 1
${how.identity === true ? identity : ""}
${timer(how)}
keep:
  bx lr

leave_hyp:
  mrs r7, CPSR
  and r7, r7, #0x1f
  cmp r7, #0x1a
  bne left
  ldr r7, =${psr}
  msr SPSR_fsxc, r7
  msr ELR_hyp, lr
  eret
left:
  bx lr

.align 4
word_offset: .word boot_mode - word_offset
.ltorg
${how.adr === undefined ? "" : ".space 1024"}
${assemblyOf(how.stub, build)}
.ltorg
.align 4
${how.wordAfterByte === undefined ? "" : ".byte 0x5a"}
${how.wordAfterByte === "aligned" ? ".align 4" : ""}
boot_mode: .word 0
`;
};

export const assembleStubInstallation = (
  how: StubInstallation,
  build: Build,
  base: number,
): AssembledProgram =>
  assemble(source(how, build), {
    base,
    thumb: build.thumb,
    bigEndian: how.bigEndian === true,
  });
