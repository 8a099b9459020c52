/**
 * Access path of CP14 and CP15 registers. The order of the checks is ACCESS_CHECKS of arch/.
 */
import {
  holdsState,
  resetValue,
  SYSTEM_REGISTERS,
  systemRegisterIndex,
  systemSlot,
  writableMask,
  type AccessTrap,
  type SystemRegister,
  type SystemRegisterName,
  type SystemSlotName,
  type UserGate,
} from "../arch/index.js";
import { BEHAVIOUR, type Behaviour } from "./system-behaviour.js";
import type { PlainRead } from "../ir/index.js";
import type { Cpu } from "./cpu.js";
import type { Regime } from "./mmu/mmu.js";

interface Row {
  readonly record: SystemRegister;
  /** Slot of bits 31:0, of another register for a view; -1 where there is none. */
  readonly low: number;
  readonly high: number;
  readonly mask: number;
  readonly highMask: number;
  readonly reset: number;
  readonly behaviour: Behaviour | undefined;
  /** HSTR bit that traps accesses from PL0 and PL1, or 0. */
  readonly hstr: number;
  readonly hstrWide: number;
}

/** Bit of a trap name: register and position; `clear` means that 0 traps. */
const TRAP_BITS: Readonly<Record<AccessTrap, { slot: number; bit: number; clear?: boolean }>> =
  (() => {
    const HCR = systemSlot("HCR"),
      HDCR = systemSlot("HDCR"),
      HSTR = systemSlot("HSTR");
    const CNTHCTL = systemSlot("CNTHCTL");
    return {
      "HCR.TID0": { slot: HCR, bit: 15 },
      "HCR.TID1": { slot: HCR, bit: 16 },
      "HCR.TID2": { slot: HCR, bit: 17 },
      "HCR.TID3": { slot: HCR, bit: 18 },
      "HCR.TIDCP": { slot: HCR, bit: 20 },
      "HCR.TAC": { slot: HCR, bit: 21 },
      "HCR.TSW": { slot: HCR, bit: 22 },
      "HCR.TPC": { slot: HCR, bit: 23 },
      "HCR.TPU": { slot: HCR, bit: 24 },
      "HCR.TTLB": { slot: HCR, bit: 25 },
      "HCR.TVM": { slot: HCR, bit: 26 },
      "HCR.TRVM": { slot: HCR, bit: 30 },
      "HCPTR.TCPAC": { slot: systemSlot("HCPTR"), bit: 31 },
      "HDCR.TPMCR": { slot: HDCR, bit: 5 },
      "HDCR.TPM": { slot: HDCR, bit: 6 },
      "HDCR.TDA": { slot: HDCR, bit: 9 },
      "HDCR.TDOSA": { slot: HDCR, bit: 10 },
      "HDCR.TDRA": { slot: HDCR, bit: 11 },
      "HSTR.TTEE": { slot: HSTR, bit: 16 },
      "HSTR.TJDBX": { slot: HSTR, bit: 17 },
      "CNTHCTL.PL1PCTEN": { slot: CNTHCTL, bit: 0, clear: true },
      "CNTHCTL.PL1PCEN": { slot: CNTHCTL, bit: 1, clear: true },
    };
  })();
const GATE_BITS: Readonly<Record<UserGate, { slot: number; mask: number; clear?: boolean }>> =
  (() => {
    const CNTKCTL = systemSlot("CNTKCTL");
    return {
      "CNTKCTL.PL0PCTEN": { slot: CNTKCTL, mask: 1 },
      "CNTKCTL.PL0VCTEN": { slot: CNTKCTL, mask: 2 },
      "CNTKCTL.PL0xCTEN": { slot: CNTKCTL, mask: 3 },
      "CNTKCTL.PL0VTEN": { slot: CNTKCTL, mask: 1 << 8 },
      "CNTKCTL.PL0PTEN": { slot: CNTKCTL, mask: 1 << 9 },
      "PMUSERENR.EN": { slot: systemSlot("PMUSERENR"), mask: 1 },
      "TEECR.XED": { slot: systemSlot("TEECR"), mask: 1, clear: true },
      "DBGDSCR.UDCCdis": { slot: systemSlot("DBGDSCRext"), mask: 1 << 12, clear: true },
    };
  })();
const HSTR = systemSlot("HSTR");
const IMPLIED_BY_TDE: ReadonlySet<string> = new Set<AccessTrap>([
  "HDCR.TDA",
  "HDCR.TDOSA",
  "HDCR.TDRA",
]);
const HDCR_TDE = 1 << 8;
const SCTLR = systemSlot("SCTLR"),
  HSCTLR = systemSlot("HSCTLR");
const CP15BEN = 1 << 5;

