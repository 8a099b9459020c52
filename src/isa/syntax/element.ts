/**
 * Elements of assembly text. An element prints some of an encoding's fields and reads them back, so
 * that disassembler and assembler come out of the same template.
 */
import type { FieldMap } from "../pattern.js";

export interface PrintContext {
  /** Address of the instruction. */
  readonly pc: number;
  readonly thumb: boolean;
  /** Condition that an IT block gives the instruction, or undefined outside of one. */
  readonly itCondition: number | undefined;
}
export interface ParseContext extends PrintContext {
  /**
   * Value of an expression of numbers and symbols, unsigned or negative as written. Throws an
   * AssemblyError for text that is no expression; unknown symbols give undefined in the first pass.
   */
  readonly evaluate: (expression: string) => number | undefined;
}
export interface Parsed {
  readonly fields: FieldMap;
  /** Index of the first character that was not consumed. */
  readonly end: number;
}
export interface Element {
  print(f: FieldMap, context: PrintContext): string;
  /** All ways to read the element at `at`, best first; none when the text does not fit. */
  parse(text: string, at: number, context: ParseContext): readonly Parsed[];
}

/** Condition codes by number; "al" is written as nothing. */
export const CONDITIONS = [
  "eq",
  "ne",
  "cs",
  "cc",
  "mi",
  "pl",
  "vs",
  "vc",
  "hi",
  "ls",
  "ge",
  "lt",
  "gt",
  "le",
  "",
  "",
] as const;
const conditionAliases: Readonly<Record<string, number>> = { hs: 2, lo: 3, al: 14 };
/** Number of a condition suffix, or undefined. */
export const conditionNamed = (name: string): number | undefined => {
  const i = (CONDITIONS as readonly string[]).indexOf(name);
  return name === "" ? 14 : i >= 0 ? i : conditionAliases[name];
};

/** Register names as objdump prints them by default. */
export const REGISTER_NAMES = [
  "r0",
  "r1",
  "r2",
  "r3",
  "r4",
  "r5",
  "r6",
  "r7",
  "r8",
  "r9",
  "sl",
  "fp",
  "ip",
  "sp",
  "lr",
  "pc",
] as const;
const registerAliases: Readonly<Record<string, number>> = {
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
  sb: 9,
  a1: 0,
  a2: 1,
  a3: 2,
  a4: 3,
  v1: 4,
  v2: 5,
  v3: 6,
  v4: 7,
  v5: 8,
  v6: 9,
  v7: 10,
  v8: 11,
};
/** Number of a core register's name, or undefined. */
export const registerNamed = (name: string): number | undefined => {
  const lower = name.toLowerCase();
  const i = (REGISTER_NAMES as readonly string[]).indexOf(lower);
  return i >= 0 ? i : registerAliases[lower];
};

/** Reads an identifier at `at`. */
export const identifierAt = (text: string, at: number): string =>
  /^[A-Za-z_.$][A-Za-z0-9_.$]*/.exec(text.slice(at))?.[0] ?? "";

/** Index after spaces at `at`. */
export const skipSpace = (text: string, at: number): number => {
  let i = at;
  while (text[i] === " " || text[i] === "\t") i++;
  return i;
};

/** End of the expression at `at`: up to a comma, closing bracket or brace outside of parentheses. */
export const expressionEnd = (text: string, at: number): number => {
  let depth = 0;
  let i = at;
  for (; i < text.length; i++) {
    const c = text[i]!;
    if (c === "(") depth++;
    else if (c === ")" && depth > 0) depth--;
    else if (depth === 0 && (c === "," || c === "]" || c === "}" || c === "!" || c === "@")) break;
  }
  return i;
};

/** A core register in one field. */
export const registerElement = (field: string): Element => ({
  print: (f) => REGISTER_NAMES[f[field]!]!,
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = registerNamed(name);
    return n === undefined ? [] : [{ fields: { [field]: n }, end: at + name.length }];
  },
});

/** #immediate whose text is a number; `fields` gives the field values of a number or undefined. */
export const immediateElement = (
  value: (f: FieldMap, context: PrintContext) => number,
  fields: (n: number, context: ParseContext) => FieldMap | undefined,
  show: (n: number) => string = String,
): Element => ({
  print: (f, context) => `#${show(value(f, context))}`,
  parse(text, at, context) {
    const start = text[at] === "#" ? at + 1 : at;
    const end = expressionEnd(text, start);
    if (
      end === start ||
      (text[at] !== "#" && registerNamed(identifierAt(text, start)) !== undefined)
    )
      return [];
    const n = context.evaluate(text.slice(start, end).trim()) ?? 0;
    const made = fields(n, context);
    return made === undefined ? [] : [{ fields: made, end }];
  },
});

/** An unsigned immediate that is `scale` times one field of `width` bits. */
export const unsignedImmediate = (field: string, width: number, scale = 1, offset = 0): Element =>
  immediateElement(
    (f) => f[field]! * scale + offset,
    (n) => {
      const v = (n - offset) / scale;
      return Number.isInteger(v) && v >= 0 && v < 2 ** width ? { [field]: v } : undefined;
    },
  );

/** Text that stands there when `present` says so: `{field: 1}` when read, `{field: 0}` when absent. */
export const flagElement = (field: string, literal: string): Element => ({
  print: (f) => (f[field] === 1 ? literal : ""),
  parse(text, at) {
    const absent: Parsed = { fields: { [field]: 0 }, end: at };
    return text.startsWith(literal, at)
      ? [{ fields: { [field]: 1 }, end: at + literal.length }, absent]
      : [absent];
  },
});
