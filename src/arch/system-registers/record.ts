/**
 * The form of a system register record. A CP15 or CP14 register is written once, as a record of this
 * form; the access path of MCR/MRC, reset, snapshot, traps, disassembly comments, the debugger's
 * view and the documentation all read it.
 *
 * Non-secure state alone is described: of registers banked between the security states the Non-secure
 * copy exists, and registers of Secure state are UNDEFINED.
 */
import { maskOf, type BitField } from "../psr.js";

/** MRC/MCR (opc1, CRn, CRm, opc2) of a 32-bit access (DDI 0406C, B3.17). */
export interface Encoding32 {
  readonly opc1: number;
  readonly CRn: number;
  readonly CRm: number;
  readonly opc2: number;
}
/** MRRC/MCRR (opc1, CRm) of a 64-bit access. */
export interface Encoding64 {
  readonly opc1: number;
  readonly CRm: number;
}

/** What one privilege level may do; "-" makes the access UNDEFINED there. */
export type Access = "RW" | "RO" | "WO" | "-";
/** Access at each privilege level in Non-secure state. */
export interface AccessByLevel {
  readonly pl0: Access;
  readonly pl1: Access;
  readonly pl2: Access;
}
/** Usual access rules by name. */
export const ACCESS = {
  /** PL1 and PL2, read and write. */
  PL1_RW: { pl0: "-", pl1: "RW", pl2: "RW" },
  PL1_RO: { pl0: "-", pl1: "RO", pl2: "RO" },
  PL1_WO: { pl0: "-", pl1: "WO", pl2: "WO" },
  PL2_RW: { pl0: "-", pl1: "-", pl2: "RW" },
  PL2_RO: { pl0: "-", pl1: "-", pl2: "RO" },
  PL2_WO: { pl0: "-", pl1: "-", pl2: "WO" },
  PL0_RW: { pl0: "RW", pl1: "RW", pl2: "RW" },
  PL0_RO: { pl0: "RO", pl1: "RO", pl2: "RO" },
  PL0_WO: { pl0: "WO", pl1: "WO", pl2: "WO" },
  PL0_RO_PL1_RW: { pl0: "RO", pl1: "RW", pl2: "RW" },
  /** A register of Secure state: UNDEFINED in Non-secure state. */
  SECURE_ONLY: { pl0: "-", pl1: "-", pl2: "-" },
} as const satisfies Record<string, AccessByLevel>;

export type CpuModel = "cortex-a15" | "cortex-a7";
/** Reset value: one for all CPUs or one for each model; UNKNOWN resets to 0 and is listed as such. */
export type Reset = number | "UNKNOWN" | Readonly<Record<CpuModel, number>>;

/**
 * Named trap of an access from PL0 or PL1 (Non-secure) to HYP mode, beside HSTR.Tn, which the access
 * path derives from CRn (CRm for 64-bit accesses) by itself. A name is the control bit; it traps when
 * 1, but for CNTHCTL.PL1PCTEN and CNTHCTL.PL1PCEN, which trap when 0.
 */
export type AccessTrap =
  | "HCR.TVM"
  | "HCR.TRVM"
  | "HCR.TTLB"
  | "HCR.TPU"
  | "HCR.TPC"
  | "HCR.TSW"
  | "HCR.TAC"
  | "HCR.TIDCP"
  | "HCR.TID0"
  | "HCR.TID1"
  | "HCR.TID2"
  | "HCR.TID3"
  | "HCPTR.TCPAC"
  | "HDCR.TPM"
  | "HDCR.TPMCR"
  | "HDCR.TDA"
  | "HDCR.TDOSA"
  | "HDCR.TDRA"
  | "HSTR.TTEE"
  | "HSTR.TJDBX"
  | "CNTHCTL.PL1PCTEN"
  | "CNTHCTL.PL1PCEN";

/** Check that decides a PL0 access, done before any trap to HYP mode. */
export type UserGate =
  | "CNTKCTL.PL0PCTEN"
  | "CNTKCTL.PL0VCTEN"
  | "CNTKCTL.PL0PTEN"
  | "CNTKCTL.PL0VTEN"
  | "CNTKCTL.PL0xCTEN"
  | "PMUSERENR.EN"
  | "TEECR.XED"
  | "DBGDSCR.UDCCdis";

export interface RegisterField extends BitField {
  /** rw: stored; ro: keeps its reset value; w1c: writing 1 clears; raz, rao: fixed. */
  readonly access: "rw" | "ro" | "w1c" | "raz" | "rao";
  /** The field is reserved on the other model. */
  readonly onlyOn?: CpuModel;
}
export const rw = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "rw" });
export const ro = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "ro" });
export const w1c = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "w1c" });
export const rao = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "rao" });
export const raz = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "raz" });

