import { text, TO_SVC } from "./library.js";

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
${TO_SVC}
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
