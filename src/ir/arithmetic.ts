/** The Arm ARM's arithmetic on values, out of pure ops. Functions have the names of its pseudocode, in camelCase. */
import type { Value } from "./block.js";
import type { IrBuilder } from "./builder.js";
import type { FlagOpName } from "./flag-ops.js";

/** Shift kinds of DecodeImmShift and DecodeRegShift (DDI 0406C, A8.4.3). */
export type ShiftType = "LSL" | "LSR" | "ASR" | "ROR" | "RRX";
/** A shifter's result. */
export interface WithCarry {
  readonly result: Value;
  readonly carry: Value;
}
/** Result of addWithCarry; setNzcv takes it. */
export interface Sum {
  readonly result: Value;
  readonly flags: FlagOpName;
  readonly args: readonly Value[];
}

/** AddWithCarry(x, y, carry_in) (DDI 0406C, A2.2.1). */
export const addWithCarry = (ir: IrBuilder, x: Value, y: Value, carryIn: Value): Sum => {
  const c = ir.constantOf(carryIn);
  if (c === 0) return { result: ir.add(x, y), flags: "flagsAdd", args: [x, y] };
  if (c === 1) {
    // x + NOT(z) + 1 is x - z; the subtract forms are what compares and loops use most.
    const z = ir.not(y);
    return { result: ir.sub(x, z), flags: "flagsSub", args: [x, z] };
  }
  return { result: ir.adc(x, y, carryIn), flags: "flagsAdc", args: [x, y, carryIn] };
};
/** Shift_C with a constant amount; RRX has amount 1. */
export const shiftC = (
  ir: IrBuilder,
  value: Value,
  type: ShiftType,
  n: number,
  carryIn: Value,
): WithCarry => {
  if (type === "RRX") {
    return {
      result: ir.or(ir.shl(carryIn, ir.const(31)), ir.shr(value, ir.const(1))),
      carry: ir.and(value, ir.const(1)),
    };
  }
  if (n === 0) return { result: value, carry: carryIn };
  const bit = (position: number): Value => ir.and(ir.shr(value, ir.const(position)), ir.const(1));
  switch (type) {
    case "LSL":
      return {
        result: ir.lsl(value, ir.const(n)),
        carry: n > 32 ? ir.const(0) : bit(32 - n),
      };
    case "LSR":
      return {
        result: ir.lsr(value, ir.const(n)),
        carry: n > 32 ? ir.const(0) : bit(n - 1),
      };
    case "ASR":
      return { result: ir.asr(value, ir.const(n)), carry: bit(n > 31 ? 31 : n - 1) };
    case "ROR":
      return {
        result: (n & 31) === 0 ? value : ir.ror(value, ir.const(n & 31)),
        carry: bit((n - 1) & 31),
      };
  }
};
/** Shift with a constant amount. */
export const shift = (ir: IrBuilder, value: Value, type: ShiftType, n: number): Value =>
  shiftC(ir, value, type, n, type === "RRX" ? ir.flag("C") : ir.const(0)).result;
/** Shift by bits 7:0 of a register (LSL, LSR, ASR, ROR). */
const shiftRegister = (
  ir: IrBuilder,
  value: Value,
  type: Exclude<ShiftType, "RRX">,
  register: Value,
): Value => {
  const n = ir.and(register, ir.const(0xff));
  switch (type) {
    case "LSL":
      return ir.lsl(value, n);
    case "LSR":
      return ir.lsr(value, n);
    case "ASR":
      return ir.asr(value, n);
    case "ROR":
      return ir.ror(value, ir.and(n, ir.const(31)));
  }
};
/** Shift_C by bits 7:0 of a register. */
export const shiftRegisterC = (
  ir: IrBuilder,
  value: Value,
  type: Exclude<ShiftType, "RRX">,
  register: Value,
  carryIn: Value,
): WithCarry => {
  const n = ir.and(register, ir.const(0xff));
  const one = ir.const(1);
  const less = ir.sub(n, one);
  // Shifting once less leaves the carry at an end of the word, also for amounts of 32 and more.
  let out: Value;
  switch (type) {
    case "LSL":
      out = ir.shr(ir.lsl(value, less), ir.const(31));
      break;
    case "LSR":
      out = ir.and(ir.lsr(value, less), one);
      break;
    case "ASR":
      out = ir.and(ir.asr(value, less), one);
      break;
    case "ROR":
      out = ir.and(ir.ror(value, ir.and(less, ir.const(31))), one);
      break;
  }
  return {
    result: shiftRegister(ir, value, type, register),
    carry: ir.select(n, out, carryIn),
  };
};
/** Sets the flags of a sum. */
export const setNzcv = (ir: IrBuilder, sum: Sum): void => ir.flags(sum.flags, sum.args);
