/** Long-descriptor translation tables: PL1&0 stage 1, PL2 stage 1 and stage 2 (DDI 0406C, B3.6). */
import {
  MEMORY,
  type AccessKind,
  type DescriptorReader,
  type MemoryType,
  type Walk,
} from "./walk.js";

export type LongRegime = "PL1&0" | "PL2" | "stage2";

/** What a walk depends on. Addresses of 40 bits are numbers; register halves are words. */
export interface LongContext {
  regime: LongRegime;
  /** TTBCR, HTCR or VTCR. */
  TCR: number;
  /** TTBR0, HTTBR or VTTBR: bits 31:0 and 39:32. */
  TTBR0: number;
  TTBR0_hi: number;
  TTBR1: number;
  TTBR1_hi: number;
  /** SCTLR or HSCTLR; bit 25 (EE) of HSCTLR holds for stage 2. */
  SCTLR: number;
  MAIR0: number;
  MAIR1: number;
}
/** A context with nothing in it yet. */
export const newLongContext = (regime: LongRegime): LongContext => ({
  regime,
  TCR: 0,
  TTBR0: 0,
  TTBR0_hi: 0,
  TTBR1: 0,
  TTBR1_hi: 0,
  SCTLR: 0,
  MAIR0: 0,
  MAIR1: 0,
});

const bit = (word: number, n: number): number => (word >>> n) & 1;
const WXN = 19,
  UWXN = 20,
  EE = 25;

/** Memory type of a MAIR attribute byte (B4.1.104). */
const mairType = (attribute: number): MemoryType =>
  attribute === 0 ? MEMORY.stronglyOrdered : attribute >>> 4 === 0 ? MEMORY.device : MEMORY.normal;
/** Memory type of MemAttr[3:0] of a stage 2 descriptor (B3.6.2). */
const stage2Type = (attribute: number): MemoryType =>
  attribute === 0 ? MEMORY.stronglyOrdered : attribute >>> 2 === 0 ? MEMORY.device : MEMORY.normal;

/** Powers of two: the operator works them out anew where the exponent varies, which takes longer than a walk. */
const POWERS = Float64Array.from({ length: 41 }, (_, n) => 2 ** n);
/** Bits of an input address, of 40 bits, from a level's index on upwards. */
const indexBits = (input: number, level: number): number =>
  (input / (level === 1 ? 2 ** 30 : level === 2 ? 2 ** 21 : 2 ** 12)) | 0;

