@ Says >, sends back what is typed: 3 (Ctrl-C) as C, q as q and the end.
  ldr r6, =0x09000000
  mov r0, #0x3e
  str r0, [r6]
loop:
  ldr r0, [r6, #0x18]
  tst r0, #0x10
  bne loop
  ldr r0, [r6]
  and r0, r0, #0xff
  cmp r0, #3
  moveq r0, #0x43
  str r0, [r6]
  cmp r0, #0x71
  bne loop
  ldr r0, =0x84000008
  smc #0