export interface SystemRegister<Name extends string = string> {
  /** Name as the Arm ARM spells it. */
  readonly name: Name;
  /** Names that the same register has elsewhere: MAIR0 is PRRR with TTBCR.EAE 1. */
  readonly otherNames?: readonly string[];
  readonly coprocessor: 14 | 15;
  /** 32-bit access; absent for registers that only MRRC/MCRR or a selector reach. */
  readonly encoding?: Encoding32;
  /** Further encodings of the same register. */
  readonly alsoAt?: readonly Encoding32[];
  /** 64-bit access; the register then owns two slots, `name` (bits 31:0) and `name_hi`. */
  readonly encoding64?: Encoding64;
  readonly ref: string;
  /** The register exists on one model alone and is UNDEFINED on the other. */
  readonly onlyOn?: CpuModel;
  /** Bits that are 0 where the Virtualization Extensions are not to be seen. */
  readonly hiddenWithoutHyp?: number;
  readonly access: AccessByLevel;
  /** Present where access depends on more than the privilege level at PL0. */
  readonly userGate?: UserGate;
  /** UNDEFINED at PL0 and PL1 while SCTLR.CP15BEN is 0, and at PL2 while HSCTLR.CP15BEN is 0. */
  readonly enabledBy?: "CP15BEN";
  readonly reset: Reset;
  /** Reset value of bits 63:32. */
  readonly resetHigh?: number;
  /** What the CPU's number (its affinity level 0) or the number of CPUs less one adds to `reset`. */
  readonly resetAdds?: { readonly what: "cpuNumber" | "cpuCountLessOne"; readonly lsb: number };
  /** Named fields. Bits outside of all fields keep their reset value when written. Absent: all 32 bits stored. */
  readonly fields?: Readonly<Record<string, RegisterField>>;
  /** Mask of bits 63:32 that a 64-bit write stores; all when absent. */
  readonly writableHigh?: number;
  /** The register that a Non-secure PL1 read gives instead (MIDR gives VPIDR). */
  readonly readAtPl1?: string;
  /**
   * Reads give register `of`; a write sets or clears there the bits that are 1, or stores. `fields` of
   * this record say which bits a write may touch. The record has storage of its own only where `of` is
   * its own name.
   */
  readonly view?: { readonly of: string; readonly write: "set" | "clear" | "store" };
  /**
   * The register has no storage of its own: it is the one of `from` that the value of register `by`
   * under `mask` selects; with another value reads give 0 and writes are ignored (UNKNOWN).
   */
  readonly selected?: {
    readonly by: string;
    readonly mask: number;
    readonly from: Readonly<Record<number, string>>;
  };
  readonly traps?: {
    readonly read?: readonly AccessTrap[];
    readonly write?: readonly AccessTrap[];
  };
  /**
   * plain: reads give what was stored. constant: writes never change it. behaviour: machine/ attaches
   * a read or write function under this register's name, and refuses to start when one is missing.
   * operation: holds no state (cache and TLB maintenance, address translation).
   */
  readonly kind: "plain" | "constant" | "behaviour" | "operation";
  /** What a read gives depends on the time or on interrupt inputs. */
  readonly timed?: true;
  /** An operation that is complete by doing nothing, because the model has no caches. */
  readonly effect?: "none";
  /** One of the facts that a user may need: what is left out, what the choice was. */
  readonly note?: string;
}

/** A register with a 64-bit access, so with a slot `name_hi`. */
export interface WideSystemRegister<Name extends string = string> extends SystemRegister<Name> {
  readonly encoding64: Encoding64;
}

/** Declares a register; the name's literal type is kept for typed look-ups. */
export const register = <const Name extends string>(
  record: SystemRegister<Name>,
): SystemRegister<Name> => record;
/** Declares a register that MRRC/MCRR reach; its `name_hi` is then a slot name. */
export const wideRegister = <const Name extends string>(
  record: WideSystemRegister<Name>,
): WideSystemRegister<Name> => record;

const unionOf = (r: SystemRegister, access: RegisterField["access"], cpu?: CpuModel): number => {
  let mask = 0;
  for (const f of Object.values(r.fields ?? {})) {
    if (f.access === access && (f.onlyOn === undefined || cpu === undefined || f.onlyOn === cpu))
      mask |= maskOf(f);
  }
  return mask;
};

/** The bits of a 32-bit write that are stored, from the fields; fields of the other model are left out. */
export const writableMask = (r: SystemRegister, cpu?: CpuModel): number => {
  if (r.kind === "constant" || r.kind === "operation") return 0;
  return r.fields === undefined ? -1 : unionOf(r, "rw", cpu);
};

/** Bits 31:0 of a register after `value` is written over `old`: fields, set and clear views, w1c. */
export const valueAfterWrite = (
  r: SystemRegister,
  old: number,
  value: number,
  cpu?: CpuModel,
): number => {
  const mask = writableMask(r, cpu);
  if (r.view?.write === "set") return old | (value & mask);
  if (r.view?.write === "clear") return old & ~(value & mask);
  return ((old & ~mask) | (value & mask)) & ~(value & unionOf(r, "w1c", cpu));
};

/** Bits 31:0 after reset, as a signed word, on CPU `number` of `count`. */
export const resetValue = (r: SystemRegister, cpu: CpuModel, number = 0, count = 1): number => {
  const base = typeof r.reset === "number" ? r.reset : r.reset === "UNKNOWN" ? 0 : r.reset[cpu];
  const adds = r.resetAdds;
  if (adds === undefined) return base | 0;
  return base | ((adds.what === "cpuNumber" ? number : count - 1) << adds.lsb);
};

/** True when the register has storage of its own, so a slot. */
export const holdsState = (r: SystemRegister): boolean =>
  r.kind !== "operation" &&
  (r.view === undefined || r.view.of === r.name) &&
  r.selected === undefined &&
  r.access !== ACCESS.SECURE_ONLY;
