/** LDREX, STREX and their sizes, and what is unallocated beside them. */
import { SLOT } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
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
import { addressElement, baseElement, oneField } from "./addressing.js";
import { nextRegister } from "./next-register.js";

type F = FieldMap;
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
/** The second register of a pair is named in T32, the one after Rt in A32. */
const operandsOf = (f: F): Exclusive => ({
  t: f["Rt"]!,
  t2: f["Rt2"] ?? (f["Rt"]! + 1) & 15,
  n: f["Rn"]!,
  d: f["Rd"] ?? 0,
  offset: (f["imm8"] ?? 0) * 4,
});
const wordAddress = addressElement({
  immediate: oneField("imm8", 8, 4),
  fixed: { P: 1, U: 1, W: 0 },
});
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
      strictEncoding<Exclusive>(
        "A1",
        `cond:4 00011 ${op} 1 Rn:4 Rt:4 (1)(1)(1)(1) 1001 (1)(1)(1)(1)`,
        {
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
          operands: operandsOf,
        },
      ),
      word
        ? strictEncoding<Exclusive>("T1", "111010000101 Rn:4 Rt:4 (1)(1)(1)(1) imm8:8", {
            asm: "ldrex<c> <Rt>, <address>",
            elements: {
              address: wordAddress,
            },
            unpredictable: [
              undefinedThere(
                "Rt is SP or PC, or Rn is PC",
                (f: F) => badRegister(f["Rt"]!) || f["Rn"] === 15,
              ),
            ],
            operands: operandsOf,
          })
        : strictEncoding<Exclusive>(
            "T1",
            `111010001101 Rn:4 Rt:4 ${double ? "Rt2:4" : "(1)(1)(1)(1)"} ${t32} (1)(1)(1)(1)`,
            {
              asm: `ldrex${suffix.toLowerCase()}<c> ${t32Rt}, <base>`,
              elements: { base: baseElement },
              unpredictable: [
                undefinedThere(
                  "a register is SP or PC",
                  (f: F) =>
                    badRegister(f["Rt"]!) ||
                    badRegister(f["Rt2"] ?? 0) ||
                    f["Rn"] === 15 ||
                    f["Rt"] === f["Rt2"],
                ),
              ],
              operands: operandsOf,
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
      strictEncoding<Exclusive>("A1", `cond:4 00011 ${op} 0 Rn:4 Rd:4 (1)(1)(1)(1) 1001 Rt:4`, {
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
        operands: operandsOf,
      }),
      word
        ? strictEncoding<Exclusive>("T1", "111010000100 Rn:4 Rt:4 Rd:4 imm8:8", {
            asm: "strex<c> <Rd>, <Rt>, <address>",
            elements: {
              address: wordAddress,
            },
            unpredictable: [
              undefinedThere(
                "a register is SP or PC, or Rd is another operand",
                (f: F) =>
                  badRegister(f["Rd"]!) ||
                  badRegister(f["Rt"]!) ||
                  f["Rn"] === 15 ||
                  f["Rd"] === f["Rn"] ||
                  f["Rd"] === f["Rt"],
              ),
            ],
            operands: operandsOf,
          })
        : strictEncoding<Exclusive>(
            "T1",
            `111010001100 Rn:4 Rt:4 ${double ? "Rt2:4" : "(1)(1)(1)(1)"} ${t32} Rd:4`,
            {
              asm: `strex${suffix.toLowerCase()}<c> <Rd>, ${t32Rt}, <base>`,
              elements: { base: baseElement },
              unpredictable: [
                undefinedThere(
                  "a register is SP or PC, or Rd is another operand",
                  (f: F) =>
                    badRegister(f["Rd"]!) ||
                    badRegister(f["Rt"]!) ||
                    badRegister(f["Rt2"] ?? 0) ||
                    f["Rn"] === 15 ||
                    f["Rd"] === f["Rn"] ||
                    f["Rd"] === f["Rt"] ||
                    f["Rd"] === f["Rt2"],
                ),
              ],
              operands: operandsOf,
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
    strictEncoding<object>("T1", "111010001100 x:4 y:4 z:4 00 v:2 w:4", {
      asm: "udf.w #0",
      see: ["TBB, TBH"],
      operands: () => ({}),
    }),
    strictEncoding<object>("T1", "11101000110 L:1 x:4 y:4 z:4 1 u:1 v:2 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
    strictEncoding<object>("T1", "111010001101 x:4 y:4 z:4 001 v:1 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
    strictEncoding<object>("T1", "11101000110 L:1 x:4 y:4 z:4 0110 w:4", {
      asm: "udf.w #0",
      operands: () => ({}),
    }),
  ],
  execute: (ir) => ir.undefined(),
});

export const EXCLUSIVE: readonly Instruction[] = [...exclusives, unallocated];
