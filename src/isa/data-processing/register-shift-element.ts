/** Elements that the standard data-processing forms share. */
import { identifierAt, REGISTER_NAMES, registerNamed, skipSpace, unsignedImmediate, immediateElement, type Element } from "../syntax/element.js";

const TYPES = ["lsl", "lsr", "asr", "ror"];

/** "lsl r3": a shift by a register, fields type and Rs. */
const register: Element = {
  print: (f) => `${TYPES[f["type"]!]!} ${REGISTER_NAMES[f["Rs"]!]!}`,
  parse(text, at) {
    const name = identifierAt(text, at).toLowerCase();
    const type = TYPES.indexOf(name);
    if (type < 0) return [];
    const start = skipSpace(text, at + name.length);
    const rs = identifierAt(text, start);
    const n = registerNamed(rs);
    return n === undefined ? [] : [{ fields: { type, Rs: n }, end: start + rs.length }];
  },
};
/** The amount of a shift that is an instruction of its own: 1 to 31 or 32. `type` when fixed. */
const immediate = (split: "imm5" | "imm3:imm2", type?: number): Element =>
  immediateElement(
    (f) => {
      const imm5 = split === "imm5" ? f["imm5"]! : (f["imm3"]! << 2) | f["imm2"]!;
      const kind = type ?? f["type"]!;
      return imm5 === 0 && (kind === 1 || kind === 2) ? 32 : imm5;
    },
    (n) => {
      if (n < 1 || n > 32) return undefined;
      const imm5 = n & 31;
      return split === "imm5" ? { imm5 } : { imm3: imm5 >> 2, imm2: imm5 & 3 };
    },
  );
/** A register whose top bit lies apart (T16 high registers). */
const high = (top: string, low: string): Element => ({
  print: (f) => REGISTER_NAMES[(f[top]! << 3) | f[low]!]!,
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = registerNamed(name);
    return n === undefined ? [] : [{ fields: { [top]: n >> 3, [low]: n & 7 }, end: at + name.length }];
  },
});

export const registerShiftElement = { register, immediate, high, unsigned: unsignedImmediate };
