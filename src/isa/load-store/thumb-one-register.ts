/** The T16 and T32 encodings of loads and stores of one register. */
import { badRegister } from "../bad-register.js";
import { strictEncoding } from "../composed-encoding.js";
import { unpredictable, type Encoding } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { addressElement, oneField, signedOffset, writesBack } from "./addressing.js";
import { indexedOperands, unprivilegedInHyp, type Kind, type Operands } from "./one-register.js";

type F = FieldMap;
export const thumbSize = (kind: Kind): string =>
  kind.size === 4 ? "10" : kind.size === 2 ? "01" : "00";
const T16_IMMEDIATE: Readonly<Record<string, string>> = {
  STR: "01100",
  LDR: "01101",
  STRB: "01110",
  LDRB: "01111",
  STRH: "10000",
  LDRH: "10001",
};
const T16_REGISTER: Readonly<Record<string, string>> = {
  STR: "0101000",
  STRH: "0101001",
  STRB: "0101010",
  LDRSB: "0101011",
  LDR: "0101100",
  LDRH: "0101101",
  LDRB: "0101110",
  LDRSH: "0101111",
};
const plain = (t: number, n: number, value: number): Operands => ({
  t,
  unprivileged: false,
  address: { n, offset: { kind: "immediate", value }, index: true, writeback: false },
});
/** Rt of T32 loads: SP is UNPREDICTABLE but for words, PC is a hint for the others. */
const thumbBad = (kind: Kind) =>
  unpredictable("Rt is SP, or PC where it may not be", (f: F) =>
    kind.load
      ? f["Rt"] === 13 && kind.size !== 4
      : f["Rt"] === 15 || (f["Rt"] === 13 && kind.size !== 4),
  );
const thumbSee = (kind: Kind): string[] => [
  ...(kind.load ? [`${kind.name} (literal)`] : []),
  ...hintSee(kind),
];
/** Loads of bytes and halfwords to the PC are memory hints. */
export const hintSee = (kind: Kind): string[] =>
  !kind.load || kind.size === 4
    ? []
    : [
        "PLD, PLI",
        "PLD, PLI (literal)",
        "memory hint (unallocated)",
        "memory hint (unallocated, literal)",
      ];
const thumbUndefined =
  (kind: Kind) =>
  (f: F): boolean =>
    !kind.load && f["Rn"] === 15;

