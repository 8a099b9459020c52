/** LDRD and STRD. */
import type { IrBuilder } from "../../ir/index.js";
import { badRegister } from "../bad-register.js";
import { strictEncoding } from "../composed-encoding.js";
import {
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type AsmForm,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  addressElement,
  indexedAddress,
  oneField,
  registerOffset,
  resolve,
  signedOffset,
  splitByte,
  writesBack,
  type Addressing,
} from "./addressing.js";
import { nextRegister } from "./next-register.js";

type F = FieldMap;
interface Pair {
  readonly t: number;
  readonly t2: number;
  readonly address: Addressing;
}
const executePair =
  (load: boolean) =>
  (ir: IrBuilder, o: Pair): void => {
    const { address, updated } = resolve(ir, o.address);
    const second = ir.add(address, ir.const(4));
    // With LPAE a doubleword-aligned pair is single-copy atomic; alignment to a word is demanded always.
    const options = { aligned: true };
    if (load) {
      const low = ir.load(address, 4, options);
      const high = ir.load(second, 4, options);
      ir.setReg(o.t, low);
      ir.setReg(o.t2, high);
      // Last: where base and destination are one, UNPREDICTABLE, the reference emulator keeps the base.
      if (o.address.writeback) ir.setReg(o.address.n, updated);
    } else {
      ir.store(address, 4, ir.reg(o.t), options);
      ir.store(second, 4, ir.reg(o.t2), options);
      if (o.address.writeback) ir.setReg(o.address.n, updated);
    }
  };
