@ 4096 words are drawn and sorted by a recursive quicksort that ends in insertion sort of eight and fewer.
.equ ARRAY, DATA
.equ LENGTH, 4096
kernel:
  push {r4, r5, r6, r7, r8, lr}
  mov r4, r0
  mov r5, #0                    @ checksum
  ldr r6, =2463534242           @ state of the generator, xorshift
  cmp r4, #0
  beq sort_done
sort_round:
  ldr r0, =ARRAY
  ldr r1, =LENGTH
draw_next:
  eor r6, r6, r6, lsl #13
  eor r6, r6, r6, lsr #17
  eor r6, r6, r6, lsl #5
  str r6, [r0], #4
  subs r1, r1, #1
  bne draw_next
  ldr r0, =ARRAY
  ldr r1, =ARRAY + (LENGTH - 1) * 4
  bl quicksort
  ldr r0, =ARRAY
  ldr r1, =LENGTH
check_next:
  ldr r2, [r0], #4
  add r5, r2, r5, ror #31
  subs r1, r1, #1
  bne check_next
  subs r4, r4, #1
  bne sort_round
sort_done:
  mov r0, r5
  pop {r4, r5, r6, r7, r8, pc}
.ltorg

@ Sorts the words from r0 to r1, both included, as unsigned numbers.
quicksort:
  push {r4, r5, r6, lr}
  mov r4, r0
  mov r5, r1
quick_again:
  sub r0, r5, r4
  cmp r0, #28
  ble insertion
  mov r0, r4
  mov r1, r5
  bl partition
  mov r6, r0
  mov r1, r0
  mov r0, r4
  bl quicksort
  add r4, r6, #4
  b quick_again
insertion:
  add r0, r4, #4
insert_next:
  cmp r0, r5
  bhi quick_end
  ldr r1, [r0]
  mov r2, r0
shift_next:
  cmp r2, r4
  beq shift_end
  ldr r3, [r2, #-4]
  cmp r3, r1
  bls shift_end
  str r3, [r2], #-4
  b shift_next
shift_end:
  str r1, [r2]
  add r0, r0, #4
  b insert_next
quick_end:
  pop {r4, r5, r6, pc}

@ Hoare's partition around the middle word; r0 is the last place of the lower part.
partition:
  push {r4, lr}
  sub r2, r1, r0
  lsr r2, r2, #3
  ldr r2, [r0, r2, lsl #2]
  sub r0, r0, #4
  add r1, r1, #4
partition_next:
  ldr r3, [r0, #4]!
  cmp r3, r2
  blo partition_next
partition_down:
  ldr r4, [r1, #-4]!
  cmp r4, r2
  bhi partition_down
  cmp r0, r1
  bhs partition_end
  str r4, [r0]
  str r3, [r1]
  b partition_next
partition_end:
  mov r0, r1
  pop {r4, pc}
