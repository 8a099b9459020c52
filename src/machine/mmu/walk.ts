import type { FaultKind } from "../../arch/index.js";

/**
 * Types that the table walkers share. A walk writes into one preallocated result; it never throws and
 * never allocates.
 */

/** Memory types of translation tables, weakest ordering last (DDI 0406C, A3.5.1). */
export const MEMORY = { stronglyOrdered: 0, device: 1, normal: 2 } as const;
export type MemoryType = (typeof MEMORY)[keyof typeof MEMORY];

/** Kind of access that is translated. */
export type AccessKind = "read" | "write" | "execute";

/** Result of one stage, or of both. */
export interface Walk {
  fault: FaultKind;
  /** Level of the table that the fault or the leaf was found at, 1 to 3. */
  level: number;
  /** Domain of a short-descriptor fault. */
  domain: number;
  /** The fault is of stage 2. */
  stage2: boolean;
  /** A stage 2 fault on the access that a stage 1 walk made. */
  stage1Walk: boolean;
  /** Address that stage 2 was asked for (for HPFAR). */
  ipa: number;
  /** Output address of the byte that was asked for. */
  address: number;
  memory: MemoryType;
  readable: boolean;
  writable: boolean;
  executable: boolean;
  /**
   * The translation of stage 1 may differ with ASID or DACR: the entry is not global, or in a domain other
   * than 0.
   */
  contextual: boolean;
  /** log2 of the bytes that stage 1's entry maps; 12 where stage 1 is off. */
  sizeBits: number;
}

export const newWalk = (): Walk => ({
  fault: "none",
  level: 0,
  domain: 0,
  stage2: false,
  stage1Walk: false,
  ipa: 0,
  address: 0,
  memory: MEMORY.normal,
  readable: true,
  writable: true,
  executable: true,
  contextual: false,
  sizeBits: 12,
});

/** Reads a descriptor word at a physical address; the walk's fault is set when there is no RAM there. */
export interface DescriptorReader {
  /**
   * The little- or big-endian word at an address in the walker's output space (IPA for PL1&0 stage 1,
   * PA else). Sets `walk.fault` when it cannot be read.
   */
  read(address: number, bigEndian: boolean, walk: Walk): number;
}
