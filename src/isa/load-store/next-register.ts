/** The second register of a pair in A32's text. */
import { identifierAt, REGISTER_NAMES, registerNamed, type Element } from "../syntax/element.js";

/** The second register of an A32 pair is the one after Rt: it is written, not encoded. */
export const nextRegister: Element = {
  print: (f) => REGISTER_NAMES[(f["Rt"]! + 1) & 15]!,
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = registerNamed(name);
    return n === undefined || n === 0 ? [] : [{ fields: { Rt: n - 1 }, end: at + name.length }];
  },
};
