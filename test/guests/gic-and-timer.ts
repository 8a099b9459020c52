import { CPU_INTERFACE_ON, distributorOn, LIBRARY, text, TO_SVC } from "./library.js";

/** Generic timer interrupts and SGIs through the GICv2: in HYP mode with HCR.IMO, then in SVC mode. */
export const GIC_AND_TIMER = `
.arm
start:
  ldr sp, =0x40200000
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  mrc p15, 4, r0, c1, c1, 0
  orr r0, r0, #0x10
  mcr p15, 4, r0, c1, c1, 0
  bl gicOn
  ldr r0, =inHyp
  bl print
  mov r9, #0
  bl rounds
  @ Down to SVC mode: interrupts come here, none to HYP.
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 0
  mov r0, #3
  mcr p15, 4, r0, c14, c1, 0
  ldr r0, =vectors
  mcr p15, 0, r0, c12, c0, 0
${TO_SVC}
  ldr sp, =0x40210000
  cps #0x12
  ldr sp, =0x40220000
  cps #0x13
  ldr r0, =inSvc
  bl print
  mov r9, #0
  bl rounds
  b off
.ltorg

gicOn:
${distributorOn("0x4800ffff")}
  ldr r2, [r0, #4]
  and r2, r2, #0x1f
  @ Priorities: timer interrupts 0x80, SGI 3 0x20.
  ldr r1, =0x80808080
  str r1, [r0, #0x418]
  str r1, [r0, #0x41c]
  ldr r1, =0x20a0a0a0
  str r1, [r0, #0x400]
${CPU_INTERFACE_ON}
  bx lr
.ltorg

rounds:
  push {lr}
  cpsie i
  @ Physical timer, three times.
  mov r9, #3
physical:
  ldr r0, =20000
  mcr p15, 0, r0, c14, c2, 0
  mov r0, #1
  mcr p15, 0, r0, c14, c2, 1
waitPhysical:
  wfi
  cmp r9, #3
  bhs waitPhysical
  mov r9, #3
  @ The virtual timer with its compare value.
  mrrc p15, 1, r0, r1, c14
  ldr r2, =30000
  adds r0, r0, r2
  adc r1, r1, #0
  mcrr p15, 3, r0, r1, c14
  mov r0, #1
  mcr p15, 0, r0, c14, c3, 1
waitVirtual:
  wfi
  cmp r9, #3
  bhs waitVirtual
  @ Two SGIs at once, the more urgent one first.
  cpsid i
  ldr r0, =0x08000f00
  ldr r1, =0x02000001
  str r1, [r0]
  ldr r1, =0x02000003
  str r1, [r0]
  ldr r2, =0x08010018
  ldr r0, [r2]
  bl hex
  mrc p15, 0, r0, c12, c1, 0
  bl hex
  mov r9, #0
  cpsie i
  nop
  nop
  ldr r0, =0x08000200
  ldr r0, [r0]
  bl hex
  @ Above the mask nothing comes.
  ldr r2, =0x08010004
  mov r1, #0x80
  str r1, [r2]
  ldr r0, =0x08000f00
  ldr r1, =0x02000001
  str r1, [r0]
  nop
  nop
  ldr r0, =masked
  bl print
  mov r1, #0xff
  str r1, [r2]
  nop
  nop
  bl line
  cpsid i
  pop {pc}
.ltorg

interrupt:
  push {r0, r1, r2, r3, lr}
  ldr r1, =0x0801000c
  ldr r3, [r1]
  mov r0, r3
  bl hex
  ldr r1, =0x08010014
  ldr r0, [r1]
  bl hex
  and r0, r3, #0xff
  cmp r0, #30
  bne notPhysical
  sub r9, r9, #1
  mov r0, #0
  mcr p15, 0, r0, c14, c2, 1
notPhysical:
  cmp r0, #27
  bne notVirtual
  sub r9, r9, #1
  mrc p15, 0, r0, c14, c3, 1
  bl hex
  mov r0, #0
  mcr p15, 0, r0, c14, c3, 1
notVirtual:
  ldr r1, =0x08010010
  str r3, [r1]
  pop {r0, r1, r2, r3, lr}
  mrs r12, cpsr
  and r12, r12, #31
  cmp r12, #0x1a
  subsne pc, lr, #4
  eret
.ltorg
.align 32
vectors:
  b .
  b .
  b .
  b .
  b .
  b .
  b interrupt
  b .
${text("inHyp", "HYP: ")}${text("inSvc", "SVC: ")}${text("masked", "masked ")}
${LIBRARY}`;
