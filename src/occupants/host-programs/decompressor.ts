/**
 * A decompressor's way from the boot loader to the kernel, without the decompressing. Known bugs of that way
 * are choices. Entries: `start`; `start_in_hyp` as UEFI firmware enters that left HYP mode's MMU on. Symbols:
 * `kernel` for the entry of the kernel, which branches to itself, and `spin` for where it ends when the last
 * call returns.
 */
import { assemble, type AssembledProgram } from "../../isa/index.js";
import { assemblyOf, type Build, type Occupant } from "../occupant.js";

export interface Decompressor {
  readonly stub: Occupant;
  /** How it calls the stub to set vectors: the address in r0, or a number there and the address in r1. */
  readonly setVectors: "address" | number;
  /** Where r1 and r2 are restored. */
  readonly restores: "before the call" | "at the entry";
  /** From HYP mode with the MMU on: turns off SVC mode's, or HYP's own by way of the vector for an HVC. */
  readonly hypMmu?: "of SVC mode" | "of HYP mode";
  /** HSCTLR.TE is left as firmware had it, when vectors are set in HYP mode. */
  readonly keepsTe?: boolean;
}

const RESTORE = "  mov r1, r7\n  mov r2, r8\n";
const setVectors = (how: Decompressor): string =>
  how.setVectors === "address"
    ? "  ldr r0, =reentry_vectors\n  hvc #0"
    : `  mov r0, #${how.setVectors}\n  ldr r1, =reentry_vectors\n  hvc #0`;
const fromHyp = (how: Decompressor, build: Build): string =>
  how.hypMmu === "of SVC mode"
    ? `
  mrc p15, 0, r3, c1, c0, 0       @ SCTLR
  bic r3, r3, #5
  mcr p15, 0, r3, c1, c0, 0
  isb
  b enter_kernel`
    : `
  ldr r3, =reentry_vectors
  mcr p15, 4, r3, c12, c0, 0      @ HVBAR
  ${
    build.thumb && how.keepsTe !== true
      ? "mrc p15, 4, r3, c1, c0, 0\n  orr r3, r3, #0x40000000\n  mcr p15, 4, r3, c1, c0, 0"
      : ""
  }
  isb
  hvc #0`;

const source = (how: Decompressor, build: Build): string => `
${build.thumb ? ".thumb" : ".arm"}
start:
  mrs r9, CPSR
  mov r7, r1
  mov r8, r2
  ldr r4, =kernel
  and r3, r9, #0x1f
  cmp r3, #0x1a
  bne in_svc
  ldr r3, =vectors
  mcr p15, 4, r3, c12, c0, 0      @ HVBAR
  ldr r3, =${build.thumb ? 1 << 30 : 0}
  mcr p15, 4, r3, c1, c0, 0       @ HSCTLR
  ldr r3, =${0x1d3 | (build.thumb ? 0x20 : 0)}
  msr SPSR_fsxc, r3
  ldr r3, =in_svc
  msr ELR_hyp, r3
  eret
in_svc:
  msr SPSR_fsxc, r9               @ keeps the mode of the entry

  @ To the kernel, in the mode of the entry.
  ${how.restores === "before the call" ? RESTORE : ""}
  mrs r0, SPSR
  and r0, r0, #0x1f
  cmp r0, #0x1a
  bne enter_kernel
${setVectors(how)}
  hvc #0
spin: b spin

start_in_hyp:
  mov r7, r1
  mov r8, r2
  ldr r4, =kernel
${fromHyp(how, build)}
  b spin

.ltorg
.align 32
reentry_vectors:
${["reset", "undefined"].map((slot) => `reentry_${slot}: b.w reentry_${slot}`).join("\n")}
  b.w from_hyp
${["prefetch_abort", "data_abort"].map((slot) => `reentry_${slot}: b.w reentry_${slot}`).join("\n")}
  b.w enter_kernel
${["irq", "fiq"].map((slot) => `reentry_${slot}: b.w reentry_${slot}`).join("\n")}
from_hyp:
  mrc p15, 4, r3, c1, c0, 0       @ HSCTLR
  bic r3, r3, #5
  mcr p15, 4, r3, c1, c0, 0
  isb
enter_kernel:
  mov r0, #0
  ${how.restores === "at the entry" ? RESTORE : ""}
  bx r4
.ltorg
${assemblyOf(how.stub, build)}
.ltorg
.align 4
.arm
kernel: b kernel
`;

export const assembleDecompressor = (
  how: Decompressor,
  build: Build,
  base: number,
): AssembledProgram => {
  // `.w` asks for the wide T32 branch and means nothing in A32.
  const text = build.thumb ? source(how, build) : source(how, build).replaceAll("b.w ", "b ");
  return assemble(text, { base, thumb: build.thumb });
};
