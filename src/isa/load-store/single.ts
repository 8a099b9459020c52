/** Loads and stores of one register: words, halfwords, bytes, signed or not, privileged or not. */
import type { IrBuilder } from "../../ir/index.js";
import {
  encoding,
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type AsmForm,
  type Encoding,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { decodeImmShift } from "../syntax/shift-element.js";
import {
  addressElement,
  literalElement,
  oneField,
  resolve,
  splitByte,
  transferSyndrome,
  type Addressing,
} from "./addressing.js";

type F = FieldMap;
interface Kind {
  readonly name: string;
  readonly load: boolean;
  readonly size: 1 | 2 | 4;
  readonly signed: boolean;
}
interface Operands {
  readonly t: number;
  readonly address: Addressing;
  readonly unprivileged: boolean;
}
const KINDS: readonly Kind[] = [
  { name: "STR", load: false, size: 4, signed: false },
  { name: "LDR", load: true, size: 4, signed: false },
  { name: "STRB", load: false, size: 1, signed: false },
  { name: "LDRB", load: true, size: 1, signed: false },
  { name: "STRH", load: false, size: 2, signed: false },
  { name: "LDRH", load: true, size: 2, signed: false },
  { name: "LDRSB", load: true, size: 1, signed: true },
  { name: "LDRSH", load: true, size: 2, signed: true },
];
const made = (
  label: Encoding["label"],
  pattern: string,
  spec: Parameters<typeof encoding<string, Operands>>[2],
): Encoding<Operands> =>
  encoding<string, Operands>(label, pattern, { shouldBe: UNDEFINED_IN_REFERENCE, ...spec });
const bad = (n: number): boolean => n === 13 || n === 15;

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

/** Addressing of an A32 encoding with P, U and W bits. */
const a32Addressing = (f: F, offset: Addressing["offset"]): Addressing => ({
  n: f["Rn"]!,
  offset,
  index: f["P"] === 1,
  writeback: f["P"] === 0 || f["W"] === 1,
});
const signed = (f: F, n: number): number => ((f["U"] ?? 1) === 1 ? n : -n);
const writebackBad = (f: F): boolean =>
  (f["P"] === 0 || f["W"] === 1) && (f["Rn"] === 15 || f["Rn"] === f["Rt"]);
const record = (
  name: string,
  summary: string,
  kind: Kind,
  encodings: Encoding<Operands>[],
): Instruction =>
  instruction<Operands>({ name, ref: "A8.8", summary, encodings, execute: execute(kind) });

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

/** Executes with PL2's own rights; the reference emulator takes the tables of PL1&0. */
const unprivilegedInHyp = unpredictable(
  "an unprivileged access in HYP mode",
  (_f: F, { mode }) => mode.name === "hyp",
);

/** Words and unsigned bytes: the A32 load/store word and unsigned byte space. */
const wordOrByte = (kind: Kind): Instruction[] => {
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
      made("A1", `cond:4 010 P:1 U:1 ${B} W:1 ${L} Rn:4 Rt:4 imm12:12`, {
        asm: [...(kind.size === 4 ? [onePushPop(kind)] : []), { text }],
        elements: { address: imm },
        see: [...see, ...(kind.load ? [`${kind.name} (literal)`] : [])],
        unpredictable: [wb, ...tBad],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: false,
          address: a32Addressing(f, { kind: "immediate", value: signed(f, f["imm12"]!) }),
        }),
      }),
      ...thumbImmediate(kind),
    ]),
    record(
      `${kind.name} (register)`,
      "Loads or stores at a register plus a shifted register.",
      kind,
      [
        made("A1", `cond:4 011 P:1 U:1 ${B} W:1 ${L} Rn:4 Rt:4 imm5:5 type:2 0 Rm:4`, {
          asm: text,
          elements: { address: reg },
          see,
          unpredictable: [wb, ...tBad, unpredictable("Rm is PC", (f: F) => f["Rm"] === 15)],
          operands: (f: F) => ({
            t: f["Rt"]!,
            unprivileged: false,
            address: a32Addressing(f, registerOf(f)),
          }),
        }),
        ...thumbRegister(kind),
      ],
    ),
    record(translate, "Loads or stores as from PL0.", kind, [
      made("A1", `cond:4 0100 U:1 ${B} 1 ${L} Rn:4 Rt:4 imm12:12`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed: post }) },
        unpredictable: [
          unpredictable(
            "Rt is PC, Rn is PC or Rt",
            (f: F) => f["Rt"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
          ),
          unprivilegedInHyp,
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: true,
          address: {
            n: f["Rn"]!,
            offset: { kind: "immediate", value: signed(f, f["imm12"]!) },
            index: false,
            writeback: true,
          },
        }),
      }),
      made("A2", `cond:4 0110 U:1 ${B} 1 ${L} Rn:4 Rt:4 imm5:5 type:2 0 Rm:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ register: "shifted", fixed: post }) },
        unpredictable: [
          unpredictable(
            "Rt or Rm is PC, Rn is PC or Rt",
            (f: F) => f["Rt"] === 15 || f["Rm"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
          ),
          unprivilegedInHyp,
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: true,
          address: { n: f["Rn"]!, offset: registerOf(f), index: false, writeback: true },
        }),
      }),
      thumbUnprivileged(kind),
    ]),
    ...(kind.load ? [literal(kind)] : []),
  ];
};

/** Bits 6:5 (op2) and L of A32's extra load/store space. */
const EXTRA: Readonly<Record<string, string>> = {
  STRH: "01",
  LDRH: "01",
  LDRSB: "10",
  LDRSH: "11",
};
const extra = (kind: Kind): Instruction[] => {
  const L = kind.load ? 1 : 0;
  const op2 = EXTRA[kind.name]!;
  const lower = kind.name.toLowerCase();
  const text = `${lower}<c> <Rt>, <address>`;
  const translate = `${kind.name}T`;
  const wb = unpredictable(
    "Rt is PC, or writeback to the PC or to Rt",
    (f: F) => f["Rt"] === 15 || writebackBad(f),
  );
  const immediate = (f: F): Addressing["offset"] => ({
    kind: "immediate",
    value: signed(f, splitByte.get(f)),
  });
  const register = (f: F): Addressing["offset"] => ({
    kind: "register",
    m: f["Rm"]!,
    add: f["U"] === 1,
    type: "LSL",
    amount: 0,
  });
  const post = { P: 0, W: 0 };
  return [
    record(`${kind.name} (immediate)`, "Loads or stores at a register plus a constant.", kind, [
      made("A1", `cond:4 000 P:1 U:1 1 W:1 ${L} Rn:4 Rt:4 imm4H:4 1 ${op2} 1 imm4L:4`, {
        asm: text,
        elements: { address: addressElement({ immediate: splitByte }) },
        see: [translate, ...(kind.load ? [`${kind.name} (literal)`] : [])],
        unpredictable: [wb],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: false,
          address: a32Addressing(f, immediate(f)),
        }),
      }),
      ...thumbImmediate(kind),
    ]),
    record(`${kind.name} (register)`, "Loads or stores at a register plus a register.", kind, [
      made("A1", `cond:4 000 P:1 U:1 0 W:1 ${L} Rn:4 Rt:4 (0)(0)(0)(0) 1 ${op2} 1 Rm:4`, {
        asm: text,
        elements: { address: addressElement({ register: "plain" }) },
        see: [translate],
        unpredictable: [wb, unpredictable("Rm is PC", (f: F) => f["Rm"] === 15)],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: false,
          address: a32Addressing(f, register(f)),
        }),
      }),
      ...thumbRegister(kind),
    ]),
    record(translate, "Loads or stores as from PL0.", kind, [
      made("A1", `cond:4 0000 U:1 1 1 ${L} Rn:4 Rt:4 imm4H:4 1 ${op2} 1 imm4L:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ immediate: splitByte, fixed: post }) },
        unpredictable: [
          unpredictable(
            "Rt is PC, Rn is PC or Rt",
            (f: F) => f["Rt"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
          ),
          unprivilegedInHyp,
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: true,
          address: { n: f["Rn"]!, offset: immediate(f), index: false, writeback: true },
        }),
      }),
      made("A2", `cond:4 0000 U:1 0 1 ${L} Rn:4 Rt:4 (0)(0)(0)(0) 1 ${op2} 1 Rm:4`, {
        asm: `${lower}t<c> <Rt>, <address>`,
        elements: { address: addressElement({ register: "plain", fixed: post }) },
        unpredictable: [
          unpredictable(
            "Rt or Rm is PC, Rn is PC or Rt",
            (f: F) => f["Rt"] === 15 || f["Rm"] === 15 || f["Rn"] === 15 || f["Rn"] === f["Rt"],
          ),
          unprivilegedInHyp,
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          unprivileged: true,
          address: { n: f["Rn"]!, offset: register(f), index: false, writeback: true },
        }),
      }),
      thumbUnprivileged(kind),
    ]),
    ...(kind.load ? [literal(kind)] : []),
  ];
};

