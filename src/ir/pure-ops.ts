/**
 * Pure operations: 32-bit words in, one 32-bit word out, no state and no fault. Each row holds the
 * meaning for every engine as text over its arguments: `js` for folding of constants (a signed int32),
 * `wat` for interpreter and compiler (a folded i32 expression of WebAssembly), `smt` for the symbolic executor
 * (a term of sort (_ BitVec 32)). A missing lane does not compile. Truth values are the words 0 and 1.
 *
 * Arguments may be repeated in the text: engines bind them to names first.
 */
export interface PureOp {
  readonly arity: 1 | 2 | 3;
  readonly js: (...args: string[]) => string;
  readonly wat: (...args: string[]) => string;
  readonly smt: (...args: string[]) => string;
}

const bool = (condition: string): string => `(ite ${condition} #x00000001 #x00000000)`;
const amount = (b: string): string => `(bvand ${b} #x0000001f)`;

const unary = (lanes: {
  js: (a: string) => string;
  wat: (a: string) => string;
  smt: (a: string) => string;
}) => ({ arity: 1, ...lanes }) as const;
const binary = (lanes: {
  js: (a: string, b: string) => string;
  wat: (a: string, b: string) => string;
  smt: (a: string, b: string) => string;
}) => ({ arity: 2, ...lanes }) as const;
const ternary = (lanes: {
  js: (a: string, b: string, c: string) => string;
  wat: (a: string, b: string, c: string) => string;
  smt: (a: string, b: string, c: string) => string;
}) => ({ arity: 3, ...lanes }) as const;

const comparison = (js: (a: string, b: string) => string, wat: string, smt: string) =>
  binary({
    js: (a, b) => `${js(a, b)} ? 1 : 0`,
    wat: (a, b) => `(i32.${wat} ${a} ${b})`,
    smt: (a, b) => bool(`(${smt} ${a} ${b})`),
  });

