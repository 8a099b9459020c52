/**
 * The program that runs the sequences, the same on both machines. It stays in HYP mode: it loads a
 * sequence's whole context, enters it by ERET, records every exception with all registers, skips the
 * instruction that faulted, and keeps the data window at the end.
 */
import { assemble, type AssembledProgram } from "../../src/isa/index.js";
import { BANKED } from "../../src/isa/testing/recorded-registers.js";
import {
  CODE_STRIDE,
  CONTEXT_STRIDE,
  CONTEXTS,
  contextOffset,
  CONTROL,
  EVENT_NAMES,
  EVENT_WORDS,
  eventOffset,
  FAULT_REGISTERS,
  HARNESS,
  HYP_L1,
  MOST_EVENTS,
  OUT,
  PL1_VECTORS,
  STAGE2_L1,
  TEMPLATE,
  WINDOW,
  WINDOW_OUT,
  WINDOW_SIZE,
} from "./layout.js";

if (CODE_STRIDE % 4 !== 0) throw new RangeError("sequences must begin on a word");
const record = (read: string): string => `${read}\n str r0, [r1], #4\n`;
const event = (register: string, name: string): string =>
  `ldr ${register}, [r10, #${eventOffset(name)}]\n`;
const context = (register: string, name: string): string =>
  `ldr ${register}, [r10, #${contextOffset(name)}]\n`;
const copyWindow = `
copy_window:
  mov r3, #${WINDOW_SIZE / 16}
copy_more:
  ldmia r0!, {r4, r5, r6, r7}
  stmia r1!, {r4, r5, r6, r7}
  subs r3, r3, #1
  bne copy_more
  bx lr
`;

