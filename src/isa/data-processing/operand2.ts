/** The flexible second operand of data-processing instructions. */
import {
  shiftC,
  shiftRegisterC,
  type IrBuilder,
  type ShiftType,
  type Value,
  type WithCarry,
} from "../../ir/index.js";
import type { ExpandedImmediate } from "../syntax/modified-immediate.js";

export type RegisterShift = Exclude<ShiftType, "RRX">;
export type Operand2 =
  | { readonly kind: "immediate"; readonly immediate: ExpandedImmediate }
  | {
      readonly kind: "shift";
      readonly m: number;
      readonly type: ShiftType;
      readonly amount: number;
    }
  | {
      readonly kind: "registerShift";
      readonly m: number;
      readonly type: RegisterShift;
      readonly s: number;
    };

/** Types of register shifts by the field `type` (DecodeRegShift). */
export const REGISTER_SHIFTS = ["LSL", "LSR", "ASR", "ROR"] as const satisfies RegisterShift[];

/** A register as it is. */
export const plainRegister = (m: number): Operand2 => ({
  kind: "shift",
  m,
  type: "LSL",
  amount: 0,
});
/** A constant that leaves the carry alone. */
export const plainImmediate = (value: number): Operand2 => ({
  kind: "immediate",
  immediate: { value, carry: undefined },
});

/** The operand and the shifter's carry out. */
export const evaluateOperand2 = (ir: IrBuilder, o: Operand2): WithCarry => {
  const carry = ir.flag("C");
  switch (o.kind) {
    case "immediate": {
      const { value, carry: known } = o.immediate;
      return { result: ir.const(value), carry: known === undefined ? carry : ir.const(known) };
    }
    case "shift":
      return shiftC(ir, ir.reg(o.m), o.type, o.amount, carry);
    case "registerShift":
      return shiftRegisterC(ir, ir.reg(o.m), o.type, ir.reg(o.s), carry);
  }
};

/**
 * PC := target and CPSR := SPSR (DDI 0406C, B9.3.20). UNDEFINED in HYP mode, where ERET returns. User
 * and System mode have no SPSR: UNPREDICTABLE, and UNDEFINED when it is executed all the same.
 */
export const returnFromException = (ir: IrBuilder, target: Value): void => {
  const { name } = ir.state.mode;
  if (name === "hyp" || name === "usr" || name === "sys") ir.undefined();
  else ir.exceptionReturn(target, ir.spsr());
};
