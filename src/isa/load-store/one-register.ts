/** What loads and stores of one register share: the kinds of them, their operands, their one body. */
import type { IrBuilder } from "../../ir/index.js";
import { instruction, unpredictable, type Encoding, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  indexedAddress,
  resolve,
  transferSyndrome,
  writesBack,
  type Addressing,
} from "./addressing.js";

type F = FieldMap;
/** A load or a store by its size. */
export interface Kind {
  readonly name: string;
  readonly load: boolean;
  readonly size: 1 | 2 | 4;
  readonly signed: boolean;
  /** Bits 6:5 (op2) in A32's extra load/store space; the others are in the word and unsigned byte space. */
  readonly extra?: string;
}
/** What all of them are told. */
export interface Operands {
  readonly t: number;
  readonly address: Addressing;
  readonly unprivileged: boolean;
}
export const KINDS: readonly Kind[] = [
  { name: "STR", load: false, size: 4, signed: false },
  { name: "LDR", load: true, size: 4, signed: false },
  { name: "STRB", load: false, size: 1, signed: false },
  { name: "LDRB", load: true, size: 1, signed: false },
  { name: "STRH", load: false, size: 2, signed: false, extra: "01" },
  { name: "LDRH", load: true, size: 2, signed: false, extra: "01" },
  { name: "LDRSB", load: true, size: 1, signed: true, extra: "10" },
  { name: "LDRSH", load: true, size: 2, signed: true, extra: "11" },
];
const execute =
  (kind: Kind) =>
  (ir: IrBuilder, o: Operands): void => {
    const { address, updated } = resolve(ir, o.address);
    // Rt of a store to the PC stores the address of the instruction plus 8.
    // ISV is 1 for neither writeback nor a transfer of the PC.
    if (!o.address.writeback && o.t !== 15)
      ir.syndrome(transferSyndrome(kind.size, kind.signed, o.t));
    const options = { unprivileged: o.unprivileged };
    if (!kind.load) {
      ir.store(address, kind.size, ir.reg(o.t), options);
      if (o.address.writeback) ir.setReg(o.address.n, updated);
      return;
    }
    const raw = ir.load(address, kind.size, options);
    const value = !kind.signed ? raw : kind.size === 1 ? ir.signExtend8(raw) : ir.signExtend16(raw);
    if (o.address.writeback) ir.setReg(o.address.n, updated);
    if (o.t === 15) ir.loadWritePC(value);
    else ir.setReg(o.t, value);
  };

/** A load or a store that writes back the PC or what it transfers. */
export const writebackBad = (f: F): boolean =>
  writesBack(f) && (f["Rn"] === 15 || f["Rn"] === f["Rt"]);

/** Makes the record of a kind's encodings. */
export const record = (
  name: string,
  summary: string,
  kind: Kind,
  encodings: Encoding<Operands>[],
): Instruction =>
  instruction<Operands>({ name, ref: "A8.8", summary, encodings, execute: execute(kind) });

/** Executes with PL2's own rights; the reference emulator takes the tables of PL1&0. */
export const unprivilegedInHyp = unpredictable(
  "an unprivileged access in HYP mode",
  (_f: F, { mode }) => mode.name === "hyp",
);
export const unprivilegedImmediateRule = unpredictable(
  "Rt is PC, Rn is PC or Rt",
  (f: F) => f["Rt"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
);
export const unprivilegedRegisterRule = unpredictable(
  "Rt or Rm is PC, Rn is PC or Rt",
  (f: F) => f["Rt"] === 15 || f["Rm"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
);
/** Operands of an A32 encoding with P, U and W bits. */
export const indexedOperands = (f: F, offset: Addressing["offset"]): Operands => ({
  t: f["Rt"]!,
  unprivileged: false,
  address: indexedAddress(f, offset),
});
/** Operands of an unprivileged A32 access, which is post-indexed. */
export const unprivilegedOperands = (f: F, offset: Addressing["offset"]): Operands => ({
  t: f["Rt"]!,
  unprivileged: true,
  address: { n: f["Rn"]!, offset, index: false, writeback: true },
});
