/** Integer, bitwise and permuting ops of Advanced SIMD. */
import type { VectorOp } from "./vector-ops.js";

export const SIMD_OPS = {
  /** Q := n AND m, 128 bits. */
  vand128: {
    run: (s, d, n, m) => {
      for (let i = 0; i < 4; i++) s[d + i] = s[n + i]! & s[m + i]!;
    },
  },
} as const satisfies Readonly<Record<string, VectorOp>>;
