/** Addressing modes of loads and stores: fields, text and address computation, shared by all of them. */
import { shift, type IrBuilder, type ShiftType, type Value } from "../../ir/index.js";
import type { FieldMap } from "../pattern.js";
import {
  expressionEnd,
  identifierAt,
  REGISTER_NAMES,
  registerNamed,
  skipSpace,
  type Element,
  type ParseContext,
  type Parsed,
} from "../syntax/element.js";
import { shiftElement } from "../syntax/shift-element.js";

/** An address: base register, offset, and what becomes of the base. */
export interface Addressing {
  readonly n: number;
  readonly offset:
    | { readonly kind: "immediate"; readonly value: number }
    | {
        readonly kind: "register";
        readonly m: number;
        readonly add: boolean;
        readonly type: ShiftType;
        readonly amount: number;
      };
  /** Pre-indexed or offset: the offset is added before the access. */
  readonly index: boolean;
  readonly writeback: boolean;
}

export interface ResolvedAddress {
  readonly address: Value;
  /** New value of the base when it is written back. */
  readonly updated: Value;
}
/** Address of an access and the base's new value. */
export const resolve = (ir: IrBuilder, a: Addressing): ResolvedAddress => {
  const base = a.n === 15 ? ir.alignedPc() : ir.reg(a.n);
  let updated: Value;
  if (a.offset.kind === "immediate") updated = ir.add(base, ir.const(a.offset.value));
  else {
    const moved = shift(ir, ir.reg(a.offset.m), a.offset.type, a.offset.amount);
    updated = a.offset.add ? ir.add(base, moved) : ir.sub(base, moved);
  }
  return { address: a.index ? updated : base, updated };
};

/** An immediate offset with the sign that the U bit gives it; encodings without one add. */
export const signedOffset = (f: FieldMap, n: number): number => ((f["U"] ?? 1) === 1 ? n : -n);
/** Addressing of an encoding with P, U and W bits. */
export const indexedAddress = (f: FieldMap, offset: Addressing["offset"]): Addressing => ({
  n: f["Rn"]!,
  offset,
  index: f["P"] === 1,
  writeback: writesBack(f),
});
/** Whether an encoding with P and W bits writes the base back. */
export const writesBack = (f: FieldMap): boolean => f["P"] === 0 || f["W"] === 1;
/** The offset Rm of an encoding with a U bit. */
export const registerOffset = (f: FieldMap): Addressing["offset"] => ({
  kind: "register",
  m: f["Rm"]!,
  add: f["U"] === 1,
  type: "LSL",
  amount: 0,
});

/** Magnitude of an immediate offset: field names and widths, low part last, and a scale. */
export interface ImmediateField {
  readonly get: (f: FieldMap) => number;
  readonly set: (n: number) => FieldMap | undefined;
}
export const oneField = (name: string, width: number, scale = 1): ImmediateField => ({
  get: (f) => f[name]! * scale,
  set: (n) =>
    n % scale === 0 && n >= 0 && n / scale < 2 ** width ? { [name]: n / scale } : undefined,
});
/** imm4H:imm4L. */
export const splitByte: ImmediateField = {
  get: (f) => (f["imm4H"]! << 4) | f["imm4L"]!,
  set: (n) => (n >= 0 && n < 256 ? { imm4H: n >> 4, imm4L: n & 15 } : undefined),
};

interface Shape {
  /** Fixed indexing bits, where the encoding has no P, U, W fields. */
  readonly fixed?: FieldMap;
  /** How the base field is called, or a fixed base register. */
  readonly base?: number;
  readonly immediate?: ImmediateField;
  /** Register offset: "plain" Rm, a shifted Rm of A32, or T32's LSL by imm2. */
  readonly register?: "plain" | "shifted" | "imm2";
  /** A zero offset is not printed. */
  readonly hideZero?: boolean;
  /** Minus zero is printed like zero (T32). */
  readonly plainZero?: boolean;
}
const bit = (f: FieldMap, shape: Shape, name: string, otherwise: number): number =>
  shape.fixed?.[name] ?? f[name] ?? otherwise;

const printOffset = (f: FieldMap, shape: Shape): string => {
  let minus = bit(f, shape, "U", 1) === 1 ? "" : "-";
  if (shape.immediate !== undefined) {
    const n = shape.immediate.get(f);
    if (n === 0 && shape.plainZero === true) minus = "";
    return n === 0 && minus === "" && shape.hideZero !== false ? "" : `, #${minus}${n}`;
  }
  const rm = REGISTER_NAMES[f["Rm"]!]!;
  if (shape.register === "imm2") return `, ${rm}${f["imm2"] === 0 ? "" : `, lsl #${f["imm2"]!}`}`;
  const shift =
    shape.register === "shifted"
      ? shiftElement("imm5").print(f, { pc: 0, thumb: false, itCondition: undefined })
      : "";
  return `, ${minus}${rm}${shift}`;
};

