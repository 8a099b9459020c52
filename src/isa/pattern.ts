/**
 * Bit patterns of encodings, drawn as the Arm ARM draws them: most significant bit first, tokens
 * separated by spaces. `0101` fixed bits; `(0)` `(1)` bits that should be so, UNPREDICTABLE when
 * they are not; `x` bits that do not matter; `name:width` a field. 16 bits for the short T32
 * encodings, else 32 (for T32 the first halfword stands first).
 */

type FieldName<Token extends string> = Token extends `${infer Name}:${number}` ? Name : never;
/** Names of the fields that a pattern literal declares. */
export type FieldNames<Pattern extends string> = Pattern extends `${infer Token} ${infer Rest}`
  ? FieldName<Token> | FieldNames<Rest>
  : FieldName<Pattern>;
/** Field values of a pattern; a name that the pattern lacks does not compile. */
export type Fields<Pattern extends string> = { readonly [Name in FieldNames<Pattern>]: number };
export type FieldMap = Readonly<Record<string, number>>;

export interface PatternField {
  readonly name: string;
  readonly lsb: number;
  readonly width: number;
}
export interface Pattern {
  readonly text: string;
  readonly width: 16 | 32;
  /** Bits that the encoding fixes. Words are unsigned numbers. */
  readonly mask: number;
  readonly value: number;
  /** Bits that should be 0 or 1. */
  readonly shouldMask: number;
  readonly shouldValue: number;
  readonly fields: readonly PatternField[];
}

/** Thrown for a pattern that is no pattern: a defect of the record, found when isa/ is loaded. */
export class PatternError extends Error {
  readonly code = "isa/bad-pattern";
}

/** Reads a pattern. Throws PatternError when the bits are not 16 or 32 or a field is repeated. */
export const parsePattern = (text: string): Pattern => {
  const bits: string[] = [];
  const fields: { name: string; start: number; width: number }[] = [];
  for (const token of text.trim().split(/\s+/)) {
    const field = /^([A-Za-z_][A-Za-z0-9_]*):(\d+)$/.exec(token);
    if (field) {
      const width = Number(field[2]);
      fields.push({ name: field[1]!, start: bits.length, width });
      for (let i = 0; i < width; i++) bits.push("f");
      continue;
    }
    if (!/^(?:[01x]|\([01]\))+$/.test(token)) {
      throw new PatternError(
        `pattern "${text}": "${token}" is neither bits, (0)/(1) nor name:width`,
      );
    }
    for (const bit of token.matchAll(/\(([01])\)|([01x])/g)) {
      bits.push(bit[1] === undefined ? bit[2]! : bit[1] === "1" ? "I" : "O");
    }
  }
  const width = bits.length;
  if (width !== 16 && width !== 32) {
    throw new PatternError(`pattern "${text}" has ${width} bits; expected 16 or 32`);
  }
  const names = new Set(fields.map((f) => f.name));
  if (names.size !== fields.length) throw new PatternError(`pattern "${text}" repeats a field`);
  let mask = 0,
    value = 0,
    shouldMask = 0,
    shouldValue = 0;
  bits.forEach((bit, i) => {
    const weight = 2 ** (width - 1 - i);
    if (bit === "0" || bit === "1") mask += weight;
    if (bit === "1") value += weight;
    if (bit === "O" || bit === "I") shouldMask += weight;
    if (bit === "I") shouldValue += weight;
  });
  return {
    text,
    width,
    mask,
    value,
    shouldMask,
    shouldValue,
    fields: fields.map((f) => ({ name: f.name, lsb: width - f.start - f.width, width: f.width })),
  };
};

/** Field values of a word. */
export const extractFields = (pattern: Pattern, word: number): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const { name, lsb, width } of pattern.fields) {
    out[name] = width === 32 ? word >>> 0 : (word >>> lsb) & ((1 << width) - 1);
  }
  return out;
};

/** The word that a pattern and field values make; fields that are absent are 0. */
export const composeWord = (pattern: Pattern, fields: FieldMap): number => {
  let word = pattern.value + pattern.shouldValue;
  for (const { name, lsb, width } of pattern.fields) {
    const v = fields[name] ?? 0;
    if (v < 0 || v >= 2 ** width || !Number.isInteger(v)) {
      throw new RangeError(`field ${name} takes ${width} bits; ${v} does not fit`);
    }
    word += v * 2 ** lsb;
  }
  return word >>> 0;
};

/** Do two patterns share a word? `aExcludesNv`: cond = 1111 is not in the pattern (A32). */
export const patternsOverlap = (a: Pattern, b: Pattern): boolean =>
  a.width === b.width &&
  ((a.value ^ b.value) & a.mask & b.mask) === 0 &&
  !(excludesNv(a) && fixesNv(b)) &&
  !(excludesNv(b) && fixesNv(a));

/** A32 patterns with a `cond` field at the top leave cond = 1111 to the unconditional space. */
export const excludesNv = (p: Pattern): boolean =>
  p.width === 32 && p.fields.some((f) => f.name === "cond" && f.lsb === 28);
/** Patterns of the unconditional space alone. */
export const fixesNv = (p: Pattern): boolean => p.mask >>> 28 === 15 && p.value >>> 28 === 15;
