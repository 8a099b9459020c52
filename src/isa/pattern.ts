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

const ZERO = 0x30;
const ONE = 0x31;
const SPACE = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;
const ANY = 0x78;
const FIELD = /^[A-Za-z_][A-Za-z0-9_]*:\d+$/;

/**
 * Reads a pattern. Throws PatternError when the bits are not 16 or 32 or a field is repeated. Character by character,
 * without a list of bits: a thousand patterns are read before any command begins.
 */
export const parsePattern = (text: string): Pattern => {
  let width = 0;
  let mask = 0;
  let value = 0;
  let shouldMask = 0;
  let shouldValue = 0;
  const fields: { name: string; start: number; width: number }[] = [];
  const { length } = text;
  for (let at = 0; at < length;) {
    if (text.charCodeAt(at) <= SPACE) {
      at++;
      continue;
    }
    let end = at + 1;
    while (end < length && text.charCodeAt(end) > SPACE) end++;
    const colon = text.indexOf(":", at);
    if (colon >= 0 && colon < end) {
      if (!FIELD.test(text.slice(at, end))) throw strangeToken(text, at, end);
      const bits = Number(text.slice(colon + 1, end));
      fields.push({ name: text.slice(at, colon), start: width, width: bits });
      const shift = 2 ** bits;
      width += bits;
      mask *= shift;
      value *= shift;
      shouldMask *= shift;
      shouldValue *= shift;
    } else {
      // Most tokens are fixed bits alone, which Number reads at once.
      const bits = Number(`0b${text.slice(at, end)}`);
      const size = end - at;
      if (bits >= 0) {
        const shift = 2 ** size;
        width += size;
        mask = mask * shift + shift - 1;
        value = value * shift + bits;
        shouldMask *= shift;
        shouldValue *= shift;
        at = end;
        continue;
      }
      for (let i = at; i < end; i++) {
        const open = text.charCodeAt(i) === OPEN;
        const bit = text.charCodeAt(open ? i + 1 : i);
        const fixed = bit === ZERO || bit === ONE;
        if (open ? !fixed || text.charCodeAt(i + 2) !== CLOSE : !fixed && bit !== ANY)
          throw strangeToken(text, at, end);
        width++;
        mask = mask * 2 + (fixed && !open ? 1 : 0);
        value = value * 2 + (bit === ONE && !open ? 1 : 0);
        shouldMask = shouldMask * 2 + (open ? 1 : 0);
        shouldValue = shouldValue * 2 + (bit === ONE && open ? 1 : 0);
        if (open) i += 2;
      }
    }
    at = end;
  }
  if (width !== 16 && width !== 32) {
    throw new PatternError(`pattern "${text}" has ${width} bits; expected 16 or 32`);
  }
  for (const [i, { name }] of fields.entries()) {
    for (let j = 0; j < i; j++)
      if (fields[j]!.name === name) throw new PatternError(`pattern "${text}" repeats a field`);
  }
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
const strangeToken = (text: string, at: number, end: number): PatternError =>
  new PatternError(
    `pattern "${text}": "${text.slice(at, end)}" is neither bits, (0)/(1) nor name:width`,
  );

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
