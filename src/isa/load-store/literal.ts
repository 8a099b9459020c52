/** Loads of one register from near the PC. */
import { strictEncoding } from "../composed-encoding.js";
import { unpredictable, type Encoding, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { addressElement, literalElement, oneField, signedOffset, splitByte } from "./addressing.js";
import { record, type Kind, type Operands } from "./one-register.js";
import { hintSee, thumbSize } from "./thumb-one-register.js";

type F = FieldMap;
/** A zero offset of the extra loads is not printed; minus zero is. */
const hiddenZero = addressElement({ base: 15, immediate: splitByte, fixed: { P: 1, W: 0 } });

export const literal = (kind: Kind): Instruction => {
  const B = kind.size === 1 ? 1 : 0;
  const lower = kind.name.toLowerCase();
  const extraSpace = kind.extra;
  const literalOperands = (n: number, t: number): Operands => ({
    t,
    unprivileged: false,
    address: { n: 15, offset: { kind: "immediate", value: n }, index: true, writeback: false },
  });
  const encodings: Encoding<Operands>[] = [
    extraSpace === undefined
      ? strictEncoding("A1", `cond:4 010 (1) U:1 ${B} (0) 1 1111 Rt:4 imm12:12`, {
          asm: `${lower}<c> <Rt>, <literal>`,
          elements: { literal: literalElement(oneField("imm12", 12)) },
          see: [`${kind.name}T`],
          unpredictable:
            kind.size === 1 ? [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)] : [],
          operands: (f: F) => literalOperands(signedOffset(f, f["imm12"]!), f["Rt"]!),
        })
      : strictEncoding(
          "A1",
          `cond:4 000 (1) U:1 1 (0) 1 1111 Rt:4 imm4H:4 1 ${extraSpace} 1 imm4L:4`,
          {
            asm: `${lower}<c> <Rt>, <literal>`,
            elements: { literal: hiddenZero },
            see: [`${kind.name}T`],
            unpredictable: [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)],
            operands: (f: F) => literalOperands(signedOffset(f, splitByte.get(f)), f["Rt"]!),
          },
        ),
  ];
  if (kind.name === "LDR") {
    encodings.push(
      strictEncoding("T1", "01001 Rt:3 imm8:8", {
        asm: "ldr<c> <Rt>, <literal>",
        elements: { literal: literalElement(oneField("imm8", 8, 4), true) },
        operands: (f: F) => literalOperands(f["imm8"]! * 4, f["Rt"]!),
      }),
    );
  }
  encodings.push(
    strictEncoding(
      "T2",
      `1111100 ${kind.signed ? 1 : 0} U:1 ${thumbSize(kind)} 1 1111 Rt:4 imm12:12`,
      {
        asm: `${lower}<c><w> <Rt>, <literal>`,
        elements: { literal: literalElement(oneField("imm12", 12), false, true) },
        see: hintSee(kind),
        unpredictable: [unpredictable("Rt is SP", (f: F) => f["Rt"] === 13 && kind.size !== 4)],
        operands: (f: F) => literalOperands(signedOffset(f, f["imm12"]!), f["Rt"]!),
      },
    ),
  );
  return record(`${kind.name} (literal)`, "Loads from an address near the PC.", kind, encodings);
};