/** HSTR.Tn for a primary coprocessor register number; T4 and T14 do not exist. */
const hstrBit = (coprocessor: number, n: number | undefined): number =>
  coprocessor !== 15 || n === undefined || n === 4 || n === 14 ? 0 : 1 << n;

/** What has to hold for an access: the bits of a word of state, or else the exception. */
interface Gate {
  readonly slot: number;
  readonly mask: number;
  readonly wanted: "set" | "clear";
  readonly otherwise: "undefined" | "trap";
}
const holds = (state: Int32Array, { slot, mask, wanted }: Gate): boolean =>
  ((state[slot]! & mask) === 0) === (wanted === "clear");

export class SystemAccess {
  readonly #cpu: Cpu;
  readonly #rows: readonly Row[];
  /** By register, direction, width and privilege level: the gates in their order; undefined: never allowed. */
  readonly #gates = new Map<number, readonly Gate[] | undefined>();
  /** Bits 63:32 of the last wide read. */
  high = 0;

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
    this.#rows = SYSTEM_REGISTERS.map((record) => {
      const stored = holdsState(record) || record.view !== undefined;
      const low = stored ? systemSlot((record.view?.of ?? record.name) as SystemSlotName) : -1;
      const behaviour = BEHAVIOUR[record.name];
      if (record.kind === "behaviour" && behaviour === undefined) {
        throw new Error(
          `system register ${record.name} is declared with a behaviour that the machine lacks`,
        );
      }
      return {
        record,
        low,
        high:
          stored && record.encoding64 !== undefined
            ? systemSlot(`${record.name}_hi` as SystemSlotName)
            : -1,
        mask: writableMask(record, cpu.options.model),
        highMask: record.writableHigh ?? -1,
        reset:
          resetValue(record, cpu.options.model, cpu.index, cpu.memory.regions.length) &
          (cpu.options.hyp ? -1 : ~(record.hiddenWithoutHyp ?? 0)),
        behaviour,
        hstr: hstrBit(record.coprocessor, record.encoding?.CRn),
        hstrWide: hstrBit(record.coprocessor, record.encoding64?.CRm),
      };
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
    const t = TRAP_BITS[trap as AccessTrap];
    if (t === undefined) throw new Error(`no trap is named ${trap}`);
    if (((this.#cpu.state[t.slot]! >>> t.bit) & 1) === (t.clear === true ? 0 : 1)) return true;
    // HDCR.TDE makes the three debug traps count as 1 (B4.1.61).
    return IMPLIED_BY_TDE.has(trap) && (this.#cpu.state[t.slot]! & HDCR_TDE) !== 0;
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
      if (holds(cpu.state, gate)) continue;
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
    if (!this.#gates.has(key)) this.#gates.set(key, this.#makeGates(index, write, wide, regime));
    return this.#gates.get(key);
  }
  #makeGates(
    index: number,
    write: boolean,
    wide: boolean,
    regime: Regime,
  ): readonly Gate[] | undefined {
    const row = this.#rows[index]!;
    const { record } = row;
    const { hyp, model } = this.#cpu.options;
    const access =
      regime === 2 ? record.access.pl2 : regime === 1 ? record.access.pl1 : record.access.pl0;
    if (
      (record.onlyOn !== undefined && record.onlyOn !== model) ||
      (access !== "RW" && access !== (write ? "WO" : "RO")) ||
      (wide ? record.encoding64 : record.encoding) === undefined ||
      (!hyp && record.access.pl1 === "-")
    )
      return undefined;
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
    if (regime === 2 || !hyp) return gates;
    const hstr = wide ? row.hstrWide : row.hstr;
    if (hstr !== 0) gates.push({ slot: HSTR, mask: hstr, wanted: "clear", otherwise: "trap" });
    for (const trap of (write ? record.traps?.write : record.traps?.read) ?? []) {
      const { slot, bit, clear } = TRAP_BITS[trap];
      // HDCR.TDE makes the three debug traps count as 1 (B4.1.61).
      const mask = (1 << bit) | (IMPLIED_BY_TDE.has(trap) ? HDCR_TDE : 0);
      gates.push({ slot, mask, wanted: clear === true ? "set" : "clear", otherwise: "trap" });
    }
    return gates;
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
  #source(row: Row, regime: Regime = this.#cpu.regime): Row | undefined {
    const { readAtPl1, selected } = row.record;
    let name: string | undefined;
    if (selected !== undefined)
      name =
        selected.from[this.#cpu.state[systemSlot(selected.by as SystemSlotName)]! & selected.mask];
    else if (readAtPl1 !== undefined && regime === 1 && this.#cpu.options.hyp) name = readAtPl1;
    else return row;
    return name === undefined
      ? undefined
      : this.#rows[systemRegisterIndex(name as SystemRegisterName)];
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