/** A zero offset of the extra loads is not printed; minus zero is. */
const hiddenZero = addressElement({ base: 15, immediate: splitByte, fixed: { P: 1, W: 0 } });

const literal = (kind: Kind): Instruction => {
  const B = kind.size === 1 ? 1 : 0;
  const lower = kind.name.toLowerCase();
  const extraSpace = EXTRA[kind.name];
  const literalOperands = (n: number, t: number): Operands => ({
    t,
    unprivileged: false,
    address: { n: 15, offset: { kind: "immediate", value: n }, index: true, writeback: false },
  });
  const encodings: Encoding<Operands>[] = [
    extraSpace === undefined
      ? made("A1", `cond:4 010 (1) U:1 ${B} (0) 1 1111 Rt:4 imm12:12`, {
          asm: `${lower}<c> <Rt>, <literal>`,
          elements: { literal: literalElement(oneField("imm12", 12)) },
          see: [`${kind.name}T`],
          unpredictable:
            kind.size === 1 ? [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)] : [],
          operands: (f: F) => literalOperands(signed(f, f["imm12"]!), f["Rt"]!),
        })
      : made("A1", `cond:4 000 (1) U:1 1 (0) 1 1111 Rt:4 imm4H:4 1 ${extraSpace} 1 imm4L:4`, {
          asm: `${lower}<c> <Rt>, <literal>`,
          elements: { literal: hiddenZero },
          see: [`${kind.name}T`],
          unpredictable: [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)],
          operands: (f: F) => literalOperands(signed(f, splitByte.get(f)), f["Rt"]!),
        }),
  ];
  if (kind.name === "LDR") {
    encodings.push(
      made("T1", "01001 Rt:3 imm8:8", {
        asm: "ldr<c> <Rt>, <literal>",
        elements: { literal: literalElement(oneField("imm8", 8, 4), true) },
        operands: (f: F) => literalOperands(f["imm8"]! * 4, f["Rt"]!),
      }),
    );
  }
  encodings.push(
    made("T2", `1111100 ${kind.signed ? 1 : 0} U:1 ${thumbSize(kind)} 1 1111 Rt:4 imm12:12`, {
      asm: `${lower}<c><w> <Rt>, <literal>`,
      elements: { literal: literalElement(oneField("imm12", 12), false, true) },
      see: hintSee(kind),
      unpredictable: [unpredictable("Rt is SP", (f: F) => f["Rt"] === 13 && kind.size !== 4)],
      operands: (f: F) => literalOperands(signed(f, f["imm12"]!), f["Rt"]!),
    }),
  );
  return record(`${kind.name} (literal)`, "Loads from an address near the PC.", kind, encodings);
};

