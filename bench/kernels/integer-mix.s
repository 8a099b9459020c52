@ A mix as CoreMark's: a list is walked and reversed, matrices of 12 x 12 words are multiplied, a state machine
@ reads numbers out of a text, and CRC-16 goes over all results bit by bit.
.equ LIST, DATA
.equ LIST_NODES, 128
.equ MATRIX_A, DATA + 0x1000
.equ MATRIX_B, DATA + 0x2000
.equ MATRIX_C, DATA + 0x3000
.equ MATRIX_SIZE, 12
.equ TEXT, DATA + 0x4000
.equ TEXT_SIZE, 256
.equ COUNTS, DATA + 0x5000
kernel:
  push {r4, r5, r6, r7, r8, r9, r10, r11, lr}
  mov r10, r0
  bl make_list
  bl make_matrices
  bl make_text
  mov r11, #0                   @ CRC so far
  ldr r9, =LIST                 @ head of the list
  cmp r10, #0
  beq mix_done
mix_next:
  bl walk_list
  bl crc_word
  bl reverse_list
  bl multiply
  bl crc_word
  bl read_text
  bl crc_word
  subs r10, r10, #1
  bne mix_next
mix_done:
  mov r0, r11
  pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}

@ Node: next, value. Nodes follow each other as a full-period sequence says, not by address.
make_list:
  ldr r0, =LIST
  mov r1, #0
  mov r4, #LIST_NODES
