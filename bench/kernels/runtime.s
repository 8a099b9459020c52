@ What every kernel stands on: from HYP mode to SVC mode, the MMU on with the first gigabytes mapped one to one
@ in sections, floating point on; then kernel(iterations in r0), its result in hexadecimal on the PL011, and
@ PSCI SYSTEM_OFF by SMC. Entered at 0x40100000, behind the device tree that the reference board puts into RAM.
.equ UART, 0x09000000
.equ STACK, 0x40600000
.equ TABLE, 0x40700000
.equ DATA, 0x40800000
.equ DEVICE_SECTION, 0xc16      @ AP full, B: device, never executed
.equ NORMAL_SECTION, 0x1c0e     @ AP full, TEX C B: write-back, write-allocate
.arm
start:
  mrs r0, cpsr
  and r1, r0, #0x1f
  cmp r1, #0x1a
  bne in_svc
  mov r1, #0
  mcr p15, 4, r1, c1, c1, 2     @ HCPTR: floating point is not trapped
  bic r0, r0, #0x1f
  orr r0, r0, #0xd3
  msr spsr_cxsf, r0
  ldr r1, =in_svc
  msr elr_hyp, r1
  eret
in_svc:
  ldr sp, =STACK
  ldr r0, =TABLE
  mov r1, #0
map_next:
  ldr r2, =DEVICE_SECTION
  cmp r1, #0x400
  ldrhs r2, =NORMAL_SECTION
  orr r2, r2, r1, lsl #20
  str r2, [r0, r1, lsl #2]
  add r1, r1, #1
  cmp r1, #0x1000
  bne map_next
  mov r1, #0
  mcr p15, 0, r1, c2, c0, 2     @ TTBCR: TTBR0 alone, short descriptors
  mcr p15, 0, r0, c2, c0, 0     @ TTBR0
  mov r1, #1
  mcr p15, 0, r1, c3, c0, 0     @ DACR: clients of domain 0
  mov r1, #0
  mcr p15, 0, r1, c8, c7, 0     @ TLBIALL
  dsb
  isb
  mrc p15, 0, r1, c1, c0, 0
  orr r1, r1, #0x1000           @ SCTLR.I
  orr r1, r1, #5                @ SCTLR.C and SCTLR.M
  mcr p15, 0, r1, c1, c0, 0
  isb
  mrc p15, 0, r1, c1, c0, 2
  orr r1, r1, #0xf00000         @ CPACR: cp10 and cp11
  mcr p15, 0, r1, c1, c0, 2
  isb
  mov r1, #0x40000000
  vmsr fpexc, r1
  mov r1, #0
  vmsr fpscr, r1
  ldr r0, =ITERATIONS
  bl kernel
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
  mov r3, #10
  str r3, [r1]
  ldr r0, =0x84000008
  smc #0
  b .
.ltorg
