@ A loop with a load and a store: r1 is data, r4 the rounds.
loop: add r0, r0, #1
  ldr r2, [r1]
  eor r3, r3, r2
  str r3, [r1, #4]
  subs r4, r4, #1
  bne loop
stay: b stay
