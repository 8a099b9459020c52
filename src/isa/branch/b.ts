import { encoding, instruction } from "../instruction.js";
import { CONDITIONS, conditionNamed, type Element } from "../syntax/element.js";
import { labelElement, signedOffset, signExtend } from "../syntax/label-element.js";

interface Operands {
  /** Byte offset from the PC operand. */
  readonly offset: number;
  /** Condition that the encoding itself holds (T1, T3). */
  readonly cond: number;
}

/** Condition suffix out of the encoding's own cond field, in T32. */
const ownCondition: Element = {
  print: (f) => CONDITIONS[f["cond"]!]!,
  parse(text, at) {
    const cond = conditionNamed(text.slice(at, at + 2));
    return cond === undefined || cond === 14 ? [] : [{ fields: { cond }, end: at + 2 }];
  },
};

/** T3: S:J2:J1:imm6:imm11:'0'. */
const t3Offset = (f: { S: number; J1: number; J2: number; imm6: number; imm11: number }): number =>
  signExtend((f.S << 20) | (f.J2 << 19) | (f.J1 << 18) | (f.imm6 << 12) | (f.imm11 << 1), 21);
/** T4: S:I1:I2:imm10:imm11:'0' with I = NOT(J EOR S). Shared with BL. */
export const t4Offset = (f: {
  S: number;
  J1: number;
  J2: number;
  imm10: number;
  imm11: number;
}): number => {
  const i1 = f.J1 ^ f.S ^ 1;
  const i2 = f.J2 ^ f.S ^ 1;
  return signExtend((f.S << 24) | (i1 << 23) | (i2 << 22) | (f.imm10 << 12) | (f.imm11 << 1), 25);
};
export const t4Fields = (n: number): Record<string, number> | undefined => {
  if (n % 2 !== 0 || n < -(2 ** 24) || n >= 2 ** 24) return undefined;
  const S = n < 0 ? 1 : 0;
  return {
    S,
    J1: ((n >> 23) & 1) ^ S ^ 1,
    J2: ((n >> 22) & 1) ^ S ^ 1,
    imm10: (n >> 12) & 0x3ff,
    imm11: (n >> 1) & 0x7ff,
  };
};

export const B = instruction<Operands>({
  name: "B",
  ref: "A8.8.18",
  summary: "Branches to an address near the PC.",
  encodings: [
    encoding("A1", "cond:4 1010 imm24:24", {
      asm: "b<c> <label>",
      elements: { label: signedOffset("imm24", 24, 4) },
      operands: (f) => ({ offset: signExtend(f.imm24, 24) * 4, cond: 14 }),
    }),
    encoding("T1", "1101 cond:4 imm8:8", {
      asm: "b<cond><n> <label>",
      elements: { cond: ownCondition, label: signedOffset("imm8", 8, 2) },
      see: ["UDF", "SVC"],
      it: "outside",
      operands: (f) => ({ offset: signExtend(f.imm8, 8) * 2, cond: f.cond }),
    }),
    encoding("T2", "11100 imm11:11", {
      asm: "b<c><n> <label>",
      elements: { label: signedOffset("imm11", 11, 2) },
      it: "last-or-outside",
      operands: (f) => ({ offset: signExtend(f.imm11, 11) * 2, cond: 14 }),
    }),
    encoding("T3", "11110 S:1 cond:4 imm6:6 10 J1:1 0 J2:1 imm11:11", {
      asm: "b<cond><w> <label>",
      elements: {
        cond: ownCondition,
        label: labelElement(
          (f) => t3Offset(f as Parameters<typeof t3Offset>[0]),
          (n) =>
            n % 2 !== 0 || n < -(2 ** 20) || n >= 2 ** 20
              ? undefined
              : {
                  S: n < 0 ? 1 : 0,
                  J2: (n >> 19) & 1,
                  J1: (n >> 18) & 1,
                  imm6: (n >> 12) & 0x3f,
                  imm11: (n >> 1) & 0x7ff,
                },
        ),
      },
      see: [
        "MSR (register)",
        "MSR (Banked register)",
        "MRS",
        "MRS (Banked register)",
        "CPS",
        "NOP",
        "YIELD",
        "WFE",
        "WFI",
        "SEV",
        "DBG",
        "hint (reserved)",
        "DSB",
        "DMB",
        "ISB",
        "CLREX",
        "BXJ",
        "ERET",
        "SUBS PC, LR (T32)",
        "HVC",
        "SMC",
        "UDF",
      ],
      it: "outside",
      undefined: (f) => f.cond >= 14,
      operands: (f) => ({ offset: t3Offset(f), cond: f.cond }),
    }),
    encoding("T4", "11110 S:1 imm10:10 10 J1:1 1 J2:1 imm11:11", {
      asm: "b<c><w> <label>",
      elements: {
        label: labelElement((f) => t4Offset(f as Parameters<typeof t4Offset>[0]), t4Fields),
      },
      it: "last-or-outside",
      operands: (f) => ({ offset: t4Offset(f), cond: 14 }),
    }),
  ],
  execute(ir, o) {
    ir.ifCondition(o.cond, () => {
      ir.branchBy(o.offset);
    });
  },
});
