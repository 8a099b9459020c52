/** Conversions from and to integers and fixed point: the constant of their ops. */

/** A conversion from or to integers and fixed point, as `imm` of its op. */
export interface Fixed {
  readonly fractionBits: number;
  readonly size: 16 | 32;
  readonly unsigned: boolean;
  /** To an integer: round towards zero. From one: round to nearest. Otherwise FPSCR's rounding mode. */
  readonly fixedRounding: boolean;
  /** To an integer: extend the result to 64 bits. */
  readonly wide: boolean;
}
/** Packs a Fixed into one word. */
export const fixedImmediate = (f: Fixed): number =>
  (f.fractionBits & 0xff) |
  (f.size === 32 ? 1 << 8 : 0) |
  (f.unsigned ? 1 << 9 : 0) |
  (f.fixedRounding ? 1 << 10 : 0) |
  (f.wide ? 1 << 11 : 0);
export const fractionBits = (imm: number): number => (imm << 24) >> 24;
export const sizeOf = (imm: number): 16 | 32 => ((imm & (1 << 8)) !== 0 ? 32 : 16);
export const isUnsigned = (imm: number): boolean => (imm & (1 << 9)) !== 0;
export const hasFixedRounding = (imm: number): boolean => (imm & (1 << 10)) !== 0;
export const isWide = (imm: number): boolean => (imm & (1 << 11)) !== 0;
export const conversionOf = (imm: number): Fixed => ({
  fractionBits: fractionBits(imm),
  size: sizeOf(imm),
  unsigned: isUnsigned(imm),
  fixedRounding: hasFixedRounding(imm),
  wide: isWide(imm),
});
