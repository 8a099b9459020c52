/** Functions that the `js` lanes of pure ops call as `runtime.NAME`. Integers only, no allocation. */
export const runtime = {
  /** Bits 63:32 of the unsigned product of two 32-bit words. */
  mulHighUnsigned(a: number, b: number): number {
    const al = a & 0xffff,
      ah = a >>> 16,
      bl = b & 0xffff,
      bh = b >>> 16;
    const ll = Math.imul(al, bl) >>> 0;
    const middle = Math.imul(ah, bl) >>> 0;
    const cross = (Math.imul(al, bh) >>> 0) + (ll >>> 16);
    const sum = middle + cross;
    return (Math.imul(ah, bh) + Math.floor(sum / 65536)) | 0;
  },
  /** Bits 63:32 of the signed product of two 32-bit words. */
  mulHighSigned(a: number, b: number): number {
    return (runtime.mulHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
  },
  /** Bit 31 becomes bit 0 and so on. */
  reverseBits(a: number): number {
    let v = ((a >>> 1) & 0x55555555) | ((a & 0x55555555) << 1);
    v = ((v >>> 2) & 0x33333333) | ((v & 0x33333333) << 2);
    v = ((v >>> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
    v = ((v >>> 8) & 0x00ff00ff) | ((v & 0x00ff00ff) << 8);
    return (v >>> 16) | (v << 16);
  },
} as const;
export type Runtime = typeof runtime;
