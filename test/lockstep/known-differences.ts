/** Differences between our machine and QEMU 7.2 that are meant to be, each with its reason. */
import type { Difference, Mismatch } from "./mismatch.js";

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
