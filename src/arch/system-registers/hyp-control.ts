/** PL2 registers of the Virtualization Extensions (DDI 0406C, B4.1). */
import {
  ACCESS,
  rao,
  raz,
  register,
  ro,
  rw,
  wideRegister,
  type RegisterField,
  type Reset,
  type SystemRegister,
} from "./record.js";

type Options = Partial<Pick<SystemRegister, "fields" | "kind" | "note">>;
const hyp = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
  reset: Reset = "UNKNOWN",
  options: Options = {},
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1: 4, CRn, CRm, opc2 },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.PL2_RW,
    reset,
    kind: "plain",
    ...options,
  });
const wide = <const Name extends string>(
  name: Name,
  opc1: number,
  CRm: number,
  writableHigh: number,
) =>
  wideRegister({
    name,
    coprocessor: 15,
    encoding64: { opc1, CRm },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.PL2_RW,
    reset: "UNKNOWN",
    kind: "behaviour",
    writableHigh,
  });

const hsctlr: Readonly<Record<string, RegisterField>> = {
  M: rw(0),
  A: rw(1),
  C: rw(2),
  CP15BEN: rw(5),
  I: rw(12),
  WXN: rw(19),
  FI: ro(21),
  EE: rw(25),
  TE: rw(30),
};
const hcr: Readonly<Record<string, RegisterField>> = {
  VM: rw(0),
  SWIO: rw(1),
  PTW: rw(2),
  FMO: rw(3),
  IMO: rw(4),
  AMO: rw(5),
  VF: rw(6),
  VI: rw(7),
  VA: rw(8),
  FB: rw(9),
  BSU: rw(10, 2),
  DC: rw(12),
  TWI: rw(13),
  TWE: rw(14),
  TID0: rw(15),
  TID1: rw(16),
  TID2: rw(17),
  TID3: rw(18),
  TSC: rw(19),
  TIDCP: rw(20),
  TAC: rw(21),
  TSW: rw(22),
  TPC: rw(23),
  TPU: rw(24),
  TTLB: rw(25),
  TVM: rw(26),
  TGE: rw(27),
  TRVM: raz(30),
};
/** HSTR.T0 to T15; T4 and T14 do not exist. */
const hstr: Readonly<Record<string, RegisterField>> = {
  ...Object.fromEntries(
    Array.from({ length: 16 }, (_, n) => [`T${n}`, n === 4 || n === 14 ? raz(n) : rw(n)] as const),
  ),
  TTEE: rw(16),
  TJDBX: rw(17),
};

export const HYP_CONTROL = [
  hyp("HVBAR", 12, 0, 0, "UNKNOWN", { fields: { Vector_Base_Address: rw(5, 27) } }),
  hyp("HSCTLR", 1, 0, 0, 0x30c50878, {
    fields: hsctlr,
    kind: "behaviour",
    note: "Bits 29, 28, 23, 22, 18, 16, 11, 6, 4 and 3 are SBOP and read as one.",
  }),
  hyp("HACTLR", 1, 0, 1, 0, { kind: "constant", note: "UNK/SBZP on both cores." }),
  hyp("HCR", 1, 1, 0, 0, {
    fields: hcr,
    kind: "behaviour",
    note: "TRVM is ARMv8's: UNK/SBZP here, so reads of the virtual memory registers never trap by it.",
  }),
  hyp(
    "HDCR",
    1,
    1,
    1,
    { "cortex-a15": 6, "cortex-a7": 4 },
    {
      fields: {
        HPMN: rw(0, 5),
        TPMCR: rw(5),
        TPM: rw(6),
        HPME: rw(7),
        TDE: rw(8),
        TDA: rw(9),
        TDOSA: rw(10),
        TDRA: rw(11),
      },
      note: "HPMN resets to the number of counters. With TDE 1, TDRA, TDOSA and TDA count as 1.",
    },
  ),
  hyp("HCPTR", 1, 1, 2, 0x000033ff, {
    fields: {
      TCP0_9: rao(0, 10),
      TCP10: rw(10),
      TCP11: rw(11),
      TCP12_13: rao(12, 2),
      TASE: rw(15),
      TTA: raz(20),
      TCPAC: rw(31),
    },
    kind: "behaviour",
    note: "TCP0 to TCP9, TCP12 and TCP13 are RAO/WI: those coprocessors do not exist. TTA is RAZ/WI: no CP14 trace registers.",
  }),
  hyp("HSTR", 1, 1, 3, 0, { fields: hstr }),
  hyp("HACR", 1, 1, 7, 0, { kind: "constant", note: "UNK/SBZP on both cores." }),
  hyp("HTCR", 2, 0, 2, 0x80800000, {
    fields: { T0SZ: rw(0, 3), IRGN0: rw(8, 2), ORGN0: rw(10, 2), SH0: rw(12, 2) },
    kind: "behaviour",
    note: "Bits 31 and 23 are UNK/SBOP and read as one.",
  }),
  hyp("VTCR", 2, 1, 2, 0x80000000, {
    fields: {
      T0SZ: rw(0, 4),
      S: rw(4),
      SL0: rw(6, 2),
      IRGN0: rw(8, 2),
      ORGN0: rw(10, 2),
      SH0: rw(12, 2),
    },
    kind: "behaviour",
    note: "Bit 31 is UNK/SBOP and reads as one.",
  }),
  wide("HTTBR", 4, 2, 0xff),
  wide("VTTBR", 6, 2, 0x00ff00ff),
  hyp("HADFSR", 5, 1, 0, 0, { fields: { Reserved: raz(0, 32) }, note: "UNK/SBZP on both cores." }),
  hyp("HAIFSR", 5, 1, 1, 0, { fields: { Reserved: raz(0, 32) }, note: "UNK/SBZP on both cores." }),
  hyp("HSR", 5, 2, 0, "UNKNOWN", { fields: { ISS: rw(0, 25), IL: rw(25), EC: rw(26, 6) } }),
  hyp("HDFAR", 6, 0, 0),
  hyp("HIFAR", 6, 0, 2),
  hyp("HPFAR", 6, 0, 4, "UNKNOWN", { fields: { FIPA: rw(4, 28) } }),
  hyp("HMAIR0", 10, 2, 0, "UNKNOWN", { kind: "behaviour" }),
  hyp("HMAIR1", 10, 2, 1, "UNKNOWN", { kind: "behaviour" }),
  hyp("HAMAIR0", 10, 3, 0, 0, {
    fields: { Reserved: raz(0, 32) },
    note: "UNK/SBZP on both cores.",
  }),
  hyp("HAMAIR1", 10, 3, 1, 0, {
    fields: { Reserved: raz(0, 32) },
    note: "UNK/SBZP on both cores.",
  }),
] as const;
