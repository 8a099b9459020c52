/** Where our text differs from GNU objdump's on purpose: kept short, each with its reason. */
import type { InstructionSet } from "../instruction.js";

export interface Difference {
  readonly set: InstructionSet;
  readonly reason: string;
  readonly matches: (ours: string, theirs: string) => boolean;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    set: "a32",
    reason: "objdump writes ROR in capitals in UXTAB16 and SXTAB16 alone",
    matches: (ours, theirs) => theirs.includes(", ROR #") && ours === theirs.replace("ROR", "ror"),
  },
  {
    set: "a32",
    reason: "objdump prints the encoded amount 0 of ASR #32 in SSAT and USAT",
    matches: (ours, theirs) => /^[su]sat/.test(ours) && ours.replace(/asr #32$/, "asr #0") === theirs,
  },
  ...(["a32", "t32"] as const).map((set) => ({
    set,
    reason: "SSBB, PSSBB, DFB and ESB are later names of barrier options and hints",
    matches: (ours: string, theirs: string) =>
      (["ssbb", "pssbb", "dfb"].includes(theirs) && ours.startsWith("dsb #")) || (theirs.startsWith("esb") && ours.startsWith("nop")),
  })),
  ...(["a32", "t16", "t32"] as const).map((set) => ({
    set,
    reason: "SEVL is ARMv8's; here it is an unallocated hint",
    matches: (ours: string, theirs: string) => theirs.startsWith("sevl") && ours.startsWith("nop"),
  })),
  {
    set: "t32",
    reason: "objdump reads a literal load with bits 11:8 = 1110 as an unprivileged load; the Arm ARM gives it to the literal form",
    matches: (ours, theirs) => ours.includes("[pc, #-") && ours.replace(/^(\w+)(?:\.w)?/, "$1t") === theirs,
  },
  {
    set: "t32",
    reason: "SUBS PC, LR, #0 is ERET in the Arm ARM with the Virtualization Extensions",
    matches: (ours, theirs) => ours === "eret" && theirs === "subs pc, lr, #0",
  },
];
