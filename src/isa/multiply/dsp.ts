/** Halfword and dual multiplies, most significant word multiplies, saturating arithmetic. */
import type { IrBuilder, Value } from "../../ir/index.js";
import { type Instruction } from "../instruction.js";
import { addLong, multiplyRecord, setLong, type MultiplyOperands } from "./multiply.js";

const halfword = (ir: IrBuilder, v: Value, top: boolean): Value =>
  top ? ir.sar(v, ir.const(16)) : ir.signExtend16(v);
const sign = (ir: IrBuilder, v: Value): Value => ir.sar(v, ir.const(31));
/** d := sum + addend, Q when it overflows. */
const accumulateQ = (ir: IrBuilder, value: Value, addend: Value): Value => {
  ir.setQIf(ir.overflowOut(value, addend, ir.const(0)));
  return ir.add(value, addend);
};
const letters = ["b", "t"] as const;
const pairs = [0, 1].flatMap((m) =>
  [0, 1].map((n) => ({ n, m, text: `${letters[n]!}${letters[m]!}`.toUpperCase() })),
);

const halfMultiplies: Instruction[] = pairs.flatMap(({ n, m, text }) => {
  const product = (ir: IrBuilder, o: MultiplyOperands): Value =>
    ir.mul(halfword(ir, ir.reg(o.n), n === 1), halfword(ir, ir.reg(o.m), m === 1));
  return [
    multiplyRecord({
      name: `SMLA${text}`,
      ref: "A8.8.176",
      summary: "Halfword product plus a register; Q on overflow.",
      a32: `00010000 Rd:4 Ra:4 Rm:4 1 ${m}${n} 0 Rn:4`,
      t32: `111110110001 Rn:4 Ra:4 Rd:4 00 ${n}${m} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>, <Ra>",
      see: [`SMUL${text}`],
      body: (ir, o) => ir.setReg(o.d, accumulateQ(ir, product(ir, o), ir.reg(o.a))),
    }),
    multiplyRecord({
      name: `SMUL${text}`,
      ref: "A8.8.188",
      summary: "Halfword product.",
      a32: `00010110 Rd:4 (0)(0)(0)(0) Rm:4 1 ${m}${n} 0 Rn:4`,
      t32: `111110110001 Rn:4 1111 Rd:4 00 ${n}${m} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>",
      body: (ir, o) => ir.setReg(o.d, product(ir, o)),
    }),
    multiplyRecord({
      name: `SMLAL${text}`,
      ref: "A8.8.179",
      summary: "Halfword product, accumulated in 64 bits.",
      a32: `00010100 RdHi:4 RdLo:4 Rm:4 1 ${m}${n} 0 Rn:4`,
      t32: `111110111100 Rn:4 RdLo:4 RdHi:4 10 ${n}${m} Rm:4`,
      text: "<RdLo>, <RdHi>, <Rn>, <Rm>",
      long: true,
      body: (ir, o) => {
        const p = product(ir, o);
        const sum = addLong(ir, p, sign(ir, p), ir.reg(o.a), ir.reg(o.d));
        setLong(ir, o, sum.low, sum.high);
      },
    }),
  ];
});
/** Bits 47:16 of a word times a halfword. */
const wordHalf = (ir: IrBuilder, o: MultiplyOperands, m: boolean): Value => {
  const n = ir.reg(o.n);
  const half = halfword(ir, ir.reg(o.m), m);
  return ir.or(
    ir.shl(ir.mulHighSigned(n, half), ir.const(16)),
    ir.shr(ir.mul(n, half), ir.const(16)),
  );
};
const wordHalfMultiplies: Instruction[] = [0, 1].flatMap((m) => {
  const letter = letters[m]!.toUpperCase();
  return [
    multiplyRecord({
      name: `SMLAW${letter}`,
      ref: "A8.8.181",
      summary: "Top of a word times a halfword plus a register; Q on overflow.",
      a32: `00010010 Rd:4 Ra:4 Rm:4 1 ${m}00 Rn:4`,
      t32: `111110110011 Rn:4 Ra:4 Rd:4 000 ${m} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>, <Ra>",
      see: [`SMULW${letter}`],
      body: (ir, o) => ir.setReg(o.d, accumulateQ(ir, wordHalf(ir, o, m === 1), ir.reg(o.a))),
    }),
    multiplyRecord({
      name: `SMULW${letter}`,
      ref: "A8.8.190",
      summary: "Top of a word times a halfword.",
      a32: `00010010 Rd:4 (0)(0)(0)(0) Rm:4 1 ${m}10 Rn:4`,
      t32: `111110110011 Rn:4 1111 Rd:4 000 ${m} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>",
      body: (ir, o) => ir.setReg(o.d, wordHalf(ir, o, m === 1)),
    }),
  ];
});

