/** CPSR over terms: the fields of arch/'s PSR table in their slots. */
import { maskOf, PSR, SLOT, type BitField, type Slot } from "../../arch/index.js";
import type { Term, Terms } from "../../engines/index.js";

interface Part {
  readonly field: BitField;
  readonly slot: Slot;
  /** Lowest bit of the field within its slot's word. */
  readonly at: number;
}
/** Every field of a PSR, highest first. ITSTATE is one slot and two fields. */
const PARTS: readonly Part[] = Object.entries(PSR)
  .map(([name, field]): Part => {
    if (name === "IT_low") return { field, slot: SLOT.IT, at: 0 };
    if (name === "IT_high") return { field, slot: SLOT.IT, at: PSR.IT_low.width };
    return { field, slot: SLOT[name as keyof typeof SLOT], at: 0 };
  })
  .toSorted((a, b) => b.field.lsb - a.field.lsb);

/** The whole CPSR, as it is saved to an SPSR. */
export const readPsr = (terms: Terms, state: readonly Term[]): Term => {
  const pieces: Term[] = [];
  let above = 32;
  for (const { field, slot, at } of PARTS) {
    const top = field.lsb + field.width;
    if (top < above) pieces.push(terms.const(0, above - top));
    pieces.push(terms.extract(at + field.width - 1, at, state[slot]!));
    above = field.lsb;
  }
  const [first, ...rest] = pieces;
  return terms.concat(first!, ...rest);
};
/** A field of a PSR value as a word. */
export const psrField = (terms: Terms, psr: Term, { lsb, width }: BitField): Term =>
  terms.zeroExtend(32 - width, terms.extract(lsb + width - 1, lsb, psr));

/** Spreads a PSR value over its slots, every field but M, which is a path's constant. */
export const spreadPsr = (terms: Terms, state: Term[], psr: Term): void => {
  for (const { field, slot } of PARTS)
    if (slot !== SLOT.IT && slot !== SLOT.M) state[slot] = psrField(terms, psr, field);
  const { IT_high: high, IT_low: low } = PSR;
  state[SLOT.IT] = terms.zeroExtend(
    32 - high.width - low.width,
    terms.concat(
      terms.extract(high.lsb + high.width - 1, high.lsb, psr),
      terms.extract(low.lsb + low.width - 1, low.lsb, psr),
    ),
  );
};
/** Execution state bits, which MRS reads as zero (DDI 0406C, B9.3.8). */
export const EXECUTION_STATE =
  maskOf(PSR.J) | maskOf(PSR.T) | maskOf(PSR.IT_low) | maskOf(PSR.IT_high);
