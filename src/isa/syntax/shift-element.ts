/** Shifts: DecodeImmShift (DDI 0406C, A8.4.3) and its text. */
import type { ShiftType } from "../../ir/index.js";
import { expressionEnd, identifierAt, skipSpace, type Element } from "./element.js";

export interface ImmediateShift {
  readonly type: ShiftType;
  /** 0 to 32. */
  readonly amount: number;
}
const TYPES = ["LSL", "LSR", "ASR", "ROR"] as const;

/** DecodeImmShift(type, imm5). */
export const decodeImmShift = (type: number, imm5: number): ImmediateShift => {
  if (type === 3) return imm5 === 0 ? { type: "RRX", amount: 1 } : { type: "ROR", amount: imm5 };
  return { type: TYPES[type]!, amount: type !== 0 && imm5 === 0 ? 32 : imm5 };
};
/** Field values of a shift, or undefined when it cannot be encoded. */
const encodeImmShift = (
  type: ShiftType,
  amount: number,
): { type: number; imm5: number } | undefined => {
  if (type === "RRX") return { type: 3, imm5: 0 };
  if (amount === 0) return { type: 0, imm5: 0 };
  if (amount < 0 || amount > 32 || (amount === 32 && (type === "LSL" || type === "ROR")))
    return undefined;
  return { type: TYPES.indexOf(type), imm5: amount & 31 };
};

/**
 * ", lsl #n" and its kin after a register, nothing for no shift. `split` says how the amount lies in
 * the encoding: one field imm5 (A32) or imm3:imm2 (T32).
 */
export const shiftElement = (split: "imm5" | "imm3:imm2"): Element => ({
  print(f) {
    const imm5 = split === "imm5" ? f["imm5"]! : (f["imm3"]! << 2) | f["imm2"]!;
    const { type, amount } = decodeImmShift(f["type"]!, imm5);
    if (type === "RRX") return ", rrx";
    return type === "LSL" && amount === 0 ? "" : `, ${type.toLowerCase()} #${amount}`;
  },
  parse(text, at, context) {
    const none = { fields: shiftFields({ type: 0, imm5: 0 }, split), end: at };
    let i = skipSpace(text, at);
    if (text[i] !== ",") return [none];
    i = skipSpace(text, i + 1);
    const name = identifierAt(text, i).toUpperCase();
    i = skipSpace(text, i + name.length);
    if (name === "RRX") return [{ fields: shiftFields({ type: 3, imm5: 0 }, split), end: i }];
    if (!(TYPES as readonly string[]).includes(name) || text[i] !== "#") return [];
    const end = expressionEnd(text, i + 1);
    const n = context.evaluate(text.slice(i + 1, end).trim()) ?? 0;
    const encoded = encodeImmShift(name as ShiftType, n);
    return encoded === undefined ? [] : [{ fields: shiftFields(encoded, split), end }];
  },
});

const shiftFields = (
  { type, imm5 }: { type: number; imm5: number },
  split: "imm5" | "imm3:imm2",
): Record<string, number> =>
  split === "imm5" ? { type, imm5 } : { type, imm3: imm5 >> 2, imm2: imm5 & 3 };