// ---- T16 and T32 ------------------------------------------------------------------------------------

const thumbSize = (kind: Kind): string => (kind.size === 4 ? "10" : kind.size === 2 ? "01" : "00");
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
const hintSee = (kind: Kind): string[] =>
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

function thumbImmediate(kind: Kind): Encoding<Operands>[] {
  const lower = kind.name.toLowerCase();
  const L = kind.load ? 1 : 0;
  const out: Encoding<Operands>[] = [];
  const t16 = T16_IMMEDIATE[kind.name];
  const fixed = { P: 1, U: 1, W: 0 };
  if (t16 !== undefined) {
    out.push(
      made("T1", `${t16} imm5:5 Rn:3 Rt:3`, {
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
      made("T2", `1001 ${L} Rt:3 imm8:8`, {
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
    made("T3", `${space} 1 ${thumbSize(kind)} ${L} Rn:4 Rt:4 imm12:12`, {
      asm: `${lower}<c><w> <Rt>, <address>`,
      elements: { address: addressElement({ immediate: oneField("imm12", 12), fixed }) },
      see: thumbSee(kind),
      unpredictable: [thumbBad(kind)],
      undefined: thumbUndefined(kind),
      operands: (f: F) => plain(f["Rt"]!, f["Rn"]!, f["imm12"]!),
    }),
    made("T4", `${space} 0 ${thumbSize(kind)} ${L} Rn:4 Rt:4 1 P:1 U:1 W:1 imm8:8`, {
      asm: `${lower}<c><w> <Rt>, <address>`,
      elements: { address: addressElement({ immediate: oneField("imm8", 8), plainZero: true }) },
      see: [...thumbSee(kind), `${kind.name}T`],
      undefined: (f: F) => thumbUndefined(kind)(f) || (f["P"] === 0 && f["W"] === 0),
      unpredictable: [
        thumbBad(kind),
        unpredictable(
          "writeback to Rt",
          (f: F) => (f["P"] === 0 || f["W"] === 1) && f["Rn"] === f["Rt"],
        ),
        unpredictable("writeback with Rt = PC", (f: F) => f["Rt"] === 15 && kind.size !== 4),
      ],
      operands: (f: F) => ({
        t: f["Rt"]!,
        unprivileged: false,
        address: a32Addressing(f, { kind: "immediate", value: signed(f, f["imm8"]!) }),
      }),
    }),
  );
  return out;
}
function thumbRegister(kind: Kind): Encoding<Operands>[] {
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
    made("T1", `${T16_REGISTER[kind.name]!} Rm:3 Rn:3 Rt:3`, {
      asm: `${lower}<c> <Rt>, <address>`,
      elements: { address: addressElement({ register: "plain", fixed }) },
      operands: (f: F) => operands(f["Rt"]!, f["Rn"]!, f["Rm"]!, 0),
    }),
    made(
      "T2",
      `1111100 ${kind.signed ? 1 : 0} 0 ${thumbSize(kind)} ${kind.load ? 1 : 0} Rn:4 Rt:4 000000 imm2:2 Rm:4`,
      {
        asm: `${lower}<c><w> <Rt>, <address>`,
        elements: { address: addressElement({ register: "imm2", fixed }) },
        see: thumbSee(kind),
        undefined: thumbUndefined(kind),
        unpredictable: [thumbBad(kind), unpredictable("Rm is SP or PC", (f: F) => bad(f["Rm"]!))],
        operands: (f: F) => operands(f["Rt"]!, f["Rn"]!, f["Rm"]!, f["imm2"]!),
      },
    ),
  ];
}
function thumbUnprivileged(kind: Kind): Encoding<Operands> {
  return made(
    "T1",
    `1111100 ${kind.signed ? 1 : 0} 0 ${thumbSize(kind)} ${kind.load ? 1 : 0} Rn:4 Rt:4 1110 imm8:8`,
    {
      asm: `${kind.name.toLowerCase()}t<c> <Rt>, <address>`,
      elements: {
        address: addressElement({ immediate: oneField("imm8", 8), fixed: { P: 1, U: 1, W: 0 } }),
      },
      see: thumbSee(kind).filter((name) => name !== "PLD, PLI"),
      undefined: thumbUndefined(kind),
      unpredictable: [unpredictable("Rt is SP or PC", (f: F) => bad(f["Rt"]!)), unprivilegedInHyp],
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
}

export const SINGLE: readonly Instruction[] = KINDS.flatMap((kind) =>
  kind.name in EXTRA ? extra(kind) : wordOrByte(kind),
);