export const PURE_OPS = {
  add: binary({
    js: (a, b) => `(${a} + ${b}) | 0`,
    wat: (a, b) => `(i32.add ${a} ${b})`,
    smt: (a, b) => `(bvadd ${a} ${b})`,
  }),
  sub: binary({
    js: (a, b) => `(${a} - ${b}) | 0`,
    wat: (a, b) => `(i32.sub ${a} ${b})`,
    smt: (a, b) => `(bvsub ${a} ${b})`,
  }),
  /** a + b + c, where c is a carry of 0 or 1. */
  adc: ternary({
    js: (a, b, c) => `(${a} + ${b} + ${c}) | 0`,
    wat: (a, b, c) => `(i32.add (i32.add ${a} ${b}) ${c})`,
    smt: (a, b, c) => `(bvadd (bvadd ${a} ${b}) ${c})`,
  }),
  and: binary({
    js: (a, b) => `${a} & ${b}`,
    wat: (a, b) => `(i32.and ${a} ${b})`,
    smt: (a, b) => `(bvand ${a} ${b})`,
  }),
  or: binary({
    js: (a, b) => `${a} | ${b}`,
    wat: (a, b) => `(i32.or ${a} ${b})`,
    smt: (a, b) => `(bvor ${a} ${b})`,
  }),
  xor: binary({
    js: (a, b) => `${a} ^ ${b}`,
    wat: (a, b) => `(i32.xor ${a} ${b})`,
    smt: (a, b) => `(bvxor ${a} ${b})`,
  }),
  /** a AND NOT b. */
  bic: binary({
    js: (a, b) => `${a} & ~${b}`,
    wat: (a, b) => `(i32.and ${a} (i32.xor ${b} (i32.const -1)))`,
    smt: (a, b) => `(bvand ${a} (bvnot ${b}))`,
  }),
  not: unary({
    js: (a) => `~${a}`,
    wat: (a) => `(i32.xor ${a} (i32.const -1))`,
    smt: (a) => `(bvnot ${a})`,
  }),
  /** Shifts by bits 4:0 of b. Arm shifts by 32 and more are lsl, lsr, asr. */
  shl: binary({
    js: (a, b) => `${a} << ${b}`,
    wat: (a, b) => `(i32.shl ${a} ${b})`,
    smt: (a, b) => `(bvshl ${a} ${amount(b)})`,
  }),
  shr: binary({
    js: (a, b) => `(${a} >>> ${b}) | 0`,
    wat: (a, b) => `(i32.shr_u ${a} ${b})`,
    smt: (a, b) => `(bvlshr ${a} ${amount(b)})`,
  }),
  sar: binary({
    js: (a, b) => `${a} >> ${b}`,
    wat: (a, b) => `(i32.shr_s ${a} ${b})`,
    smt: (a, b) => `(bvashr ${a} ${amount(b)})`,
  }),
  /** Rotate right by bits 4:0 of b. */
  ror: binary({
    js: (a, b) => `(${a} >>> ${b}) | (${a} << (32 - ${b}))`,
    wat: (a, b) => `(i32.rotr ${a} ${b})`,
    smt: (a, b) => `(bvor (bvlshr ${a} ${amount(b)}) (bvshl ${a} (bvand (bvneg ${b}) #x0000001f)))`,
  }),
  /** Logical shift left by b, 0 to 255; 32 and more give 0 (DDI 0406C, A2.2.1, LSL). */
  lsl: binary({
    js: (a, b) => `${b} > 31 ? 0 : ${a} << ${b}`,
    wat: (a, b) => `(select (i32.const 0) (i32.shl ${a} ${b}) (i32.gt_u ${b} (i32.const 31)))`,
    smt: (a, b) => `(bvshl ${a} ${b})`,
  }),
  /** Logical shift right by b, 0 to 255; 32 and more give 0. */
  lsr: binary({
    js: (a, b) => `${b} > 31 ? 0 : (${a} >>> ${b}) | 0`,
    wat: (a, b) => `(select (i32.const 0) (i32.shr_u ${a} ${b}) (i32.gt_u ${b} (i32.const 31)))`,
    smt: (a, b) => `(bvlshr ${a} ${b})`,
  }),
  /** Arithmetic shift right by b, 0 to 255; 32 and more give copies of the sign. */
  asr: binary({
    js: (a, b) => `${a} >> (${b} > 31 ? 31 : ${b})`,
    wat: (a, b) => `(i32.shr_s ${a} (select (i32.const 31) ${b} (i32.gt_u ${b} (i32.const 31))))`,
    smt: (a, b) => `(bvashr ${a} ${b})`,
  }),
  mul: binary({
    js: (a, b) => `Math.imul(${a}, ${b})`,
    wat: (a, b) => `(i32.mul ${a} ${b})`,
    smt: (a, b) => `(bvmul ${a} ${b})`,
  }),
  /** Bits 63:32 of the unsigned product. */
  mulHighUnsigned: binary({
    js: (a, b) => `runtime.mulHighUnsigned(${a}, ${b})`,
    wat: (a, b) =>
      `(i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_u ${a}) (i64.extend_i32_u ${b})) (i64.const 32)))`,
    smt: (a, b) =>
      `((_ extract 63 32) (bvmul ((_ zero_extend 32) ${a}) ((_ zero_extend 32) ${b})))`,
  }),
  /** Bits 63:32 of the signed product. */
  mulHighSigned: binary({
    js: (a, b) => `runtime.mulHighSigned(${a}, ${b})`,
    wat: (a, b) =>
      `(i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_s ${a}) (i64.extend_i32_s ${b})) (i64.const 32)))`,
    smt: (a, b) =>
      `((_ extract 63 32) (bvmul ((_ sign_extend 32) ${a}) ((_ sign_extend 32) ${b})))`,
  }),
  /** Unsigned division towards zero; division by zero gives 0 (DDI 0406C, A8.8.248, UDIV). */
  udiv: binary({
    js: (a, b) => `${b} === 0 ? 0 : ((${a} >>> 0) / (${b} >>> 0)) | 0`,
    wat: (a, b) =>
      `(if (result i32) (i32.eqz ${b}) (then (i32.const 0)) (else (i32.div_u ${a} ${b})))`,
    smt: (a, b) => `(ite (= ${b} #x00000000) #x00000000 (bvudiv ${a} ${b}))`,
  }),
  /** Signed division towards zero; by zero gives 0, 0x80000000 / -1 gives 0x80000000. */
  sdiv: binary({
    js: (a, b) => `${b} === 0 ? 0 : (${a} / ${b}) | 0`,
    wat: (a, b) =>
      `(if (result i32) (i32.eqz ${b}) (then (i32.const 0)) (else (if (result i32) (i32.eq ${b} (i32.const -1)) (then (i32.sub (i32.const 0) ${a})) (else (i32.div_s ${a} ${b})))))`,
    smt: (a, b) => `(ite (= ${b} #x00000000) #x00000000 (bvsdiv ${a} ${b}))`,
  }),
  eq: comparison((a, b) => `${a} === ${b}`, "eq", "="),
  ne: comparison((a, b) => `${a} !== ${b}`, "ne", "distinct"),
  ltSigned: comparison((a, b) => `${a} < ${b}`, "lt_s", "bvslt"),
  leSigned: comparison((a, b) => `${a} <= ${b}`, "le_s", "bvsle"),
  ltUnsigned: comparison((a, b) => `${a} >>> 0 < ${b} >>> 0`, "lt_u", "bvult"),
  geUnsigned: comparison((a, b) => `${a} >>> 0 >= ${b} >>> 0`, "ge_u", "bvuge"),
  /** 1 for 0, 0 for all else. */
  isZero: unary({
    js: (a) => `${a} === 0 ? 1 : 0`,
    wat: (a) => `(i32.eqz ${a})`,
    smt: (a) => bool(`(= ${a} #x00000000)`),
  }),
  /** a != 0 ? b : c. */
  select: ternary({
    js: (a, b, c) => `${a} !== 0 ? ${b} : ${c}`,
    wat: (a, b, c) => `(select ${b} ${c} ${a})`,
    smt: (a, b, c) => `(ite (= ${a} #x00000000) ${c} ${b})`,
  }),
  /** Carry out of a + b + c (AddWithCarry, DDI 0406C, A2.2.1). */
  carryOut: ternary({
    js: (a, b, c) => `((${a} & ${b}) | ((${a} | ${b}) & ~(${a} + ${b} + ${c}))) >>> 31`,
    wat: (a, b, c) =>
      `(i32.shr_u (i32.or (i32.and ${a} ${b}) (i32.and (i32.or ${a} ${b}) (i32.xor (i32.add (i32.add ${a} ${b}) ${c}) (i32.const -1)))) (i32.const 31))`,
    smt: (a, b, c) =>
      `((_ zero_extend 31) ((_ extract 32 32) (bvadd (bvadd ((_ zero_extend 1) ${a}) ((_ zero_extend 1) ${b})) ((_ zero_extend 1) ${c}))))`,
  }),
  /** Signed overflow of a + b + c. */
  overflowOut: ternary({
    js: (a, b, c) => `((${a} ^ (${a} + ${b} + ${c})) & (${b} ^ (${a} + ${b} + ${c}))) >>> 31`,
    wat: (a, b, c) =>
      `(i32.shr_u (i32.and (i32.xor ${a} (i32.add (i32.add ${a} ${b}) ${c})) (i32.xor ${b} (i32.add (i32.add ${a} ${b}) ${c}))) (i32.const 31))`,
    smt: (a, b, c) =>
      `((_ zero_extend 31) ((_ extract 31 31) (bvand (bvxor ${a} (bvadd (bvadd ${a} ${b}) ${c})) (bvxor ${b} (bvadd (bvadd ${a} ${b}) ${c})))))`,
  }),
  /** Signed overflow of a - b. */
  overflowSub: binary({
    js: (a, b) => `((${a} ^ ${b}) & (${a} ^ (${a} - ${b}))) >>> 31`,
    wat: (a, b) =>
      `(i32.shr_u (i32.and (i32.xor ${a} ${b}) (i32.xor ${a} (i32.sub ${a} ${b}))) (i32.const 31))`,
    smt: (a, b) =>
      `((_ zero_extend 31) ((_ extract 31 31) (bvand (bvxor ${a} ${b}) (bvxor ${a} (bvsub ${a} ${b})))))`,
  }),
  signExtend8: unary({
    js: (a) => `(${a} << 24) >> 24`,
    wat: (a) => `(i32.extend8_s ${a})`,
    smt: (a) => `((_ sign_extend 24) ((_ extract 7 0) ${a}))`,
  }),
  signExtend16: unary({
    js: (a) => `(${a} << 16) >> 16`,
    wat: (a) => `(i32.extend16_s ${a})`,
    smt: (a) => `((_ sign_extend 16) ((_ extract 15 0) ${a}))`,
  }),
  countLeadingZeros: unary({
    js: (a) => `Math.clz32(${a})`,
    wat: (a) => `(i32.clz ${a})`,
    smt: (a) => countLeadingZerosSmt(a),
  }),
  /** Bytes in reverse order (REV). */
  reverseBytes: unary({
    js: (a) => `(${a} << 24) | ((${a} & 0xff00) << 8) | ((${a} >>> 8) & 0xff00) | (${a} >>> 24)`,
    wat: (a) =>
      `(i32.or (i32.or (i32.shl ${a} (i32.const 24)) (i32.shl (i32.and ${a} (i32.const 0xff00)) (i32.const 8))) (i32.or (i32.and (i32.shr_u ${a} (i32.const 8)) (i32.const 0xff00)) (i32.shr_u ${a} (i32.const 24))))`,
    smt: (a) =>
      `(concat ((_ extract 7 0) ${a}) ((_ extract 15 8) ${a}) ((_ extract 23 16) ${a}) ((_ extract 31 24) ${a}))`,
  }),
  /** Bits in reverse order (RBIT). */
  reverseBits: unary({
    js: (a) => `runtime.reverseBits(${a})`,
    wat: (a) => reverseBitsWat(a),
    smt: (a) =>
      `(concat ${Array.from({ length: 32 }, (_, i) => `((_ extract ${i} ${i}) ${a})`).join(" ")})`,
  }),
} as const satisfies Record<string, PureOp>;

export type PureOpName = keyof typeof PURE_OPS;

function countLeadingZerosSmt(a: string): string {
  let term = "#x00000020";
  for (let bit = 0; bit < 32; bit++) {
    const count = (31 - bit).toString(16).padStart(8, "0");
    term = `(ite (= ((_ extract ${bit} ${bit}) ${a}) #b1) #x${count} ${term})`;
  }
  return term;
}

function reverseBitsWat(a: string): string {
  let value = a;
  for (const [shift, mask] of [
    [1, 0x55555555],
    [2, 0x33333333],
    [4, 0x0f0f0f0f],
    [8, 0x00ff00ff],
  ] as const) {
    value = `(i32.or (i32.and (i32.shr_u ${value} (i32.const ${shift})) (i32.const ${mask})) (i32.shl (i32.and ${value} (i32.const ${mask})) (i32.const ${shift})))`;
  }
  return `(i32.rotr ${value} (i32.const 16))`;
}
