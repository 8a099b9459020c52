/** What is not compared. */

/** Encodings left out, each with its reason. */
export const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /^(CDP|LDC|STC|MCR|MRC|MCRR|MRRC|VMRS|VMSR|Floating-point \(unallocated\)|Advanced SIMD)/,
    "coprocessors: registers have a test of their own, the rest is UNDEFINED",
  ],
  [/^(WFI|WFE|SMC)\b/, "would wait, or call the emulator's own firmware"],
  [
    /^(RFE|ERET|SUBS PC|LDM \(exception return\))|exception return|and related/i,
    "takes a random PSR, most of which are UNPREDICTABLE",
  ],
  [/^(SWP)/, "the emulator has no SWP on cores with the Multiprocessing Extensions' SCTLR.SW 0"],
  [
    /^(B|BL, BLX \(immediate\)|CBNZ, CBZ|CBZ, CBNZ|CBZ|CBNZ|IT|TBB, TBH|BX|BXJ|BLX \(register\)) /,
    "made by hand, so that they stay within the sequence",
  ],
];

/** Instructions that are left out in HYP mode alone. */
export const LEFT_OUT_IN_HYP: readonly (readonly [RegExp, string])[] = [
  [
    /User registers/,
    "UNDEFINED in HYP mode (DDI 0406C, B9.3.6, B9.3.17); the emulator executes them",
  ],
];

/** Instructions that are left out inside of IT blocks alone. */
export const LEFT_OUT_IN_IT: readonly (readonly [RegExp, string])[] = [
  [
    /\(Banked register\)/,
    "ITSTATE advances past it as past any other; the emulator keeps it, so that the next instruction is taken for one of the block",
  ],
];
