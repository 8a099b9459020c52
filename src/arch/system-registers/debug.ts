/** CP14 debug, ThumbEE and Jazelle registers (DDI 0406C, C11 and A2). Breakpoints are stored, not acted on. */
import { ACCESS, register, rw, type AccessByLevel, type AccessTrap, type Reset } from "./record.js";

const dbg = <const Name extends string>(
  name: Name, opc1: number, CRn: number, CRm: number, opc2: number, access: AccessByLevel, reset: Reset,
  trap: AccessTrap = "HDCR.TDA", kind: "plain" | "constant" = "plain",
) =>
  register({
    name, coprocessor: 14, encoding: { opc1, CRn, CRm, opc2 }, ref: "DDI 0406C, C11", access, reset,
    traps: { read: [trap], write: [trap] }, kind,
  });
const bank = <const Name extends string>(prefix: Name, opc2: number, count: number) =>
  Array.from({ length: count }, (_, n) => dbg(`${prefix}${n}` as Name, 0, 0, n, opc2, ACCESS.PL1_RW, 0));

export const DEBUG = [
  dbg("DBGDIDR", 0, 0, 0, 0, ACCESS.PL0_RO, { "cortex-a15": 0x3515f021, "cortex-a7": 0x3515f005 }, "HDCR.TDA", "constant"),
  dbg("DBGDSCRint", 0, 0, 1, 0, ACCESS.PL0_RO, 0, "HDCR.TDA", "constant"),
  dbg("DBGVCR", 0, 0, 7, 0, ACCESS.PL1_RW, 0),
  dbg("DBGDSCRext", 0, 0, 2, 2, ACCESS.PL1_RW, 0),
  ...bank("DBGBVR", 4, 6),
  ...bank("DBGBCR", 5, 6),
  ...bank("DBGWVR", 6, 4),
  ...bank("DBGWCR", 7, 4),
  dbg("DBGBXVR4", 0, 1, 4, 1, ACCESS.PL1_RW, 0),
  dbg("DBGBXVR5", 0, 1, 5, 1, ACCESS.PL1_RW, 0),
  dbg("DBGDRAR", 0, 1, 0, 0, ACCESS.PL0_RO, 0, "HDCR.TDRA", "constant"),
  dbg("DBGDSAR", 0, 2, 0, 0, ACCESS.PL0_RO, 0, "HDCR.TDRA", "constant"),
  dbg("DBGOSLAR", 0, 1, 0, 4, ACCESS.PL1_WO, 0, "HDCR.TDOSA"),
  dbg("DBGOSLSR", 0, 1, 1, 4, ACCESS.PL1_RO, 0x8, "HDCR.TDOSA", "constant"),
  dbg("DBGOSDLR", 0, 1, 3, 4, ACCESS.PL1_RW, 0, "HDCR.TDOSA"),
  dbg("DBGPRCR", 0, 1, 4, 4, ACCESS.PL1_RW, 0, "HDCR.TDOSA"),
  dbg("DBGCLAIMSET", 0, 7, 8, 6, ACCESS.PL1_RW, 0),
  dbg("DBGCLAIMCLR", 0, 7, 9, 6, ACCESS.PL1_RW, 0),
  dbg("DBGAUTHSTATUS", 0, 7, 14, 6, ACCESS.PL1_RO, 0, "HDCR.TDA", "constant"),
  register({
    name: "TEECR", coprocessor: 14, encoding: { opc1: 6, CRn: 0, CRm: 0, opc2: 0 }, ref: "DDI 0406C, A2.10",
    access: ACCESS.PL1_RW, reset: 0, fields: { XED: rw(0) }, traps: { read: ["HSTR.TTEE"], write: ["HSTR.TTEE"] }, kind: "plain",
  }),
  register({
    name: "TEEHBR", coprocessor: 14, encoding: { opc1: 6, CRn: 1, CRm: 0, opc2: 0 }, ref: "DDI 0406C, A2.10",
    access: ACCESS.PL0_RW, reset: 0, userGate: "TEECR.XED", traps: { read: ["HSTR.TTEE"], write: ["HSTR.TTEE"] }, kind: "plain",
  }),
  dbg("JIDR", 7, 0, 0, 0, ACCESS.PL0_RO, 0, "HCR.TID0", "constant"),
  dbg("JOSCR", 7, 1, 0, 0, ACCESS.PL1_RW, 0, "HSTR.TJDBX", "constant"),
  dbg("JMCR", 7, 2, 0, 0, ACCESS.PL1_RW, 0, "HSTR.TJDBX", "constant"),
] as const;
