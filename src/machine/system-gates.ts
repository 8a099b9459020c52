/** What has to hold for an access to a system register, as tests of words of state in the order of ACCESS_CHECKS. */
import { systemSlot, type AccessTrap } from "../arch/index.js";
import type { Regime } from "./mmu/mmu.js";
import {
  accessAllowed,
  CP15BEN,
  GATE_BITS,
  HDCR_TDE,
  IMPLIED_BY_TDE,
  TRAP_BITS,
  type SystemRow,
} from "./system-rows.js";

/** The bits of a word of state that all have to be clear, or some of them set; or else the exception. */
export interface Gate {
  readonly slot: number;
  readonly mask: number;
  readonly wanted: "set" | "clear";
  readonly otherwise: "undefined" | "trap";
}
const HSTR = systemSlot("HSTR");
const SCTLR = systemSlot("SCTLR"),
  HSCTLR = systemSlot("HSCTLR");

export const gateHolds = (state: Int32Array, { slot, mask, wanted }: Gate): boolean =>
  ((state[slot]! & mask) === 0) === (wanted === "clear");

/** Trap to HYP mode by a named control bit. */
export const trapGate = (trap: AccessTrap): Gate => {
  const { slot, bit, clear } = TRAP_BITS[trap];
  // HDCR.TDE makes the three debug traps count as 1 (B4.1.61).
  const mask = (1 << bit) | (IMPLIED_BY_TDE.has(trap) ? HDCR_TDE : 0);
  return { slot, mask, wanted: clear === true ? "set" : "clear", otherwise: "trap" };
};

/** The gates of an access at a privilege level; undefined where it is UNDEFINED whatever they say. */
export const gatesOf = (
  row: SystemRow,
  write: boolean,
  wide: boolean,
  regime: Regime,
  options: Parameters<typeof accessAllowed>[4],
): readonly Gate[] | undefined => {
  const { record } = row;
  if (!accessAllowed(row, regime, write, wide, options)) return undefined;
  const gates: Gate[] = [];
  if (record.enabledBy !== undefined)
    gates.push({
      slot: regime === 2 ? HSCTLR : SCTLR,
      mask: CP15BEN,
      wanted: "set",
      otherwise: "undefined",
    });
  if (regime === 0 && record.userGate !== undefined) {
    const { slot, mask, clear } = GATE_BITS[record.userGate];
    gates.push({ slot, mask, wanted: clear === true ? "clear" : "set", otherwise: "undefined" });
  }
  if (regime === 2 || !options.hyp) return gates;
  const hstr = wide ? row.hstrWide : row.hstr;
  if (hstr !== 0) gates.push({ slot: HSTR, mask: hstr, wanted: "clear", otherwise: "trap" });
  for (const trap of (write ? record.traps?.write : record.traps?.read) ?? [])
    gates.push(trapGate(trap));
  return gates;
};