export const thumbImmediate = (kind: Kind): Encoding<Operands>[] => {
  const lower = kind.name.toLowerCase();
  const L = kind.load ? 1 : 0;
  const out: Encoding<Operands>[] = [];
  const t16 = T16_IMMEDIATE[kind.name];
  const fixed = { P: 1, U: 1, W: 0 };
  if (t16 !== undefined) {
    out.push(
      strictEncoding("T1", `${t16} imm5:5 Rn:3 Rt:3`, {
        asm: `${lower}<c> <Rt>, <address>`,
        elements: {
          address: addressElement({
            immediate: oneField("imm5", 5, kind.size),
            fixed,
            hideZero: false,
          }),
        },
        operands: (f: F) => plain(f["Rt"]!, f["Rn"]!, f["imm5"]! * kind.size),
      }),
    );
  }
  if (kind.size === 4) {
    out.push(
      strictEncoding("T2", `1001 ${L} Rt:3 imm8:8`, {
        asm: `${lower}<c> <Rt>, <address>`,
        elements: {
          address: addressElement({
            immediate: oneField("imm8", 8, 4),
            fixed,
            base: 13,
            hideZero: false,
          }),
        },
        operands: (f: F) => plain(f["Rt"]!, 13, f["imm8"]! * 4),
      }),
    );
  }
  const space = `1111100 ${kind.signed ? 1 : 0}`;
  out.push(
    strictEncoding("T3", `${space} 1 ${thumbSize(kind)} ${L} Rn:4 Rt:4 imm12:12`, {
      asm: `${lower}<c><w> <Rt>, <address>`,
      elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed }) },
      see: thumbSee(kind),
      unpredictable: [thumbBad(kind)],
      undefined: thumbUndefined(kind),
      operands: (f: F) => plain(f["Rt"]!, f["Rn"]!, f["imm12"]!),
    }),
    strictEncoding("T4", `${space} 0 ${thumbSize(kind)} ${L} Rn:4 Rt:4 1 P:1 U:1 W:1 imm8:8`, {
      asm: `${lower}<c><w> <Rt>, <address>`,
      elements: { address: addressElement({ immediate: oneField("imm8", 8), plainZero: true }) },
      see: [...thumbSee(kind), `${kind.name}T`],
      undefined: (f: F) => thumbUndefined(kind)(f) || (f["P"] === 0 && f["W"] === 0),
      unpredictable: [
        thumbBad(kind),
        unpredictable("writeback to Rt", (f: F) => writesBack(f) && f["Rn"] === f["Rt"]),
        unpredictable("writeback with Rt = PC", (f: F) => f["Rt"] === 15 && kind.size !== 4),
      ],
      operands: (f: F) =>
        indexedOperands(f, { kind: "immediate", value: signedOffset(f, f["imm8"]!) }),
    }),
  );
  return out;
};
export const thumbRegister = (kind: Kind): Encoding<Operands>[] => {
  const lower = kind.name.toLowerCase();
  const fixed = { P: 1, U: 1, W: 0 };
  const operands = (t: number, n: number, m: number, amount: number): Operands => ({
    t,
    unprivileged: false,
    address: {
      n,
      offset: { kind: "register", m, add: true, type: "LSL", amount },
      index: true,
      writeback: false,
    },
  });
  return [
    strictEncoding("T1", `${T16_REGISTER[kind.name]!} Rm:3 Rn:3 Rt:3`, {
      asm: `${lower}<c> <Rt>, <address>`,
      elements: { address: addressElement({ register: "plain", fixed }) },
      operands: (f: F) => operands(f["Rt"]!, f["Rn"]!, f["Rm"]!, 0),
    }),
    strictEncoding(
      "T2",
      `1111100 ${kind.signed ? 1 : 0} 0 ${thumbSize(kind)} ${kind.load ? 1 : 0} Rn:4 Rt:4 000000 imm2:2 Rm:4`,
      {
        asm: `${lower}<c><w> <Rt>, <address>`,
        elements: { address: addressElement({ register: "imm2", fixed }) },
        see: thumbSee(kind),
        undefined: thumbUndefined(kind),
        unpredictable: [
          thumbBad(kind),
          unpredictable("Rm is SP or PC", (f: F) => badRegister(f["Rm"]!)),
        ],
        operands: (f: F) => operands(f["Rt"]!, f["Rn"]!, f["Rm"]!, f["imm2"]!),
      },
    ),
  ];
};
export const thumbUnprivileged = (kind: Kind): Encoding<Operands> => {
  return strictEncoding(
    "T1",
    `1111100 ${kind.signed ? 1 : 0} 0 ${thumbSize(kind)} ${kind.load ? 1 : 0} Rn:4 Rt:4 1110 imm8:8`,
    {
      asm: `${kind.name.toLowerCase()}t<c> <Rt>, <address>`,
      elements: {
        address: addressElement({ immediate: oneField("imm8", 8), fixed: { P: 1, U: 1, W: 0 } }),
      },
      see: thumbSee(kind).filter((name) => name !== "PLD, PLI"),
      undefined: thumbUndefined(kind),
      unpredictable: [
        unpredictable("Rt is SP or PC", (f: F) => badRegister(f["Rt"]!)),
        unprivilegedInHyp,
      ],
      operands: (f: F) => ({
        t: f["Rt"]!,
        unprivileged: true,
        address: {
          n: f["Rn"]!,
          offset: { kind: "immediate", value: f["imm8"]! },
          index: true,
          writeback: false,
        },
      }),
    },
  );
};
