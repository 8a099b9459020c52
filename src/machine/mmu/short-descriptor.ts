/** Short-descriptor translation tables (DDI 0406C, B3.5). */
import {
  MEMORY,
  type AccessKind,
  type DescriptorReader,
  type MemoryType,
  type Walk,
} from "./walk.js";

/** The PL1 registers that a walk depends on. */
export interface ShortContext {
  TTBCR: number;
  TTBR0: number;
  TTBR1: number;
  DACR: number;
  SCTLR: number;
  PRRR: number;
  NMRR: number;
}

const SCTLR_TRE = 28,
  SCTLR_AFE = 29,
  SCTLR_EE = 25,
  SCTLR_WXN = 19,
  SCTLR_UWXN = 20;
const bit = (word: number, n: number): number => (word >>> n) & 1;

/** Memory type from TEX, C, B without or with TEX remap (B3.8.2, B3.8.3). */
const memoryType = (tex: number, c: number, b: number, x: ShortContext): MemoryType => {
  if (bit(x.SCTLR, SCTLR_TRE) === 1) {
    const n = ((tex & 1) << 2) | (c << 1) | b;
    const type = (x.PRRR >>> (2 * n)) & 3;
    return type === 0 ? MEMORY.stronglyOrdered : type === 1 ? MEMORY.device : MEMORY.normal;
  }
  if (tex === 0 && c === 0) return b === 0 ? MEMORY.stronglyOrdered : MEMORY.device;
  return tex === 2 && c === 0 && b === 0 ? MEMORY.device : MEMORY.normal;
};

/** Applies AP[2:0] or, with SCTLR.AFE, AP[2:1] (B3.7.1). */
const setPermissions = (
  ap: number,
  xn: number,
  pxn: number,
  user: boolean,
  x: ShortContext,
  walk: Walk,
): void => {
  let read: boolean;
  let write: boolean;
  let userWrite: boolean;
  if (bit(x.SCTLR, SCTLR_AFE) === 1) {
    const readOnly = (ap & 4) !== 0;
    read = !user || (ap & 2) !== 0;
    write = read && !readOnly;
    userWrite = (ap & 2) !== 0 && !readOnly;
  } else {
    userWrite = ap === 3;
    switch (ap) {
      case 1:
        read = !user;
        write = !user;
        break;
      case 2:
        read = true;
        write = !user;
        break;
      case 3:
        read = true;
        write = true;
        break;
      case 5:
        read = !user;
        write = false;
        break;
      case 6:
      case 7:
        read = true;
        write = false;
        break;
      // 0: no access; 4 is reserved and treated likewise.
      default:
        read = false;
        write = false;
    }
  }
  walk.readable = read;
  walk.writable = write;
  walk.executable =
    read &&
    xn === 0 &&
    (user || pxn === 0) &&
    !(write && bit(x.SCTLR, SCTLR_WXN) === 1) &&
    !(!user && userWrite && bit(x.SCTLR, SCTLR_UWXN) === 1);
};

const allowed = (access: AccessKind, walk: Walk): boolean =>
  access === "read" ? walk.readable : access === "write" ? walk.writable : walk.executable;

/** Walks for `va`. On success walk.address is the output address (an IPA when stage 2 is on). */
export const walkShort = (
  va: number,
  access: AccessKind,
  user: boolean,
  x: ShortContext,
  reader: DescriptorReader,
  walk: Walk,
): void => {
  const n = x.TTBCR & 7;
  const bigEndian = bit(x.SCTLR, SCTLR_EE) === 1;
  const upper = n !== 0 && va >>> (32 - n) !== 0;
  walk.domain = 0;
  walk.level = 1;
  if (bit(x.TTBCR, upper ? 5 : 4) === 1) {
    walk.fault = "translation";
    return;
  }
  const width = upper ? 0 : n;
  const base = ((upper ? x.TTBR1 : x.TTBR0) & (-1 << (14 - width))) >>> 0;
  const index = (va << width) >>> (20 + width);
  const first = reader.read(base + index * 4, bigEndian, walk);
  if (walk.fault !== "none") return;
  const afe = bit(x.SCTLR, SCTLR_AFE) === 1;
  let ap: number, xn: number, pxn: number, tex: number, c: number, b: number;
  switch (first & 3) {
    case 0:
      walk.fault = "translation";
      return;
    case 1: {
      walk.level = 2;
      walk.domain = (first >>> 5) & 15;
      const table = (first & 0xfffffc00) >>> 0;
      const second = reader.read(table + ((va >>> 12) & 0xff) * 4, bigEndian, walk);
      if (walk.fault !== "none") return;
      if ((second & 3) === 0) {
        walk.fault = "translation";
        return;
      }
      ap = (bit(second, 9) << 2) | ((second >>> 4) & 3);
      pxn = bit(first, 2);
      walk.contextual = bit(second, 11) === 1 || walk.domain !== 0;
      walk.sizeBits = (second & 2) === 0 ? 16 : 12;
      c = bit(second, 3);
      b = bit(second, 2);
      if ((second & 2) === 0) {
        xn = bit(second, 15);
        tex = (second >>> 12) & 7;
        walk.address = ((second & 0xffff0000) | (va & 0xffff)) >>> 0;
      } else {
        xn = second & 1;
        tex = (second >>> 6) & 7;
        walk.address = ((second & 0xfffff000) | (va & 0xfff)) >>> 0;
      }
      break;
    }
    default: {
      const supersection = bit(first, 18) === 1;
      walk.domain = supersection ? 0 : (first >>> 5) & 15;
      ap = (bit(first, 15) << 2) | ((first >>> 10) & 3);
      xn = bit(first, 4);
      walk.contextual = bit(first, 17) === 1 || walk.domain !== 0;
      walk.sizeBits = supersection ? 24 : 20;
      pxn = first & 1;
      tex = (first >>> 12) & 7;
      c = bit(first, 3);
      b = bit(first, 2);
      walk.address = supersection
        ? ((first & 0xff000000) | (va & 0xffffff)) >>> 0
        : ((first & 0xfff00000) | (va & 0xfffff)) >>> 0;
      if (supersection) {
        walk.address += ((first >>> 20) & 15) * 2 ** 32 + ((first >>> 5) & 15) * 2 ** 36;
      }
    }
  }
  if (afe && (ap & 1) === 0) {
    walk.fault = "accessFlag";
    return;
  }
  walk.memory = memoryType(tex, c, b, x);
  setPermissions(ap, xn, pxn, user, x, walk);
  switch ((x.DACR >>> (walk.domain * 2)) & 3) {
    case 0:
    case 2:
      walk.fault = "domain";
      return;
    case 3:
      // A manager domain is not checked, but execute-never of the descriptor is not looked at either.
      walk.readable = walk.writable = walk.executable = true;
      return;
    default:
      if (!allowed(access, walk)) walk.fault = "permission";
  }
};
