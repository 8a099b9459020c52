@ VFP: a Mandelbrot iteration in double precision, a polynomial with division and square root in single
@ precision, conversions between them.
kernel:
  push {r4, r5, r6, lr}
  mov r4, r0
  mov r5, #0
  mov r6, #1
  ldr r1, =float_constants
  vldr d16, [r1]                @ 1/64
  vldr d17, [r1, #8]            @ 2.0
  vldr d18, [r1, #16]           @ 4.0
  vldr s30, [r1, #24]           @ 1.0
  vldr s31, [r1, #28]           @ 0.3
  cmp r4, #0
  beq float_done
float_round:
  ubfx r0, r4, #0, #7           @ a point of a grid of 128 x 96
  sub r0, r0, #92
  vmov s0, r0
  vcvt.f64.s32 d2, s0
  vmul.f64 d2, d2, d16
  ubfx r0, r4, #7, #6
  sub r0, r0, #40
  vmov s0, r0
  vcvt.f64.s32 d3, s0
  vmul.f64 d3, d3, d16
  vmov.f64 d4, d2
  vmov.f64 d5, d3
  mov r2, #64
escape_next:
  vmul.f64 d6, d4, d4
  vmul.f64 d7, d5, d5
  vadd.f64 d8, d6, d7
  vcmp.f64 d8, d18
  vmrs apsr_nzcv, fpscr
  bgt escaped
  vmul.f64 d5, d4, d5
  vmul.f64 d5, d5, d17
  vadd.f64 d5, d5, d3
  vsub.f64 d4, d6, d7
  vadd.f64 d4, d4, d2
  subs r2, r2, #1
  bne escape_next
escaped:
  add r5, r2, r5, ror #27
  vcvt.f32.f64 s2, d8
  mov r2, #16
horner_next:
  vmul.f32 s3, s2, s31
  vadd.f32 s3, s3, s30
  vmul.f32 s4, s3, s3
  vmla.f32 s4, s2, s31
  vadd.f32 s4, s4, s30
  vdiv.f32 s5, s3, s4
  vsqrt.f32 s2, s4
  vsub.f32 s2, s2, s5
  vabs.f32 s2, s2
  subs r2, r2, #1
  bne horner_next
  vmov r0, s2
  eor r5, r5, r0
  vcvt.f64.f32 d9, s2
  vmul.f64 d9, d9, d18
  vcvt.s32.f64 s6, d9
  vmov r0, s6
  add r5, r5, r0
  subs r4, r4, #1
  bne float_round
float_done:
  mov r0, r5
  pop {r4, r5, r6, pc}
.align 8
float_constants: .word 0, 0x3f900000, 0, 0x40000000, 0, 0x40100000, 0x3f800000, 0x3e99999a
.ltorg
