/** Parameters of the ops of Advanced SIMD, packed into the `imm` of a vector node. */

/** The functions below spell the places out: they are asked for each element. */
const BITS = {
  /** log2 of an element's size in bytes; of the narrow elements where an op has two sizes. */
  size: { lsb: 0, width: 2 },
  /** Elements are unsigned. */
  unsigned: { lsb: 2, width: 1 },
  /** Operands are quadwords. */
  quad: { lsb: 3, width: 1 },
  /** The second operand is one element, `index`, of a doubleword. */
  scalar: { lsb: 4, width: 1 },
  /** The second operand is zero. */
  zero: { lsb: 5, width: 1 },
  round: { lsb: 6, width: 1 },
  saturate: { lsb: 7, width: 1 },
  /** Saturates to unsigned elements, whatever the source's are. */
  unsignedResult: { lsb: 8, width: 1 },
  /** Shift amount, or length in bytes. */
  amount: { lsb: 9, width: 7 },
  /** Element number of a scalar. */
  index: { lsb: 16, width: 4 },
} as const;

export type SimdParameters = { readonly [K in keyof typeof BITS]?: number };

/** The `imm` word of an op. */
export const simdImm = (parameters: SimdParameters): number => {
  let word = 0;
  for (const [name, { lsb, width }] of Object.entries(BITS)) {
    const value = parameters[name as keyof SimdParameters] ?? 0;
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** width)
      throw new RangeError(`SIMD parameter ${name} takes ${width} bits; ${value} does not fit`);
    word += value * 2 ** lsb;
  }
  return word;
};

export const sizeOf = (imm: number): number => imm & 3;
export const isUnsigned = (imm: number): boolean => (imm & 4) !== 0;
/** Words of an operand whose width the Q bit gives. */
export const wordsOf = (imm: number): number => ((imm & 8) !== 0 ? 4 : 2);
export const isScalar = (imm: number): boolean => (imm & 16) !== 0;
export const isZero = (imm: number): boolean => (imm & 32) !== 0;
export const rounds = (imm: number): boolean => (imm & 64) !== 0;
export const saturates = (imm: number): boolean => (imm & 128) !== 0;
export const resultUnsigned = (imm: number): boolean => (imm & 256) !== 0;
export const amountOf = (imm: number): number => (imm >>> 9) & 127;
export const indexOf = (imm: number): number => (imm >>> 16) & 15;
