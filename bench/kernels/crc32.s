@ CRC-32 (0xedb88320) by a table of 256 words, over 64 KiB, byte by byte.
.equ CRC_TABLE, DATA
.equ MESSAGE, DATA + 0x1000
.equ SIZE, 0x10000
kernel:
  push {r4, r5, r6, r7, lr}
  mov r7, r0
  ldr r0, =CRC_TABLE
  ldr r4, =0xedb88320
  mov r1, #0
table_next:
  mov r2, r1
  mov r3, #8
table_bit:
  lsrs r2, r2, #1
  eorcs r2, r2, r4
  subs r3, r3, #1
  bne table_bit
  str r2, [r0, r1, lsl #2]
  add r1, r1, #1
  cmp r1, #256
  bne table_next
  ldr r1, =MESSAGE
  mov r2, #SIZE
  mov r3, #1
message_next:
  add r3, r3, r3, lsl #3
  add r3, r3, r2, lsr #4
  strb r3, [r1], #1
  subs r2, r2, #1
  bne message_next
  mvn r4, #0
  cmp r7, #0
  beq crc_done
crc_round:
  ldr r1, =MESSAGE
  ldr r2, =MESSAGE + SIZE
crc_next:
  ldrb r3, [r1], #1
  eor r3, r3, r4
  and r3, r3, #0xff
  ldr r3, [r0, r3, lsl #2]
  eor r4, r3, r4, lsr #8
  cmp r1, r2
  bne crc_next
  subs r7, r7, #1
  bne crc_round
crc_done:
  mvn r0, r4
  pop {r4, r5, r6, r7, pc}
.ltorg