const source = `
.arm
vectors:
  b done
  b vector1
  b vector2
  b vector3
  b vector4
  b vector5
  b vector6
  b vector7
${[1, 2, 3, 4, 5, 6, 7].map((n) => `vector${n}:\n mcr p15, 4, r0, c13, c0, 2\n mov r0, #${n}\n b common\n`).join("")}
common:
  mcr p15, 0, r1, c13, c0, 4
  ldr r1, =CONTROL
  ldr r1, [r1, #8]
  str r0, [r1], #4
  ${record("mrc p15, 4, r0, c13, c0, 2")}
  ${record("mrc p15, 0, r0, c13, c0, 4")}
  stmia r1!, {r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}
  str sp, [r1], #4
  str lr, [r1], #4
  ${["SP_usr", "ELR_hyp", "SPSR"].map((name) => record(`mrs r0, ${name}`)).join("")}
  ${BANKED.map((name) => record(`mrs r0, ${name}`)).join("")}
  ${FAULT_REGISTERS.map(([, operands]) => record(`mrc ${operands}`)).join("")}
  sub r10, r1, #${EVENT_NAMES.length * 4}
  ldr r11, =CONTROL
  add r9, r10, #${EVENT_WORDS * 4}
  str r9, [r11, #8]
  ldr r8, [r11, #12]
  add r8, r8, #1
  str r8, [r11, #12]
  cmp r8, #${MOST_EVENTS}
  bge end
  @ r4: the instruction or, when r6 is 1, the one after it; r5: its PSR.
  ldr r0, [r10]
  ${event("r4", "ELR_hyp")}
  ${event("r5", "SPSR_hyp")}
  mov r6, #0
  cmp r0, #2
  moveq r6, #1
  beq check
  cmp r0, #5
  bne check
  ${event("r7", "HSR")}
  lsr r7, r7, #26
  cmp r7, #0x11
  moveq r6, #1
  beq check
  cmp r7, #0x12
  bne check
  mov r6, #1
  ldr r2, =PL1_VECTORS
  sub r2, r4, r2
  cmp r2, #0x20
  bhi check
  mov r6, #0
  cmp r2, #8
  beq from_undefined
  cmp r2, #0xc
  beq from_svc
  cmp r2, #0x10
  beq from_prefetch
  cmp r2, #0x14
  bne end
  ${event("r4", "LR_abt")}
  ${event("r5", "SPSR_abt")}
  sub r4, r4, #8
  b check
from_prefetch:
  ${event("r4", "LR_abt")}
  ${event("r5", "SPSR_abt")}
  sub r4, r4, #4
  b check
from_svc:
  ${event("r4", "LR_svc")}
  ${event("r5", "SPSR_svc")}
  mov r6, #1
  b check
from_undefined:
  ${event("r4", "LR_und")}
  ${event("r5", "SPSR_und")}
  tst r5, #0x20
  subne r4, r4, #2
  subeq r4, r4, #4
check:
  ldr r0, [r11, #20]
  cmp r4, r0
  blo end
  ldr r0, [r11, #24]
  cmp r4, r0
  bhs end
  cmp r6, #0
  bne resume
  bic r5, r5, #0x06000000
  bic r5, r5, #0xfc00
  tst r5, #0x20
  addeq r4, r4, #4
  beq resume
  ldrh r7, [r4]
  cmp r7, #0xe800
  addlo r4, r4, #2
  addhs r4, r4, #4
resume:
  msr ELR_hyp, r4
  msr SPSR_fsxc, r5
  add r0, r10, #4
  ldm r0, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}
  eret
end:
  ldr r0, =WINDOW
  ldr r1, [r11, #16]
  add r1, r1, #${WINDOW_OUT}
  bl copy_window
  vmrs r0, fpscr
  str r0, [r1], #4
  vstmia r1!, {d0-d15}
  vstmia r1!, {d16-d31}
  ldr r0, =TEMPLATE
  ldr r1, =WINDOW
  bl copy_window
  ldr r0, [r11]
  add r0, r0, #1
  str r0, [r11]
next:
  ldr r11, =CONTROL
  ldr r0, [r11]
  ldr r1, [r11, #4]
  cmp r0, r1
  beq done
  ldr r1, =OUT
  add r1, r1, r0, lsl #12
  str r1, [r11, #8]
  str r1, [r11, #16]
  mov r1, #0
  str r1, [r11, #12]
  ldr r10, =CONTEXTS
  add r10, r10, r0, lsl #${Math.log2(CONTEXT_STRIDE)}
  ${context("r0", "PC")}
  str r0, [r11, #20]
  msr ELR_hyp, r0
  ${context("r0", "END")}
  str r0, [r11, #24]
  ${context("r0", "CPSR")}
  msr SPSR_fsxc, r0
  ${context("r0", "SCTLR")}
  mcr p15, 0, r0, c1, c0, 0
  ${context("r0", "TTBCR")}
  mcr p15, 0, r0, c2, c0, 2
  ${context("r0", "TTBR0")}
  mcr p15, 0, r0, c2, c0, 0
  ${context("r0", "HCR")}
  mcr p15, 4, r0, c1, c1, 0
  dsb sy
  ${context("r0", "HSCTLR")}
  mcr p15, 4, r0, c1, c0, 0
  isb sy
  mcr p15, 4, r0, c8, c7, 0
  mcr p15, 4, r0, c8, c7, 4
  dsb sy
  isb sy
  mov r0, #0
  ${FAULT_REGISTERS.map(([, operands]) => `mcr ${operands}\n`).join("")}
  ${BANKED.map((name) => `${context("r0", name)} msr ${name}, r0\n`).join("")}
  ${context("r0", "FPSCR")}
  vmsr fpscr, r0
  add r0, r10, #${contextOffset("D0") & ~0xff}
  add r0, r0, #${contextOffset("D0") & 0xff}
  vldmia r0!, {d0-d15}
  vldmia r0!, {d16-d31}
  ${context("r0", "SP_usr")}
  msr SP_usr, r0
  ${context("sp", "SP_hyp")}
  ${context("lr", "LR_usr")}
  clrex
  add r0, r10, #${contextOffset("r0")}
  ldm r0, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}
  eret
start:
  ldr r0, =HARNESS
  mcr p15, 4, r0, c12, c0, 0
  ldr r0, =PL1_VECTORS
  mcr p15, 0, r0, c12, c0, 0
  ldr r0, =0xff
  mcr p15, 0, r0, c10, c2, 0
  mcr p15, 4, r0, c10, c2, 0
  @ Domain 0 and 1: client, 2: manager, 3: none.
  ldr r0, =0x35
  mcr p15, 0, r0, c3, c0, 0
  ldr r0, =HYP_L1
  mov r1, #0
  mcrr p15, 4, r0, r1, c2
  ldr r0, =0x80000000
  mcr p15, 4, r0, c2, c0, 2
  ldr r0, =STAGE2_L1
  mcrr p15, 6, r0, r1, c2
  mov r0, #0xf00000
  mcr p15, 0, r0, c1, c0, 2
  isb sy
  mov r0, #0x40000000
  vmsr fpexc, r0
  @ 32 bits of input, walks begin at level 1.
  ldr r0, =0x80000040
  mcr p15, 4, r0, c2, c1, 2
  b next
${copyWindow}
done:
  b done
.ltorg
`;

/** The HYP program. Symbols `start`, `next` and `done` are where hosts enter, resume and see the end. */
export const assembleHarness = (): AssembledProgram =>
  assemble(source, {
    base: HARNESS,
    symbols: { CONTROL, CONTEXTS, OUT, PL1_VECTORS, WINDOW, TEMPLATE, HARNESS, HYP_L1, STAGE2_L1 },
  });
/** PL1 vectors: each calls HYP mode, which knows the vector by the return address. */
export const assemblePl1Vectors = (): AssembledProgram =>
  assemble(Array.from({ length: 8 }, (_, n) => `hvc #${n}\n`).join(""), { base: PL1_VECTORS });
