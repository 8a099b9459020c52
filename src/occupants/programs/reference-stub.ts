/**
 * The reference stub. It keeps every promise of generation C and of the kernel's documentation:
 * SET_VECTORS (0), SOFT_RESTART (1) and RESET_VECTORS (2) by HVC #0, anything else refused with
 * 0x0badca11. No stack, no memory of its own; only r0 changes; right with the HYP MMU on or off, when
 * its page is mapped where it lies.
 */
import { vectorTable, type Build, type Occupant } from "../occupant.js";

const source = (build: Build): string => `
${vectorTable("hyp_trap")}
@ HVC and traps from SVC, and from nowhere else. HTPIDR keeps r12 while it is needed.
hyp_trap:
  mcr p15, 4, r12, c13, c0, 2
  mrc p15, 4, r12, c5, c2, 0      @ HSR
  lsr r12, r12, #26
  cmp r12, #0x12                  @ an HVC?
  bne not_a_call
  mrc p15, 4, r12, c5, c2, 0
  lsl r12, r12, #16
  cmp r12, #0                     @ immediate 0?
  bne refuse
  cmp r0, #0
  beq set_vectors
  cmp r0, #2
  bls restart_or_reset
refuse:
  ldr r0, =0x0badca11
  b return

set_vectors:                      @ r1: physical address, 32-byte aligned
  tst r1, #0x1f
  bne refuse
  mcr p15, 4, r1, c12, c0, 0
  b succeed

restart_or_reset:                 @ both: these vectors again, and HSCTLR's M, A, C and I off
  adr r12, vectors
  mcr p15, 4, r12, c12, c0, 0
  mrc p15, 4, r12, c1, c0, 0
  bic r12, r12, #0x1000
  bic r12, r12, #0x7
  mcr p15, 4, r12, c1, c0, 0
  isb                             @ this page is mapped flat: nothing moves
  cmp r0, #1
  beq soft_restart
succeed:
  mov r0, #0
return:
  mrc p15, 4, r12, c13, c0, 2
  eret

soft_restart:                     @ r1: physical entry address, bit 0 set for Thumb
  mrc p15, 4, r12, c13, c0, 2
  cpsid aif
  bx r1

@ A trap that is no call: nothing is enabled that could cause one. Stay here, where it can be seen.
not_a_call:
  mrc p15, 4, r12, c13, c0, 2
stray_trap: b stray_trap
${build.thumb ? "" : ""}
.ltorg
`;

export const REFERENCE_STUB: Occupant = {
  id: "reference-stub",
  title: "The reference stub",
  family: "reference",
  contract: "linux-c",
  alsoKeeps: ["doc-rst"],
  summary:
    "Ours: keeps every promise of generation C and of the documentation, with the HYP MMU on or off.",
  needsStack: false,
  source,
};
