/** VLDR, VSTR, VLDM, VSTM, VPUSH, VPOP, FLDMX and FSTMX. */
import { vectorSlot } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
import { instruction, unpredictable, type AsmForm, type Instruction } from "../instruction.js";
import { addressElement, literalElement, oneField } from "../load-store/addressing.js";
import { skipSpace, type Element } from "../syntax/element.js";
import {
  bothSets,
  doubleFields,
  doubleOf,
  readRegister,
  singleFields,
  singleOf,
  VFP_ELEMENTS,
  wordOf,
  type F,
} from "./vfp-encoding.js";

const ALIGNED = { aligned: true } as const;
/** Address of word `i` of a register: the words of a double change places in big-endian accesses. */
const placeOf = (ir: IrBuilder, i: number, double: boolean): number =>
  4 * (double && ir.state.bigEndian ? i ^ 1 : i);
const loadWords = (
  ir: IrBuilder,
  start: Value,
  word: number,
  count: number,
  double: boolean,
): void => {
  // A double is written whole: its two words are read first.
  const step = double ? 2 : 1;
  for (let i = 0; i < count; i += step) {
    const read: Value[] = [];
    // In order of addresses, so that the lower one is what faults.
    for (let k = 0; k < step; k++)
      read.push(ir.load(ir.add(start, ir.const(4 * (i + k))), 4, ALIGNED));
    for (let k = 0; k < step; k++)
      ir.put(vectorSlot(word + i + k), read[placeOf(ir, k, double) / 4]!);
  }
};
const storeWords = (
  ir: IrBuilder,
  start: Value,
  word: number,
  count: number,
  double: boolean,
): void => {
  for (let i = 0; i < count; i++) {
    const value = ir.get(vectorSlot(word + placeOf(ir, i, double) / 4));
    ir.store(ir.add(start, ir.const(4 * i)), 4, value, ALIGNED);
  }
};

interface One {
  readonly double: boolean;
  readonly word: number;
  readonly n: number;
  readonly offset: number;
}
const offset8 = oneField("imm8", 8, 4);
const single = (load: boolean): Instruction =>
  instruction<One>({
    name: load ? "VLDR" : "VSTR",
    ref: load ? "A8.8.333" : "A8.8.413",
    summary: load ? "Loads a floating-point register." : "Stores a floating-point register.",
    encodings: bothSets(
      1,
      `1101 U:1 D:1 0 ${load ? 1 : 0} Rn:4 Vd:4 101 sz:1 imm8:8`,
      {
        asm: [
          { text: `${load ? "vldr" : "vstr"}<c> <Fd>, <address>` },
          ...(load
            ? [{ text: "vldr<c> <Fd>, <literal>", fields: { Rn: 15 }, parseOnly: true }]
            : []),
        ],
        elements: {
          ...VFP_ELEMENTS,
          address: addressElement({ immediate: offset8, fixed: { P: 1, W: 0 } }),
          literal: literalElement(offset8),
        },
        operands: (f: F) => ({
          double: f["sz"] === 1,
          word: wordOf(f, "d"),
          n: f["Rn"]!,
          offset: (f["U"] === 1 ? 4 : -4) * f["imm8"]!,
        }),
      },
      load ? [] : [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15)],
    ),
    execute(ir, o) {
      ir.checkVector();
      const base = o.n === 15 ? ir.alignedPc() : ir.reg(o.n);
      const address = ir.add(base, ir.const(o.offset));
      const words = o.double ? 2 : 1;
      if (load) loadWords(ir, address, o.word, words, o.double);
      else storeWords(ir, address, o.word, words, o.double);
    },
  });

// ---- several registers --------------------------------------------------------------------------------

interface Several {
  readonly double: boolean;
  readonly word: number;
  /** Words transferred. */
  readonly count: number;
  readonly n: number;
  /** What the base moves by: a word more than is transferred in FLDMX and FSTMX. */
  readonly bytes: number;
  readonly down: boolean;
  readonly writeback: boolean;
}
const isDouble = (f: F): boolean => f["sz"] === 1;
/** FLDMX, FSTMX: double registers and an odd number of words. */
const isX = (f: F): boolean => isDouble(f) && (f["imm8"]! & 1) === 1;
const registers = (f: F): number => (isDouble(f) ? f["imm8"]! >> 1 : f["imm8"]!);
const first = (f: F): number => (isDouble(f) ? doubleOf(f, "d") : singleOf(f, "d"));

/** "{d8-d11}"; `x` reads doubles alone and adds the odd word. */
const registerList = (x: boolean): Element => ({
  print(f) {
    const letter = isDouble(f) ? "d" : "s";
    const from = first(f);
    const to = from + registers(f) - 1;
    return `{${letter}${from}${to > from ? `-${letter}${to}` : ""}}`;
  },
  parse(text, at) {
    if (text[at] !== "{") return [];
    let i = skipSpace(text, at + 1);
    let from: ReturnType<typeof readRegister>;
    let last = -1;
    for (;;) {
      const found = readRegister(text, i);
      if (found === undefined) return [];
      i = skipSpace(text, found.end);
      from ??= found;
      if (found.double !== from.double || (last >= 0 && found.n !== last + 1)) return [];
      last = found.n;
      if (text[i] === "-") {
        const end = readRegister(text, skipSpace(text, i + 1));
        if (end === undefined || end.double !== from.double || end.n < last) return [];
        last = end.n;
        i = skipSpace(text, end.end);
      }
      if (text[i] !== ",") break;
      i = skipSpace(text, i + 1);
    }
    if (text[i] !== "}" || (x && !from.double)) return [];
    const count = last - from.n + 1;
    const fields = from.double
      ? { ...doubleFields("d", from.n), sz: 1, imm8: 2 * count + (x ? 1 : 0) }
      : { ...singleFields("d", from.n), sz: 0, imm8: count };
    return [{ fields, end: i + 1 }];
  },
});
const elements = { ...VFP_ELEMENTS, list: registerList(false), listx: registerList(true) };
const plain = (f: F): boolean => !isX(f);

