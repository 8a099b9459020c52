import { CLEAR_TABLE, LIBRARY, MMU_ON, TO_SVC } from "./library.js";

/** A guest in SVC mode that takes every kind of exception; \`conduit\` is the instruction that PSCI is called by. */
export const exceptions = (conduit: "smc" | "hvc"): string => `
.arm
start:
  mrs r0, cpsr
  and r0, r0, #0x1f
  cmp r0, #0x1a
  bne svcMode
${TO_SVC}
  ldr sp, =0x40200000
  cps #0x17
  ldr sp, =0x40210000
  cps #0x1b
  ldr sp, =0x40220000
  cps #0x13
  ldr r0, =vectors
  mcr p15, 0, r0, c12, c0, 0
  mrs r0, cpsr
  bic r0, r0, #0xf0000000
  bl hex
  @ ID_PFR1 without its field of the Security Extensions, which the reference does not have.
  mrc p15, 0, r0, c0, c1, 1
  bic r0, r0, #0xf0
  bl hex
  mrc p15, 0, r0, c1, c0, 0
  bl hex
  ldr r0, =0x84000000
  ${conduit} #0
  bl hex
  ldr r0, =0x8400000a
  ldr r1, =0x84000001
  ${conduit} #0
  bl hex
  bl line
  ${conduit === "hvc" ? "smc #0" : "nop"}
  svc #0x77
  udf #3
  bkpt #4
  mrc p15, 4, r0, c1, c1, 0
  mcr p15, 4, r0, c12, c0, 0
  mrc p7, 0, r0, c0, c0, 0
  vmrs r0, fpscr
  @ Aborts: nothing there (bus), by reading, writing and running; unaligned.
  ldr r1, =0xf0000000
  ldr r0, [r1]
  str r0, [r1]
  ldr r1, =0x40300001
  ldrex r0, [r1]
  ldrd r2, r3, [r1]
  ldm r1, {r2, r3}
  ldr r0, [r1]
  ldr r1, =0x0c000000
  ldr r0, [r1]
  ldr r1, =0xf0000000
  blx r1
  @ T32: the same with 2-byte instructions.
  ldr r1, =inThumb + 1
  blx r1
  @ The MMU with a table of sections: no access, read only, execute never, domain, a hole.
  ldr r0, =0x40280000
${CLEAR_TABLE}
  ldr r0, =0x40281000
  ldr r1, =0x40000c0e
  str r1, [r0]
  ldr r1, =0x40100c0e
  str r1, [r0, #4]
  ldr r1, =0x40200c0e
  str r1, [r0, #8]
  ldr r0, =0x40280240
  ldr r1, =0x09000c02
  str r1, [r0]
  ldr r0, =0x40281400
  ldr r1, =0x4030000e
  str r1, [r0]
  ldr r1, =0x4030840e
  str r1, [r0, #4]
  ldr r1, =0x40300c1e
  str r1, [r0, #8]
  ldr r1, =0x40300c2e
  str r1, [r0, #12]
  ldr r1, =0x40290401
  str r1, [r0, #16]
  ldr r1, =0xf0000001
  str r1, [r0, #20]
  ldr r0, =0x40290400
  mov r1, #0
  str r1, [r0]
  ldr r1, =0x40300032
  str r1, [r0, #4]
  ldr r1, =0x40300002
  str r1, [r0, #8]
  ldr r0, =0x40280000
${MMU_ON}
  ldr r5, =0x50000000
  ldr r0, [r5]
  add r1, r5, #0x100000
  ldr r0, [r1]
  str r0, [r1]
  add r1, r5, #0x200000
  ldr r0, [r1]
  blx r1
  add r1, r5, #0x300000
  ldr r0, [r1]
  add r1, r5, #0x400000
  ldr r0, [r1]
  add r2, r1, #0x1000
  str r0, [r2]
  add r2, r1, #0x2000
  strb r0, [r2, #3]
  blx r2
  add r1, r5, #0x500000
  ldr r0, [r1]
  add r1, r5, #0x600000
  ldr r0, [r1]
  add r2, r5, #0x5f0000
  blx r2
  @ Unprivileged.
  ldr r1, =0x40300000
  ldrt r0, [r1], #0
  add r1, r5, #0x100000
  ldrt r0, [r1], #0
  ldr r0, =0x84000008
  ${conduit} #0
  b .
.ltorg
.thumb
.align 4
inThumb:
  mov r6, lr
  svc 0x12
  udf #5
  bkpt 0x6
  ldr.w r1, =0xf0000000
  ldr r0, [r1]
  ldr.w r0, [r1, #4]
  mov lr, r6
  bx lr
.ltorg
.align 4
.arm
@ Shows vector (r7), where from, PSR and both fault registers; goes on behind the instruction.
show:
  bl hex
  mov r0, r8
  bl hex
  mrs r0, spsr
  bic r0, r0, #0xf0000000
  bl hex
  mrc p15, 0, r0, c5, c0, 0
  bl hex
  mrc p15, 0, r0, c6, c0, 0
  bl hex
  mrc p15, 0, r0, c5, c0, 1
  mov r1, r0
  bl hex
  @ UNKNOWN after a debug event.
  mrc p15, 0, r0, c6, c0, 2
  cmp r1, #2
  moveq r0, #0
  bl hex
  bl line
  b gone
undefined:
  push {r0, r1, r8, lr}
  mov r8, lr
  mov r0, #1
  b show
supervisor:
  push {r0, r1, r8, lr}
  mov r8, lr
  mov r0, #2
  b show
prefetch:
  push {r0, r1, r8, lr}
  sub r8, lr, #4
  mov r0, #3
  b show
data:
  push {r0, r1, r8, lr}
  sub r8, lr, #8
  mov r0, #4
  b show
@ SVC, UNDEFINED in A32: LR; in T32 UNDEFINED and BKPT are 2 bytes, a load by its first halfword.
gone:
  mrs r0, cpsr
  and r0, r0, #0x1f
  cmp r0, #0x17
  bne back
  mrs r0, spsr
  tst r0, #0x20
  @ A failed call: back to where it came from, in SVC mode's LR.
  ldr r1, =0x50000000
  cmp r8, r1
  bhs called
  tst r0, #0x20
  addeq r8, r8, #4
  beq backTo
  ldrh r1, [r8]
  lsr r1, r1, #11
  cmp r1, #0x1d
  addlo r8, r8, #2
  addhs r8, r8, #4
backTo:
  str r8, [sp, #12]
back:
  pop {r0, r1, r8, lr}
  movs pc, lr
called:
  cps #0x13
  mov r8, lr
  cps #0x17
  b backTo
.ltorg
.align 32
vectors:
  b .
  b undefined
  b supervisor
  b prefetch
  b data
  b .
  b .
  b .
${LIBRARY}`;
