/** Branch targets and other PC-relative addresses. */
import type { FieldMap } from "../pattern.js";
import { expressionEnd, registerNamed, type Element, type PrintContext } from "./element.js";

/**
 * A target address. `offset` gives the byte offset that fields encode, relative to the PC operand;
 * `fields` gives them back or undefined when the offset cannot be encoded. `align` clears bits 1:0 of
 * the PC operand first (literals, BLX to A32).
 */
export const labelElement = (
  offset: (f: FieldMap) => number,
  fields: (offset: number) => FieldMap | undefined,
  align = false,
): Element => {
  const base = (context: PrintContext): number => {
    const pcOperand = context.pc + (context.thumb ? 4 : 8);
    return align ? pcOperand & ~3 : pcOperand;
  };
  return {
    print: (f, context) => `0x${((base(context) + offset(f)) >>> 0).toString(16)}`,
    parse(text, at, context) {
      const end = expressionEnd(text, at);
      const expression = text.slice(at, end).trim();
      if (
        expression === "" ||
        "#[{".includes(expression[0]!) ||
        registerNamed(expression) !== undefined
      )
        return [];
      const target = context.evaluate(expression) ?? base(context);
      const made = fields((target - base(context)) | 0);
      return made === undefined ? [] : [{ fields: made, end }];
    },
  };
};

/** Sign-extends the low `width` bits. */
export const signExtend = (value: number, width: number): number =>
  (value << (32 - width)) >> (32 - width);

/** Offset of one signed field of `width` bits times `scale`. */
export const signedOffset = (field: string, width: number, scale: number): Element =>
  labelElement(
    (f) => signExtend(f[field]!, width) * scale,
    (n) => {
      const v = n / scale;
      const half = 2 ** (width - 1);
      return Number.isInteger(v) && v >= -half && v < half
        ? { [field]: v < 0 ? v + 2 * half : v }
        : undefined;
    },
  );
