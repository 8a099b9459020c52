@ What kernels and their programs do, in small: V8's code for whatever translates and runs it is kept.
@ It says > when all of it was done, and answers a line with itself and the end. It starts in SVC mode.
.equ UART, 0x09000000
.equ GICD, 0x08000000
.equ GICC, 0x08010000

  b start
  .align 32
vectors:
  b .
  b undefined
  b supervisor
  b .
  b data
  b .
  b interrupt
  b .

undefined:
supervisor:
  push {r0-r3, ip, lr}
  mrs r0, spsr
  msr spsr_cxsf, r0
  ldm sp!, {r0-r3, ip, pc}^
data:
  push {r0, r1, lr}
  mrc p15, 0, r0, c5, c0, 0
  mrc p15, 0, r1, c6, c0, 0
  pop {r0, r1, lr}
  subs pc, lr, #4
interrupt:
  sub lr, lr, #4
  srsdb sp!, #19
  cps #19
  push {r0, r1, lr}
  ldr r0, =GICC
  ldr r1, [r0, #0xc]
  push {r1}
  mov r1, #2
  mcr p15, 0, r1, c14, c3, 1
  pop {r1}
  str r1, [r0, #0x10]
  pop {r0, r1, lr}
  rfeia sp!

start:
  ldr sp, =0x40800000
  adr r0, vectors
  mcr p15, 0, r0, c12, c0, 0
  cps #18
  ldr sp, =0x40801000
  cps #23
  ldr sp, =0x40802000
  cps #27
  ldr sp, =0x40803000
  cps #19
@ A table of the long format: a GiB of devices, a GiB of RAM.
  ldr r0, =0x40804000
  mov r1, #0
  ldr r2, =0x401
  strd r2, r3, [r0]
  str r1, [r0, #4]
  ldr r2, =0x40000705
  str r2, [r0, #8]
  str r1, [r0, #12]
  str r1, [r0, #16]
  str r1, [r0, #24]
  ldr r2, =0xff04
  mcr p15, 0, r2, c10, c2, 0
  mov r2, #0x80000000
  mcr p15, 0, r2, c2, c0, 2
  mcrr p15, 0, r0, r1, c2
  mcr p15, 0, r1, c8, c7, 0
  dsb
  isb
  mrc p15, 0, r2, c1, c0, 0
  orr r2, r2, #0x1000
  orr r2, r2, #5
  mcr p15, 0, r2, c1, c0, 0
  isb
  mov r2, #0xf00000
  mcr p15, 0, r2, c1, c0, 2
  isb
  mov r2, #0x40000000
  vmsr fpexc, r2
@ An interrupt of the virtual timer.
  ldr r0, =GICD
  mov r1, #1
  str r1, [r0]
  mov r1, #0x08000000
  str r1, [r0, #0x100]
  ldr r0, =GICC
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #1
  str r1, [r0]
  mov r2, #100
  mcr p15, 0, r2, c14, c3, 0
  mcr p15, 0, r1, c14, c3, 1
  isb
  cpsie i
  wfi
  cpsid i
  svc #0
  udf #0
  mov r0, #0x80000000
  ldr r1, [r0]
  ldr r10, =0x40900000
  bl words
  ldr r0, =halfwords + 1
  blx r0
  ldr r6, =UART
  mov r0, #0x3e
  str r0, [r6]
loop:
  ldr r0, [r6, #0x18]
  tst r0, #0x10
  bne loop
  ldr r0, [r6]
  and r0, r0, #0xff
  str r0, [r6]
  cmp r0, #10
  bne loop
  ldr r0, =0x84000008
  smc #0
  .ltorg

@ r10: memory that nobody else uses.
words:
  stmfd sp!, {r4-r11, lr}
  mov r4, r10
  movw r0, #0x1234
  movt r0, #0x5678
  mvn r1, #0
  mov r2, #3
  mov r3, r2, lsl #4
  add r5, r0, r1
  add r5, r5, #8
  add r5, r5, r2, lsl #2
  sub r5, r5, r2
  sub r5, r5, #1
  rsb r5, r5, #0
  rsb r5, r5, r2
  adds r5, r5, r0
  adc r5, r5, #0
  adcs r5, r5, r1
  sbc r5, r5, r2
  sbcs r5, r5, #1
  subs r5, r5, #0
  and r6, r5, #0xff
  and r6, r5, r0
  ands r6, r5, #1
  orr r6, r6, #4
  orr r6, r6, r0
  orr r6, r6, r0, lsl r2
  eor r6, r6, #1
  eor r6, r6, r0
  eor r6, r6, r0, ror #8
  bic r6, r6, #7
  bic r6, r6, r2
  mvn r6, r6
  tst r6, #1
  tst r6, r2
  teq r6, r2
  teq r6, #2
  cmp r6, #0
  cmp r6, r2
  cmp r6, r2, lsl #1
  cmn r6, #1
  movne r6, #1
  moveq r6, r2
  addhi r6, r6, #1
  sublt r6, r6, r2
  ldrne r7, [r4]
  strne r7, [r4]
  lsl r7, r6, #2
  lsr r7, r6, #2
  asr r7, r6, #2
  ror r7, r6, #2
  rrx r7, r6
  lsl r7, r6, r2
  lsr r7, r6, r2
  asr r7, r6, r2
  lsls r7, r6, #1
  mul r7, r6, r2
  mla r7, r6, r2, r7
  mls r7, r6, r2, r7
  umull r7, r8, r6, r2
  umlal r7, r8, r6, r2
  smull r7, r8, r6, r2
  clz r7, r6
  rev r7, r6
  rev16 r7, r6
  rbit r7, r6
  uxtb r7, r6
  uxth r7, r6
  sxtb r7, r6
  sxth r7, r6
  uxtab r7, r7, r6
  ubfx r7, r6, #2, #3
  sbfx r7, r6, #2, #3
  bfi r7, r6, #2, #3
  bfc r7, #2, #3
  usat r7, #8, r6
  str r6, [r4]
  str r6, [r4, #4]!
  str r6, [r4], #-4
  str r6, [r4, r2, lsl #2]
  strb r6, [r4, #1]
  strb r6, [r4], #1
  sub r4, r4, #1
  strb r6, [r4, r2]
  strh r6, [r4, #2]
  strh r6, [r4, r2]
  strd r6, r7, [r4]
  strd r6, r7, [r4, #8]
  ldr r7, [r4]
  ldr r7, [r4, #-4]
  ldr r7, [r4, r2, lsl #2]
  ldrb r7, [r4]
  ldrb r7, [r4, r2]
  ldrb r7, [r4], #1
  sub r4, r4, #1
  ldrh r7, [r4]
  ldrsb r7, [r4]
  ldrsh r7, [r4, #2]
  ldrd r6, r7, [r4]
  ldrd r6, r7, [r4, #8]
  ldr r7, [r4, #1]
  ldm r4, {r6, r7}
  ldmib r4, {r6, r7}
  stm r4, {r6, r7}
  stmdb r4, {r6, r7}
  stmib r4, {r6, r7}
  pld [r4]
  dmb
  ldrex r7, [r4]
  strex r8, r7, [r4]
  ldrexd r6, r7, [r4]
  strexd r8, r6, r7, [r4]
  ldrexb r7, [r4]
  strexb r8, r7, [r4]
  clrex
  mrs r7, cpsr
  msr cpsr_c, r7
  msr cpsr_f, r7
  mrc p15, 0, r7, c13, c0, 3
  mrc p15, 0, r7, c13, c0, 4
  mcr p15, 0, r7, c13, c0, 4
  mrrc p15, 1, r7, r8, c14
  mcr p15, 0, r1, c8, c3, 0
  mcr p15, 0, r4, c7, c10, 1
  nop
  sev
  yield
  vldr d0, [r4]
  vstr d0, [r4]
  vmov s0, r0
  vmov r7, s0
  vadd.f64 d1, d0, d0
  vmrs r7, fpscr
  vld1.8 {d0}, [r4]
  vst1.8 {d0}, [r4]
  cmp r2, #3
  beq same
  b other
same:
  cmp r2, #4
  bhi other
  bls other
other:
  ldmfd sp!, {r4-r11, pc}
  .ltorg

  .thumb
  .align 4
halfwords:
  push {r4-r7, lr}
  mov r4, r10
  ldr r0, =0x12345678
  movs r1, #1
  movs r2, #3
  mov r3, r2
  adds r5, r0, r1
  adds r5, r5, #2
  adds r5, #8
  add r5, r2
  add r5, r5, #0x1000
  addw r5, r5, #0x123
  sub sp, #8
  add r6, sp, #4
  add sp, #8
  subs r5, r5, r1
  subs r5, r5, #1
  subs r5, #8
  sub r5, r5, r2
  sub.w r5, r5, r2, lsl #2
  rsbs r5, r5, #0
  adcs r5, r1
  sbcs r5, r1
  ands r5, r0
  orrs r5, r0
  eors r5, r1
  bics r5, r1
  mvns r6, r5
  and r5, r5, #0xff
  orr r5, r5, #0x10
  orr.w r5, r5, r0, lsl #8
  eor r5, r5, #1
  bic r5, r5, #1
  mov r6, #0x10000
  movw r6, #0x1234
  movt r6, #0x1234
  lsls r6, r5, #2
  lsrs r6, r5, #2
  asrs r6, r5, #2
  lsls r6, r2
  lsrs r6, r2
  lsr.w r6, r5, #3
  tst r5, r1
  tst.w r5, #1
  cmp r5, #1
  cmp r5, r1
  cmp.w r5, #0x100
  cmp.w r5, r1, lsl #1
  cmn r5, r1
  muls r6, r5, r6
  mla r6, r5, r1, r6
  umull r6, r7, r5, r1
  udiv r6, r5, r2
  mls r6, r6, r2, r5
  clz r6, r5
  uxtb r6, r5
  uxth r6, r5
  sxtb r6, r5
  rev r6, r5
  ubfx r6, r5, #1, #3
  bfi r6, r5, #1, #3
  str r5, [r4]
  str r5, [r4, #4]
  str r5, [r4, r2]
  str.w r5, [r4, #128]
  str r5, [r4, #-4]!
  str r5, [r4], #4
  str.w r5, [r4, r2, lsl #2]
  strb r5, [r4]
  strb.w r5, [r4, #1]
  strb r5, [r4], #1
  subs r4, #1
  strh r5, [r4]
  strd r5, r6, [r4]
  ldr r5, [r4]
  ldr r5, [r4, #4]
  ldr r5, [r4, r2]
  ldr.w r5, [r4, #128]
  ldr r5, [r4, #-4]!
  ldr r5, [r4], #4
  ldr.w r5, [r4, r2, lsl #2]
  ldrb r5, [r4]
  ldrb r5, [r4, r2]
  ldrb.w r5, [r4, #1]
  ldrb r5, [r4], #1
  subs r4, #1
  ldrh r5, [r4]
  ldrsb.w r5, [r4]
  ldrd r5, r6, [r4]
  stm r4!, {r5, r6}
  subs r4, #8
  ldm r4!, {r5, r6}
  sub r4, r4, #8
  stmdb r4, {r5, r6}
  ldm.w r4, {r5, r6}
  str r5, [sp, #-4]!
  ldr r5, [sp], #4
  push.w {r4, r8, r9}
  pop.w {r4, r8, r9}
  ldr r6, [sp, #4]
  str r6, [sp, #4]
  mrc p15, 0, r6, c13, c0, 3
  dmb
  ldrex r5, [r4]
  strex r6, r5, [r4]
  it eq
  moveq r5, r1
  ite ne
  addne r5, r5, r1
  subeq r5, r5, r1
  cbz r2, halfway
  cbnz r2, halfway
  nop
halfway:
  cmp r2, #3
  beq near
  b near
near:
  bne.w far
  bl leaf
  ldr r6, =leaf + 1
  blx r6
far:
  pop {r4-r7, pc}
leaf:
  bx lr
  .ltorg
