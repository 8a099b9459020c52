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
    matches: (ours, theirs) =>
      /^[su]sat/.test(ours) && ours.replace(/asr #32$/, "asr #0") === theirs,
  },
  ...(["a32", "t32"] as const).map((set) => ({
    set,
    reason: "SSBB, PSSBB, DFB and ESB are later names of barrier options and hints",
    matches: (ours: string, theirs: string) =>
      (["ssbb", "pssbb", "dfb"].includes(theirs) && ours.startsWith("dsb #")) ||
      (theirs.startsWith("esb") && ours.startsWith("nop")),
  })),
  ...(["a32", "t16", "t32"] as const).map((set) => ({
    set,
    reason: "SEVL and CSDB are ARMv8's; here they are unallocated hints",
    matches: (ours: string, theirs: string) =>
      /^(sevl|csdb)/.test(theirs) && ours.startsWith("nop"),
  })),
  {
    set: "t32",
    reason:
      "objdump reads a literal load with bits 11:8 = 1110 as an unprivileged load; the Arm ARM gives it to the literal form",
    matches: (ours, theirs) =>
      ours.includes("[pc, #-") && ours.replace(/^(\w+)(?:\.w)?/, "$1t") === theirs,
  },
  {
    set: "t32",
    reason: "SUBS PC, LR, #0 is ERET in the Arm ARM with the Virtualization Extensions",
    matches: (ours, theirs) => ours === "eret" && theirs === "subs pc, lr, #0",
  },
  {
    set: "a32",
    reason: "objdump prints r9 to r12 by number in LDREX alone",
    matches: (ours, theirs) =>
      ours.startsWith("ldrex") &&
      ours ===
        theirs
          .replace(/\br1([0-2])\b/, (_, n: string) => ["sl", "fp", "ip"][Number(n)]!)
          .replace(/\br13\b/, "sp")
          .replace(/\br14\b/, "lr"),
  },
  {
    set: "t32",
    reason: "words that ARMv7 leaves unallocated have none or ARMv8's text in objdump",
    matches: (ours, theirs) =>
      ours === "udf.w #0" && (theirs === "" || /^(?:stl|lda)|UNDEFINED/.test(theirs)),
  },
  ...(["a32", "t32"] as const).map((set) => ({
    set,
    reason:
      "objdump reads coprocessors 14 and 15 of some LDC and STC as ARMv8.1-M's VLDR and VSTR, and hints as BTI and PAC",
    matches: (ours: string, theirs: string) =>
      (/^(?:ldc|stc)/.test(ours) && /^v(?:ldr|str)/.test(theirs)) ||
      (ours.startsWith("nop") && /^(?:bti|pac|aut)/.test(theirs)),
  })),
];
