/**
 * CP14 debug registers of v7.1 Debug (DDI 0406C, C11). Breakpoints, watchpoints and vector catches are
 * stored, not acted on; there is no external debugger.
 */
import {
  ACCESS,
  rao,
  raz,
  register,
  ro,
  rw,
  wideRegister,
  type AccessByLevel,
  type RegisterField,
  type Reset,
  type SystemRegister,
} from "./record.js";

type Options = Partial<
  Pick<SystemRegister, "kind" | "fields" | "note" | "view" | "userGate" | "otherNames">
>;
type Group = "HDCR.TDA" | "HDCR.TDOSA" | "HDCR.TDRA";
const debug = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
  access: AccessByLevel,
  reset: Reset,
  trap: Group = "HDCR.TDA",
  options: Options = {},
) =>
  register({
    name,
    coprocessor: 14,
    encoding: { opc1: 0, CRn, CRm, opc2 },
    ref: "DDI 0406C, C11.11",
    access,
    reset,
    traps: { read: [trap], write: [trap] },
    kind: "plain",
    ...options,
  });
/** Address of the debug register map; the 32-bit access reads bits 31:0. */
const mapAddress = <const Name extends string>(name: Name, n: number) =>
  wideRegister({
    name,
    coprocessor: 14,
    encoding: { opc1: 0, CRn: n, CRm: 0, opc2: 0 },
    encoding64: { opc1: 0, CRm: n },
    ref: "DDI 0406C, C11.11",
    access: ACCESS.PL0_RO,
    userGate: "DBGDSCR.UDCCdis",
    reset: 0,
    traps: { read: ["HDCR.TDRA"] },
    kind: "constant",
    note: "Its Valid bits are 0: no memory-mapped debug registers.",
  });

const BREAKPOINTS = [0, 1, 2, 3, 4, 5] as const;
const CONTEXT_BREAKPOINTS = [4, 5] as const;
const WATCHPOINTS = [0, 1, 2, 3] as const;
const bcr: Readonly<Record<string, RegisterField>> = {
  E: rw(0),
  PMC: rw(1, 2),
  BAS: rw(5, 4),
  HMC: rw(13),
  SSC: rw(14, 2),
  LBN: rw(16, 4),
  BT: rw(20, 4),
  MASK: raz(24, 5),
};
const wcr: Readonly<Record<string, RegisterField>> = {
  E: rw(0),
  PAC: rw(1, 2),
  LSC: rw(3, 2),
  BAS: rw(5, 8),
  HMC: rw(13),
  SSC: rw(14, 2),
  LBN: rw(16, 4),
  WT: rw(20),
  MASK: rw(24, 5),
};
const dscr: Readonly<Record<string, RegisterField>> = {
  HALTED: ro(0),
  RESTARTED: ro(1),
  MOE: rw(2, 4),
  UDCCdis: rw(12),
  ITRen: ro(13),
  HDBGen: ro(14),
  MDBGen: rw(15),
  SPIDdis: ro(16),
  SPNIDdis: ro(17),
  NS: ro(18),
};
const constant = { kind: "constant" } as const;
const user = { kind: "constant", userGate: "DBGDSCR.UDCCdis" } as const;

