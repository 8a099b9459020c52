/** ADR: the address of a label near the instruction. objdump prints it as ADD and SUB with the PC. */
import { badRegister } from "../bad-register.js";
import { encoding, instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { unsignedImmediate } from "../syntax/element.js";
import { labelElement } from "../syntax/label-element.js";
import {
  armExpandImm,
  armImmediate,
  encodeArmImmediate,
  thumbImm12,
  thumbImm12Of,
} from "../syntax/modified-immediate.js";

interface Address {
  readonly d: number;
  /** Bytes from the aligned PC. */
  readonly offset: number;
}

const armLabel = (sign: 1 | -1) =>
  labelElement(
    (f) => sign * armExpandImm(f["imm12"]!).value,
    (offset) => {
      const imm12 = offset * sign < 0 ? undefined : encodeArmImmediate(offset * sign);
      return imm12 === undefined ? undefined : { imm12 };
    },
    true,
  );
const thumbLabel = (sign: 1 | -1) =>
  labelElement(
    (f) => sign * thumbImm12Of(f),
    (offset) => {
      const n = offset * sign;
      return n < 0 || n > 4095 ? undefined : { i: n >>> 11, imm3: (n >>> 8) & 7, imm8: n & 0xff };
    },
    true,
  );
const badDestination = unpredictable<FieldMap>("Rd is the SP or the PC", (f) =>
  badRegister(f["Rd"]),
);

const a32 = (label: "A1" | "A2", name: "add" | "sub", opcode: string, sign: 1 | -1) =>
  encoding<string, Address>(label, `cond:4 001 ${opcode} 0 1111 Rd:4 imm12:12`, {
    asm: [
      { text: `${name}<c> <Rd>, pc, <const>` },
      { text: "adr<c> <Rd>, <label>", parseOnly: true },
    ],
    elements: { const: armImmediate, label: armLabel(sign) },
    operands: (f: FieldMap) => ({ d: f["Rd"]!, offset: sign * armExpandImm(f["imm12"]!).value }),
  });
const t32 = (label: "T2" | "T3", name: "add" | "sub", opcode: string, sign: 1 | -1) =>
  encoding<string, Address>(label, `11110 i:1 10 ${opcode} 1111 0 imm3:3 Rd:4 imm8:8`, {
    asm: [
      { text: `${name}w<c> <Rd>, pc, <imm12>` },
      { text: `${name}<c><w> <Rd>, pc, <imm12>`, parseOnly: true },
      { text: "adr<c><w> <Rd>, <label>", parseOnly: true },
    ],
    elements: { imm12: thumbImm12, label: thumbLabel(sign) },
    unpredictable: [badDestination],
    operands: (f: FieldMap) => ({ d: f["Rd"]!, offset: sign * thumbImm12Of(f) }),
  });

export const ADR: Instruction = instruction<Address>({
  name: "ADR",
  ref: "A8.8.12",
  summary: "Adds a constant to the aligned PC.",
  encodings: [
    a32("A1", "add", "0100", 1),
    a32("A2", "sub", "0010", -1),
    encoding("T1", "10100 Rd:3 imm8:8", {
      asm: [{ text: "add<c> <Rd>, pc, <imm>" }, { text: "adr<c> <Rd>, <label>", parseOnly: true }],
      elements: {
        imm: unsignedImmediate("imm8", 8, 4),
        label: labelElement(
          (f) => f["imm8"]! * 4,
          (offset) =>
            offset < 0 || offset > 1020 || offset % 4 !== 0 ? undefined : { imm8: offset / 4 },
          true,
        ),
      },
      operands: (f) => ({ d: f.Rd, offset: f.imm8 * 4 }),
    }),
    t32("T3", "add", "0000", 1),
    t32("T2", "sub", "1010", -1),
  ],
  execute(ir, o) {
    const result = ir.add(ir.alignedPc(), ir.const(o.offset));
    if (o.d === 15) ir.aluWritePC(result);
    else ir.setReg(o.d, result);
  },
});