/** The two halfword products of the dual multiplies; X swaps the halves of Rm. */
const dualProducts = (
  ir: IrBuilder,
  o: MultiplyOperands,
  swap: boolean,
): { low: Value; high: Value } => {
  const n = ir.reg(o.n);
  const m = swap ? ir.ror(ir.reg(o.m), ir.const(16)) : ir.reg(o.m);
  return {
    low: ir.mul(halfword(ir, n, false), halfword(ir, m, false)),
    high: ir.mul(halfword(ir, n, true), halfword(ir, m, true)),
  };
};
const duals: Instruction[] = [false, true].flatMap((subtract) =>
  [0, 1].flatMap((x) => {
    const suffix = x === 1 ? "X" : "";
    const letter = subtract ? "S" : "A";
    const op = subtract ? "01" : "00";
    /** Sum or difference of the products, exact in 64 bits. */
    const together = (ir: IrBuilder, o: MultiplyOperands): { low: Value; high: Value } => {
      const products = dualProducts(ir, o, x === 1);
      if (subtract) {
        const low = ir.sub(products.low, products.high);
        return { low, high: sign(ir, low) };
      }
      // 0x8000 squared twice is 2^31, the one sum that a word does not hold.
      const overflow = ir.overflowOut(products.low, products.high, ir.const(0));
      const low = ir.add(products.low, products.high);
      return { low, high: ir.select(overflow, ir.const(0), sign(ir, low)) };
    };
    /** Rd := the low word; Q when the 64 bits are more than it. */
    const setWord = (
      ir: IrBuilder,
      o: MultiplyOperands,
      { low, high }: { low: Value; high: Value },
    ): void => {
      ir.setQIf(ir.ne(high, sign(ir, low)));
      ir.setReg(o.d, low);
    };
    const t32 = subtract ? "111110110100" : "111110110010";
    return [
      multiplyRecord({
        name: `SMLAD${suffix}`.replace("LAD", subtract ? "LSD" : "LAD"),
        ref: subtract ? "A8.8.182" : "A8.8.177",
        summary: "Two halfword products and a register.",
        a32: `01110000 Rd:4 Ra:4 Rm:4 ${op}${x}1 Rn:4`,
        t32: `${t32} Rn:4 Ra:4 Rd:4 000 ${x} Rm:4`,
        text: "<Rd>, <Rn>, <Rm>, <Ra>",
        see: [`SMU${letter}D${suffix}`],
        body: (ir, o) => {
          const { low, high } = together(ir, o);
          const addend = ir.reg(o.a);
          // Q tells of the whole sum: products that overflow and an addend that brings them back set none.
          setWord(ir, o, addLong(ir, low, high, addend, sign(ir, addend)));
        },
      }),
      multiplyRecord({
        name: `SMU${letter}D${suffix}`,
        ref: subtract ? "A8.8.191" : "A8.8.187",
        summary: "Two halfword products.",
        a32: `01110000 Rd:4 1111 Rm:4 ${op}${x}1 Rn:4`,
        t32: `${t32} Rn:4 1111 Rd:4 000 ${x} Rm:4`,
        text: "<Rd>, <Rn>, <Rm>",
        body: (ir, o) => setWord(ir, o, together(ir, o)),
      }),
      multiplyRecord({
        name: `SML${subtract ? "SLD" : "ALD"}${suffix}`,
        ref: subtract ? "A8.8.183" : "A8.8.180",
        summary: "Two halfword products, accumulated in 64 bits.",
        a32: `01110100 RdHi:4 RdLo:4 Rm:4 ${op}${x}1 Rn:4`,
        t32: `${subtract ? "111110111101" : "111110111100"} Rn:4 RdLo:4 RdHi:4 110 ${x} Rm:4`,
        text: "<RdLo>, <RdHi>, <Rn>, <Rm>",
        long: true,
        body: (ir, o) => {
          const { low, high } = together(ir, o);
          const sum = addLong(ir, low, high, ir.reg(o.a), ir.reg(o.d));
          setLong(ir, o, sum.low, sum.high);
        },
      }),
    ];
  }),
);

