/** Elements that many templates use, by the name they have in a template. */
import {
  CONDITIONS,
  conditionNamed,
  flagElement,
  registerElement,
  type Element,
  type Parsed,
} from "./element.js";

/** Condition suffix: the cond field in A32, the IT block's condition in T32. */
const condition: Element = {
  print: (f, context) =>
    context.thumb
      ? context.itCondition === undefined
        ? ""
        : CONDITIONS[context.itCondition]!
      : CONDITIONS[f["cond"]!]!,
  parse(text, at, context) {
    const found: Parsed[] = [];
    for (const length of [2, 0]) {
      const suffix = text.slice(at, at + length);
      if (suffix.length !== length) continue;
      const cond = conditionNamed(suffix);
      if (cond === undefined) continue;
      if (!context.thumb) found.push({ fields: { cond }, end: at + length });
      else if (cond === (context.itCondition ?? 14)) found.push({ fields: {}, end: at + length });
    }
    return found;
  },
};

/** "s" outside of an IT block, nothing inside: the 16-bit T32 arithmetic. */
const sOutsideIt: Element = {
  print: (_f, context) => (context.itCondition === undefined ? "s" : ""),
  parse(text, at, context) {
    if (context.itCondition !== undefined) return [{ fields: {}, end: at }];
    return text[at] === "s" ? [{ fields: {}, end: at + 1 }] : [];
  },
};

/** ".w": printed for the wide T32 encodings that have a narrow sister, optional when read. */
const wide: Element = {
  print: () => ".w",
  parse: (text, at) => {
    const absent: Parsed = { fields: {}, end: at };
    return text.startsWith(".w", at) ? [{ fields: {}, end: at + 2 }] : [absent];
  },
};

/** ".n": printed for narrow branches; the assembler strips it before it looks. */
const narrow: Element = { print: () => ".n", parse: (_text, at) => [{ fields: {}, end: at }] };

export const COMMON_ELEMENTS: Readonly<Record<string, Element>> = {
  c: condition,
  s: flagElement("S", "s"),
  s_it: sOutsideIt,
  w: wide,
  n: narrow,
  "!": flagElement("W", "!"),
};

/** Fields that hold a core register, whatever the encoding. */
const registerField = /^R(?:d|n|m|t|t2|s|a|dn|dm|dLo|dHi|dlo|dhi)$/;

/** The element that a template's <name> stands for, or undefined. */
export const elementNamed = (name: string): Element | undefined =>
  COMMON_ELEMENTS[name] ?? (registerField.test(name) ? registerElement(name) : undefined);