/** Walks for `input` (a VA or, for stage 2, an IPA). `user` is meaningful for PL1&0 only. */
export const walkLong = (
  input: number,
  access: AccessKind,
  user: boolean,
  x: LongContext,
  reader: DescriptorReader,
  walk: Walk,
): void => {
  walk.domain = 0;
  const bigEndian = bit(x.SCTLR, EE) === 1;
  let low = x.TTBR0;
  let high = x.TTBR0_hi;
  let inputBits: number;
  let level: number;
  if (x.regime === "stage2") {
    const t0sz = ((x.TCR & 15) << 28) >> 28;
    inputBits = 32 - t0sz;
    const sl0 = (x.TCR >>> 6) & 3;
    level = sl0 === 0 ? 2 : 1;
    // SL0 must fit the size: an inconsistent pair is a level 1 translation fault (B3.6.6).
    const resolved = inputBits - (level === 1 ? 30 : 21);
    if (sl0 > 1 || resolved > 13 || resolved < 1 || input >= POWERS[inputBits]!) {
      walk.level = 1;
      walk.fault = "translation";
      return;
    }
  } else {
    const t0sz = x.TCR & 7;
    const t1sz = x.regime === "PL2" ? 0 : (x.TCR >>> 16) & 7;
    const inLow = t0sz === 0 || input >>> (32 - t0sz) === 0;
    // With T1SZ = 0 TTBR1 covers all that TTBR0 does not (B3.6.4).
    const inHigh =
      x.regime === "PL1&0" &&
      (t1sz === 0 ? !inLow : ~input >>> (32 - t1sz) === 0) &&
      !(t0sz === 0 && t1sz === 0);
    const upper = inHigh && !(inLow && t0sz !== 0 && t1sz === 0);
    walk.level = 1;
    if (!upper && !inLow) {
      walk.fault = "translation";
      return;
    }
    if (x.regime === "PL1&0" && bit(x.TCR, upper ? 23 : 7) === 1) {
      walk.fault = "translation";
      return;
    }
    if (upper) {
      low = x.TTBR1;
      high = x.TTBR1_hi;
    }
    inputBits = 32 - (upper ? t1sz : t0sz);
    level = inputBits > 30 ? 1 : 2;
  }
  // The first table is as large as the remaining bits need; its base is aligned to its size.
  const firstBits = inputBits - (level === 1 ? 30 : 21);
  let table = ((low & -(8 << firstBits)) >>> 0) + (high & 0xff) * 2 ** 32;
  let index = indexBits(input, level) & ((1 << firstBits) - 1);
  let tableReadOnly = false,
    tableNoUser = false,
    tableXn = false,
    tablePxn = false;
  let descriptorLow = 0;
  let descriptorHigh = 0;
  for (;;) {
    walk.level = level;
    const at = table + index * 8;
    descriptorLow = reader.read(bigEndian ? at + 4 : at, bigEndian, walk);
    if (walk.fault !== "none") return;
    descriptorHigh = reader.read(bigEndian ? at : at + 4, bigEndian, walk);
    if (walk.fault !== "none") return;
    if ((descriptorLow & 1) === 0 || (level === 3 && (descriptorLow & 2) === 0)) {
      walk.fault = "translation";
      return;
    }
    if (level === 3 || (descriptorLow & 2) === 0) break;
    if (x.regime !== "stage2") {
      tableReadOnly ||= bit(descriptorHigh, 30) === 1;
      tableNoUser ||= bit(descriptorHigh, 29) === 1;
      tableXn ||= bit(descriptorHigh, 28) === 1;
      tablePxn ||= bit(descriptorHigh, 27) === 1;
    }
    table = ((descriptorLow & 0xfffff000) >>> 0) + (descriptorHigh & 0xff) * 2 ** 32;
    level++;
    index = indexBits(input, level) & 511;
  }
  const within = level === 1 ? 0x3fff_ffff : level === 2 ? 0x1f_ffff : 0xfff;
  walk.contextual = x.regime === "PL1&0" && bit(descriptorLow, 11) === 1;
  walk.sizeBits = level === 1 ? 30 : level === 2 ? 21 : 12;
  const base = ((descriptorLow & ~within) >>> 0) + (descriptorHigh & 0xff) * 2 ** 32;
  walk.address = base + (input & within);
  if (bit(descriptorLow, 10) === 0) {
    walk.fault = "accessFlag";
    return;
  }
  const xn = bit(descriptorHigh, 22) === 1 || tableXn;
  if (x.regime === "stage2") {
    walk.memory = stage2Type((descriptorLow >>> 2) & 15);
    walk.readable = bit(descriptorLow, 6) === 1;
    walk.writable = bit(descriptorLow, 7) === 1;
    walk.executable = walk.readable && !xn;
  } else {
    const attribute = (descriptorLow >>> 2) & 7;
    walk.memory = mairType(((attribute < 4 ? x.MAIR0 : x.MAIR1) >>> ((attribute & 3) * 8)) & 0xff);
    const readOnly = bit(descriptorLow, 7) === 1 || tableReadOnly;
    const userAllowed = x.regime === "PL1&0" && bit(descriptorLow, 6) === 1 && !tableNoUser;
    walk.readable = !user || userAllowed;
    walk.writable = walk.readable && !readOnly;
    walk.executable = walk.readable && !xn;
    if (x.regime === "PL1&0" && !user) {
      const pxn = bit(descriptorHigh, 21) === 1 || tablePxn;
      if (pxn || (userAllowed && !readOnly && bit(x.SCTLR, UWXN) === 1)) walk.executable = false;
    }
    if (walk.writable && bit(x.SCTLR, WXN) === 1) walk.executable = false;
  }
  const ok =
    access === "read" ? walk.readable : access === "write" ? walk.writable : walk.executable;
  if (!ok) walk.fault = "permission";
};
