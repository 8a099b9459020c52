/** Multiplies of words and halfwords, divides. */
import type { IrBuilder, Value } from "../../ir/index.js";
import { badRegister } from "../bad-register.js";
import { strictEncoding } from "../composed-encoding.js";
import {
  instruction,
  unpredictable,
  type AsmForm,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";

type F = FieldMap;
/** Operands by role: a is the addend, and in long multiplies RdLo, with d for RdHi. */
export interface MultiplyOperands {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  readonly a: number;
  readonly setFlags: boolean;
}
type Body = (ir: IrBuilder, o: MultiplyOperands) => void;
interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  /** A32 pattern after cond; registers Rd (19:16), Ra or RdLo (15:12), Rm (11:8), Rn (3:0). */
  readonly a32?: string;
  readonly t32?: string;
  /** Operands as printed. */
  readonly text: string;
  readonly sFlag?: boolean;
  readonly long?: boolean;
  readonly see?: readonly string[];
  readonly body: Body;
}

const operandsOf =
  (long: boolean) =>
  (f: F): MultiplyOperands => ({
    d: long ? f["RdHi"]! : f["Rd"]!,
    n: f["Rn"]!,
    m: f["Rm"]!,
    a: (long ? f["RdLo"] : f["Ra"]) ?? 15,
    setFlags: f["S"] === 1,
  });

/** Makes the record of a row. */
export const multiplyRecord = (row: Row): Instruction => {
  const lower = row.name.toLowerCase();
  const long = row.long === true;
  const registers = long ? ["RdHi", "RdLo", "Rn", "Rm"] : ["Rd", "Rn", "Rm", "Ra"];
  // Low word first, high word last: what both policies leave in the one register is the high word.
  const sameHalves = long
    ? [unpredictable("RdHi and RdLo are the same register", (f: F) => f["RdHi"] === f["RdLo"])]
    : [];
  const common = {
    see: row.see ?? [],
    operands: operandsOf(long),
  };
  const encodings: Encoding<MultiplyOperands>[] = [];
  if (row.a32 !== undefined) {
    encodings.push(
      strictEncoding("A1", `cond:4 ${row.a32}`, {
        ...common,
        asm: `${lower}${row.sFlag === true ? "<s>" : ""}<c> ${row.text}`,
        unpredictable: [
          unpredictable("a register is PC", (f: F) => registers.some((r) => f[r] === 15)),
          ...sameHalves,
        ],
      }),
    );
  }
  if (row.name === "MUL") {
    const forms: AsmForm[] = [
      { text: "mul<s_it><c> <Rd>, <Rn>" },
      { text: "mul<s_it><c> <Rd>, <Rn>, <Rd>", parseOnly: true },
    ];
    encodings.push(
      strictEncoding("T1", "0100001101 Rn:3 Rd:3", {
        asm: forms,
        operands: (f: F, { inIT }) => ({
          d: f["Rd"]!,
          n: f["Rn"]!,
          m: f["Rd"]!,
          a: 15,
          setFlags: !inIT,
        }),
      }),
    );
  }
  if (row.t32 !== undefined) {
    encodings.push(
      strictEncoding(row.name === "MUL" ? "T2" : "T1", row.t32, {
        ...common,
        asm: `${lower}<c>${row.name === "MUL" ? "<w>" : ""} ${row.text}`,
        unpredictable: [
          unpredictable("a register is SP or PC", (f: F) =>
            registers.some((r) => badRegister(f[r])),
          ),
          ...sameHalves,
        ],
      }),
    );
  }
  return instruction<MultiplyOperands>({
    name: row.name,
    ref: row.ref,
    summary: row.summary,
    encodings,
    execute: row.body,
  });
};

/** RdHi:RdLo := low and high words, N and Z of all 64 bits when asked. */
export const setLong = (ir: IrBuilder, o: MultiplyOperands, low: Value, high: Value): void => {
  if (o.setFlags) {
    ir.setFlag("N", ir.shr(high, ir.const(31)));
    ir.setFlag("Z", ir.isZero(ir.or(low, high)));
  }
  ir.setReg(o.a, low);
  ir.setReg(o.d, high);
};
/** 64-bit sum of two pairs of words. */
export const addLong = (
  ir: IrBuilder,
  low: Value,
  high: Value,
  addLow: Value,
  addHigh: Value,
): { low: Value; high: Value } => ({
  low: ir.add(low, addLow),
  high: ir.adc(high, addHigh, ir.carryOut(low, addLow, ir.const(0))),
});
const product =
  (accumulate: "none" | "add" | "subtract"): Body =>
  (ir, o) => {
    const p = ir.mul(ir.reg(o.n), ir.reg(o.m));
    const result =
      accumulate === "none"
        ? p
        : accumulate === "add"
          ? ir.add(p, ir.reg(o.a))
          : ir.sub(ir.reg(o.a), p);
    if (o.setFlags) ir.setNz(result);
    ir.setReg(o.d, result);
  };
