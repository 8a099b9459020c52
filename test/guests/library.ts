/** Assembly that the guests share. */

/** A label with a text and its end. */
export const text = (label: string, words: string): string =>
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

/** From HYP mode to SVC mode, everything masked. */
export const TO_SVC = `  mov r0, #0xd3
  msr spsr_cxsf, r0
  adr r0, svcMode
  msr elr_hyp, r0
  eret
svcMode:
`;
/** The distributor on, with these bits of GICD_ISENABLER0; leaves its base in r0. */
export const distributorOn = (enabled: string): string => `  ldr r0, =0x08000000
  mov r1, #1
  str r1, [r0]
  ldr r1, =${enabled}
  str r1, [r0, #0x100]
`;
/** The CPU interface on, its mask open. */
export const CPU_INTERFACE_ON = `  ldr r0, =0x08010000
  mov r1, #0xff
  str r1, [r0, #4]
  mov r1, #1
  str r1, [r0]
`;
/** Clears the table of short descriptors at r0. */
export const CLEAR_TABLE = `  mov r1, #0
  add r2, r0, #0x4000
clear:
  str r1, [r0], #4
  cmp r0, r2
  bne clear
`;
/** The MMU on with the table of short descriptors at r0. */
export const MMU_ON = `  mcr p15, 0, r0, c2, c0, 0
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
`;
