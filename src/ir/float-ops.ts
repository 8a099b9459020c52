/** Floating-point ops: rounding, exceptions and flags as DDI 0406C, A2.7, by way of FPSCR. */
import type { VectorOp } from "./vector-ops.js";

export const FLOAT_OPS = {
  /** D := -n, double precision: the sign bit alone, no exception (FPNeg). */
  fneg64: {
    run: (s, d, n) => {
      const low = s[n]!;
      s[d + 1] = s[n + 1]! ^ -0x8000_0000;
      s[d] = low;
    },
  },
} as const satisfies Readonly<Record<string, VectorOp>>;
