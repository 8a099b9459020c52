/** A hypervisor with a guest of its own: stage 2, traps of every class, emulated device, virtual interrupts. */
import { assemble } from "../../src/isa/index.js";
import { BASE, elfPieces } from "./on-both.js";
import { GUEST } from "./hypervisor-guest.js";
import { CPU_INTERFACE_ON, distributorOn, LIBRARY } from "./library.js";

/** Where the guest's RAM lies in physical memory, and where the guest believes it to be. */
const GUEST_PHYSICAL = 0x4100_0000;
const GUEST_IPA = 0x4000_0000;

const HYPERVISOR = `
.arm
.equ L1, 0x40400000
.equ L2LOW, 0x40401000
.equ L2RAM, 0x40402000
.equ L3GIC, 0x40403000
.equ L3RAM, 0x40404000
start:
  ldr sp, =0x40300000
  ldr r0, =vectors
  mcr p15, 4, r0, c12, c0, 0
  bl tables
  ldr r0, =0x80003540
  mcr p15, 4, r0, c2, c1, 2
  ldr r0, =L1
  ldr r1, =0x00050000
  mcrr p15, 6, r0, r1, c2
  mov r0, #0
  mcr p15, 4, r0, c8, c7, 4
  @ Interrupts: CNTHP and maintenance to HYP, GICH on.
${distributorOn("0x06000000")}
${CPU_INTERFACE_ON}
  ldr r0, =0x08030000
  str r1, [r0]
  @ CP10 and CP11, debug, PMU (HPMN keeps its reset value), c9 trap.
  mrc p15, 4, r0, c1, c1, 2
  orr r0, r0, #0xc00
  mcr p15, 4, r0, c1, c1, 2
  mrc p15, 4, r0, c1, c1, 1
  orr r0, r0, #0x260
  mcr p15, 4, r0, c1, c1, 1
  mov r0, #0x8
  mcr p15, 4, r0, c1, c1, 3
  ldr r0, =0x04fd203f
  mcr p15, 4, r0, c1, c1, 0
  @ The guest, in SVC mode.
  mov r0, #0xd3
  msr spsr_cxsf, r0
  ldr r0, =0x40000000
  msr elr_hyp, r0
  mov r11, #0
  isb
  eret
.ltorg

tables:
  push {lr}
  ldr r0, =L1
  ldr r1, =0x40410000
  mov r2, #0
zero:
  str r2, [r0], #4
  cmp r0, r1
  bne zero
  mov r3, #0
  ldr r0, =L1
  ldr r1, =L2LOW + 3
  strd r2, r3, [r0]
  str r1, [r0]
  ldr r1, =L2RAM + 3
  str r1, [r0, #8]
  @ The GIC as the guest sees it: its CPU interface is GICV.
  ldr r0, =L2LOW
  ldr r1, =L3GIC + 3
  str r1, [r0, #0x200]
  ldr r0, =L3GIC
  ldr r1, =0x080404c7
  str r1, [r0, #0x80]
  ldr r1, =0x080414c7
  str r1, [r0, #0x88]
  @ RAM: 2 MiB that can be written, 2 MiB that can be read, 2 MiB of single pages.
  ldr r0, =L2RAM
  ldr r1, =0x410007fd
  str r1, [r0]
  ldr r1, =0x4120077d
  str r1, [r0, #8]
  ldr r1, =L3RAM + 3
  str r1, [r0, #16]
  @ A page, a hole, a page without execution (XN), and one to write only (HAP 2).
  ldr r0, =L3RAM
  ldr r1, =0x414007ff
  str r1, [r0]
  ldr r1, =0x414027ff
  str r1, [r0, #16]
  mov r1, #0x00400000
  str r1, [r0, #20]
  ldr r1, =0x414037bf
  str r1, [r0, #24]
  dsb
  pop {pc}
.ltorg

trap:
  push {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}
  mrc p15, 4, r4, c5, c2, 0
  mrs r5, elr_hyp
  mov r0, r4
  bl hex
  mov r0, r5
  bl hex
  mrs r0, spsr
  bic r0, r0, #0xf0000000
  bl hex
  lsr r6, r4, #26
  mov r7, #0
  cmp r6, #0x24
  beq dataAbort
  cmp r6, #0x20
  beq prefetchAbort
  cmp r6, #0x12
  beq call
  cmp r6, #0
  beq invalid
advance:
  bl line
  @ UDF #2 of the guest is its end.
  ldr r0, [sp, #4]
  ldr r1, =0x84000008
  cmp r0, r1
  beq off
  @ The IT block is given up; on to where the guest asked for (r11), or behind the instruction.
  mrs r0, spsr
  bic r0, r0, #0xfc00
  bic r0, r0, #0x06000000
  msr spsr_cxsf, r0
  ldr r11, [sp, #44]
  cmp r11, #0
  movne r5, r11
  bne resume
  tst r4, #0x02000000
  addne r5, r5, #4
  addeq r5, r5, #2
resume:
  mov r0, #0
  str r0, [sp, #44]
  msr elr_hyp, r5
  pop {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, lr}
  eret
dataAbort:
  mrc p15, 4, r0, c6, c0, 0
  bl hex
  mrc p15, 4, r0, c6, c0, 4
  bl hex
  @ With a valid syndrome a load is done: SRT gets 0x87654321.
  tst r4, #0x01000000
  beq invalid
  tst r4, #0x40
  bne advance
  ubfx r0, r4, #16, #4
  cmp r0, #12
  bhi advance
  ldr r1, =0x87654321
  str r1, [sp, r0, lsl #2]
  b advance
@ Without one the instruction's size is not told either; here it is 4.
invalid:
  orr r4, r4, #0x02000000
  b advance
prefetchAbort:
  mrc p15, 4, r0, c6, c0, 2
  bl hex
  mrc p15, 4, r0, c6, c0, 4
  bl hex
  b advance
call:
  uxth r0, r4
  cmp r0, #0
  beq off
  cmp r0, #1
  beq callInject
  cmp r0, #2
  beq callShow
  cmp r0, #3
  beq callPlain
  cmp r0, #4
  beq callLater
  cmp r0, #5
  beq callTranslate
  cmp r0, #6
  beq callUser
  bl line
  b resume
@ 1: a virtual interrupt with EOI maintenance.
callInject:
  ldr r0, =0x08030100
  ldr r1, =0x1a080028
  str r1, [r0]
  bl line
  b resume
@ 2: shows r0 and r1.
callShow:
  ldr r0, [sp]
  bl hex
  ldr r0, [sp, #4]
  bl hex
  bl line
  b resume
@ 3: no more traps of its MMU's registers.
callPlain:
  mrc p15, 4, r0, c1, c1, 0
  bic r0, r0, #0x04000000
  mcr p15, 4, r0, c1, c1, 0
  mov r0, #0
  mcr p15, 4, r0, c1, c1, 3
  bl line
  b resume
@ 4: the HYP timer, soon.
callLater:
  ldr r0, =5000
  mcr p15, 4, r0, c14, c2, 0
  mov r0, #1
  mcr p15, 4, r0, c14, c2, 1
  bl line
  b resume
@ 5: what r0 translates to: stages 1 and 2, stage 1 alone.
callTranslate:
  ldr r0, [sp]
  mcr p15, 0, r0, c7, c8, 4
  isb
  mrrc p15, 0, r0, r1, c7
  bl showPar
  ldr r0, [sp]
  mcr p15, 0, r0, c7, c8, 0
  isb
  mrrc p15, 0, r0, r1, c7
  bl showPar
  bl line
  b resume
@ PAR without memory attributes: the reference has none of short descriptors.
showPar:
  push {lr}
  tst r0, #1
  biceq r0, r0, #0x180
  bl hex
  bic r0, r1, #0xff000000
  bl hex
  pop {pc}
@ 6: goes on in User mode, its exceptions come to HYP (TGE).
callUser:
  mrc p15, 4, r0, c1, c1, 0
  orr r0, r0, #0x08000000
  mcr p15, 4, r0, c1, c1, 0
  mrs r0, spsr
  bic r0, r0, #0x1f
  orr r0, r0, #0x10
  msr spsr_cxsf, r0
  bl line
  b resume
.ltorg

interrupt:
  push {r0, r1, r2, r3, r4, lr}
  ldr r4, =0x08010000
  ldr r3, [r4, #0xc]
  mov r0, r3
  bl hex
  cmp r3, #26
  bne maintenance
  mov r0, #0
  mcr p15, 4, r0, c14, c2, 1
  @ Interrupt 41, more urgent than all.
  ldr r0, =0x08030104
  ldr r1, =0x10000029
  str r1, [r0]
  b interruptDone
maintenance:
  ldr r2, =0x08030000
  ldr r0, [r2, #0x10]
  bl hex
  ldr r0, [r2, #0x20]
  bl hex
  ldr r0, [r2, #0x100]
  bl hex
  mov r0, #0
  str r0, [r2, #0x100]
interruptDone:
  str r3, [r4, #0x10]
  bl line
  pop {r0, r1, r2, r3, r4, lr}
  eret
.ltorg
unexpected:
  mrc p15, 4, r0, c5, c2, 0
  bl hex
  mrs r0, elr_hyp
  bl hex
  b off
.align 32
vectors:
  b .
  b unexpected
  b unexpected
  b unexpected
  b unexpected
  b trap
  b interrupt
  b .
${LIBRARY}`;

/** The hypervisor's ELF file, its guest a segment of its own. */
export const hypervisorGuest = (): Uint8Array =>
  elfPieces(
    [
      { address: BASE, bytes: assemble(HYPERVISOR, { base: BASE }).bytes },
      { address: GUEST_PHYSICAL, bytes: assemble(GUEST, { base: GUEST_IPA }).bytes },
    ],
    BASE,
  );