/** Reads ", #n" or ", Rm, shift" at `at`; nothing there is offset 0. */
const parseOffset = (
  text: string,
  at: number,
  context: ParseContext,
  shape: Shape,
): readonly Parsed[] => {
  let i = skipSpace(text, at);
  if (text[i] !== ",") {
    const zero = shape.immediate?.set(0);
    return zero === undefined ? [] : [{ fields: { ...zero, U: 1 }, end: at }];
  }
  i = skipSpace(text, i + 1);
  if (text[i] === "#") {
    if (shape.immediate === undefined) return [];
    const end = expressionEnd(text, i + 1);
    const expression = text.slice(i + 1, end).trim();
    const value = context.evaluate(expression) ?? 0;
    const negative = value < 0 || expression.startsWith("-");
    const fields = shape.immediate.set(Math.abs(value));
    return fields === undefined ? [] : [{ fields: { ...fields, U: negative ? 0 : 1 }, end }];
  }
  if (shape.register === undefined) return [];
  const U = text[i] === "-" ? 0 : 1;
  if (text[i] === "-" || text[i] === "+") i++;
  const name = identifierAt(text, i);
  const Rm = registerNamed(name);
  if (Rm === undefined) return [];
  i += name.length;
  if (shape.register === "plain") return [{ fields: { Rm, U }, end: i }];
  if (shape.register === "imm2") {
    const match = /^\s*,\s*lsl\s+#([0-3])\b/i.exec(text.slice(i));
    return [
      { fields: { Rm, imm2: Number(match?.[1] ?? 0), U }, end: i + (match?.[0].length ?? 0) },
    ];
  }
  return shiftElement("imm5")
    .parse(text, i, context)
    .map((p) => ({ fields: { ...p.fields, Rm, U }, end: p.end }));
};

/** The whole "[Rn, offset]!" or "[Rn], offset" of an encoding with P, U and W bits or fixed ones. */
export const addressElement = (shape: Shape): Element => ({
  print(f) {
    const base = REGISTER_NAMES[shape.base ?? f["Rn"]!]!;
    const index = bit(f, shape, "P", 1) === 1;
    const write = bit(f, shape, "W", 0) === 1;
    if (!index) {
      // A post-indexed zero is printed: it tells the form.
      const offset = printOffset(f, { ...shape, hideZero: false });
      return `[${base}]${offset}`;
    }
    return `[${base}${printOffset(f, { ...shape, hideZero: (!write || shape.plainZero === true) && shape.hideZero !== false })}]${write ? "!" : ""}`;
  },
  parse(text, at, context) {
    if (text[at] !== "[") return [];
    const start = skipSpace(text, at + 1);
    const name = identifierAt(text, start);
    const n = registerNamed(name);
    if (n === undefined || (shape.base !== undefined && n !== shape.base)) return [];
    const base: FieldMap = shape.base === undefined ? { Rn: n } : {};
    const inner = start + name.length;
    const found: Parsed[] = [];
    const add = (fields: FieldMap, end: number): void => {
      for (const [k, v] of Object.entries(shape.fixed ?? {}))
        if (fields[k] !== undefined && fields[k] !== v) return;
      const kept = Object.fromEntries(
        Object.entries({ ...base, ...fields }).filter(([k]) => shape.fixed?.[k] === undefined),
      );
      found.push({ fields: kept, end });
    };
    for (const p of parseOffset(text, inner, context, shape)) {
      const close = skipSpace(text, p.end);
      if (text[close] !== "]") continue;
      const bang = skipSpace(text, close + 1);
      if (text[bang] === "!") add({ ...p.fields, P: 1, W: 1 }, bang + 1);
      else add({ ...p.fields, P: 1, W: 0 }, close + 1);
    }
    const close = skipSpace(text, inner);
    if (text[close] === "]") {
      for (const p of parseOffset(text, close + 1, context, shape)) {
        if (p.end === close + 1) continue;
        // Post-indexed is W = 0 in A32, where 1 is the unprivileged form, and W = 1 in T32.
        add({ ...p.fields, P: 0, W: 0 }, p.end);
        add({ ...p.fields, P: 0, W: 1 }, p.end);
      }
    }
    return found;
  },
});
/** "[Rn]" alone. */
export const baseElement: Element = addressElement({
  immediate: { get: () => 0, set: (n) => (n === 0 ? {} : undefined) },
  fixed: { P: 1, U: 1, W: 0 },
});

/** A literal's address operand "[pc, #n]", with a label accepted in its place. */
export const literalElement = (
  field: ImmediateField,
  fixedUp = false,
  plainZero = false,
): Element => {
  const inner = addressElement({
    base: 15,
    immediate: field,
    hideZero: plainZero,
    plainZero,
    fixed: { P: 1, W: 0, ...(fixedUp ? { U: 1 } : {}) },
  });
  return {
    print: (f, context) => inner.print(f, context),
    parse(text, at, context) {
      if (text[at] === "[") return inner.parse(text, at, context);
      const end = expressionEnd(text, at);
      const expression = text.slice(at, end).trim();
      if (expression === "" || expression.startsWith("#") || expression.startsWith("=")) return [];
      const base = (context.pc + (context.thumb ? 4 : 8)) & ~3;
      const offset = (context.evaluate(expression) ?? base) - base;
      if (fixedUp && offset < 0) return [];
      const fields = field.set(Math.abs(offset));
      return fields === undefined
        ? []
        : [{ fields: fixedUp ? fields : { ...fields, U: offset < 0 ? 0 : 1 }, end }];
    },
  };
};

/** ISS of a data abort of a single-register access without writeback (DDI 0406C, B3.13.6). */
export const transferSyndrome = (size: 1 | 2 | 4, signed: boolean, t: number): number =>
  (1 << 24) | ((size >> 1) << 22) | ((signed ? 1 : 0) << 21) | (t << 16);
