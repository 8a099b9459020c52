/** What is not compared, and differences between our machine and QEMU 7.2 that are meant to be, each with its reason. */
import type { Difference, Mismatch } from "./batch.js";

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

export interface KnownDifference {
  readonly reason: string;
  /** Whether one differing word of a mismatch is this difference. */
  readonly matches: (difference: Difference, mismatch: Mismatch) => boolean;
}
const hasBkpt = ({ sequence }: Mismatch): boolean =>
  sequence.items.some((item) => item.text.startsWith("bkpt"));
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason:
      "IFAR and HIFAR are UNKNOWN after BKPT (DDI 0406C, B3.13.4): ours hold the instruction's address, the emulator does not write them",
    matches: ({ name }, mismatch) => (name === "IFAR" || name === "HIFAR") && hasBkpt(mismatch),
  },
  {
    reason:
      "HSR.IL has no meaning for a Prefetch Abort (B3.13.6): zero here, while the emulator says 1 for BKPT",
    matches: ({ name, ours, theirs }, mismatch) =>
      name === "HSR" &&
      ((ours >>> 26) | 1) === 0x21 &&
      (ours ^ theirs) === 1 << 25 &&
      hasBkpt(mismatch),
  },
  {
    reason:
      "HSR.ISS[24:14] of a Data Abort that stage 1 of HYP mode makes is not valid (B3.13.6): zero here, while the emulator fills it in, and IL with it",
    matches: ({ name, ours, theirs }) =>
      name === "HSR" &&
      ours >>> 26 === 0x25 &&
      (ours & 0x01ffc000) === 0 &&
      ((ours ^ theirs) & ~0x03ffc000) === 0,
  },
  {
    reason:
      "An alignment fault that HCR.TGE takes to HYP mode has DFSC 100001 (B3.13.3); the emulator picks the short format, which has none there, and says 111111",
    matches: ({ name, ours, theirs }, { sequence }) =>
      sequence.setting.tge === true &&
      name === "HSR" &&
      ours >>> 26 === 0x24 &&
      (ours & 0x3f) === 0x21 &&
      (ours | 0x3f) === theirs,
  },
  {
    reason:
      "A misaligned A32 fetch taken to HYP mode by HCR.TGE is a Prefetch Abort, EC 0x20; the emulator gives ARMv8's EC 0x22, PC alignment fault",
    matches: ({ name, ours, theirs }, { sequence }) =>
      sequence.setting.tge === true &&
      name === "HSR" &&
      ours === (0x80000021 | 0) &&
      theirs >>> 26 === 0x22,
  },
  {
    reason:
      "IFSR has no domain field in the short format: bits 8:4 are reserved (B4.1.96); the emulator writes the domain of a second-level fault there, as in DFSR",
    matches: ({ name, ours, theirs }, { sequence }) =>
      name === "IFSR" &&
      sequence.setting.stage1 === "short" &&
      (ours & 0xf0) === 0 &&
      (theirs & ~0xf0) === ours,
  },
];

/** The reasons of a mismatch when all of its words are known differences, else undefined. */
export const explain = (mismatch: Mismatch): string | undefined => {
  if (mismatch.differences.length === 0) return undefined;
  const reasons = new Set<string>();
  for (const difference of mismatch.differences) {
    const known = KNOWN_DIFFERENCES.find((k) => k.matches(difference, mismatch));
    if (known === undefined) return undefined;
    reasons.add(known.reason);
  }
  return [...reasons].join("; ");
};
