/**
 * The sixteen standard data-processing operations and ORN. One row an operation; one body for all of
 * their encodings.
 */
import { addWithCarry, setNzcv, type IrBuilder, type Sum, type Value } from "../../ir/index.js";
import type { FieldMap } from "../pattern.js";
import { evaluateOperand2, returnFromException, type Operand2 } from "./operand2.js";

/** A result without flags of its own (logical operations and moves) or a sum. */
export type Compute = (ir: IrBuilder, n: Value, m: Value) => Value | Sum;
export type OperandKind = "immediate" | "register";

export interface Operation {
  readonly name: string;
  /** Operands: Rd and Rn, Rn alone (compares), Rd alone (moves). */
  readonly shape: "dn" | "n" | "d";
  /** A32 opcode, bits 24:21; undefined for ORN. */
  readonly a32?: string;
  /** T32 opcode, bits 24:21 of the first halfword's place; undefined for RSC. */
  readonly t32?: string;
  /** T16 opcode of the two-register form, bits 9:6. */
  readonly t16?: string;
  readonly compute: Compute;
  /** Sections of the immediate, register and register-shifted register forms. */
  readonly refs: readonly [immediate: string, register: string, shifted?: string];
  readonly summary: string;
  /** The operation that does the same with the operand inverted or negated. */
  readonly complement?: { readonly name: string; readonly how: "not" | "negate" };
}

const subtract = (ir: IrBuilder, x: Value, y: Value): Sum =>
  addWithCarry(ir, x, ir.not(y), ir.const(1));

export const OPERATIONS: readonly Operation[] = [
  {
    name: "AND",
    shape: "dn",
    a32: "0000",
    t32: "0000",
    t16: "0000",
    refs: ["A8.8.13", "A8.8.14", "A8.8.15"],
    summary: "Bitwise AND.",
    complement: { name: "BIC", how: "not" },
    compute: (ir, n, m) => ir.and(n, m),
  },
  {
    name: "EOR",
    shape: "dn",
    a32: "0001",
    t32: "0100",
    t16: "0001",
    refs: ["A8.8.46", "A8.8.47", "A8.8.48"],
    summary: "Bitwise exclusive OR.",
    compute: (ir, n, m) => ir.xor(n, m),
  },
  {
    name: "SUB",
    shape: "dn",
    a32: "0010",
    t32: "1101",
    refs: ["A8.8.222", "A8.8.223", "A8.8.224"],
    summary: "Subtracts the second operand.",
    complement: { name: "ADD", how: "negate" },
    compute: subtract,
  },
  {
    name: "RSB",
    shape: "dn",
    a32: "0011",
    t32: "1110",
    refs: ["A8.8.152", "A8.8.153", "A8.8.154"],
    summary: "Subtracts from the second operand.",
    compute: (ir, n, m) => subtract(ir, m, n),
  },
  {
    name: "ADD",
    shape: "dn",
    a32: "0100",
    t32: "1000",
    refs: ["A8.8.5", "A8.8.7", "A8.8.8"],
    summary: "Adds.",
    complement: { name: "SUB", how: "negate" },
    compute: (ir, n, m) => addWithCarry(ir, n, m, ir.const(0)),
  },
  {
    name: "ADC",
    shape: "dn",
    a32: "0101",
    t32: "1010",
    t16: "0101",
    refs: ["A8.8.1", "A8.8.2", "A8.8.3"],
    summary: "Adds with carry.",
    complement: { name: "SBC", how: "not" },
    compute: (ir, n, m) => addWithCarry(ir, n, m, ir.flag("C")),
  },
  {
    name: "SBC",
    shape: "dn",
    a32: "0110",
    t32: "1011",
    t16: "0110",
    refs: ["A8.8.161", "A8.8.162", "A8.8.163"],
    summary: "Subtracts with carry.",
    complement: { name: "ADC", how: "not" },
    compute: (ir, n, m) => addWithCarry(ir, n, ir.not(m), ir.flag("C")),
  },
  {
    name: "RSC",
    shape: "dn",
    a32: "0111",
    refs: ["A8.8.155", "A8.8.156", "A8.8.157"],
    summary: "Subtracts from the second operand with carry.",
    compute: (ir, n, m) => addWithCarry(ir, m, ir.not(n), ir.flag("C")),
  },
  {
    name: "TST",
    shape: "n",
    a32: "1000",
    t32: "0000",
    t16: "1000",
    refs: ["A8.8.240", "A8.8.241", "A8.8.242"],
    summary: "Flags of a bitwise AND.",
    compute: (ir, n, m) => ir.and(n, m),
  },
  {
    name: "TEQ",
    shape: "n",
    a32: "1001",
    t32: "0100",
    refs: ["A8.8.237", "A8.8.238", "A8.8.239"],
    summary: "Flags of a bitwise exclusive OR.",
    compute: (ir, n, m) => ir.xor(n, m),
  },
  {
    name: "CMP",
    shape: "n",
    a32: "1010",
    t32: "1101",
    t16: "1010",
    refs: ["A8.8.37", "A8.8.38", "A8.8.39"],
    summary: "Flags of a subtraction.",
    complement: { name: "CMN", how: "negate" },
    compute: subtract,
  },
  {
    name: "CMN",
    shape: "n",
    a32: "1011",
    t32: "1000",
    t16: "1011",
    refs: ["A8.8.34", "A8.8.35", "A8.8.36"],
    summary: "Flags of an addition.",
    complement: { name: "CMP", how: "negate" },
    compute: (ir, n, m) => addWithCarry(ir, n, m, ir.const(0)),
  },
  {
    name: "ORR",
    shape: "dn",
    a32: "1100",
    t32: "0010",
    t16: "1100",
    refs: ["A8.8.122", "A8.8.123", "A8.8.124"],
    summary: "Bitwise OR.",
    compute: (ir, n, m) => ir.or(n, m),
  },
  {
    name: "MOV",
    shape: "d",
    a32: "1101",
    t32: "0010",
    refs: ["A8.8.102", "A8.8.104"],
    summary: "Copies the operand.",
    complement: { name: "MVN", how: "not" },
    compute: (_ir, _n, m) => m,
  },
  {
    name: "BIC",
    shape: "dn",
    a32: "1110",
    t32: "0001",
    t16: "1110",
    refs: ["A8.8.21", "A8.8.22", "A8.8.23"],
    summary: "Clears the bits of the second operand.",
    complement: { name: "AND", how: "not" },
    compute: (ir, n, m) => ir.bic(n, m),
  },
  {
    name: "MVN",
    shape: "d",
    a32: "1111",
    t32: "0011",
    t16: "1111",
    refs: ["A8.8.115", "A8.8.116", "A8.8.117"],
    summary: "Bitwise NOT.",
    complement: { name: "MOV", how: "not" },
    compute: (ir, _n, m) => ir.not(m),
  },
  {
    name: "ORN",
    shape: "dn",
    t32: "0011",
    refs: ["A8.8.120", "A8.8.121"],
    summary: "Bitwise OR NOT.",
    complement: { name: "ORR", how: "not" },
    compute: (ir, n, m) => ir.or(n, ir.not(m)),
  },
];