list_next:
  add r2, r1, r1, lsl #2
  add r2, r2, #1
  and r2, r2, #LIST_NODES - 1
  add r3, r0, r2, lsl #3
  add r5, r0, r1, lsl #3
  subs r4, r4, #1
  moveq r3, #0
  eor r6, r1, r1, lsl #9
  str r3, [r5]
  str r6, [r5, #4]
  mov r1, r2
  bne list_next
  bx lr
@ r9 is the head; r0 the sum.
walk_list:
  mov r0, #0
  mov r1, r9
walk_next:
  ldr r2, [r1, #4]
  add r0, r0, r2
  tst r2, #1
  eorne r0, r0, r0, lsl #3
  subeq r2, r2, r0, lsr #5
  addne r2, r2, #7
  str r2, [r1, #4]
  ldr r1, [r1]
  cmp r1, #0
  bne walk_next
  bx lr
reverse_list:
  mov r1, #0
reverse_next:
  ldr r2, [r9]
  str r1, [r9]
  mov r1, r9
  movs r9, r2
  bne reverse_next
  mov r9, r1
  bx lr

make_matrices:
  ldr r0, =MATRIX_A
  ldr r1, =MATRIX_B
  mov r2, #MATRIX_SIZE * MATRIX_SIZE
  ldr r3, =12345
  ldr r5, =1103515245
  ldr r6, =12345
matrix_next:
  mul r3, r3, r5
  add r3, r3, r6
  asr r4, r3, #20
  str r4, [r0], #4
  mul r3, r3, r5
  add r3, r3, r6
  asr r4, r3, #20
  str r4, [r1], #4
  subs r2, r2, #1
  bne matrix_next
  bx lr
@ C = A * B, A takes some bits of C; r0 the sum of C.
multiply:
  push {r9, r10, r11, lr}
  mov r0, #0
  ldr r1, =MATRIX_A
  ldr r3, =MATRIX_C
  mov r4, #MATRIX_SIZE
row_next:
  ldr r2, =MATRIX_B
  mov r5, #MATRIX_SIZE
column_next:
  mov r6, #0
  mov r7, r1
  mov r8, r2
  mov r9, #MATRIX_SIZE
term_next:
  ldr r10, [r7], #4
  ldr r11, [r8], #MATRIX_SIZE * 4
  mla r6, r10, r11, r6
  subs r9, r9, #1
  bne term_next
  str r6, [r3], #4
  add r0, r0, r6, asr #2
  add r2, r2, #4
  subs r5, r5, #1
  bne column_next
  add r1, r1, #MATRIX_SIZE * 4
  subs r4, r4, #1
  bne row_next
  ldr r1, =MATRIX_A
  ldr r3, =MATRIX_C
  mov r4, #MATRIX_SIZE * MATRIX_SIZE
fold_next:
  ldr r5, [r1]
  ldr r6, [r3], #4
  ubfx r6, r6, #4, #7
  add r5, r5, r6
  sbfx r5, r5, #0, #12
  str r5, [r1], #4
  subs r4, r4, #1
  bne fold_next
  pop {r9, r10, r11, pc}

make_text:
  ldr r0, =TEXT
  mov r1, #TEXT_SIZE
  ldr r2, =777
  ldr r3, =1103515245
  ldr r5, =12345
  ldr r6, =alphabet
text_next:
  mul r2, r2, r3
  add r2, r2, r5
  ubfx r4, r2, #16, #4
  ldrb r4, [r6, r4]
  strb r4, [r0], #1
  subs r1, r1, #1
  bne text_next
  bx lr
alphabet: .byte 48, 49, 50, 51, 53, 55, 56, 57, 43, 45, 46, 101, 44, 44, 32, 44
.align 4

@ Counts the states through which the text goes; r0 a sum of counts and places. One character changes each time.
read_text:
  push {r9, r10, lr}
  ldr r0, =COUNTS
  mov r6, #0                    @ sum
  mov r7, #0
  strd r6, r7, [r0]
  strd r6, r7, [r0, #8]
  strd r6, r7, [r0, #16]
  ldr r3, =TEXT
  mov r4, #0                    @ place
  mov r5, #0                    @ state
  ldr r8, =state_table
state_next:
  ldrb r7, [r3, r4]
  add r4, r4, #1
  cmp r7, #44
  beq separator
  ldr pc, [r8, r5, lsl #2]
in_start:
  cmp r7, #43
  cmpne r7, #45
  moveq r5, #1
  beq counted
  cmp r7, #46
  moveq r5, #3
  beq counted
  sub r1, r7, #48
  cmp r1, #10
  movlo r5, #2
  movhs r5, #5
  b counted
in_sign:
  sub r1, r7, #48
  cmp r1, #10
  movlo r5, #2
  blo counted
  cmp r7, #46
  moveq r5, #3
  movne r5, #5
  b counted
in_integer:
  cmp r7, #46
  moveq r5, #3
  beq counted
  cmp r7, #101
  moveq r5, #4
  beq counted
  sub r1, r7, #48
  cmp r1, #10
  movhs r5, #5
  b counted
in_fraction:
  cmp r7, #101
  moveq r5, #4
  beq counted
  sub r1, r7, #48
  cmp r1, #10
  movhs r5, #5
  b counted
in_exponent:
  cmp r7, #43
  cmpne r7, #45
  beq counted
  sub r1, r7, #48
  cmp r1, #10
  movhs r5, #5
  b counted
in_invalid:
  add r6, r6, #1
  b counted
separator:
  add r6, r6, r5, lsl #4
  mov r5, #0
counted:
  ldr r1, [r0, r5, lsl #2]
  add r1, r1, #1
  str r1, [r0, r5, lsl #2]
  cmp r4, #TEXT_SIZE
  bne state_next
  mov r4, #5
sum_next:
  ldr r1, [r0, r4, lsl #2]
  add r6, r1, r6, ror #29
  subs r4, r4, #1
  bpl sum_next
  and r1, r6, #TEXT_SIZE - 1
  ldrb r2, [r3, r1]
  and r10, r10, #TEXT_SIZE - 1
  ldrb r4, [r3, r10]
  strb r2, [r3, r10]
  strb r4, [r3, r1]
  mov r0, r6
  pop {r9, r10, pc}
state_table: .word in_start, in_sign, in_integer, in_fraction, in_exponent, in_invalid
.ltorg

@ CRC-16 (polynomial 0xa001, reflected) of the four bytes of r0, on top of r11.
crc_word:
  push {r4, r5, lr}
  ldr r2, =0xa001
  mov r4, #4
crc_byte:
  and r1, r0, #0xff
  eor r11, r11, r1
  mov r5, #8
crc_bit:
  lsrs r11, r11, #1
  eorcs r11, r11, r2
  subs r5, r5, #1
  bne crc_bit
  lsr r0, r0, #8
  subs r4, r4, #1
  bne crc_byte
  pop {r4, r5, pc}
.ltorg
