/** Elements of the text of Advanced SIMD instructions: registers, scalars, data types. */
import type { Element, Parsed } from "../syntax/element.js";
import type { FieldMap } from "../pattern.js";

const registerAt = (
  text: string,
  at: number,
): { letter: string; number: number; end: number } | undefined => {
  const match = /^([dqDQ])(\d{1,2})(?![0-9A-Za-z])/.exec(text.slice(at));
  if (match === null) return undefined;
  const letter = match[1]!.toLowerCase();
  const number = Number(match[2]);
  return number < (letter === "q" ? 16 : 32)
    ? { letter, number, end: at + match[0].length }
    : undefined;
};
/** A register in a bit and a field; "v" is a quadword when the Q bit is set, and reading it sets Q. */
const vectorRegister = (bit: string, field: string, width: "d" | "q" | "v"): Element => ({
  print(f) {
    const n = (f[bit]! << 4) | f[field]!;
    return width === "q" || (width === "v" && f["Q"] === 1) ? `q${n >> 1}` : `d${n}`;
  },
  parse(text, at) {
    const found = registerAt(text, at);
    if (found === undefined || (width !== "v" && found.letter !== width)) return [];
    const n = found.letter === "q" ? found.number * 2 : found.number;
    const fields: Record<string, number> = { [bit]: n >> 4, [field]: n & 15 };
    if (width === "v") fields["Q"] = found.letter === "q" ? 1 : 0;
    return [{ fields, end: found.end }];
  },
});

/** Text that stands for field values: the first row that agrees is printed, the longest is read first. */
export const choice = (
  rows: readonly { readonly text: string; readonly fields: FieldMap }[],
): Element => ({
  print: (f) =>
    rows.find((r) => Object.entries(r.fields).every(([k, v]) => f[k] === v))?.text ?? "?",
  parse: (text, at): Parsed[] =>
    rows
      .filter((r) => text.startsWith(r.text, at))
      .toSorted((a, b) => b.text.length - a.text.length)
      .map((r) => ({ fields: r.fields, end: at + r.text.length })),
});
const sizes = (first: number, field = "size"): Element =>
  choice([0, 1, 2, 3].map((n) => ({ text: String(first << n), fields: { [field]: n } })));

/** An element of a doubleword, "d3[1]". `fields` gives the fields of register and index. */
export const scalarElement = (
  get: (f: FieldMap) => { readonly register: number; readonly index: number },
  set: (register: number, index: number) => readonly FieldMap[],
): Element => ({
  print(f) {
    const { register, index } = get(f);
    return `d${register}[${index}]`;
  },
  parse(text, at) {
    const match = /^d(\d{1,2})\s*\[\s*(\d)\s*\]/i.exec(text.slice(at));
    if (match === null || Number(match[1]) > 31) return [];
    return set(Number(match[1]), Number(match[2])).map((fields) => ({
      fields,
      end: at + match[0].length,
    }));
  },
});

/** Elements by the name they have in a template. */
export const SIMD_ELEMENTS: Readonly<Record<string, Element>> = {
  ...Object.fromEntries(
    (["d", "n", "m"] as const).flatMap((role) =>
      (["d", "q", "v"] as const).map((width) => [
        `${width.toUpperCase()}${role}`,
        vectorRegister(role.toUpperCase(), `V${role}`, width),
      ]),
    ),
  ),
  size: sizes(8),
  /** Twice the size: of the wide elements of a narrowing instruction. */
  size2: sizes(16),
  us: choice([
    { text: "u", fields: { U: 1 } },
    { text: "s", fields: { U: 0 } },
  ]),
};
