/** Loads and stores of words and unsigned bytes: A32's load/store word and unsigned byte space. */
import { strictEncoding } from "../composed-encoding.js";
import { unpredictable, type AsmForm, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { decodeImmShift } from "../syntax/shift-element.js";
import { addressElement, oneField, signedOffset, type Addressing } from "./addressing.js";
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
/** PUSH and POP of one register are a store and a load with writeback of SP. */
const onePushPop = (kind: Kind): AsmForm => {
  const fields = kind.load
    ? { P: 0, U: 1, W: 0, Rn: 13, imm12: 4 }
    : { P: 1, U: 0, W: 1, Rn: 13, imm12: 4 };
  return {
    text: `${kind.load ? "pop" : "push"}<c> {<Rt>}`,
    fields,
    when: (f) => Object.entries(fields).every(([k, v]) => f[k] === v),
  };
};

/** The records of a kind. */
export const wordOrByte = (kind: Kind): Instruction[] => {
  const B = kind.size === 1 ? 1 : 0;
  const L = kind.load ? 1 : 0;
  const lower = kind.name.toLowerCase();
  const text = `${lower}<c> <Rt>, <address>`;
  const tBad = kind.size === 1 ? [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)] : [];
  const wb = unpredictable("writeback to the PC or to Rt", writebackBad);
  const translate = `${kind.name}T`;
  const see = [translate];
  const imm = addressElement({ immediate: oneField("imm12", 12) });
  const reg = addressElement({ register: "shifted" });
  const registerOf = (f: F): Addressing["offset"] => {
    const { type, amount } = decodeImmShift(f["type"]!, f["imm5"]!);
    return { kind: "register", m: f["Rm"]!, add: f["U"] === 1, type, amount };
  };
  const post = { P: 0, W: 0 };
  return [
    record(`${kind.name} (immediate)`, "Loads or stores at a register plus a constant.", kind, [
      strictEncoding("A1", `cond:4 010 P:1 U:1 ${B} W:1 ${L} Rn:4 Rt:4 imm12:12`, {
        asm: [...(kind.size === 4 ? [onePushPop(kind)] : []), { text }],
        elements: { address: imm },
        see: [...see, ...(kind.load ? [`${kind.name} (literal)`] : [])],
        unpredictable: [wb, ...tBad],
        operands: (f: F) =>
          indexedOperands(f, { kind: "immediate", value: signedOffset(f, f["imm12"]!) }),
      }),
      ...thumbImmediate(kind),
    ]),
    record(
      `${kind.name} (register)`,
      "Loads or stores at a register plus a shifted register.",
      kind,
      [
        strictEncoding("A1", `cond:4 011 P:1 U:1 ${B} W:1 ${L} Rn:4 Rt:4 imm5:5 type:2 0 Rm:4`, {
          asm: text,
          elements: { address: reg },
          see,
          unpredictable: [wb, ...tBad, unpredictable("Rm is PC", (f: F) => f["Rm"] === 15)],
          operands: (f: F) => indexedOperands(f, registerOf(f)),
        }),
        ...thumbRegister(kind),
      ],
    ),
    record(translate, "Loads or stores as from PL0.", kind, [
      strictEncoding("A1", `cond:4 0100 U:1 ${B} 1 ${L} Rn:4 Rt:4 imm12:12`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed: post }) },
        unpredictable: [unprivilegedImmediateRule, unprivilegedInHyp],
        operands: (f: F) =>
          unprivilegedOperands(f, { kind: "immediate", value: signedOffset(f, f["imm12"]!) }),
      }),
      strictEncoding("A2", `cond:4 0110 U:1 ${B} 1 ${L} Rn:4 Rt:4 imm5:5 type:2 0 Rm:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ register: "shifted", fixed: post }) },
        unpredictable: [unprivilegedRegisterRule, unprivilegedInHyp],
        operands: (f: F) => unprivilegedOperands(f, registerOf(f)),
      }),
      thumbUnprivileged(kind),
    ]),
    ...(kind.load ? [literal(kind)] : []),
  ];
};
