/** Loads and stores of halfwords and signed bytes: A32's extra load/store space. */
import { strictEncoding } from "../composed-encoding.js";
import { unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  addressElement,
  registerOffset,
  signedOffset,
  splitByte,
  type Addressing,
} from "./addressing.js";
import { literal } from "./literal.js";
import {
  indexedOperands,
  record,
  unprivilegedImmediateRule,
  unprivilegedInHyp,
  unprivilegedOperands,
  unprivilegedRegisterRule,
  writebackBad,
  type Kind,
} from "./one-register.js";
import { thumbImmediate, thumbRegister, thumbUnprivileged } from "./thumb-one-register.js";

type F = FieldMap;
/** The records of a kind. */
export const halfwordOrSigned = (kind: Kind): Instruction[] => {
  const L = kind.load ? 1 : 0;
  const op2 = kind.extra!;
  const lower = kind.name.toLowerCase();
  const text = `${lower}<c> <Rt>, <address>`;
  const translate = `${kind.name}T`;
  const wb = unpredictable(
    "Rt is PC, or writeback to the PC or to Rt",
    (f: F) => f["Rt"] === 15 || writebackBad(f),
  );
  const immediate = (f: F): Addressing["offset"] => ({
    kind: "immediate",
    value: signedOffset(f, splitByte.get(f)),
  });
  const post = { P: 0, W: 0 };
  return [
    record(`${kind.name} (immediate)`, "Loads or stores at a register plus a constant.", kind, [
      strictEncoding("A1", `cond:4 000 P:1 U:1 1 W:1 ${L} Rn:4 Rt:4 imm4H:4 1 ${op2} 1 imm4L:4`, {
        asm: text,
        elements: { address: addressElement({ immediate: splitByte }) },
        see: [translate, ...(kind.load ? [`${kind.name} (literal)`] : [])],
        unpredictable: [wb],
        operands: (f: F) => indexedOperands(f, immediate(f)),
      }),
      ...thumbImmediate(kind),
    ]),
    record(`${kind.name} (register)`, "Loads or stores at a register plus a register.", kind, [
      strictEncoding("A1", `cond:4 000 P:1 U:1 0 W:1 ${L} Rn:4 Rt:4 (0)(0)(0)(0) 1 ${op2} 1 Rm:4`, {
        asm: text,
        elements: { address: addressElement({ register: "plain" }) },
        see: [translate],
        unpredictable: [wb, unpredictable("Rm is PC", (f: F) => f["Rm"] === 15)],
        operands: (f: F) => indexedOperands(f, registerOffset(f)),
      }),
      ...thumbRegister(kind),
    ]),
    record(translate, "Loads or stores as from PL0.", kind, [
      strictEncoding("A1", `cond:4 0000 U:1 1 1 ${L} Rn:4 Rt:4 imm4H:4 1 ${op2} 1 imm4L:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ immediate: splitByte, fixed: post }) },
        unpredictable: [unprivilegedImmediateRule, unprivilegedInHyp],
        operands: (f: F) => unprivilegedOperands(f, immediate(f)),
      }),
      strictEncoding("A2", `cond:4 0000 U:1 0 1 ${L} Rn:4 Rt:4 (0)(0)(0)(0) 1 ${op2} 1 Rm:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ register: "plain", fixed: post }) },
        unpredictable: [unprivilegedRegisterRule, unprivilegedInHyp],
        operands: (f: F) => unprivilegedOperands(f, registerOffset(f)),
      }),
      thumbUnprivileged(kind),
    ]),
    ...(kind.load ? [literal(kind)] : []),
  ];
};
