@ A loop with calls, flags and carry: r1 is data, r4 the rounds.
loop: add r0, r0, r3
  tst r0, #4
  beq skip
  adds r3, r3, r0
  adc r5, r5, #0
skip: bl function
  eors r6, r6, r0, lsr #3
  bmi negative
  add r7, r7, #1
  b next
negative: sub r7, r7, #3
next: subs r4, r4, #1
  bne loop
stay: b stay
function: cmp r0, r7
  addhi r3, r3, #5
  ldr r2, [r1, #8]
  add r2, r2, #1
  str r2, [r1, #8]
  bx lr
