/** Registers that guest programs keep, as operands of MRS and MSR are spelt. */

/** rN from first to last. */
export const numbered = (first: number, last: number, suffix = ""): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `r${first + i}${suffix}`);
/** Banked registers that MRS and MSR (Banked register) reach. */
export const BANKED: readonly string[] = [
  ...["svc", "abt", "und", "irq", "fiq"].flatMap((m) => [`SP_${m}`, `LR_${m}`, `SPSR_${m}`]),
  ...numbered(8, 12, "_fiq"),
];
/** The floating-point and SIMD register file by words: D0, D0_hi, D1 and so on. */
export const VECTOR_WORDS: readonly string[] = Array.from(
  { length: 64 },
  (_, n) => `D${n >> 1}${n % 2 === 1 ? "_hi" : ""}`,
);
/** What an exception taken to HYP mode leaves: its vector, then registers. */
export const TAKEN: readonly string[] = [
  "vector",
  ...numbered(0, 12),
  "SP_hyp",
  "LR_usr",
  "SP_usr",
  "ELR_hyp",
  "SPSR_hyp",
  ...BANKED,
];