export const DEBUG = [
  debug(
    "DBGDIDR",
    0,
    0,
    0,
    ACCESS.PL0_RO,
    { "cortex-a15": 0x3515f040, "cortex-a7": 0x3515f005 },
    "HDCR.TDA",
    {
      ...user,
      note: "Six breakpoints, two of them with context comparison, and four watchpoints; v7.1 Debug.",
    },
  ),
  debug("DBGDSCRint", 0, 1, 0, ACCESS.PL0_RO, 0, "HDCR.TDA", {
    ...user,
    view: { of: "DBGDSCRext", write: "store" },
  }),
  debug("DBGDSCRext", 0, 2, 2, ACCESS.PL1_RW, 0x00040002, "HDCR.TDA", {
    fields: dscr,
    note: "NS reads as one; RESTARTED reads as one, as outside of Debug state.",
  }),
  debug("DBGDTRRXint", 0, 5, 0, ACCESS.PL0_RW, 0, "HDCR.TDA", {
    ...user,
    otherNames: ["DBGDTRTXint"],
    note: "The write side is DBGDTRTXint. No debugger: reads as zero, ignores writes.",
  }),
  debug("DBGDTRRXext", 0, 0, 2, ACCESS.PL1_RW, 0),
  debug("DBGDTRTXext", 0, 3, 2, ACCESS.PL1_RW, 0),
  debug("DBGWFAR", 0, 6, 0, ACCESS.PL1_RW, "UNKNOWN"),
  debug("DBGVCR", 0, 7, 0, ACCESS.PL1_RW, 0, "HDCR.TDA", {
    fields: {
      R: rw(0),
      SU: rw(1),
      SS: rw(2),
      SP: rw(3),
      SD: rw(4),
      SI: rw(6),
      SF: rw(7),
      MS: rw(10),
      MP: rw(11),
      MD: rw(12),
      MI: rw(14),
      MF: rw(15),
      HU: rw(17),
      HC: rw(18),
      HP: rw(19),
      HD: rw(20),
      HE: rw(21),
      HI: rw(22),
      HF: rw(23),
      NSU: rw(25),
      NSS: rw(26),
      NSP: rw(27),
      NSD: rw(28),
      NSI: rw(30),
      NSF: rw(31),
    },
  }),
  ...BREAKPOINTS.map((n) => debug(`DBGBVR${n}`, 0, n, 4, ACCESS.PL1_RW, "UNKNOWN")),
  ...BREAKPOINTS.map((n) =>
    debug(`DBGBCR${n}`, 0, n, 5, ACCESS.PL1_RW, 0, "HDCR.TDA", { fields: bcr }),
  ),
  ...WATCHPOINTS.map((n) =>
    debug(`DBGWVR${n}`, 0, n, 6, ACCESS.PL1_RW, "UNKNOWN", "HDCR.TDA", {
      fields: { WA: rw(2, 30) },
    }),
  ),
  ...WATCHPOINTS.map((n) =>
    debug(`DBGWCR${n}`, 0, n, 7, ACCESS.PL1_RW, 0, "HDCR.TDA", { fields: wcr }),
  ),
  ...CONTEXT_BREAKPOINTS.map((n) =>
    debug(`DBGBXVR${n}`, 1, n, 1, ACCESS.PL1_RW, "UNKNOWN", "HDCR.TDA", {
      fields: { VMID: rw(0, 8) },
    }),
  ),
  mapAddress("DBGDRAR", 1),
  mapAddress("DBGDSAR", 2),
  debug("DBGOSLAR", 1, 0, 4, ACCESS.PL1_WO, 0, "HDCR.TDOSA", {
    kind: "behaviour",
    note: "Writing 0xc5acce55 sets DBGOSLSR.OSLK, any other value clears it.",
  }),
  debug("DBGOSLSR", 1, 1, 4, ACCESS.PL1_RO, 0x0000000a, "HDCR.TDOSA", {
    ...constant,
    fields: { OSLM_low: ro(0), OSLK: ro(1), nTT: ro(2), OSLM_high: ro(3) },
    note: "OSLK is 1 after reset.",
  }),
  debug("DBGOSDLR", 1, 3, 4, ACCESS.PL1_RW, 0, "HDCR.TDOSA", { fields: { DLK: rw(0) } }),
  debug("DBGPRCR", 1, 4, 4, ACCESS.PL1_RW, 0, "HDCR.TDOSA", {
    fields: { CORENPDRQ: rw(0), CWRR: raz(1), HCWR: raz(2) },
  }),
  debug("DBGDEVID2", 7, 0, 7, ACCESS.PL1_RO, 0, "HDCR.TDA", constant),
  debug(
    "DBGDEVID1",
    7,
    1,
    7,
    ACCESS.PL1_RO,
    { "cortex-a15": 0, "cortex-a7": 1 },
    "HDCR.TDA",
    constant,
  ),
  debug("DBGDEVID", 7, 2, 7, ACCESS.PL1_RO, 0x01110f13, "HDCR.TDA", constant),
  debug("DBGCLAIMSET", 7, 8, 6, ACCESS.PL1_RW, 0xff, "HDCR.TDA", {
    fields: { CLAIM: rao(0, 8) },
    kind: "behaviour",
    note: "Reads as the eight tags that exist; a write sets tags, which DBGCLAIMCLR reads.",
  }),
  debug("DBGCLAIMCLR", 7, 9, 6, ACCESS.PL1_RW, 0, "HDCR.TDA", {
    fields: { CLAIM: rw(0, 8) },
    view: { of: "DBGCLAIMCLR", write: "clear" },
  }),
  debug("DBGAUTHSTATUS", 7, 14, 6, ACCESS.PL1_RO, 0xff, "HDCR.TDA", {
    ...constant,
    note: "All debug signals as with an authorised debugger.",
  }),
] as const;
