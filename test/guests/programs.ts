/** Bare-metal guests in assembly, written for the reference board: each prints what it sees and switches off. */

/** A label with a text and its end. */
const text = (label: string, words: string): string =>
  `${label}: .byte ${[...words].map((c) => c.codePointAt(0)!).join(", ")}, 0\n.align 4\n`;

/**
 * What all share. \`print\` writes the text at r0, \`hex\` the word in r0 and a space; both keep all registers
 * but r0 and LR. \`off\` is PSCI SYSTEM_OFF by SMC (HVC in \`offHvc\`).
 */
export const LIBRARY = `
.equ UART, 0x09000000
print:
  push {r1, r2, lr}
  ldr r1, =UART
print_next:
  ldrb r2, [r0], #1
  cmp r2, #0
  strne r2, [r1]
  bne print_next
  pop {r1, r2, pc}
hex:
  push {r1, r2, r3, r4, lr}
  ldr r1, =UART
  mov r2, #28
hex_next:
  lsr r3, r0, r2
  and r3, r3, #15
  cmp r3, #10
  addlo r3, r3, #48
  addhs r3, r3, #87
  str r3, [r1]
  subs r2, r2, #4
  bpl hex_next
  mov r3, #32
  str r3, [r1]
  pop {r1, r2, r3, r4, pc}
line:
  push {r1, lr}
  ldr r1, =UART
  mov r0, #10
  str r0, [r1]
  pop {r1, pc}
off:
  ldr r0, =0x84000008
  smc #0
  b .
offHvc:
  ldr r0, =0x84000008
  hvc #0
  b .
.ltorg
`;

/** Semihosting by all its instructions, from HYP mode and, after that, from SVC mode. */
export const SEMIHOSTING_HELLO = `
.arm
  mov r0, #4
  ldr r1, =hello
  svc 0x123456
  mov r0, #4
  ldr r1, =halted
  .word 0xe10f0070
  ldr r4, =thumb + 1
  bx r4
.ltorg
.align 4
.thumb
thumb:
  mov.w r0, #4
  ldr r1, =inThumb
  svc 0xab
  mov.w r0, #4
  ldr r1, =inThumb
  .short 0xbabc
  ldr r4, =back
  bx r4
.ltorg
.align 4
.arm
back:
  mov r0, #0xd3
  msr spsr_cxsf, r0
  adr r0, svcMode
  msr elr_hyp, r0
  eret
svcMode:
  mov r0, #3
  ldr r1, =star
  svc 0x123456
  mov r0, #4
  ldr r1, =again
  svc 0x123456
  mov r0, #0x18
  ldr r1, =0x20026
  svc 0x123456
  b .
.ltorg
${text("hello", "hello by SVC\n")}${text("halted", "hello by HLT\n")}${text("inThumb", "hello in T32\n")}
${text("star", "*")}${text("again", "hello from SVC mode\n")}`;

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
  mov r0, #0xd3
  msr spsr_cxsf, r0
  adr r0, svcMode
  msr elr_hyp, r0
  eret
svcMode:
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
  ldr r0, =0x08000000
  mov r1, #1
  str r1, [r0]
  ldr r1, =0x4800ffff
  str r1, [r0, #0x100]
  ldr r2, [r0, #4]
  and r2, r2, #0x1f
  @ Priorities: timer interrupts 0x80, SGI 3 0x20.
  ldr r1, =0x80808080
  str r1, [r0, #0x418]
  str r1, [r0, #0x41c]
  ldr r1, =0x20a0a0a0
  str r1, [r0, #0x400]
  ldr r0, =0x08010000
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #1
  str r1, [r0]
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
  ldr r0, =0x08000000
  mov r1, #1
  str r1, [r0]
  ldr r1, =0xffff
  str r1, [r0, #0x100]
  ldr r0, =0x08010000
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #1
  str r1, [r0]
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

/** A guest in SVC mode that takes every kind of exception; \`conduit\` is the instruction that PSCI is called by. */
export const exceptions = (conduit: "smc" | "hvc"): string => `
.arm
start:
  mrs r0, cpsr
  and r0, r0, #0x1f
  cmp r0, #0x1a
  bne svcMode
  mov r0, #0xd3
  msr spsr_cxsf, r0
  adr r0, svcMode
  msr elr_hyp, r0
  eret
svcMode:
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
  mov r1, #0
  add r2, r0, #0x4000
clear:
  str r1, [r0], #4
  cmp r0, r2
  bne clear
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
  mcr p15, 0, r0, c2, c0, 0
  mov r0, #0
  mcr p15, 0, r0, c2, c0, 2
  mov r0, #0x1
  mcr p15, 0, r0, c3, c0, 0
  mrc p15, 0, r0, c1, c0, 0
  orr r0, r0, #1
  dsb
  mcr p15, 0, r0, c8, c7, 0
  mcr p15, 0, r0, c1, c0, 0
  isb
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
