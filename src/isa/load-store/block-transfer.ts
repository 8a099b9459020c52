/** What transfers of several registers share: addressing modes, operands, the addresses of a transfer. */
import type { IrBuilder, Value } from "../../ir/index.js";
import type { FieldMap } from "../pattern.js";
import { registersIn } from "./register-list.js";

type F = FieldMap;
/** Decrement or increment, after or before. */
export type ModeLetters = "da" | "ia" | "db" | "ib";
/** By the bits P and U. */
export const MODES4: readonly ModeLetters[] = ["da", "ia", "db", "ib"];
export interface Multiple {
  readonly n: number;
  readonly list: number;
  readonly mode: ModeLetters;
  readonly writeback: boolean;
}
/** Lowest address and the base's new value. */
export const span = (
  ir: IrBuilder,
  base: Value,
  count: number,
  mode: ModeLetters,
): { start: Value; updated: Value } => {
  const bytes = count * 4;
  const start = { da: 4 - bytes, ia: 0, db: -bytes, ib: 4 }[mode];
  const up = mode === "ia" || mode === "ib";
  return {
    start: ir.add(base, ir.const(start)),
    updated: ir.add(base, ir.const(up ? bytes : -bytes)),
  };
};
/** Options of each access. */
export const ALIGNED = { aligned: true } as const;
/** The addressing mode that the bits P and U select. */
export const modeOf = (f: F): ModeLetters => MODES4[(f["P"]! << 1) | f["U"]!]!;
/** What an A32 form of an addressing mode, by its number in MODES4, sets and asks of P and U. */
export const modeBits = (
  pu: number,
): { readonly fields: FieldMap; readonly when: (f: F) => boolean } => {
  const fields = { P: pu >> 1, U: pu & 1 };
  return { fields, when: (f) => f["P"] === fields.P && f["U"] === fields.U };
};
/** Operands of an A32 encoding; the list may be made up of several fields. */
export const blockOperands = (f: F, list = f["list"]!): Multiple => ({
  n: f["Rn"]!,
  list,
  mode: modeOf(f),
  writeback: f["W"] === 1,
});
/** Loads the listed registers and writes the base back; the word for the PC, where it is listed, is the caller's. */
export const loadRegisters = (ir: IrBuilder, o: Multiple): Value | undefined => {
  const base = ir.reg(o.n);
  const registers = registersIn(o.list);
  const { start, updated } = span(ir, base, registers.length, o.mode);
  let pc: Value | undefined;
  let ownBase: Value | undefined;
  registers.forEach((r, i) => {
    const value = ir.load(ir.add(start, ir.const(4 * i)), 4, ALIGNED);
    // The base is written last: a fault on the way leaves it as it was.
    if (r === 15) pc = value;
    else if (r === o.n) ownBase = value;
    else ir.setReg(r, value);
  });
  if (ownBase !== undefined) ir.setReg(o.n, ownBase);
  else if (o.writeback) ir.setReg(o.n, updated);
  return pc;
};