const topMultiplies: Instruction[] = [0, 1].flatMap((r) => {
  const suffix = r === 1 ? "R" : "";
  const rounding = (ir: IrBuilder): Value => ir.const(r === 1 ? 0x80000000 : 0);
  const body =
    (kind: "mul" | "add" | "subtract") =>
    (ir: IrBuilder, o: MultiplyOperands): void => {
      const n = ir.reg(o.n);
      const m = ir.reg(o.m);
      const low = ir.mul(n, m);
      const high = ir.mulHighSigned(n, m);
      const zero = ir.const(0);
      // SMMLS with the PC as addend is UNPREDICTABLE; the reference emulator then multiplies alone.
      if (kind === "subtract" && o.a !== 15) {
        // Ra:0 - product + rounding.
        const lessLow = ir.sub(zero, low);
        const lessHigh = ir.sub(ir.sub(ir.reg(o.a), high), ir.ne(low, zero));
        return ir.setReg(o.d, addLong(ir, lessLow, lessHigh, rounding(ir), zero).high);
      }
      const base = kind === "add" ? ir.add(high, ir.reg(o.a)) : high;
      ir.setReg(o.d, addLong(ir, low, base, rounding(ir), zero).high);
    };
  return [
    multiplyRecord({
      name: `SMMLA${suffix}`,
      ref: "A8.8.184",
      summary: "Top word of a product plus a register.",
      a32: `01110101 Rd:4 Ra:4 Rm:4 00 ${r}1 Rn:4`,
      t32: `111110110101 Rn:4 Ra:4 Rd:4 000 ${r} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>, <Ra>",
      see: [`SMMUL${suffix}`],
      body: body("add"),
    }),
    multiplyRecord({
      name: `SMMUL${suffix}`,
      ref: "A8.8.186",
      summary: "Top word of a product.",
      a32: `01110101 Rd:4 1111 Rm:4 00 ${r}1 Rn:4`,
      t32: `111110110101 Rn:4 1111 Rd:4 000 ${r} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>",
      body: body("mul"),
    }),
    multiplyRecord({
      name: `SMMLS${suffix}`,
      ref: "A8.8.185",
      summary: "Top word of a register less a product.",
      a32: `01110101 Rd:4 Ra:4 Rm:4 11 ${r}1 Rn:4`,
      t32: `111110110110 Rn:4 Ra:4 Rd:4 000 ${r} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>, <Ra>",
      body: body("subtract"),
    }),
  ];
});

/** SignedSat32 of a + b or a - b, with Q. */
const saturated = (ir: IrBuilder, a: Value, b: Value, subtract: boolean): Value => {
  const overflow = subtract ? ir.overflowSub(a, b) : ir.overflowOut(a, b, ir.const(0));
  const value = subtract ? ir.sub(a, b) : ir.add(a, b);
  ir.setQIf(overflow);
  // On overflow the result has the sign of a, at the end of the range.
  return ir.select(overflow, ir.xor(sign(ir, a), ir.const(0x7fffffff)), value);
};
const saturating = (
  [
    ["QADD", "A8.8.134"],
    ["QSUB", "A8.8.141"],
    ["QDADD", "A8.8.138"],
    ["QDSUB", "A8.8.139"],
  ] as const
).map(([name, ref], i) =>
  multiplyRecord({
    name,
    ref,
    summary: "Saturating addition or subtraction.",
    a32: `00010 ${i.toString(2).padStart(2, "0")} 0 Rn:4 Rd:4 (0)(0)(0)(0) 0101 Rm:4`,
    t32: `111110101000 Rn:4 1111 Rd:4 10 ${["00", "10", "01", "11"][i]!} Rm:4`,
    text: "<Rd>, <Rm>, <Rn>",
    body: (ir, o) => {
      const n = ir.reg(o.n);
      const second = i >= 2 ? saturated(ir, n, n, false) : n;
      ir.setReg(o.d, saturated(ir, ir.reg(o.m), second, i % 2 === 1));
    },
  }),
);

/** Sum of absolute differences of four bytes. */
const differences = (ir: IrBuilder, o: MultiplyOperands): Value => {
  const n = ir.reg(o.n);
  const m = ir.reg(o.m);
  let sum = ir.const(0);
  for (let i = 0; i < 4; i++) {
    const d = ir.sub(ir.bits(n, 8 * i, 8), ir.bits(m, 8 * i, 8));
    sum = ir.add(sum, ir.select(ir.ltSigned(d, ir.const(0)), ir.sub(ir.const(0), d), d));
  }
  return sum;
};
const sad = [
  multiplyRecord({
    name: "USAD8",
    ref: "A8.8.264",
    summary: "Sum of absolute differences of bytes.",
    a32: "01111000 Rd:4 1111 Rm:4 0001 Rn:4",
    t32: "111110110111 Rn:4 1111 Rd:4 0000 Rm:4",
    text: "<Rd>, <Rn>, <Rm>",
    body: (ir, o) => ir.setReg(o.d, differences(ir, o)),
  }),
  multiplyRecord({
    name: "USADA8",
    ref: "A8.8.265",
    summary: "Sum of absolute differences of bytes plus a register.",
    a32: "01111000 Rd:4 Ra:4 Rm:4 0001 Rn:4",
    t32: "111110110111 Rn:4 Ra:4 Rd:4 0000 Rm:4",
    text: "<Rd>, <Rn>, <Rm>, <Ra>",
    see: ["USAD8"],
    body: (ir, o) => ir.setReg(o.d, ir.add(differences(ir, o), ir.reg(o.a))),
  }),
];

export const DSP: readonly Instruction[] = [
  ...halfMultiplies,
  ...wordHalfMultiplies,
  ...duals,
  ...topMultiplies,
  ...saturating,
  ...sad,
];
