@ 64 KiB are copied by LDM and STM of eight registers, then summed word by word with end-around carry and mixed
@ into the source.
.equ SOURCE, DATA
.equ TARGET, DATA + 0x20000
.equ SIZE, 0x10000
kernel:
  push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
  mov r12, r0
  ldr r0, =SOURCE
  mov r1, #SIZE
  ldr r2, =0x12345678
  ldr r3, =1664525
  ldr r4, =1013904223
fill_next:
  mla r2, r2, r3, r4
  str r2, [r0], #4
  subs r1, r1, #4
  bne fill_next
  mov r0, #0
  cmp r12, #0
  beq copy_done
copy_round:
  push {r0, r12}
  ldr r0, =SOURCE
  ldr r1, =TARGET
  mov r2, #SIZE
copy_next:
  ldmia r0!, {r3, r4, r5, r6, r7, r8, r9, r10}
  pld [r0, #64]
  stmia r1!, {r3, r4, r5, r6, r7, r8, r9, r10}
  subs r2, r2, #32
  bne copy_next
  pop {r0, r12}
  ldr r1, =TARGET
  ldr r2, =TARGET + SIZE
sum_words:
  ldrd r4, r5, [r1], #8
  ldrd r6, r7, [r1], #8
  adds r0, r0, r4
  adcs r0, r0, r5
  adcs r0, r0, r6
  adcs r0, r0, r7
  adc r0, r0, #0
  cmp r1, r2
  bne sum_words
  ldr r1, =SOURCE
  ubfx r2, r12, #0, #14
  str r0, [r1, r2, lsl #2]
  subs r12, r12, #1
  bne copy_round
copy_done:
  pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}
.ltorg
