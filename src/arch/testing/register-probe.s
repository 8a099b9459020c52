@ Bare-metal probe of CP14 and CP15: executes a list of MRC/MCR/MRRC/MCRR words at a chosen privilege
@ level and records for each whether it was done, UNDEFINED, or trapped to HYP mode.
@ Assembled, loaded and read back by probe-registers.mjs, which describes the tables.
@ Starts in HYP mode with the MMU off. Ends by semihosting (SYS_EXIT).

  .arch armv7-a
  .arch_extension virt
  .arm
  .equ CONFIG, 0x40200000        @ level, count, HCR, HSTR, HDCR, HCPTR, CNTKCTL, PMUSERENR, CNTHCTL, TEECR
  .equ TABLE,  0x40210000        @ count x 4 words: read word, write word, 1 = write `value`, value
  .equ OUT,    0x42000000        @ count x 8 words
  .equ NOP,    0xe320f000

start:
  ldr   sp, =0x41000000          @ SP_hyp
  ldr   r9, =CONFIG
  ldr   r0, =hyp_vectors
  mcr   p15, 4, r0, c12, c0, 0   @ HVBAR
  ldr   r0, =pl1_vectors
  mcr   p15, 0, r0, c12, c0, 0   @ VBAR
  ldr   r0, [r9, #8]
  mcr   p15, 4, r0, c1, c1, 0    @ HCR
  ldr   r0, [r9, #16]
  cmp   r0, #0
  mcrne p15, 4, r0, c1, c1, 1    @ HDCR
  ldr   r0, [r9, #24]
  mcr   p15, 0, r0, c14, c1, 0   @ CNTKCTL
  ldr   r0, [r9, #28]
  mcr   p15, 0, r0, c9, c14, 0   @ PMUSERENR
  ldr   r0, [r9, #32]
  cmp   r0, #-1
  mcrne p15, 4, r0, c14, c1, 0   @ CNTHCTL
  ldr   r0, [r9, #36]
  mcr   p14, 6, r0, c0, c0, 0    @ TEECR
  ldr   r0, [r9, #20]
  cmp   r0, #0
  mcrne p15, 4, r0, c1, c1, 2    @ HCPTR
  ldr   r0, [r9, #12]
  mcr   p15, 4, r0, c1, c1, 3    @ HSTR
  ldr   r0, [r9]
  cmp   r0, #2
  beq   begin
  cmp   r0, #1
  moveq r0, #0x1d3               @ svc, A I F masked
  movne r0, #0x1d0               @ usr
  msr   spsr_cxsf, r0
  ldr   r0, =begin
  msr   elr_hyp, r0
  eret

begin:
  ldr   r4, =TABLE
  ldr   r5, =OUT
  ldr   r6, [r9, #4]
next:
  subs  r6, r6, #1
  blt   finish
  ldm   r4!, {r0-r3}
  ldr   r10, =slot
  mov   r12, r3                  @ value to write
  mov   r11, r2                  @ nonzero: write it, read back, restore
  mov   r3, r1                   @ write word
  str   r0, [r10]
  bl    execute0                 @ read
  stm   r5!, {r0, r1, r7}
  mov   r8, r0                   @ what was read
  mov   r2, r1
  cmp   r7, #0
  movne r8, #0
  movne r2, #0
  str   r3, [r10]
  cmp   r11, #0
  movne r0, r12
  moveq r0, r8
  movne r1, r12
  moveq r1, r2
  bl    execute
  stm   r5!, {r7}
  ldr   r0, [r4, #-16]
  str   r0, [r10]
  bl    execute0                 @ read back
  stm   r5!, {r0, r1}
  cmp   r11, #0
  beq   1f
  str   r3, [r10]
  mov   r0, r8
  mov   r1, r2
  bl    execute                  @ restore
1:
  ldr   r0, =last_hsr
  ldr   r1, [r0]
  mov   r7, #0
  str   r7, [r0]
  stm   r5!, {r1, r7}
  b     next

@ Executes the slot; r7 = 0 done, 1 UNDEFINED, 2 trapped to HYP mode, 3 anything else.
execute0:
  mov   r0, #0
  mov   r1, #0
execute:
  mov   r7, #0
  isb
slot:
  .word NOP
resume:
  bx    lr

finish:
  ldr   r0, [r9]
  cmp   r0, #0
  svceq #0                       @ usr: go on in svc
save:
  ldr   r1, =open_block
  mov   r0, #1                   @ SYS_OPEN
  svc   #0x123456
  ldr   r1, =write_block
  str   r0, [r1]
  ldr   r2, [r9, #4]
  lsl   r2, r2, #5
  str   r2, [r1, #8]
  mov   r0, #5                   @ SYS_WRITE
  svc   #0x123456
  mov   r0, #0x18                @ SYS_EXIT, ADP_Stopped_ApplicationExit
  ldr   r1, =0x20026
  svc   #0x123456
  b     .

pl1_undefined:
  mov   r7, #1
  ldr   lr, =resume
  movs  pc, lr
pl1_other:
  mov   r7, #3
  ldr   lr, =resume
  movs  pc, lr
hyp_undefined:
  mov   r7, #1
  b     hyp_return
hyp_other:
  mov   r7, #3
  b     hyp_return
hyp_trap:
  mov   r7, #2
  push  {r0, r1}
  mrc   p15, 4, r0, c5, c2, 0    @ HSR
  ldr   r1, =last_hsr
  str   r0, [r1]
  pop   {r0, r1}
hyp_return:
  push  {r0}
  ldr   r0, =resume
  msr   elr_hyp, r0
  pop   {r0}
  eret

  .balign 32
hyp_vectors:
  b     .
  b     hyp_undefined
  b     hyp_other
  b     hyp_other
  b     hyp_other
  b     hyp_trap
  b     hyp_other
  b     hyp_other
  .balign 32
pl1_vectors:
  b     .
  b     pl1_undefined
  b     save
  b     pl1_other
  b     pl1_other
  b     .
  b     pl1_other
  b     pl1_other

last_hsr:    .word 0
open_block:  .word file_name, 5, 9     @ "wb"
write_block: .word 0, OUT, 0
file_name:   .asciz "probe.out"
  .balign 4
  .ltorg
