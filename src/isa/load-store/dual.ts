/** LDRD, STRD, exclusives, SWP. */
import { SLOT } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
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
import { identifierAt, REGISTER_NAMES, registerNamed, type Element } from "../syntax/element.js";
import { addressElement, oneField, resolve, splitByte, type Addressing } from "./addressing.js";

type F = FieldMap;
const bad = (n: number): boolean => n === 13 || n === 15;
interface Pair {
  readonly t: number;
  readonly t2: number;
  readonly address: Addressing;
}
const made = <O>(
  label: Encoding["label"],
  pattern: string,
  spec: Parameters<typeof encoding<string, O>>[2],
): Encoding<O> =>
  encoding<string, O>(label, pattern, { shouldBe: UNDEFINED_IN_REFERENCE, ...spec });
/** The second register of an A32 pair is the one after Rt: it is written, not encoded. */
const nextRegister: Element = {
  print: (f) => REGISTER_NAMES[(f["Rt"]! + 1) & 15]!,
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = registerNamed(name);
    return n === undefined || n === 0 ? [] : [{ fields: { Rt: n - 1 }, end: at + name.length }];
  },
};
const signed = (f: F, n: number): number => (f["U"] === 1 ? n : -n);
const indexing = (f: F, offset: Addressing["offset"]): Addressing => ({
  n: f["Rn"]!,
  offset,
  index: f["P"] === 1,
  writeback: f["P"] === 0 || f["W"] === 1,
});
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
    (f["P"] === 0 || f["W"] === 1) &&
    (f["Rn"] === 15 || f["Rn"] === f["Rt"] || f["Rn"] === f["Rt"]! + 1);
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
      (f: F) => bad(f["Rt"]!) || bad(f["Rt2"]!) || (load && f["Rt"] === f["Rt2"]),
    ),
    unpredictable(
      "writeback to a transferred register",
      (f: F) =>
        (f["P"] === 0 || f["W"] === 1) &&
        (f["Rn"] === f["Rt"] || f["Rn"] === f["Rt2"] || f["Rn"] === 15),
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
        made<Pair>("A1", `cond:4 000 P:1 U:1 1 W:1 0 Rn:4 Rt:4 imm4H:4 ${op} imm4L:4`, {
          asm: text,
          elements: { next: nextRegister, address: addressElement({ immediate: splitByte }) },
          see: load ? [`${name} (literal)`] : [],
          unpredictable: rules,
          operands: (f: F) => ({
            t: f["Rt"]!,
            t2: (f["Rt"]! + 1) & 15,
            address: indexing(f, { kind: "immediate", value: signed(f, splitByte.get(f)) }),
          }),
        }),
        made<Pair>("T1", `1110100 P:1 U:1 1 W:1 ${load ? 1 : 0} Rn:4 Rt:4 Rt2:4 imm8:8`, {
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
            address: indexing(f, { kind: "immediate", value: signed(f, f["imm8"]! * 4) }),
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
        made<Pair>("A1", `cond:4 000 P:1 U:1 0 W:1 0 Rn:4 Rt:4 (0)(0)(0)(0) ${op} Rm:4`, {
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
            address: indexing(f, {
              kind: "register",
              m: f["Rm"]!,
              add: f["U"] === 1,
              type: "LSL",
              amount: 0,
            }),
          }),
        }),
      ],
      execute: executePair(load),
    }),
  ];
  if (!load) return records;
  const literal = (f: F, value: number): Addressing => ({
    n: 15,
    offset: { kind: "immediate", value: signed(f, value) },
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
        made<Pair>("A1", "cond:4 000 (1) U:1 1 (0) 0 1111 Rt:4 imm4H:4 1101 imm4L:4", {
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
        made<Pair>("T1", "1110100 P:1 U:1 1 W:1 1 1111 Rt:4 Rt2:4 imm8:8", {
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
                bad(f["Rt"]!) ||
                bad(f["Rt2"]!) ||
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

// ---- exclusives -------------------------------------------------------------------------------------

interface Exclusive {
  readonly t: number;
  readonly t2: number;
  readonly n: number;
  /** Status register of a store. */
  readonly d: number;
  readonly offset: number;
}
type Size = 1 | 2 | 4 | 8;
/** Executed as written on the cores, UNDEFINED on the reference emulator. */
const undefinedThere = (what: string, when: (f: F) => boolean) =>
  unpredictable(what, when, UNDEFINED_IN_REFERENCE);
const baseElement: Element = addressElement({
  immediate: { get: () => 0, set: (n) => (n === 0 ? {} : undefined) },
  fixed: { P: 1, U: 1, W: 0 },
});

const loadExclusive =
  (size: Size) =>
  (ir: IrBuilder, o: Exclusive): void => {
    const address = ir.add(ir.reg(o.n), ir.const(o.offset));
    const part = size === 8 ? 4 : size;
    const low = ir.load(
      address,
      part,
      size === 8 ? { exclusive: true, alignment: 8 } : { exclusive: true },
    );
    const high =
      size === 8 ? ir.load(ir.add(address, ir.const(4)), 4, { exclusive: true }) : ir.const(0);
    ir.put(SLOT.exclusiveSize, ir.const(size));
    ir.put(SLOT.exclusiveAddress, address);
    ir.put(SLOT.exclusiveLow, low);
    ir.put(SLOT.exclusiveHigh, high);
    ir.setReg(o.t, low);
    if (size === 8) ir.setReg(o.t2, high);
  };
/** Stores when the monitor holds this access and memory is as it was marked; Rd tells. */
const storeExclusive =
  (size: Size) =>
  (ir: IrBuilder, o: Exclusive): void => {
    const address = ir.add(ir.reg(o.n), ir.const(o.offset));
    const part = size === 8 ? 4 : size;
    const options =
      size === 8 ? ({ exclusive: true, alignment: 8 } as const) : ({ exclusive: true } as const);
    const matches = (a: Value, b: Value): Value => ir.eq(a, b);
    const held = ir.and(
      matches(ir.get(SLOT.exclusiveSize), ir.const(size)),
      matches(ir.get(SLOT.exclusiveAddress), address),
    );
    const low = ir.reg(o.t);
    const high = size === 8 ? ir.reg(o.t2) : low;
    // The status is worked out in the monitor's own slot, so that a fault leaves Rd alone.
    ir.when(held, () => {
      const now = ir.load(address, part, options);
      let same = matches(now, ir.get(SLOT.exclusiveLow));
      if (size === 8) {
        const nowHigh = ir.load(ir.add(address, ir.const(4)), 4, { exclusive: true });
        same = ir.and(same, matches(nowHigh, ir.get(SLOT.exclusiveHigh)));
      }
      ir.put(SLOT.exclusiveSize, ir.const(0));
      ir.when(same, () => {
        ir.store(address, part, low, options);
        if (size === 8) ir.store(ir.add(address, ir.const(4)), 4, high, { exclusive: true });
        ir.put(SLOT.exclusiveSize, ir.const(16));
      });
    });
    // 16 marks a store that was done; anything else failed.
    const done = ir.get(SLOT.exclusiveSize);
    ir.setReg(o.d, ir.ne(done, ir.const(16)));
    ir.put(SLOT.exclusiveSize, ir.const(0));
  };
const SIZES: readonly { suffix: string; size: Size; op: string; t32: string }[] = [
  { suffix: "", size: 4, op: "00", t32: "" },
  { suffix: "D", size: 8, op: "01", t32: "0111" },
  { suffix: "B", size: 1, op: "10", t32: "0100" },
  { suffix: "H", size: 2, op: "11", t32: "0101" },
];
const exclusives = SIZES.flatMap(({ suffix, size, op, t32 }) => {
  const double = size === 8;
  const a32Forms = (head: string): AsmForm[] => [
    { text: `${head}<Rt>, <base>` },
    ...(double ? [{ text: `${head}<Rt>, <next>, <base>`, parseOnly: true }] : []),
  ];
  const t32Rt = double ? "<Rt>, <Rt2>" : "<Rt>";
  const word = size === 4;
  const load = instruction<Exclusive>({
    name: `LDREX${suffix}`,
    ref: "A8.8.75",
    summary: "Loads and marks the address for exclusive access.",
    encodings: [
      made<Exclusive>("A1", `cond:4 00011 ${op} 1 Rn:4 Rt:4 (1)(1)(1)(1) 1001 (1)(1)(1)(1)`, {
        asm: a32Forms(`ldrex${suffix.toLowerCase()}<c> `),
        elements: { base: baseElement, next: nextRegister },
        unpredictable: [
          undefinedThere(
            "Rn or Rt is PC, or Rt is odd or LR in a pair",
            (f: F) =>
              f["Rn"] === 15 ||
              f["Rt"] === 15 ||
              (double && (f["Rt"]! % 2 === 1 || f["Rt"] === 14)),
          ),
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          t2: (f["Rt"]! + 1) & 15,
          n: f["Rn"]!,
          d: 0,
          offset: 0,
        }),
      }),
      word
        ? made<Exclusive>("T1", "111010000101 Rn:4 Rt:4 (1)(1)(1)(1) imm8:8", {
            asm: "ldrex<c> <Rt>, <address>",
            elements: {
              address: addressElement({
                immediate: oneField("imm8", 8, 4),
                fixed: { P: 1, U: 1, W: 0 },
              }),
            },
            unpredictable: [
              undefinedThere(
                "Rt is SP or PC, or Rn is PC",
                (f: F) => bad(f["Rt"]!) || f["Rn"] === 15,
              ),
            ],
            operands: (f: F) => ({ t: f["Rt"]!, t2: 0, n: f["Rn"]!, d: 0, offset: f["imm8"]! * 4 }),
          })
        : made<Exclusive>(
            "T1",
            `111010001101 Rn:4 Rt:4 ${double ? "Rt2:4" : "(1)(1)(1)(1)"} ${t32} (1)(1)(1)(1)`,
            {
              asm: `ldrex${suffix.toLowerCase()}<c> ${t32Rt}, <base>`,
              elements: { base: baseElement },
              unpredictable: [
                undefinedThere(
                  "a register is SP or PC",
                  (f: F) =>
                    bad(f["Rt"]!) || bad(f["Rt2"] ?? 0) || f["Rn"] === 15 || f["Rt"] === f["Rt2"],
                ),
              ],
              operands: (f: F) => ({
                t: f["Rt"]!,
                t2: f["Rt2"] ?? 0,
                n: f["Rn"]!,
                d: 0,
                offset: 0,
              }),
            },
          ),
    ],
    execute: loadExclusive(size),
  });
  const store = instruction<Exclusive>({
    name: `STREX${suffix}`,
    ref: "A8.8.212",
    summary: "Stores if the address is still marked; tells whether it did.",
    encodings: [
      made<Exclusive>("A1", `cond:4 00011 ${op} 0 Rn:4 Rd:4 (1)(1)(1)(1) 1001 Rt:4`, {
        asm: a32Forms(`strex${suffix.toLowerCase()}<c> <Rd>, `),
        elements: { base: baseElement, next: nextRegister },
        unpredictable: [
          undefinedThere(
            "a register is PC, or Rd is another operand, or Rt is odd or LR in a pair",
            (f: F) =>
              [f["Rn"], f["Rt"], f["Rd"]].includes(15) ||
              f["Rd"] === f["Rn"] ||
              f["Rd"] === f["Rt"] ||
              (double && (f["Rt"]! % 2 === 1 || f["Rt"] === 14 || f["Rd"] === f["Rt"]! + 1)),
          ),
        ],
        operands: (f: F) => ({
          t: f["Rt"]!,
          t2: (f["Rt"]! + 1) & 15,
          n: f["Rn"]!,
          d: f["Rd"]!,
          offset: 0,
        }),
      }),
      word
        ? made<Exclusive>("T1", "111010000100 Rn:4 Rt:4 Rd:4 imm8:8", {
            asm: "strex<c> <Rd>, <Rt>, <address>",
            elements: {
              address: addressElement({
                immediate: oneField("imm8", 8, 4),
                fixed: { P: 1, U: 1, W: 0 },
              }),
            },
            unpredictable: [
              undefinedThere(
                "a register is SP or PC, or Rd is another operand",
                (f: F) =>
                  bad(f["Rd"]!) ||
                  bad(f["Rt"]!) ||
                  f["Rn"] === 15 ||
                  f["Rd"] === f["Rn"] ||
                  f["Rd"] === f["Rt"],
              ),
            ],
            operands: (f: F) => ({
              t: f["Rt"]!,
              t2: 0,
              n: f["Rn"]!,
              d: f["Rd"]!,
              offset: f["imm8"]! * 4,
            }),
          })
        : made<Exclusive>(
            "T1",
            `111010001100 Rn:4 Rt:4 ${double ? "Rt2:4" : "(1)(1)(1)(1)"} ${t32} Rd:4`,
            {
              asm: `strex${suffix.toLowerCase()}<c> <Rd>, ${t32Rt}, <base>`,
              elements: { base: baseElement },
              unpredictable: [
                undefinedThere(
                  "a register is SP or PC, or Rd is another operand",
                  (f: F) =>
                    bad(f["Rd"]!) ||
                    bad(f["Rt"]!) ||
                    bad(f["Rt2"] ?? 0) ||
                    f["Rn"] === 15 ||
                    f["Rd"] === f["Rn"] ||
                    f["Rd"] === f["Rt"] ||
                    f["Rd"] === f["Rt2"],
                ),
              ],
              operands: (f: F) => ({
                t: f["Rt"]!,
                t2: f["Rt2"] ?? 0,
                n: f["Rn"]!,
                d: f["Rd"]!,
                offset: 0,
              }),
            },
          ),
    ],
    execute: storeExclusive(size),
  });
  return [load, store];
});
const unallocated = instruction<object>({
  name: "dual and exclusive (unallocated)",
  ref: "A6.3.6",
  summary: "Unallocated in ARMv7: UNDEFINED.",
  encodings: [
    made<object>("T1", "111010001100 x:4 y:4 z:4 00 v:2 w:4", {
      asm: "udf.w #0",
      see: ["TBB, TBH"],
      operands: () => ({}),
    }),
    made<object>("T1", "11101000110 L:1 x:4 y:4 z:4 1 u:1 v:2 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
    made<object>("T1", "111010001101 x:4 y:4 z:4 001 v:1 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
    made<object>("T1", "11101000110 L:1 x:4 y:4 z:4 0110 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
  ],
  execute: (ir) => ir.undefined(),
});

const SWP = instruction<{ t: number; t2: number; n: number; byte: boolean }>({
  name: "SWP, SWPB",
  ref: "A8.8.229",
  summary: "Exchanges a register and memory; deprecated.",
  encodings: [
    made("A1", "cond:4 00010 B:1 00 Rn:4 Rt:4 (0)(0)(0)(0) 1001 Rt2:4", {
      asm: [
        { text: "swp<c> <Rt>, <Rt2>, <base>", when: (f: F) => f["B"] === 0, fields: { B: 0 } },
        { text: "swpb<c> <Rt>, <Rt2>, <base>", fields: { B: 1 } },
      ],
      elements: { base: baseElement },
      unpredictable: [
        unpredictable(
          "a register is PC, or Rn is another operand",
          (f: F) =>
            [f["Rn"], f["Rt"], f["Rt2"]].includes(15) ||
            f["Rn"] === f["Rt"] ||
            f["Rn"] === f["Rt2"],
        ),
      ],
      operands: (f: F) => ({ t: f["Rt"]!, t2: f["Rt2"]!, n: f["Rn"]!, byte: f["B"] === 1 }),
    }),
  ],
  execute(ir, o) {
    // SCTLR.SW gates it at run time; the trap check reads it in the machine.
    ir.trapCheck("SCTLR.SW");
    const address = ir.reg(o.n);
    const size = o.byte ? 1 : 4;
    const options = o.byte ? {} : { aligned: true };
    const value = ir.load(address, size, options);
    ir.store(address, size, ir.reg(o.t2), options);
    ir.setReg(o.t, value);
  },
});

export const DUAL: readonly Instruction[] = [
  ...pairRecords(true),
  ...pairRecords(false),
  ...exclusives,
  unallocated,
  SWP,
];