const pairOf = [
  unpredictable("Rt is odd", (f: F) => f["Rt"]! % 2 === 1, UNDEFINED_IN_REFERENCE),
  unpredictable("Rt is LR", (f: F) => f["Rt"] === 14),
];
const pairRecords = (load: boolean): Instruction[] => {
  const name = load ? "LDRD" : "STRD";
  const lower = name.toLowerCase();
  const op = load ? "1101" : "1111";
  const wb = (f: F): boolean =>
    writesBack(f) && (f["Rn"] === 15 || f["Rn"] === f["Rt"] || f["Rn"] === f["Rt"]! + 1);
  const rules = [
    ...pairOf,
    unpredictable(
      "P = 0 and W = 1",
      (f: F) => f["P"] === 0 && f["W"] === 1,
      UNDEFINED_IN_REFERENCE,
    ),
    unpredictable("writeback to the PC or a transferred register", wb),
  ];
  const t32Rules = [
    unpredictable(
      "a register is SP or PC, or both are the same",
      (f: F) => badRegister(f["Rt"]!) || badRegister(f["Rt2"]!) || (load && f["Rt"] === f["Rt2"]),
    ),
    unpredictable(
      "writeback to a transferred register",
      (f: F) => writesBack(f) && (f["Rn"] === f["Rt"] || f["Rn"] === f["Rt2"] || f["Rn"] === 15),
    ),
  ];
  // objdump prints the first register of an A32 pair alone; the assembler takes both forms.
  const text: AsmForm[] = [
    { text: `${lower}<c> <Rt>, <address>` },
    { text: `${lower}<c> <Rt>, <next>, <address>`, parseOnly: true },
  ];
  const records = [
    instruction<Pair>({
      name: `${name} (immediate)`,
      ref: "A8.8.72",
      summary: "Transfers two registers at a register plus a constant.",
      encodings: [
        strictEncoding<Pair>("A1", `cond:4 000 P:1 U:1 1 W:1 0 Rn:4 Rt:4 imm4H:4 ${op} imm4L:4`, {
          asm: text,
          elements: { next: nextRegister, address: addressElement({ immediate: splitByte }) },
          see: load ? [`${name} (literal)`] : [],
          unpredictable: rules,
          operands: (f: F) => ({
            t: f["Rt"]!,
            t2: (f["Rt"]! + 1) & 15,
            address: indexedAddress(f, {
              kind: "immediate",
              value: signedOffset(f, splitByte.get(f)),
            }),
          }),
        }),
        strictEncoding<Pair>("T1", `1110100 P:1 U:1 1 W:1 ${load ? 1 : 0} Rn:4 Rt:4 Rt2:4 imm8:8`, {
          asm: `${lower}<c> <Rt>, <Rt2>, <address>`,
          elements: { address: addressElement({ immediate: oneField("imm8", 8, 4) }) },
          see: [
            "LDREX",
            "STREX",
            "LDREXB",
            "LDREXH",
            "LDREXD",
            "STREXB",
            "STREXH",
            "STREXD",
            "TBB, TBH",
            "dual and exclusive (unallocated)",
            ...(load ? [`${name} (literal)`] : []),
          ],
          undefined: (f: F) => f["P"] === 0 && f["W"] === 0,
          unpredictable: t32Rules,
          operands: (f: F) => ({
            t: f["Rt"]!,
            t2: f["Rt2"]!,
            address: indexedAddress(f, {
              kind: "immediate",
              value: signedOffset(f, f["imm8"]! * 4),
            }),
          }),
        }),
      ],
      execute: executePair(load),
    }),
    instruction<Pair>({
      name: `${name} (register)`,
      ref: "A8.8.74",
      summary: "Transfers two registers at a register plus a register.",
      encodings: [
        strictEncoding<Pair>("A1", `cond:4 000 P:1 U:1 0 W:1 0 Rn:4 Rt:4 (0)(0)(0)(0) ${op} Rm:4`, {
          asm: text,
          elements: { next: nextRegister, address: addressElement({ register: "plain" }) },
          unpredictable: [
            ...rules,
            unpredictable(
              "Rm is PC or a transferred register",
              (f: F) =>
                f["Rm"] === 15 || (load && (f["Rm"] === f["Rt"] || f["Rm"] === f["Rt"]! + 1)),
            ),
          ],
          operands: (f: F) => ({
            t: f["Rt"]!,
            t2: (f["Rt"]! + 1) & 15,
            address: indexedAddress(f, registerOffset(f)),
          }),
        }),
      ],
      execute: executePair(load),
    }),
  ];
  if (!load) return records;
  const literal = (f: F, value: number): Addressing => ({
    n: 15,
    offset: { kind: "immediate", value: signedOffset(f, value) },
    index: true,
    writeback: false,
  });
  return [
    ...records,
    instruction<Pair>({
      name: "LDRD (literal)",
      ref: "A8.8.73",
      summary: "Loads two registers from near the PC.",
      encodings: [
        strictEncoding<Pair>("A1", "cond:4 000 (1) U:1 1 (0) 0 1111 Rt:4 imm4H:4 1101 imm4L:4", {
          asm: [
            { text: "ldrd<c> <Rt>, <literal>" },
            { text: "ldrd<c> <Rt>, <next>, <literal>", parseOnly: true },
          ],
          elements: {
            next: nextRegister,
            literal: addressElement({ base: 15, immediate: splitByte, fixed: { P: 1, W: 0 } }),
          },
          unpredictable: pairOf,
          operands: (f: F) => ({
            t: f["Rt"]!,
            t2: (f["Rt"]! + 1) & 15,
            address: literal(f, splitByte.get(f)),
          }),
        }),
        strictEncoding<Pair>("T1", "1110100 P:1 U:1 1 W:1 1 1111 Rt:4 Rt2:4 imm8:8", {
          asm: "ldrd<c> <Rt>, <Rt2>, <address>",
          elements: { address: addressElement({ immediate: oneField("imm8", 8, 4), base: 15 }) },
          see: [
            "dual and exclusive (unallocated)",
            "LDREX",
            "LDREXB",
            "LDREXH",
            "LDREXD",
            "TBB, TBH",
          ],
          undefined: (f: F) => f["P"] === 0 && f["W"] === 0,
          unpredictable: [
            unpredictable(
              "a register is SP or PC, both are the same, or writeback to the PC",
              (f: F) =>
                badRegister(f["Rt"]!) ||
                badRegister(f["Rt2"]!) ||
                f["Rt"] === f["Rt2"] ||
                f["W"] === 1 ||
                f["P"] === 0,
            ),
          ],
          operands: (f: F) => ({ t: f["Rt"]!, t2: f["Rt2"]!, address: literal(f, f["imm8"]! * 4) }),
        }),
      ],
      execute: executePair(true),
    }),
  ];
};

export const DUAL: readonly Instruction[] = [...pairRecords(true), ...pairRecords(false)];
