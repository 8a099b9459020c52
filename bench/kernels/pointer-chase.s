@ A chain of words, one in each of 8192 pages of 4 KiB, in an order that no two neighbours share a page table's
@ line; every round ends with TLBIALL, so that every step walks the tables.
.equ PAGES, 8192
.equ WINDOW, 0x80000000         @ where the pages are seen
.equ FRAMES, 0x42000000         @ where they are
.equ LEVEL2, 0x41000000         @ 32 tables of 1 KiB
.equ SMALL_PAGE, 0x7e           @ AP full, TEX C B: write-back, write-allocate; executable
kernel:
  push {r4, r5, r6, r7, r8, lr}
  mov r4, r0
  ldr r0, =LEVEL2
  ldr r1, =FRAMES
  ldr r2, =PAGES
page_next:
  ldr r3, =SMALL_PAGE
  orr r3, r3, r1
  str r3, [r0], #4
  add r1, r1, #0x1000
  subs r2, r2, #1
  bne page_next
  ldr r0, =TABLE + (WINDOW >> 20) * 4
  ldr r1, =LEVEL2 + 1           @ a page table, domain 0
  mov r2, #PAGES >> 8
section_next:
  str r1, [r0], #4
  add r1, r1, #0x400
  subs r2, r2, #1
  bne section_next
  dsb
  mov r0, #0
  mcr p15, 0, r0, c8, c7, 0
  dsb
  isb
  @ The place of page n's word is 4 * n within the page, modulo its size; the chain goes by a full-period generator.
  ldr r5, =WINDOW
  mov r1, #0
  ldr r2, =PAGES
  ldr r6, =1229
  ldr r7, =0xfff
  ldr r8, =PAGES - 1
chain_next:
  mul r3, r1, r6
  add r3, r3, #3
  and r3, r3, r8                @ the next page
  and r0, r7, r1, lsl #2
  add r0, r0, r1, lsl #12
  and r12, r7, r3, lsl #2
  add r12, r12, r3, lsl #12
  add r12, r12, r5
  str r12, [r5, r0]
  mov r1, r3
  subs r2, r2, #1
  bne chain_next
  mov r0, #0
  mov r3, #0
  ldr r5, =WINDOW
  mov r1, r5
  cmp r4, #0
  beq chase_done
chase_round:
  ldr r2, =PAGES
chase_next:
  ldr r1, [r1]
  add r0, r1, r0, ror #30
  subs r2, r2, #1
  bne chase_next
  mcr p15, 0, r3, c8, c7, 0     @ TLBIALL
  dsb
  isb
  subs r4, r4, #1
  bne chase_round
chase_done:
  pop {r4, r5, r6, r7, r8, pc}
.ltorg
