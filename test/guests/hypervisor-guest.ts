/** What runs under hypervisor.ts, in SVC and User mode. */
import { CLEAR_TABLE, MMU_ON } from "./library.js";

/** Meets every trap in turn, and asks its hypervisor by HVC. */
export const GUEST = `
.arm
  ldr sp, =0x40100000
  ldr r0, =guestVectors
  mcr p15, 0, r0, c12, c0, 0
  @ Registers that trap: TVM (32 and 64 bits), TAC, debug, PMU, HSTR. The reference traps neither by
  @ TID1, TID3 and TIDCP nor by TSW on a Cortex-A15.
  mcrr p15, 0, r6, r7, c2
  mcr p15, 0, r8, c1, c0, 0
  mrc p15, 0, r10, c1, c0, 1
  mrc p14, 0, r3, c0, c1, 0
  mrc p15, 0, r4, c9, c12, 0
  mcr p15, 0, r4, c3, c0, 0
  cmp r0, r0
  mrceq p15, 0, r5, c1, c0, 1
  mrcne p15, 0, r5, c1, c0, 1
  wfi
  smc #0
  smceq #3
  hvc #0x1234
  @ The FPU.
  mov r0, #0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb
  vmrs r0, fpexc
  .word 0xee300b00
  @ An emulated device: every kind of access.
  ldr r1, =0x09000000
  mov r3, #0x55
  str r3, [r1]
  strb r3, [r1, #1]
  strh r3, [r1, #2]
  ldr r4, [r1, #4]
  mov r0, r4
  ldrb r5, [r1, #8]
  ldrsb r6, [r1, #8]
  ldrh r7, [r1, #8]
  ldrsh r8, [r1, #8]
  mov r1, r4
  hvc #2
  ldr r1, =0x09000000
  ldreq r4, [r1]
  ldrex r4, [r1]
  ldr r4, [r1], #4
  str r4, [r1, #4]!
  ldm r1, {r4, r5}
  ldrd r4, r5, [r1]
  ldrt r4, [r1], #0
  swp r4, r5, [r1]
  pld [r1]
  add r2, r1, #1
  ldr r4, [r2]
  ldr r11, =guestThumb + 1
  bx r11
.ltorg
.thumb
.align 4
guestThumb:
  mov.w r11, #0
  ldr r1, =0x09000000
  str r3, [r1, #4]
  ldrb r3, [r1, #5]
  ldr.w r9, [r1, #0x100]
  ldrsh.w r9, [r1, #0x102]
  strd r4, r5, [r1]
  wfi
  cmp r0, r0
  it eq
  streq r3, [r1]
  mrc p15, 0, r5, c9, c12, 0
  it eq
  mrceq p15, 0, r5, c1, c0, 1
  smc #0
  hvc #0x77
  ldr r0, =guestOn
  bx r0
.ltorg
.align 4
.arm
guestOn:
  @ Permissions and holes of stage 2.
  ldr r1, =0x40200010
  ldr r4, [r1]
  str r4, [r1]
  ldr r1, =0x40401ffc
  ldr r4, [r1]
  ldr r1, =0x40400ffe
  ldr r4, [r1]
  ldr r1, =0x40403000
  str r4, [r1]
  ldr r4, [r1]
  ldr r1, =0xc0000000
  ldr r4, [r1]
  ldr r1, =0x40600000
  ldr r4, [r1]
  adr r11, afterHole
  ldr r0, =0x40401000
  bx r0
afterHole:
  ldr r0, =0xe12fff1e
  ldr r1, =0x40402000
  str r0, [r1]
  adr r11, afterXn
  bx r1
afterXn:
  mov r11, #0
  @ Virtual interrupts, by the guest's own GIC interface.
  ldr r9, =0x08010000
  mov r0, #0xff
  str r0, [r9, #4]
  mov r0, #1
  str r0, [r9]
  hvc #1
  mrc p15, 0, r0, c12, c1, 0
  ldr r1, [r9, #0x18]
  hvc #2
  cps #0x12
  ldr sp, =0x40110000
  cps #0x13
  mov r8, #0
  cpsie i
spinFirst:
  cmp r8, #40
  bne spinFirst
  hvc #4
spinSecond:
  cmp r8, #41
  bne spinSecond
  cpsid i
  @ Stage 1 on: short descriptors, VA 0x50000000 is the device, 0x60000000 has its table in a hole
  @ (of stage 2's second level: the reference tells stage 1's level instead, which is 2 as well).
  hvc #3
  ldr r0, =0x40080000
${CLEAR_TABLE}
  ldr r0, =0x40080000
  ldr r1, =0x40000c0e
  add r2, r0, #0x1000
  str r1, [r2]
  ldr r1, =0x40400c02
  str r1, [r2, #16]
  ldr r1, =0x09000c02
  add r2, r0, #0x1400
  str r1, [r2]
  ldr r1, =0x40601001
  add r2, r0, #0x1800
  str r1, [r2]
${MMU_ON}
  ldr r1, =0x50000124
  ldr r4, [r1]
  str r4, [r1, #4]
  ldr r1, =0x60000120
  ldr r4, [r1]
  adr r11, afterWalk
  bx r1
afterWalk:
  mov r11, #0
  ldr r0, =0x40000123
  hvc #5
  ldr r0, =0x50000123
  hvc #5
  ldr r0, =0x60000123
  hvc #5
  ldr r0, =0x70000123
  hvc #5
  @ The guest's own abort stays with the guest.
  ldr r1, =0x70000120
  ldr r4, [r1]
  @ User mode with TGE: SVC, UNDEFINED, a coprocessor and an abort come to HYP.
  hvc #6
  svc #0x4321
  udf #1
  mrc p15, 0, r0, c1, c0, 0
  mov r11, #0
  @ HVC is UNDEFINED here. The end: a call of no meaning.
  hvc #7
  mov r11, #0
  ldr r1, =0x84000008
  udf #2
  b .
.ltorg

guestInterrupt:
  push {r0, r1}
  ldr r0, [r9, #0xc]
  mov r8, r0
  ldr r1, [r9, #0x14]
  hvc #2
  str r8, [r9, #0x10]
  pop {r0, r1}
  subs pc, lr, #4
guestAbort:
  mrc p15, 0, r0, c5, c0, 0
  mrc p15, 0, r1, c6, c0, 0
  hvc #2
  subs pc, lr, #4
.align 32
guestVectors:
  b .
  b .
  b .
  b .
  b guestAbort
  b .
  b guestInterrupt
  b .
`;
