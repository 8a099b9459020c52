/** Modified immediate constants (DDI 0406C, A5.2.4 and A6.3.2). */
import type { FieldMap } from "../pattern.js";
import { immediateElement, type Element } from "./element.js";

/** A constant and what it does to the carry: `carry` is undefined where the carry flag stays. */
export interface ExpandedImmediate {
  readonly value: number;
  readonly carry: 0 | 1 | undefined;
}
const rotateRight = (value: number, n: number): number =>
  n === 0 ? value | 0 : (value >>> n) | (value << (32 - n));
const topBit = (value: number): 0 | 1 => (value < 0 ? 1 : 0);

/** ARMExpandImm_C(imm12). */
export const armExpandImm = (imm12: number): ExpandedImmediate => {
  const rotation = (imm12 >>> 8) * 2;
  const value = rotateRight(imm12 & 0xff, rotation);
  return { value, carry: rotation === 0 ? undefined : topBit(value) };
};
/** ThumbExpandImm_C(i:imm3:imm8). */
export const thumbExpandImm = (imm12: number): ExpandedImmediate => {
  const byte = imm12 & 0xff;
  if (imm12 >>> 10 === 0) {
    const value =
      [byte, (byte << 16) | byte, (byte << 24) | (byte << 8), byte * 0x01010101][
        (imm12 >>> 8) & 3
      ]! | 0;
    return { value, carry: undefined };
  }
  const value = rotateRight(0x80 | (imm12 & 0x7f), imm12 >>> 7);
  return { value, carry: topBit(value) };
};

/** A value that 32 bits hold, signed or unsigned. */
const isWord = (value: number): boolean =>
  Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff;
/** The imm12 of a constant with the least rotation, or undefined. */
export const encodeArmImmediate = (value: number): number | undefined => {
  if (!isWord(value)) return undefined;
  for (let rotation = 0; rotation < 16; rotation++) {
    const byte = rotateRight(value | 0, (32 - rotation * 2) & 31) >>> 0;
    if (byte < 256) return (rotation << 8) | byte;
  }
  return undefined;
};
const encodeThumbImmediate = (value: number): number | undefined => {
  if (!isWord(value)) return undefined;
  const word = value >>> 0;
  const byte = word & 0xff;
  if (word < 256) return byte;
  if (word === byte * 0x00010001) return 0x100 | byte;
  if (word === ((word >>> 8) & 0xff) * 0x01000100) return 0x200 | ((word >>> 8) & 0xff);
  if (word === byte * 0x01010101) return 0x300 | byte;
  for (let rotation = 8; rotation < 32; rotation++) {
    const rotated = rotateRight(word, 32 - rotation) >>> 0;
    if (rotated >= 128 && rotated < 256) return (rotation << 7) | (rotated & 0x7f);
  }
  return undefined;
};

/** #const of A32, field imm12; a rotation that is not the least is printed as "#byte, rotation". */
export const armImmediate: Element = (() => {
  const plain = immediateElement(
    (f) => armExpandImm(f["imm12"]!).value,
    (n) => {
      const imm12 = encodeArmImmediate(n);
      return imm12 === undefined ? undefined : { imm12 };
    },
  );
  return {
    print(f, context) {
      const imm12 = f["imm12"]!;
      const { value } = armExpandImm(imm12);
      if (encodeArmImmediate(value) === imm12) return plain.print(f, context);
      return `#${imm12 & 0xff}, ${(imm12 >>> 8) * 2}`;
    },
    parse(text, at, context) {
      const pair = /^#\s*(\w+)\s*,\s*#?(\w+)/.exec(text.slice(at));
      const byte = Number(pair?.[1]);
      const rotation = Number(pair?.[2]);
      const explicit =
        pair !== null && byte < 256 && rotation % 2 === 0 && rotation < 32
          ? [{ fields: { imm12: (rotation << 7) | byte }, end: at + pair[0].length }]
          : [];
      return [...explicit, ...plain.parse(text, at, context)];
    },
  };
})();
/** The 12 bits i:imm3:imm8 of a T32 constant. */
export const thumbImm12Of = (f: FieldMap): number =>
  (f["i"]! << 11) | (f["imm3"]! << 8) | f["imm8"]!;
const thumbFields = (imm12: number | undefined): FieldMap | undefined =>
  imm12 === undefined
    ? undefined
    : { i: imm12 >>> 11, imm3: (imm12 >>> 8) & 7, imm8: imm12 & 0xff };
/** #const of T32, fields i, imm3 and imm8. */
export const thumbImmediate: Element = immediateElement(
  (f) => thumbExpandImm(thumbImm12Of(f)).value >>> 0,
  (n) => thumbFields(encodeThumbImmediate(n)),
);
/** A plain 12-bit constant of T32, fields i, imm3 and imm8. */
export const thumbImm12: Element = immediateElement(thumbImm12Of, (n) =>
  Number.isInteger(n) && n >= 0 && n < 4096 ? thumbFields(n) : undefined,
);

/**
 * A constant that only its complement can encode: reads `mov r0, #-1` for MVN and `add r0, #-4` for SUB.
 * It is read where the assembler may put one instruction for another, and never printed.
 */
const complementOf = (
  how: "not" | "negate",
  encode: (n: number) => number | undefined,
  fields: (imm12: number) => FieldMap | undefined,
): Element =>
  immediateElement(
    () => 0,
    (n) => {
      if (!isWord(n) || encode(n) !== undefined) return undefined;
      const imm12 = encode(how === "not" ? ~n : -n | 0);
      return imm12 === undefined ? undefined : fields(imm12);
    },
  );
export const armComplement = (how: "not" | "negate"): Element =>
  complementOf(how, encodeArmImmediate, (imm12) => ({ imm12 }));
export const thumbComplement = (how: "not" | "negate"): Element =>
  complementOf(how, encodeThumbImmediate, thumbFields);
