/** Performance Monitors (DDI 0406C, B4.1 and C12): present and readable; they count nothing. */
import { ACCESS, register, rw, type AccessByLevel, type Reset } from "./record.js";

const pm = <const Name extends string>(
  name: Name, CRm: number, opc2: number, access: AccessByLevel, reset: Reset, kind: "plain" | "constant" = "plain",
) =>
  register({
    name, coprocessor: 15, encoding: { opc1: 0, CRn: 9, CRm, opc2 }, ref: "DDI 0406C, B4.1", access, reset, kind,
    userGate: "PMUSERENR.EN",
    traps: {
      read: name === "PMCR" ? ["HDCR.TPM", "HDCR.TPMCR"] : ["HDCR.TPM"],
      write: name === "PMCR" ? ["HDCR.TPM", "HDCR.TPMCR"] : ["HDCR.TPM"],
    },
    note: "Counters stand still.",
  });

export const PERFORMANCE_MONITORS = [
  register({
    name: "PMCR", coprocessor: 15, encoding: { opc1: 0, CRn: 9, CRm: 12, opc2: 0 }, ref: "DDI 0406C, B4.1.117",
    access: ACCESS.PL0_RW, reset: { "cortex-a15": 0x410f3000, "cortex-a7": 0x41072000 }, userGate: "PMUSERENR.EN",
    fields: { E: rw(0), D: rw(3), X: rw(4), DP: rw(5) },
    traps: { read: ["HDCR.TPM", "HDCR.TPMCR"], write: ["HDCR.TPM", "HDCR.TPMCR"] }, kind: "plain", note: "Counters stand still.",
  }),
  pm("PMCNTENSET", 12, 1, ACCESS.PL0_RW, 0),
  pm("PMCNTENCLR", 12, 2, ACCESS.PL0_RW, 0),
  pm("PMOVSR", 12, 3, ACCESS.PL0_RW, 0),
  pm("PMSWINC", 12, 4, ACCESS.PL0_WO, 0),
  pm("PMSELR", 12, 5, ACCESS.PL0_RW, 0),
  pm("PMCEID0", 12, 6, ACCESS.PL0_RO, { "cortex-a15": 0x3fff0f3f, "cortex-a7": 0x3fff0f3f }, "constant"),
  pm("PMCEID1", 12, 7, ACCESS.PL0_RO, 0, "constant"),
  pm("PMCCNTR", 13, 0, ACCESS.PL0_RW, 0),
  pm("PMXEVTYPER", 13, 1, ACCESS.PL0_RW, 0),
  pm("PMXEVCNTR", 13, 2, ACCESS.PL0_RW, 0),
  register({
    name: "PMUSERENR", coprocessor: 15, encoding: { opc1: 0, CRn: 9, CRm: 14, opc2: 0 }, ref: "DDI 0406C, B4.1.125",
    access: ACCESS.PL0_RO_PL1_RW, reset: 0, fields: { EN: rw(0) }, traps: { read: ["HDCR.TPM"], write: ["HDCR.TPM"] }, kind: "plain",
  }),
  pm("PMINTENSET", 14, 1, ACCESS.PL1_RW, 0),
  pm("PMINTENCLR", 14, 2, ACCESS.PL1_RW, 0),
  pm("PMOVSSET", 14, 3, ACCESS.PL0_RW, 0),
] as const;