const operandsOf =
  (down: boolean) =>
  (f: F): Several => ({
    double: isDouble(f),
    word: wordOf(f, "d"),
    count: registers(f) * (isDouble(f) ? 2 : 1),
    n: f["Rn"] ?? 13,
    bytes: 4 * f["imm8"]!,
    down,
    writeback: f["Rn"] === undefined || down || f["W"] === 1,
  });
const listRule = unpredictable<F>(
  "no register, more than 16 doubles or one beyond the last is listed",
  (f) => {
    const count = registers(f);
    return count === 0 || (isDouble(f) && count > 16) || first(f) + count > 32;
  },
  "undefined",
);
const transfer =
  (load: boolean) =>
  (ir: IrBuilder, o: Several): void => {
    ir.checkVector();
    const base = ir.reg(o.n);
    const start = o.down ? ir.add(base, ir.const(-o.bytes)) : base;
    if (load) loadWords(ir, start, o.word, o.count, o.double);
    else storeWords(ir, start, o.word, o.count, o.double);
    // The base is written last: a fault on the way leaves it as it was, and the whole can run again.
    if (o.writeback) ir.setReg(o.n, o.down ? start : ir.add(base, ir.const(o.bytes)));
  };

const several = (load: boolean): Instruction => {
  const L = load ? 1 : 0;
  const plainName = load ? "vldm" : "vstm";
  const xName = load ? "fldm" : "fstm";
  const forms = (mode: "ia" | "db"): AsmForm[] => {
    const bang = mode === "ia" ? "<!>" : "!";
    return [
      { text: `${plainName}${mode}<c> <Rn>${bang}, <list>`, when: plain },
      { text: `${xName}${mode}x<c> <Rn>${bang}, <listx>`, when: isX },
      ...(mode === "ia"
        ? [{ text: `${plainName}<c> <Rn><!>, <list>`, when: plain, parseOnly: true }]
        : []),
    ];
  };
  return instruction<Several>({
    name: load ? "VLDM" : "VSTM",
    ref: load ? "A8.8.332" : "A8.8.412",
    summary: load
      ? "Loads consecutive floating-point registers; FLDMX as well."
      : "Stores consecutive floating-point registers; FSTMX as well.",
    encodings: [
      ...bothSets(
        1,
        `11001 D:1 W:1 ${L} Rn:4 Vd:4 101 sz:1 imm8:8`,
        {
          asm: forms("ia"),
          elements,
          see: load ? ["VPOP"] : [],
          unpredictable: [
            listRule,
            unpredictable(
              "the PC is written back",
              (f: F) => f["Rn"] === 15 && f["W"] === 1,
              "undefined",
            ),
          ],
          operands: operandsOf(false),
        },
        [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15, "undefined")],
      ),
      ...bothSets(2, `11010 D:1 1 ${L} Rn:4 Vd:4 101 sz:1 imm8:8`, {
        asm: forms("db"),
        elements,
        see: load ? [] : ["VPUSH"],
        unpredictable: [
          listRule,
          unpredictable("the PC is written back", (f: F) => f["Rn"] === 15, "undefined"),
        ],
        operands: operandsOf(true),
      }),
    ],
    execute: transfer(load),
  });
};
const stack = (load: boolean): Instruction =>
  instruction<Several>({
    name: load ? "VPOP" : "VPUSH",
    ref: load ? "A8.8.367" : "A8.8.368",
    summary: load
      ? "Loads consecutive floating-point registers from the stack."
      : "Stores consecutive floating-point registers on the stack.",
    encodings: bothSets(1, `${load ? "11001 D:1 11" : "11010 D:1 10"} 1101 Vd:4 101 sz:1 imm8:8`, {
      asm: [
        { text: `${load ? "vpop" : "vpush"}<c> <list>`, when: plain },
        { text: `${load ? "fldmiax" : "fstmdbx"}<c> sp!, <listx>`, when: isX },
        {
          text: `${load ? "vldmia" : "vstmdb"}<c> sp!, <list>`,
          when: plain,
          parseOnly: true,
        },
        ...(load ? [{ text: "vldm<c> sp!, <list>", when: plain, parseOnly: true }] : []),
      ],
      elements,
      unpredictable: [listRule],
      operands: operandsOf(!load),
    }),
    execute: transfer(load),
  });

export const VFP_LOAD_STORE: readonly Instruction[] = [
  single(true),
  single(false),
  several(true),
  several(false),
  stack(true),
  stack(false),
];
