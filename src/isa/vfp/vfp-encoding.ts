/** What the floating-point records share: both instruction sets' encodings, registers and their text. */
import { vectorSlot } from "../../arch/index.js";
import {
  encoding,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type Encoding,
  type EncodingSpec,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import type { Element, Parsed } from "../syntax/element.js";

export type F = FieldMap;

/**
 * The encodings of bits 27:0: A32 with a condition before them, T32 with 1110. `thumb` adds what T32
 * alone leaves UNPREDICTABLE. The emulator takes (0) bits for fixed.
 */
export const bothSets = <O>(
  number: 1 | 2 | 3,
  bits: string,
  spec: EncodingSpec<F, O>,
  thumb: readonly Unpredictable<F>[] = [],
): Encoding<O>[] => {
  const whole: EncodingSpec<F, O> = { shouldBe: UNDEFINED_IN_REFERENCE, ...spec };
  return [
    encoding<string, O>(`A${number}`, `cond:4 ${bits}`, whole),
    encoding<string, O>(`T${number}`, `1110 ${bits}`, {
      ...whole,
      unpredictable: [...(whole.unpredictable ?? []), ...thumb],
    }),
  ];
};
/** Rt may not be the PC, nor in T32 the SP. */
export const RT_PC = unpredictable<F>("Rt is PC", (f) => f["Rt"] === 15);
export const RT_SP = unpredictable<F>("Rt is SP", (f) => f["Rt"] === 13);

/** Role of a register operand: its four bits are Vd, Vn or Vm, its single bit D, N or M. */
export type Role = "d" | "n" | "m";
const fieldOf = (role: Role): string => `V${role}`;
const bitOf = (role: Role): string => role.toUpperCase();

/** Number of the single register of a role: S0 to S31. */
export const singleOf = (f: F, role: Role): number => (f[fieldOf(role)]! << 1) | f[bitOf(role)]!;
/** Number of the double register of a role: D0 to D31. */
export const doubleOf = (f: F, role: Role): number => (f[bitOf(role)]! << 4) | f[fieldOf(role)]!;
/** First word of a role's register in the register file, by the sz bit. */
export const wordOf = (f: F, role: Role): number =>
  f["sz"] === 1 ? 2 * doubleOf(f, role) : singleOf(f, role);
/** Slot of a role's register by the sz bit; 0 for a role that the encoding has not. */
export const slotOf = (f: F, role: Role): number =>
  f[fieldOf(role)] === undefined || f[bitOf(role)] === undefined ? 0 : vectorSlot(wordOf(f, role));

/** Fields of a register's number. */
export const singleFields = (role: Role, n: number): F => ({
  [fieldOf(role)]: n >> 1,
  [bitOf(role)]: n & 1,
});
export const doubleFields = (role: Role, n: number): F => ({
  [fieldOf(role)]: n & 15,
  [bitOf(role)]: n >> 4,
});

/** Reads "s17" or "d31" at `at`. */
export const readRegister = (
  text: string,
  at: number,
): { readonly double: boolean; readonly n: number; readonly end: number } | undefined => {
  const match = /^([sd])(\d{1,2})(?!\w)/i.exec(text.slice(at));
  if (match === null || Number(match[2]) > 31) return undefined;
  return {
    double: match[1]!.toLowerCase() === "d",
    n: Number(match[2]),
    end: at + match[0].length,
  };
};

/** A register: single, double, or what the sz bit says, which reading sets. */
const register = (role: Role, width: "s" | "d" | "f"): Element => ({
  print: (f) =>
    width === "d" || (width === "f" && f["sz"] === 1)
      ? `d${doubleOf(f, role)}`
      : `s${singleOf(f, role)}`,
  parse(text, at) {
    const found = readRegister(text, at);
    if (found === undefined || (width !== "f" && found.double !== (width === "d"))) return [];
    const { n, end, double } = found;
    const fields = double ? doubleFields(role, n) : singleFields(role, n);
    return [{ fields: width === "f" ? { ...fields, sz: double ? 1 : 0 } : fields, end }];
  },
});

/** Text by the value of a field. */
export const textOf = (field: string, ...texts: readonly string[]): Element => ({
  print: (f) => texts[f[field]!]!,
  parse: (text, at): Parsed[] =>
    texts
      .map((t, value) => ({ t, value }))
      .filter(({ t }) => text.startsWith(t, at))
      .toSorted((a, b) => b.t.length - a.t.length)
      .map(({ t, value }) => ({ fields: { [field]: value }, end: at + t.length })),
});

/** Sd, Dd, Fd (by sz) and so on for n and m; "f" is the data type that sz says. */
export const VFP_ELEMENTS: Readonly<Record<string, Element>> = {
  ...Object.fromEntries(
    (["d", "n", "m"] as const).flatMap((role) =>
      (["s", "d", "f"] as const).map((width) => [
        `${width.toUpperCase()}${role}`,
        register(role, width),
      ]),
    ),
  ),
  f: textOf("sz", ".f32", ".f64"),
};
