/** Lists of registers: a word with a bit for each. */
import type { FieldMap } from "../pattern.js";
import {
  identifierAt,
  REGISTER_NAMES,
  registerNamed,
  skipSpace,
  type Element,
} from "../syntax/element.js";

type F = FieldMap;
/** Numbers of the registers in a list, the lowest first. */
export const registersIn = (list: number): number[] => {
  const found: number[] = [];
  for (let n = 0; n < 16; n++) if (((list >>> n) & 1) === 1) found.push(n);
  return found;
};

/** "{r0, r1, pc}" out of a list that fields make up. */
export const registerList = (
  get: (f: F) => number,
  set: (list: number) => F | undefined,
): Element => ({
  print: (f) =>
    `{${registersIn(get(f))
      .map((n) => REGISTER_NAMES[n]!)
      .join(", ")}}`,
  parse(text, at) {
    if (text[at] !== "{") return [];
    let list = 0;
    let i = skipSpace(text, at + 1);
    while (text[i] !== "}" && i < text.length) {
      const name = identifierAt(text, i);
      const first = registerNamed(name);
      if (first === undefined) return [];
      i = skipSpace(text, i + name.length);
      let last = first;
      if (text[i] === "-") {
        i = skipSpace(text, i + 1);
        const end = identifierAt(text, i);
        const n = registerNamed(end);
        if (n === undefined || n < first) return [];
        last = n;
        i = skipSpace(text, i + end.length);
      }
      for (let n = first; n <= last; n++) list |= 1 << n;
      if (text[i] === ",") i = skipSpace(text, i + 1);
    }
    const fields = text[i] === "}" ? set(list) : undefined;
    return fields === undefined ? [] : [{ fields, end: i + 1 }];
  },
});
/** A list of all registers in one field. */
export const list16 = registerList(
  (f) => f["list"]!,
  (list) => ({ list }),
);
