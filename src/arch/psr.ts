/** A bit field: lowest bit and width. Never a mask and never an index alone. */
export interface BitField {
  readonly lsb: number;
  readonly width: number;
}
const field = (lsb: number, width = 1): BitField => ({ lsb, width });

/** Program status register format (DDI 0406C, B1.3.3). IT is split over two fields. */
export const PSR = {
  N: field(31),
  Z: field(30),
  C: field(29),
  V: field(28),
  Q: field(27),
  IT_low: field(25, 2),
  J: field(24),
  GE: field(16, 4),
  IT_high: field(10, 6),
  E: field(9),
  A: field(8),
  I: field(7),
  F: field(6),
  T: field(5),
  M: field(0, 5),
} as const satisfies Record<string, BitField>;

/** The mask that a field covers, as a signed 32-bit word. */
export const maskOf = ({ lsb, width }: BitField): number =>
  width === 32 ? -1 : ((1 << width) - 1) << lsb;
/** Reads a field of a 32-bit word. */
export const extract = (word: number, { lsb, width }: BitField): number =>
  width === 32 ? word | 0 : (word >>> lsb) & ((1 << width) - 1);
/** Returns `word` with a field replaced; excess bits of `value` are dropped. */
export const insert = (word: number, f: BitField, value: number): number =>
  (word & ~maskOf(f)) | ((value << f.lsb) & maskOf(f));

/** Joins the two parts of ITSTATE out of a PSR value (DDI 0406C, A2.5.2). */
export const itStateOf = (psr: number): number =>
  (extract(psr, PSR.IT_high) << 2) | extract(psr, PSR.IT_low);
