/** Templates of assembly text, compiled once: literals and elements in order. */
import type { AsmForm, BoundEncoding } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { elementNamed } from "./common-elements.js";
import { skipSpace, type Element, type ParseContext, type PrintContext } from "./element.js";

type Part = string | Element;
export interface Template {
  readonly form: AsmForm;
  /** Mnemonic text before the first element: what the assembler looks up. */
  readonly head: string;
  readonly parts: readonly Part[];
}

const compiled = new WeakMap<BoundEncoding, readonly Template[]>();

/** Thrown when a template names an element that nobody defines: a defect of the record. */
export class TemplateError extends Error {
  readonly code = "isa/bad-template";
}

const compile = (e: BoundEncoding, form: AsmForm): Template => {
  const parts: Part[] = [];
  for (const piece of form.text.split(/(<[^<>\s]+>)/)) {
    if (piece === "") continue;
    if (!piece.startsWith("<")) {
      parts.push(piece);
      continue;
    }
    const name = piece.slice(1, -1);
    const element = e.spec.elements?.[name] ?? elementNamed(name);
    if (element === undefined)
      throw new TemplateError(`${e.id}: template element ${piece} is not defined`);
    parts.push(element);
  }
  const first = parts[0];
  return { form, head: typeof first === "string" ? first.split(" ")[0]! : "", parts };
};

/** The templates of an encoding, in order of preference. */
export const templatesOf = (e: BoundEncoding): readonly Template[] => {
  let made = compiled.get(e);
  if (made === undefined) {
    const { asm } = e.spec;
    const forms =
      typeof asm === "string" ? [{ text: asm }] : ((Array.isArray(asm) ? asm : [asm]) as AsmForm[]);
    made = forms.map((form) => compile(e, form));
    compiled.set(e, made);
  }
  return made;
};

/** Prints an instruction with the first form that fits. */
export const printInstruction = (e: BoundEncoding, f: FieldMap, context: PrintContext): string => {
  for (const t of templatesOf(e)) {
    if (t.form.parseOnly === true || (t.form.when !== undefined && !t.form.when(f))) continue;
    let text = "";
    for (const part of t.parts) text += typeof part === "string" ? part : part.print(f, context);
    return text.trimEnd();
  }
  throw new TemplateError(`${e.id}: no assembly form fits fields ${JSON.stringify(f)}`);
};

/** All field maps with which `text` (mnemonic in lower case) can be read by a template. */
export const parseWith = (t: Template, text: string, context: ParseContext): FieldMap[] => {
  const found: FieldMap[] = [];
  const go = (index: number, at: number, fields: FieldMap): void => {
    if (index === t.parts.length) {
      if (skipSpace(text, at) === text.length) found.push({ ...fields, ...t.form.fields });
      return;
    }
    const part = t.parts[index]!;
    if (typeof part === "string") {
      const end = matchLiteral(text, at, part);
      if (end >= 0) go(index + 1, end, fields);
      return;
    }
    for (const { fields: more, end } of part.parse(text, at, context)) {
      // An element that stands twice (Rd, Rd) must read the same both times.
      const clash = Object.entries(more).some(
        ([k, v]) => fields[k] !== undefined && fields[k] !== v,
      );
      if (!clash) go(index + 1, end, { ...fields, ...more });
    }
  };
  go(0, 0, {});
  return found;
};

/** Matches literal text; a space stands for any white space, commas and brackets may have some around. */
const matchLiteral = (text: string, at: number, literal: string): number => {
  let i = at;
  for (const c of literal) {
    if (c === " ") {
      const after = skipSpace(text, i);
      // Two words must not run together: "ble x" is not "bl" of "e x".
      if (after === i && i < text.length && /\w/.test(text[i - 1] ?? "")) return -1;
      i = after;
      continue;
    }
    if (",[]{}!^".includes(c)) i = skipSpace(text, i);
    if (text[i]?.toLowerCase() !== c.toLowerCase()) return -1;
    i++;
    if (",[]{}".includes(c)) i = skipSpace(text, i);
  }
  return i;
};
