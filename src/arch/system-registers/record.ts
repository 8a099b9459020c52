/**
 * The form of a system register record. A CP15 or CP14 register is written once, as a record of this
 * form; the access path of MCR/MRC, reset, snapshot, traps, disassembly comments, the debugger's
 * view and the documentation all read it.
 */
import type { BitField } from "../psr.js";

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
} as const satisfies Record<string, AccessByLevel>;

export type CpuModel = "cortex-a15" | "cortex-a7";
/** Reset value: one for all CPUs or one for each model; UNKNOWN resets to 0 and is listed as such. */
export type Reset = number | "UNKNOWN" | Readonly<Record<CpuModel, number>>;

/**
 * Named trap of an access from PL0 or PL1 (Non-secure) to HYP mode, beside HSTR.Tn, which the access
 * path derives from CRn (CRm for 64-bit accesses) by itself.
 */
export type AccessTrap =
  | "HCR.TVM" | "HCR.TRVM" | "HCR.TTLB" | "HCR.TPU" | "HCR.TPC" | "HCR.TSW" | "HCR.TAC" | "HCR.TIDCP"
  | "HCR.TID0" | "HCR.TID1" | "HCR.TID2" | "HCR.TID3"
  | "HCPTR.TCPAC" | "HDCR.TPM" | "HDCR.TPMCR" | "HDCR.TDA" | "HDCR.TDOSA" | "HDCR.TDRA"
  | "HSTR.TTEE" | "HSTR.TJDBX" | "CNTHCTL.PL1PCTEN" | "CNTHCTL.PL1PCEN";

/** Check that decides a PL0 access, done before any trap to HYP mode. */
export type UserGate =
  | "CNTKCTL.PL0PCTEN" | "CNTKCTL.PL0VCTEN" | "CNTKCTL.PL0PTEN" | "CNTKCTL.PL0VTEN"
  | "CNTKCTL.PL0xCTEN" | "PMUSERENR.EN" | "TEECR.XED" | "DBGDSCR.UDCCdis";

export interface RegisterField extends BitField {
  /** rw: stored; ro: keeps its reset value; w1c: writing 1 clears; raz, rao: fixed. */
  readonly access: "rw" | "ro" | "w1c" | "raz" | "rao";
}
export const rw = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "rw" });
export const ro = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "ro" });
export const w1c = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "w1c" });
export const rao = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "rao" });
export const raz = (lsb: number, width = 1): RegisterField => ({ lsb, width, access: "raz" });

export interface SystemRegister<Name extends string = string> {
  /** Name as the Arm ARM spells it. */
  readonly name: Name;
  readonly coprocessor: 14 | 15;
  /** 32-bit access; absent for registers that only MRRC/MCRR reach. */
  readonly encoding?: Encoding32;
  /** 64-bit access; the register then owns two slots, `name` (bits 31:0) and `name_hi`. */
  readonly encoding64?: Encoding64;
  readonly ref: string;
  readonly access: AccessByLevel;
  /** Present where access depends on more than the privilege level at PL0. */
  readonly userGate?: UserGate;
  readonly reset: Reset;
  /** Reset value of bits 63:32. */
  readonly resetHigh?: number;
  /** Named fields. Bits outside of all fields keep their reset value when written. Absent: all 32 bits stored. */
  readonly fields?: Readonly<Record<string, RegisterField>>;
  /** Mask of bits 63:32 that a 64-bit write stores; all when absent. */
  readonly writableHigh?: number;
  readonly traps?: { readonly read?: readonly AccessTrap[]; readonly write?: readonly AccessTrap[] };
  /**
   * plain: reads give what was stored. constant: writes never change it. behaviour: machine/ attaches
   * a read or write function under this register's name, and refuses to start when one is missing.
   * operation: holds no state (cache and TLB maintenance, address translation).
   */
  readonly kind: "plain" | "constant" | "behaviour" | "operation";
  /** One of the facts that a user may need: what is left out, what the choice was. */
  readonly note?: string;
}

/** Declares a register; the name's literal type is kept for typed look-ups. */
export const register = <const Name extends string>(
  record: SystemRegister<Name>,
): SystemRegister<Name> => record;

/** The bits of a 32-bit write that are stored, from the fields. */
export const writableMask = (r: SystemRegister): number => {
  if (r.fields === undefined) return r.kind === "constant" ? 0 : -1;
  let mask = 0;
  for (const f of Object.values(r.fields)) {
    if (f.access === "rw") mask |= f.width === 32 ? -1 : ((1 << f.width) - 1) << f.lsb;
  }
  return mask;
};
