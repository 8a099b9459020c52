/** The word that says what a memory access is like. */
import { extract } from "../arch/index.js";

/** Attributes of a memory access, one word of bits; constant at translation time. */
export const ACCESS_BITS = {
  /** log2 of the size in bytes: 0, 1 or 2. */
  size: { lsb: 0, width: 2 },
  /** The address must be aligned to the access size whatever SCTLR.A says (MemA). */
  aligned: { lsb: 2, width: 1 },
  /** Done as if from PL0 (LDRT and its kin). */
  unprivileged: { lsb: 3, width: 1 },
  /** Part of an exclusive pair, for the syndrome and the fault checks. */
  exclusive: { lsb: 4, width: 1 },
  /** Alignment demanded in bytes when above the size (LDRD, LDREXD, VLD1): log2, 0 for none. */
  alignment: { lsb: 5, width: 3 },
  /**
   * Several elements in one access: SCTLR.A checks the alignment of an element, not of the access. log2 of
   * an element's bytes plus 1; 0 where the access is one element.
   */
  elements: { lsb: 8, width: 2 },
} as const;

/** What an instruction may demand of an access. */
export interface MemoryOptions {
  /** MemA: the address must be size-aligned. */
  readonly aligned?: boolean;
  /** MemU_unpriv: as from PL0. */
  readonly unprivileged?: boolean;
  readonly exclusive?: boolean;
  /** Alignment in bytes demanded when larger than the size, e.g. 8 for LDREXD. */
  readonly alignment?: 2 | 4 | 8 | 16 | 32;
  /** Size in bytes of the several elements that the access transfers (VLD1, VST1). */
  readonly elements?: 1 | 2;
}

/** The access word of `size` bytes. */
export const accessWord = (size: 1 | 2 | 4, o: MemoryOptions): number =>
  ((size >> 1) << ACCESS_BITS.size.lsb) |
  ((o.aligned === true ? 1 : 0) << ACCESS_BITS.aligned.lsb) |
  ((o.unprivileged === true ? 1 : 0) << ACCESS_BITS.unprivileged.lsb) |
  ((o.exclusive === true ? 1 : 0) << ACCESS_BITS.exclusive.lsb) |
  ((o.alignment === undefined ? 0 : Math.log2(o.alignment)) << ACCESS_BITS.alignment.lsb) |
  ((o.elements ?? 0) << ACCESS_BITS.elements.lsb);

/** Size in bytes that an access word says. */
export const accessSize = (access: number): 1 | 2 | 4 =>
  (1 << extract(access, ACCESS_BITS.size)) as 1 | 2 | 4;
