/** Advanced SIMD: one register and a modified immediate value (DDI 0406C, A7.4.6). */
import type { Slot } from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
import type { Instruction } from "../instruction.js";
import { immediateElement, type Element } from "../syntax/element.js";
import { simdInstruction, type F, type Heading, type SimdOperands } from "./simd-record.js";

/** How AdvSIMDExpandImm makes 64 bits of imm8. */
interface Expansion {
  readonly cmode: string;
  readonly type: string;
  /** Value of an element, as the text shows it. */
  readonly element: (imm8: number) => number;
  /** The words of a doubleword. */
  readonly words: (imm8: number) => readonly [number, number];
}
const shifted = (cmode: string, size: 16 | 32, amount: number, ones = 0): Expansion => {
  const element = (imm8: number): number => imm8 * 2 ** amount + ones;
  const word = (imm8: number): number => element(imm8) * (size === 16 ? 0x1_0001 : 1);
  return { cmode, type: `i${size}`, element, words: (imm8) => [word(imm8), word(imm8)] };
};
const WORDS: readonly Expansion[] = ["0000", "0010", "0100", "0110"].map((cmode, i) =>
  shifted(cmode, 32, 8 * i),
);
const HALVES: readonly Expansion[] = ["1000", "1010"].map((cmode, i) => shifted(cmode, 16, 8 * i));
const ONES: readonly Expansion[] = [shifted("1100", 32, 8, 0xff), shifted("1101", 32, 16, 0xffff)];
const BYTES: Expansion = {
  cmode: "1110",
  type: "i8",
  element: (imm8) => imm8,
  words: (imm8) => [imm8 * 0x0101_0101, imm8 * 0x0101_0101],
};
/** A mask of the bytes whose bits of imm8 are one. */
const mask = (bits: number): number =>
  [0, 1, 2, 3].reduce((word, i) => word + (((bits >>> i) & 1) === 1 ? 0xff * 2 ** (8 * i) : 0), 0);
const DOUBLEWORD: Expansion = {
  cmode: "1110",
  type: "i64",
  element: (imm8) => imm8,
  words: (imm8) => [mask(imm8 & 15), mask(imm8 >>> 4)],
};
/** VFPExpandImm (DDI 0406C, A7.5.1) for single precision. */
const single = (imm8: number): number =>
  (imm8 >>> 7) * 2 ** 31 +
  ((imm8 & 0x40) === 0 ? 0x4000_0000 : 0x3e00_0000) +
  (imm8 & 0x3f) * 2 ** 19;
const numberOfSingle = (word: number): number => {
  const exponent = ((word >>> 23) & 0xff) - 127;
  const value = (1 + (word & 0x7f_ffff) / 2 ** 23) * 2 ** exponent;
  return word >>> 31 === 1 ? -value : value;
};
const FLOAT: Expansion = {
  cmode: "1111",
  type: "f32",
  element: (imm8) => numberOfSingle(single(imm8)),
  words: (imm8) => [single(imm8), single(imm8)],
};

const imm8Of = (f: F): number => (f["i"]! << 7) | (f["imm3"]! << 4) | f["imm4"]!;
const fieldsOf = (imm8: number): F => ({ i: imm8 >> 7, imm3: (imm8 >> 4) & 7, imm4: imm8 & 15 });
const everyImm8 = Array.from({ length: 256 }, (_, i) => i);

/** #element, in decimal; of 64 bits in hexadecimal, where a number would not be exact. */
const immediate = (e: Expansion): Element => {
  if (e !== DOUBLEWORD) {
    return immediateElement(
      // Words are shown signed, as objdump does, and read either way.
      (f) => (e.type === "i32" ? e.element(imm8Of(f)) | 0 : e.element(imm8Of(f))),
      (n) => {
        const imm8 = everyImm8.find((i) => e.element(i) === (n < 0 && e !== FLOAT ? n >>> 0 : n));
        return imm8 === undefined ? undefined : fieldsOf(imm8);
      },
    );
  }
  const text = (imm8: number): string =>
    `#0x${e
      .words(imm8)
      .toReversed()
      .map((w) => w.toString(16).padStart(8, "0"))
      .join("")}`;
  return {
    print: (f) => text(imm8Of(f)),
    parse(line, at) {
      const match = /^#0x([0-9a-f]{1,16})(?![0-9a-z])/i.exec(line.slice(at));
      const wanted = `#0x${(match?.[1] ?? "").toLowerCase().padStart(16, "0")}`;
      const imm8 = match === null ? undefined : everyImm8.find((i) => text(i) === wanted);
      return imm8 === undefined ? [] : [{ fields: fieldsOf(imm8), end: at + match![0].length }];
    },
  };
};

const record = (
  heading: Heading,
  op: 0 | 1,
  expansions: readonly Expansion[],
  make: (ir: IrBuilder, old: () => Value, word: number) => Value,
): Instruction =>
  simdInstruction(
    heading,
    expansions.map((e) => ({
      bits: `i:1 1 D:1 000 imm3:3 Vd:4 ${e.cmode} 0 Q:1 ${e === DOUBLEWORD ? 1 : op} 1 imm4:4`,
      shape: { d: "v" },
      text: `${heading.name.split(" ")[0]!.toLowerCase()}<c>.${e.type}`,
      tail: ", <imm>",
      elements: { imm: immediate(e) },
      body(ir: IrBuilder, o: SimdOperands) {
        const words = e.words(imm8Of(o.f));
        for (let i = 0; i < o.words; i++) {
          const slot = (o.d + i) as Slot;
          ir.put(
            slot,
            make(ir, () => ir.get(slot), words[i & 1]!),
          );
        }
      },
    })),
  );
/** The modes of VORR and VBIC are those of shifted bytes with bit 0 set. */
const inPlace = [...WORDS, ...HALVES].map((e) => ({ ...e, cmode: `${e.cmode.slice(0, 3)}1` }));

export const MODIFIED_IMMEDIATE: readonly Instruction[] = [
  record(
    { name: "VMOV (immediate)", ref: "A8.8.339", summary: "Writes a constant to each element." },
    0,
    [...WORDS, ...HALVES, ...ONES, BYTES, FLOAT, DOUBLEWORD],
    (ir, _old, word) => ir.const(word),
  ),
  record(
    { name: "VMVN (immediate)", ref: "A8.8.353", summary: "Writes the inverse of a constant." },
    1,
    [...WORDS, ...HALVES, ...ONES],
    (ir, _old, word) => ir.const(~word),
  ),
  record(
    { name: "VORR (immediate)", ref: "A8.8.359", summary: "OR with a constant." },
    0,
    inPlace,
    (ir, old, word) => ir.or(old(), ir.const(word)),
  ),
  record(
    { name: "VBIC (immediate)", ref: "A8.8.288", summary: "AND with the inverse of a constant." },
    1,
    inPlace,
    (ir, old, word) => ir.bic(old(), ir.const(word)),
  ),
];
