/** Parallel addition and subtraction of bytes and halfwords (DDI 0406C, A5.4.1). */
import type { IrBuilder, Value } from "../../ir/index.js";
import { type Instruction } from "../instruction.js";
import { multiplyRecord } from "./multiply.js";

/** Rows of A32: op1 of bits 22:20. `sections` of A8.8 are in the order of OPERATIONS. */
const PREFIXES = [
  { name: "S", a32: "001", t32: "000", sections: [158, 159, 160, 195, 196, 197] },
  { name: "Q", a32: "010", t32: "001", sections: [135, 136, 137, 140, 142, 143] },
  { name: "SH", a32: "011", t32: "010", sections: [169, 170, 171, 172, 173, 174] },
  { name: "U", a32: "101", t32: "100", sections: [243, 244, 245, 268, 269, 270] },
  { name: "UQ", a32: "110", t32: "101", sections: [258, 259, 260, 261, 262, 263] },
  { name: "UH", a32: "111", t32: "110", sections: [249, 250, 251, 252, 253, 254] },
] as const;
/** Columns of A32: op2 of bits 7:5. */
const OPERATIONS = [
  { name: "ADD16", a32: "000", t32: "001" },
  { name: "ADD8", a32: "100", t32: "000" },
  { name: "ASX", a32: "001", t32: "010" },
  { name: "SAX", a32: "010", t32: "110" },
  { name: "SUB16", a32: "011", t32: "101" },
  { name: "SUB8", a32: "111", t32: "100" },
] as const;

interface Lane {
  /** Bit position of the operands' and the result's lane. */
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly subtract: boolean;
}
const lanesOf = (operation: string): { width: 8 | 16; lanes: Lane[] } => {
  if (operation.endsWith("8")) {
    const subtract = operation === "SUB8";
    return { width: 8, lanes: [0, 8, 16, 24].map((at) => ({ n: at, m: at, d: at, subtract })) };
  }
  switch (operation) {
    // ASX: the top halves add, the bottom ones subtract, with Rm's halves exchanged.
    case "ASX":
      return {
        width: 16,
        lanes: [
          { n: 0, m: 16, d: 0, subtract: true },
          { n: 16, m: 0, d: 16, subtract: false },
        ],
      };
    case "SAX":
      return {
        width: 16,
        lanes: [
          { n: 0, m: 16, d: 0, subtract: false },
          { n: 16, m: 0, d: 16, subtract: true },
        ],
      };
    default: {
      const subtract = operation === "SUB16";
      return { width: 16, lanes: [0, 16].map((at) => ({ n: at, m: at, d: at, subtract })) };
    }
  }
};

const body = (prefix: (typeof PREFIXES)[number]["name"], operation: string) => {
  const unsigned = prefix.startsWith("U");
  const kind = prefix.endsWith("Q") ? "saturate" : prefix.endsWith("H") ? "halve" : "ge";
  const { width, lanes } = lanesOf(operation);
  return (ir: IrBuilder, n: Value, m: Value): { result: Value; ge: Value | undefined } => {
    const take = (v: Value, at: number): Value => {
      if (unsigned) return ir.bits(v, at, width);
      const moved = ir.shl(v, ir.const(32 - width - at));
      return ir.sar(moved, ir.const(32 - width));
    };
    let result = ir.const(0);
    let ge = ir.const(0);
    for (const lane of lanes) {
      const a = take(n, lane.n);
      const b = take(m, lane.m);
      let value = lane.subtract ? ir.sub(a, b) : ir.add(a, b);
      if (kind === "ge") {
        // Signed: the result is not negative. Unsigned: addition carries out, subtraction does not borrow.
        const bit =
          unsigned && !lane.subtract
            ? ir.ltSigned(ir.const(2 ** width - 1), value)
            : ir.leSigned(ir.const(0), value);
        const ones = width === 8 ? 1 : 3;
        ge = ir.or(ge, ir.shl(ir.mul(bit, ir.const(ones)), ir.const(lane.d / 8)));
      } else if (kind === "halve") value = ir.sar(value, ir.const(1));
      else {
        const low = ir.const(unsigned ? 0 : -(2 ** (width - 1)));
        const high = ir.const(unsigned ? 2 ** width - 1 : 2 ** (width - 1) - 1);
        value = ir.select(
          ir.ltSigned(value, low),
          low,
          ir.select(ir.ltSigned(high, value), high, value),
        );
      }
      result = ir.or(result, ir.shl(ir.and(value, ir.const(2 ** width - 1)), ir.const(lane.d)));
    }
    return { result, ge: kind === "ge" ? ge : undefined };
  };
};

export const PARALLEL: readonly Instruction[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map((operation, column) => {
    const compute = body(prefix.name, operation.name);
    return multiplyRecord({
      name: `${prefix.name}${operation.name}`,
      ref: `A8.8.${prefix.sections[column]!}`,
      summary: "Adds or subtracts lanes of two registers.",
      a32: `01100 ${prefix.a32} Rn:4 Rd:4 (1)(1)(1)(1) ${operation.a32} 1 Rm:4`,
      t32: `111110101 ${operation.t32} Rn:4 1111 Rd:4 0 ${prefix.t32} Rm:4`,
      text: "<Rd>, <Rn>, <Rm>",
      body: (ir, o) => {
        const { result, ge } = compute(ir, ir.reg(o.n), ir.reg(o.m));
        if (ge !== undefined) ir.setGe(ge);
        ir.setReg(o.d, result);
      },
    });
  }),
);
