import { CPU_INTERFACE_ON, distributorOn, LIBRARY, text } from "./library.js";

/** PSCI: three CPUs switched on, a counter by exclusives, SGIs across, states, and off again. */
export const PSCI_AND_SMP = `
.arm
.equ COUNTER, 0x40200000
.equ READY, 0x40200100
start:
  ldr sp, =0x40300000
  mrc p15, 0, r0, c0, c0, 5
  and r0, r0, #0xff
  bl hex
  ldr r0, =0x84000000
  smc #0
  bl hex
  ldr r0, =0x8400000a
  ldr r1, =0x84000003
  smc #0
  bl hex
  ldr r0, =0x84000004
  mov r1, #1
  mov r2, #0
  smc #0
  bl hex
  mov r4, #1
next:
  ldr r0, =0x84000003
  mov r1, r4
  ldr r2, =secondary
  add r3, r4, #0x500
  smc #0
  bl hex
  add r4, r4, #1
  cmp r4, #5
  bne next
  bl line
  mov r0, #1000
  bl count
  ldr r1, =READY
wait:
  ldr r0, [r1]
  cmp r0, #3
  bne wait
  @ Once more, while it runs.
  ldr r0, =0x84000003
  mov r1, #1
  ldr r2, =secondary
  mov r3, #0
  smc #0
  bl hex
  ldr r1, =COUNTER
  ldr r0, [r1]
  bl hex
  bl line
  @ An SGI for each; they answer in their turn.
  bl gicOn
  mov r4, #1
poke:
  ldr r0, =0x08000f00
  mov r1, #0x10000
  lsl r1, r1, r4
  orr r1, r1, #5
  dsb
  str r1, [r0]
  ldr r1, =READY
answer:
  ldr r0, [r1]
  add r2, r4, #3
  cmp r0, r2
  bne answer
gone:
  ldr r0, =0x84000004
  mov r1, r4
  mov r2, #0
  smc #0
  cmp r0, #1
  bne gone
  bl hex
  add r4, r4, #1
  cmp r4, #4
  bne poke
  bl line
  b off
.ltorg
@ Adds r0 times one to the counter.
count:
  ldr r1, =COUNTER
again:
  ldrex r2, [r1]
  add r2, r2, #1
  strex r3, r2, [r1]
  cmp r3, #0
  bne again
  subs r0, r0, #1
  bne again
  bx lr
ready:
  ldr r1, =READY
readyAgain:
  ldrex r2, [r1]
  add r2, r2, #1
  strex r3, r2, [r1]
  cmp r3, #0
  bne readyAgain
  dmb
  bx lr
gicOn:
${distributorOn("0xffff")}
${CPU_INTERFACE_ON}
  bx lr
.ltorg
secondary:
  @ Its context is 0x500 + its number; in HYP mode, everything masked.
  mov r8, r0
  @ The flags are UNKNOWN.
  mrs r9, cpsr
  bic r9, r9, #0xf0000000
  lsl r1, r0, #8
  ldr sp, =0x40400000
  add sp, sp, r1
  bl gicOn
  mov r0, #1000
  bl count
  bl ready
  wfi
  ldr r1, =0x0801000c
  ldr r7, [r1]
  mov r0, r8
  bl hex
  mov r0, r9
  bl hex
  mov r0, r7
  bl hex
  ldr r1, =0x08010010
  str r7, [r1]
  bl ready
  ldr r0, =0x84000002
  smc #0
  ldr r0, =failed
  bl print
  b .
.ltorg
${text("failed", "CPU_OFF came back")}
${LIBRARY}`;
