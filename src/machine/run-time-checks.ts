/** Checks of an instruction that depend on state: access to coprocessors, and traps by name. */
import { cpacrTest, hcptrTest, holds, hsr, systemSlot, UNDEFINED_UNLESS } from "../arch/index.js";
import type { CpuOptions } from "./cpu-options.js";
import type { Regime } from "./mmu/mmu.js";
import type { SystemAccess } from "./system-access.js";

const SCTLR = systemSlot("SCTLR");
const SCTLR_SW = 10;
const bitOf = (word: number, n: number): number => (word >>> n) & 1;

/** What the checks need of their CPU. */
interface CheckedCpu {
  readonly state: Int32Array;
  readonly options: CpuOptions;
  readonly regime: Regime;
  readonly system: SystemAccess;
  raiseUndefined(): void;
  raiseHypTrap(syndrome?: number): void;
}

/** Access to coprocessors 0 to 13: CPACR, then HCPTR. */
export const checkCoprocessor = (
  cpu: CheckedCpu,
  coprocessor: number,
  advancedSimd: boolean,
): void => {
  const s = cpu.state;
  if (coprocessor !== 10 && coprocessor !== 11) return cpu.raiseUndefined();
  const { regime } = cpu;
  const permitted = cpacrTest(regime, advancedSimd);
  if (permitted !== undefined && !holds(s, permitted)) return cpu.raiseUndefined();
  const trapped = !holds(s, hcptrTest(coprocessor, advancedSimd));
  if (!cpu.options.hyp || !trapped) return;
  // In HYP mode the trap is an Undefined Instruction exception (B1.14.12).
  if (regime === 2) cpu.raiseUndefined();
  else
    cpu.raiseHypTrap(
      hsr("hcptr", {
        CV: 1,
        COND: 14,
        TA: advancedSimd ? 1 : 0,
        coproc: advancedSimd ? 0 : coprocessor,
      }),
    );
};
/** A check that instructions name. */
export const checkTrap = (cpu: CheckedCpu, trap: string): void => {
  if (trap === "SCTLR.SW") {
    // SWP is UNDEFINED unless SW is set; the reference emulator executes it always.
    const enabled = bitOf(cpu.state[SCTLR]!, SCTLR_SW) === 1;
    if (!enabled && cpu.options.policy !== "reference-emulator") cpu.raiseUndefined();
    return;
  }
  const test = UNDEFINED_UNLESS.get(trap);
  if (test !== undefined) {
    if (!holds(cpu.state, test)) cpu.raiseUndefined();
    return;
  }
  if (cpu.options.hyp && cpu.regime !== 2 && cpu.system.trapHolds(trap)) cpu.raiseHypTrap();
};
