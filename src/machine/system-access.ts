/**
 * Access path of CP14 and CP15 registers. The order of the checks is ACCESS_CHECKS of arch/.
 */
import { holdsState, systemSlot, type AccessTrap, type SystemSlotName } from "../arch/index.js";
import type { PhysicalMemory } from "./physical-memory.js";
import type { SystemCpu } from "./system-behaviour.js";
import { gateHolds, gatesOf, trapGate, type Gate } from "./system-gates.js";
import { accessAllowed, rowNamed, systemRows, TRAP_BITS, type SystemRow } from "./system-rows.js";
import type { SystemWords } from "../engines/index.js";
import type { PlainRead } from "../ir/index.js";
import type { Regime } from "./mmu/mmu.js";

/** The CPU whose registers are accessed. */
interface RegisterCpu extends SystemCpu {
  readonly index: number;
  readonly memory: PhysicalMemory;
  raiseUndefined(): void;
  raiseHypTrap(): void;
}

export class SystemAccess {
  readonly #cpu: RegisterCpu;
  readonly #rows: readonly SystemRow[];
  /** By register, direction, width and privilege level. */
  readonly #gates = new Map<number, readonly Gate[] | undefined>();
  /** Bits 63:32 of the last wide read. */
  high = 0;

  constructor(cpu: RegisterCpu) {
    this.#cpu = cpu;
    this.#rows = systemRows({
      model: cpu.options.model,
      hyp: cpu.options.hyp,
      index: cpu.index,
      count: cpu.memory.regions.length,
    });
  }
  /** Puts every register to its reset value. */
  reset(): void {
    for (const row of this.#rows) {
      if (!holdsState(row.record)) continue;
      this.#cpu.state[row.low] = row.reset;
      if (row.high >= 0) this.#cpu.state[row.high] = row.record.resetHigh ?? 0;
    }
    for (const row of this.#rows) row.behaviour?.reset?.(this.#cpu);
  }

  /** Whether a named trap's control bit is set as it traps. */
  trapHolds(trap: string): boolean {
    if (!(trap in TRAP_BITS)) throw new Error(`no trap is named ${trap}`);
    return !gateHolds(this.#cpu.state, trapGate(trap as AccessTrap));
  }

  /** True when the access may go on; else the exception is recorded. */
  #permitted(index: number, write: boolean, wide: boolean): boolean {
    const cpu = this.#cpu;
    const gates = this.#gatesOf(index, write, wide, cpu.regime);
    if (gates === undefined) {
      cpu.raiseUndefined();
      return false;
    }
    for (const gate of gates) {
      if (gateHolds(cpu.state, gate)) continue;
      if (gate.otherwise === "trap") cpu.raiseHypTrap();
      else cpu.raiseUndefined();
      return false;
    }
    return true;
  }
  #gatesOf(
    index: number,
    write: boolean,
    wide: boolean,
    regime: Regime,
  ): readonly Gate[] | undefined {
    const key = ((index * 2 + (write ? 1 : 0)) * 2 + (wide ? 1 : 0)) * 3 + regime;
    if (!this.#gates.has(key))
      this.#gates.set(key, gatesOf(this.#rows[index]!, write, wide, regime, this.#cpu.options));
    return this.#gates.get(key);
  }
  /**
   * The word that a 32-bit read is at a privilege level, and what has to hold for that; undefined for registers
   * whose read is more than that.
   */
  plainRead(index: number, regime: Regime): PlainRead | undefined {
    const row = this.#rows[index]!;
    const gates = this.#gatesOf(index, false, false, regime);
    const { behaviour, record } = row;
    if (gates === undefined || record.selected !== undefined) return undefined;
    if (behaviour?.read !== undefined || behaviour?.before !== undefined) return undefined;
    const word = this.#source(row, regime)!.low;
    return word < 0 ? undefined : { word, gates };
  }

  /** The row with the state: the register's own, what Non-secure PL1 reads instead, or what a selector chooses. */
  #source(row: SystemRow, regime: Regime = this.#cpu.regime): SystemRow | undefined {
    const { readAtPl1, selected } = row.record;
    let name: string | undefined;
    if (selected !== undefined)
      name =
        selected.from[this.#cpu.state[systemSlot(selected.by as SystemSlotName)]! & selected.mask];
    else if (readAtPl1 !== undefined && regime === 1 && this.#cpu.options.hyp) name = readAtPl1;
    else return row;
    return name === undefined ? undefined : rowNamed(this.#rows, name);
  }

  /**
   * What an access from HYP mode comes to, where that is reading or writing words of state and at most dropping
   * translations. Undefined for all else: it is UNDEFINED, depends on a control bit, or does something more.
   */
  words(index: number, write: boolean, wide: boolean): SystemWords | undefined {
    const row = this.#rows[index]!;
    const { record, behaviour } = row;
    if (
      record.enabledBy !== undefined ||
      record.selected !== undefined ||
      (write && record.view?.write !== undefined) ||
      !accessAllowed(row, 2, write, wide, this.#cpu.options) ||
      behaviour?.before !== undefined ||
      (write ? behaviour?.written : behaviour?.read) !== undefined ||
      (write && behaviour !== undefined && behaviour.touches?.includes("interrupts") !== false)
    )
      return undefined;
    const stored = row.low >= 0 && !(write && record.kind === "constant");
    return {
      low: stored ? row.low : -1,
      high: stored && wide ? row.high : -1,
      mask: row.mask,
      highMask: row.highMask,
      translates: write && behaviour?.touches?.includes("translations") === true,
    };
  }
  read(index: number, wide: boolean): number {
    const row = this.#rows[index]!;
    if (!this.#permitted(index, false, wide)) return 0;
    row.behaviour?.before?.(this.#cpu);
    const value = row.behaviour?.read;
    if (value !== undefined) {
      this.high = row.behaviour?.readHigh?.(this.#cpu) ?? 0;
      return value(this.#cpu) | 0;
    }
    const source = this.#source(row);
    this.high = wide ? this.#cpu.state[row.high]! : 0;
    return source === undefined || source.low < 0 ? 0 : this.#cpu.state[source.low]!;
  }
  write(index: number, low: number, high: number, wide: boolean): void {
    if (!this.#permitted(index, true, wide)) return;
    this.set(index, low, high, wide);
  }
  /** Writes without access checks: what a write that passed them does. */
  set(index: number, low: number, high: number, wide: boolean): void {
    const row = this.#rows[index]!;
    const { state } = this.#cpu;
    const { behaviour } = row;
    behaviour?.before?.(this.#cpu);
    const target = row.record.selected === undefined ? row : this.#source(row);
    if (row.record.kind !== "constant" && target !== undefined && target.low >= 0) {
      const old = state[target.low]!;
      const view = row.record.view?.write;
      if (view === "set") state[target.low] = old | (low & row.mask);
      else if (view === "clear") state[target.low] = old & ~(low & row.mask);
      else state[target.low] = (old & ~target.mask) | (low & target.mask);
      // A 32-bit write of TTBR0, TTBR1 and PAR leaves bits 63:32 alone (B3.17).
      const oldHigh = wide ? state[row.high]! : 0;
      if (wide) state[row.high] = high & row.highMask;
      if (old !== state[target.low] || (wide && oldHigh !== state[row.high]))
        behaviour?.changed?.(this.#cpu, old);
    }
    behaviour?.written?.(this.#cpu, low);
  }
}