const longProduct =
  (signed: boolean, accumulate: boolean): Body =>
  (ir, o) => {
    const n = ir.reg(o.n);
    const m = ir.reg(o.m);
    const low = ir.mul(n, m);
    const high = signed ? ir.mulHighSigned(n, m) : ir.mulHighUnsigned(n, m);
    if (!accumulate) return setLong(ir, o, low, high);
    const sum = addLong(ir, low, high, ir.reg(o.a), ir.reg(o.d));
    setLong(ir, o, sum.low, sum.high);
  };
const UMAAL: Body = (ir, o) => {
  const n = ir.reg(o.n);
  const m = ir.reg(o.m);
  const zero = ir.const(0);
  const first = addLong(ir, ir.mul(n, m), ir.mulHighUnsigned(n, m), ir.reg(o.a), zero);
  const sum = addLong(ir, first.low, first.high, ir.reg(o.d), zero);
  setLong(ir, o, sum.low, sum.high);
};
const divide =
  (signed: boolean): Body =>
  (ir, o) => {
    const n = ir.reg(o.n);
    const m = ir.reg(o.m);
    ir.setReg(o.d, signed ? ir.sdiv(n, m) : ir.udiv(n, m));
  };

const LONG = "<RdLo>, <RdHi>, <Rn>, <Rm>";
export const MULTIPLIES: readonly Instruction[] = [
  {
    name: "MUL",
    ref: "A8.8.114",
    summary: "Low word of a product.",
    a32: "0000000 S:1 Rd:4 (0)(0)(0)(0) Rm:4 1001 Rn:4",
    t32: "111110110000 Rn:4 1111 Rd:4 0000 Rm:4",
    text: "<Rd>, <Rn>, <Rm>",
    sFlag: true,
    body: product("none"),
  },
  {
    name: "MLA",
    ref: "A8.8.100",
    summary: "Product plus a register.",
    a32: "0000001 S:1 Rd:4 Ra:4 Rm:4 1001 Rn:4",
    t32: "111110110000 Rn:4 Ra:4 Rd:4 0000 Rm:4",
    text: "<Rd>, <Rn>, <Rm>, <Ra>",
    sFlag: true,
    see: ["MUL"],
    body: product("add"),
  },
  {
    name: "MLS",
    ref: "A8.8.101",
    summary: "A register less a product.",
    a32: "00000110 Rd:4 Ra:4 Rm:4 1001 Rn:4",
    t32: "111110110000 Rn:4 Ra:4 Rd:4 0001 Rm:4",
    text: "<Rd>, <Rn>, <Rm>, <Ra>",
    body: product("subtract"),
  },
  {
    name: "UMULL",
    ref: "A8.8.257",
    summary: "Unsigned 64-bit product.",
    a32: "0000100 S:1 RdHi:4 RdLo:4 Rm:4 1001 Rn:4",
    t32: "111110111010 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
    text: LONG,
    sFlag: true,
    long: true,
    body: longProduct(false, false),
  },
  {
    name: "UMLAL",
    ref: "A8.8.256",
    summary: "Unsigned 64-bit product, accumulated.",
    a32: "0000101 S:1 RdHi:4 RdLo:4 Rm:4 1001 Rn:4",
    t32: "111110111110 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
    text: LONG,
    sFlag: true,
    long: true,
    body: longProduct(false, true),
  },
  {
    name: "SMULL",
    ref: "A8.8.189",
    summary: "Signed 64-bit product.",
    a32: "0000110 S:1 RdHi:4 RdLo:4 Rm:4 1001 Rn:4",
    t32: "111110111000 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
    text: LONG,
    sFlag: true,
    long: true,
    body: longProduct(true, false),
  },
  {
    name: "SMLAL",
    ref: "A8.8.178",
    summary: "Signed 64-bit product, accumulated.",
    a32: "0000111 S:1 RdHi:4 RdLo:4 Rm:4 1001 Rn:4",
    t32: "111110111100 Rn:4 RdLo:4 RdHi:4 0000 Rm:4",
    text: LONG,
    sFlag: true,
    long: true,
    body: longProduct(true, true),
  },
  {
    name: "UMAAL",
    ref: "A8.8.255",
    summary: "Unsigned product plus two words.",
    a32: "00000100 RdHi:4 RdLo:4 Rm:4 1001 Rn:4",
    t32: "111110111110 Rn:4 RdLo:4 RdHi:4 0110 Rm:4",
    text: LONG,
    long: true,
    body: UMAAL,
  },
  {
    name: "SDIV",
    ref: "A8.8.165",
    summary: "Signed division towards zero.",
    a32: "01110001 Rd:4 (1)(1)(1)(1) Rm:4 0001 Rn:4",
    t32: "111110111001 Rn:4 (1)(1)(1)(1) Rd:4 1111 Rm:4",
    text: "<Rd>, <Rn>, <Rm>",
    body: divide(true),
  },
  {
    name: "UDIV",
    ref: "A8.8.248",
    summary: "Unsigned division.",
    a32: "01110011 Rd:4 (1)(1)(1)(1) Rm:4 0001 Rn:4",
    t32: "111110111011 Rn:4 (1)(1)(1)(1) Rd:4 1111 Rm:4",
    text: "<Rd>, <Rn>, <Rm>",
    body: divide(false),
  },
].map((row) => multiplyRecord(row as Row));
