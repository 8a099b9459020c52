@ Advanced SIMD over 4 KiB of three kinds of elements: saturating bytes as in blending pictures, multiplying and
@ narrowing halfwords as in filters, and single-precision multiply and add.
.equ BYTES_A, DATA
.equ BYTES_B, DATA + 0x1000
.equ FLOATS, DATA + 0x2000
.equ SIZE, 0x1000
kernel:
  push {r4, r5, r6, r7, lr}
  mov r4, r0
  ldr r0, =BYTES_A
  ldr r1, =BYTES_B
  ldr r2, =FLOATS
  mov r3, #0
  ldr r5, =1103515245
  ldr r6, =12345
  ldr r12, =99
neon_fill:
  mla r12, r12, r5, r6
  str r12, [r0, r3]
  mla r12, r12, r5, r6
  str r12, [r1, r3]
  vmov s0, r3
  vcvt.f32.s32 s0, s0
  add r7, r2, r3
  vstr s0, [r7]
  add r3, r3, #4
  cmp r3, #SIZE
  bne neon_fill
  vmov.i32 q15, #0
  ldr r0, =0x3f7ff000
  vdup.32 q14, r0
  ldr r0, =0x3f000000
  vdup.32 q13, r0
  vmov.i16 q12, #3
  cmp r4, #0
  beq neon_done
neon_round:
  ldr r0, =BYTES_A
  ldr r1, =BYTES_B
  mov r3, #SIZE
blend_next:
  vld1.8 {d0-d3}, [r0]
  vld1.8 {d4-d7}, [r1]!
  vqadd.u8 q8, q0, q2
  vhadd.u8 q9, q1, q3
  vabd.u8 q10, q0, q3
  vmax.u8 q8, q8, q10
  vmull.u8 q10, d16, d6
  vmlal.u8 q10, d17, d7
  vadd.i16 q10, q10, q12
  vshrn.i16 d16, q10, #5
  veor q9, q9, q0
  vrev32.8 q9, q9
  vst1.8 {d16-d19}, [r0]!
  vpadal.u16 q15, q10
  subs r3, r3, #32
  bne blend_next
  ldr r2, =FLOATS
  mov r3, #SIZE
saxpy_next:
  vld1.32 {d0-d3}, [r2]
  vmul.f32 q2, q0, q14
  vmul.f32 q3, q1, q14
  vadd.f32 q2, q2, q13
  vadd.f32 q3, q3, q13
  vmax.f32 q8, q2, q3
  vcvt.s32.f32 q9, q8
  vadd.i32 q15, q15, q9
  vst1.32 {d4-d7}, [r2]!
  subs r3, r3, #32
  bne saxpy_next
  subs r4, r4, #1
  bne neon_round
neon_done:
  vadd.i32 d30, d30, d31
  vpadd.i32 d30, d30, d30
  vmov.32 r0, d30[0]
  pop {r4, r5, r6, r7, pc}
.ltorg