/** The operation of a name. */
export const operationNamed = (name: string): Operation => {
  const found = OPERATIONS.find((o) => o.name === name);
  if (found === undefined) throw new RangeError(`"${name}" is no data-processing operation`);
  return found;
};

export interface StandardOperands {
  readonly d: number;
  readonly n: number;
  readonly setFlags: boolean;
  readonly operand: Operand2;
}

/** The body of every standard operation. */
export const executeStandard =
  ({ name, shape, compute }: Operation) =>
  (ir: IrBuilder, o: StandardOperands): void => {
    const { result: m, carry } = evaluateOperand2(ir, o.operand);
    const computed = compute(ir, shape === "d" ? m : ir.reg(o.n), m);
    const result = typeof computed === "number" ? computed : computed.result;
    const writesPc = shape !== "n" && o.d === 15;
    // Flag-setting writes of the PC come here only as UNPREDICTABLE encodings that are executed: the
    // reference emulator takes moves and subtractions for exception returns.
    if (writesPc && o.setFlags && (name === "MOV" || name === "SUB")) {
      returnFromException(ir, result);
      return;
    }
    if (o.setFlags) {
      if (typeof computed === "number") {
        ir.setNz(result);
        ir.setFlag("C", carry);
      } else setNzcv(ir, computed);
    }
    if (writesPc) ir.aluWritePC(result);
    else if (shape !== "n") ir.setReg(o.d, result);
  };

/** Operands of an operation out of fields; an absent Rn is `base` (the SP forms), an absent S is 0. */
export const standardOperands = (
  { shape }: Operation,
  f: FieldMap,
  operand: Operand2,
  base = 0,
): StandardOperands => ({
  d: f["Rd"] ?? 0,
  n: f["Rn"] ?? base,
  setFlags: shape === "n" || f["S"] === 1,
  operand,
});
