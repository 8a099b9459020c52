/**
 * When floating point and Advanced SIMD may be used (CheckAdvSIMDOrVFPEnabled; DDI 0406C, B1.11.3 and B1.14.12), as
 * tests of state words: what the machine checks, and compiled code before it asks the machine.
 */
import type { Mode } from "./modes.js";
import { SLOT, systemSlot, type Slot } from "./state-layout.js";

/** Holds where the word of `slot`, AND `mask`, is `value`. */
export interface StateTest {
  readonly slot: Slot;
  readonly mask: number;
  readonly value: number;
}
export const holds = (s: Int32Array, { slot, mask, value }: StateTest): boolean =>
  (s[slot]! & mask) === value;

const CPACR = systemSlot("CPACR");
const HCPTR = systemSlot("HCPTR");
/** CPACR.ASEDIS. */
const ASEDIS = 1 << 31;
/** HCPTR.TASE. */
const TASE = 1 << 15;
/** CPACR.cp10: bit 20 permits PL1, both bits PL0 as well. */
const CP10 = 20;

const cpacr = (pl: 0 | 1, advancedSimd: boolean): StateTest => {
  const access = (pl === 0 ? 3 : 1) << CP10;
  return { slot: CPACR, mask: access | (advancedSimd ? ASEDIS : 0), value: access };
};
const CPACR_TESTS = ([0, 1] as const).map((pl) => [cpacr(pl, false), cpacr(pl, true)]);
/** CPACR permits the access; undefined in HYP mode, which it does not bind. */
export const cpacrTest = (pl: Mode["pl"], advancedSimd: boolean): StateTest | undefined =>
  CPACR_TESTS[pl]?.[advancedSimd ? 1 : 0];

const hcptr = (coprocessor: 10 | 11, advancedSimd: boolean): StateTest => ({
  slot: HCPTR,
  mask: (1 << coprocessor) | (advancedSimd ? TASE : 0),
  value: 0,
});
const HCPTR_TESTS = ([10, 11] as const).map((cp) => [hcptr(cp, false), hcptr(cp, true)]);
/** HCPTR traps nothing of coprocessor 10 or 11. */
export const hcptrTest = (coprocessor: 10 | 11, advancedSimd: boolean): StateTest =>
  HCPTR_TESTS[coprocessor - 10]![advancedSimd ? 1 : 0]!;

/** Checks by name that are UNDEFINED where the test does not hold. */
export const UNDEFINED_UNLESS: ReadonlyMap<string, StateTest> = new Map([
  ["FPEXC.EN", { slot: SLOT.FPEXC, mask: 1 << 30, value: 1 << 30 }],
  // Stride (21:20) and Len (18:16).
  ["FPSCR.Len", { slot: SLOT.FPSCR, mask: 0x37_0000, value: 0 }],
]);
