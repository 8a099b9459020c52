/** The flexible second operand of data-processing instructions. */
import type { IrBuilder, ShiftType, Value, WithCarry } from "../../ir/index.js";
import type { ExpandedImmediate } from "../syntax/modified-immediate.js";

export type Operand2 =
  | { readonly kind: "immediate"; readonly immediate: ExpandedImmediate }
  | { readonly kind: "shift"; readonly m: number; readonly type: ShiftType; readonly amount: number }
  | { readonly kind: "registerShift"; readonly m: number; readonly type: number; readonly s: number };

/** Types of register shifts by the field `type` (DecodeRegShift). */
export const REGISTER_SHIFTS = ["LSL", "LSR", "ASR", "ROR"] as const;

/** The operand and the shifter's carry out. */
export const evaluateOperand2 = (ir: IrBuilder, o: Operand2): WithCarry => {
  const carry = ir.flag("C");
  switch (o.kind) {
    case "immediate": {
      const { value, carry: known } = o.immediate;
      return { result: ir.const(value), carry: known === undefined ? carry : ir.const(known) };
    }
    case "shift":
      return ir.shiftC(ir.reg(o.m), o.type, o.amount, carry);
    case "registerShift":
      return ir.shiftRegisterC(ir.reg(o.m), REGISTER_SHIFTS[o.type]!, ir.reg(o.s), carry);
  }
};

/** Writes R15 with the S bit set: an exception return (SUBS PC, LR and related, B9.3.20). */
export const returnFromException = (ir: IrBuilder, target: Value): void => {
  const { name } = ir.state.mode;
  // In HYP mode UNDEFINED; in usr and sys mode there is no SPSR: UNPREDICTABLE, taken as UNDEFINED.
  if (name === "hyp" || name === "usr" || name === "sys") ir.undefined();
  else ir.exceptionReturn(target, ir.spsr());
};
