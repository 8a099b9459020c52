/**
 * What the access path of CP14 and CP15 registers works from, as data: the concrete machine and the symbolic
 * one read the same rows.
 */
import {
  holdsState,
  resetValue,
  SYSTEM_REGISTERS,
  systemRegisterIndex,
  systemSlot,
  writableMask,
  type AccessTrap,
  type CpuModel,
  type SystemRegister,
  type SystemRegisterName,
  type SystemSlotName,
  type UserGate,
} from "../arch/index.js";
import { BEHAVIOUR, type Behaviour } from "./system-behaviour.js";

export interface SystemRow {
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
export const TRAP_BITS: Readonly<
  Record<AccessTrap, { slot: number; bit: number; clear?: boolean }>
> = (() => {
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
export const GATE_BITS: Readonly<
  Record<UserGate, { slot: number; mask: number; clear?: boolean }>
> = (() => {
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
/** Traps that HDCR.TDE makes count as 1 (B4.1.61). */
export const IMPLIED_BY_TDE: ReadonlySet<string> = new Set<AccessTrap>([
  "HDCR.TDA",
  "HDCR.TDOSA",
  "HDCR.TDRA",
]);
export const HDCR_TDE = 1 << 8;
/** Bit of SCTLR and HSCTLR that enables the CP15 barriers. */
export const CP15BEN = 1 << 5;

/** HSTR.Tn for a primary coprocessor register number; T4 and T14 do not exist. */
const hstrBit = (coprocessor: number, n: number | undefined): number =>
  coprocessor !== 15 || n === undefined || n === 4 || n === 14 ? 0 : 1 << n;

/** What decides the rows of a CPU. */
export interface SystemRowOptions {
  readonly model: CpuModel;
  readonly hyp: boolean;
  /** Number of the CPU, and of how many. */
  readonly index: number;
  readonly count: number;
}
/**
 * The rows of a CPU, by index into SYSTEM_REGISTERS. Throws Error where a register is declared with a
 * behaviour that the machine lacks.
 */
export const systemRows = (options: SystemRowOptions): readonly SystemRow[] =>
  SYSTEM_REGISTERS.map((record) => {
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
      mask: writableMask(record, options.model),
      highMask: record.writableHigh ?? -1,
      reset:
        resetValue(record, options.model, options.index, options.count) &
        (options.hyp ? -1 : ~(record.hiddenWithoutHyp ?? 0)),
      behaviour,
      hstr: hstrBit(record.coprocessor, record.encoding?.CRn),
      hstrWide: hstrBit(record.coprocessor, record.encoding64?.CRm),
    };
  });

/** Whether a level may access a register in a direction and form at all, on a CPU; before gates and traps. */
export const accessAllowed = (
  { record }: SystemRow,
  level: 0 | 1 | 2,
  write: boolean,
  wide: boolean,
  cpu: { readonly model: CpuModel; readonly hyp: boolean },
): boolean => {
  const access =
    level === 2 ? record.access.pl2 : level === 1 ? record.access.pl1 : record.access.pl0;
  return (
    (record.onlyOn === undefined || record.onlyOn === cpu.model) &&
    (access === "RW" || access === (write ? "WO" : "RO")) &&
    (wide ? record.encoding64 : record.encoding) !== undefined &&
    (cpu.hyp || record.access.pl1 !== "-")
  );
};

/** The row of the register whose name a record gives, for selectors and PL1's aliases. */
export const rowNamed = (rows: readonly SystemRow[], name: string): SystemRow =>
  rows[systemRegisterIndex(name as SystemRegisterName)]!;
