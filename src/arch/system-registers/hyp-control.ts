/** PL2 registers of the Virtualization Extensions (DDI 0406C, B4.1). */
import { ACCESS, register, rw, type RegisterField, type Reset, type SystemRegister } from "./record.js";

type Options = Partial<Pick<SystemRegister, "fields" | "kind" | "note" | "encoding64" | "writableHigh">>;
const hyp = <const Name extends string>(
  name: Name, CRn: number, CRm: number, opc2: number, reset: Reset = "UNKNOWN", options: Options = {},
) =>
  register({
    name, coprocessor: 15, encoding: { opc1: 4, CRn, CRm, opc2 }, ref: "DDI 0406C, B4.1",
    access: ACCESS.PL2_RW, reset, kind: "plain", ...options,
  });
const wide = <const Name extends string>(name: Name, opc1: number, CRm: number, writableHigh: number) =>
  register({
    name, coprocessor: 15, encoding64: { opc1, CRm }, ref: "DDI 0406C, B4.1",
    access: ACCESS.PL2_RW, reset: "UNKNOWN", kind: "behaviour", writableHigh,
  });

const hsctlr: Readonly<Record<string, RegisterField>> = {
  M: rw(0), A: rw(1), C: rw(2), CP15BEN: rw(5), I: rw(12), WXN: rw(19), FI: rw(21), EE: rw(25), TE: rw(30),
};
const hcr: Readonly<Record<string, RegisterField>> = {
  VM: rw(0), SWIO: rw(1), PTW: rw(2), FMO: rw(3), IMO: rw(4), AMO: rw(5), VF: rw(6), VI: rw(7), VA: rw(8),
  FB: rw(9), BSU: rw(10, 2), DC: rw(12), TWI: rw(13), TWE: rw(14), TID0: rw(15), TID1: rw(16), TID2: rw(17),
  TID3: rw(18), TSC: rw(19), TIDCP: rw(20), TAC: rw(21), TSW: rw(22), TPC: rw(23), TPU: rw(24), TTLB: rw(25),
  TVM: rw(26), TGE: rw(27), TRVM: rw(30),
};

export const HYP_CONTROL = [
  hyp("HVBAR", 12, 0, 0, "UNKNOWN", { fields: { Vector_Base_Address: rw(5, 27) } }),
  hyp("HSCTLR", 1, 0, 0, 0x30c50830, { fields: hsctlr, kind: "behaviour" }),
  hyp("HACTLR", 1, 0, 1, 0, { kind: "constant" }),
  hyp("HCR", 1, 1, 0, 0, { fields: hcr, kind: "behaviour" }),
  hyp("HDCR", 1, 1, 1, 0x00000006, {
    fields: { HPMN: rw(0, 5), TPMCR: rw(5), TPM: rw(6), HPME: rw(7), TDE: rw(8), TDA: rw(9), TDOSA: rw(10), TDRA: rw(11) },
    note: "HPMN resets to the number of counters, 6 on Cortex-A15 and 4 on Cortex-A7.",
  }),
  hyp("HCPTR", 1, 1, 2, 0x000033ff, {
    fields: { TCP10: rw(10), TCP11: rw(11), TASE: rw(15), TTA: rw(20), TCPAC: rw(31) },
    kind: "behaviour", note: "TCP0-9, TCP12 and TCP13 are RAO/WI: those coprocessors do not exist.",
  }),
  hyp("HSTR", 1, 1, 3, 0, {
    fields: { T0_T3: rw(0, 4), T5_T13: rw(5, 9), T15: rw(15), TTEE: rw(16), TJDBX: rw(17) },
  }),
  hyp("HACR", 1, 1, 7, 0, { kind: "constant" }),
  hyp("HTCR", 2, 0, 2, 0x80800000, { fields: { T0SZ: rw(0, 3), IRGN0: rw(8, 2), ORGN0: rw(10, 2), SH0: rw(12, 2) }, kind: "behaviour" }),
  hyp("VTCR", 2, 1, 2, 0x80000000, {
    fields: { T0SZ: rw(0, 4), S: rw(4), SL0: rw(6, 2), IRGN0: rw(8, 2), ORGN0: rw(10, 2), SH0: rw(12, 2) }, kind: "behaviour",
  }),
  wide("HTTBR", 4, 2, 0xff),
  wide("VTTBR", 6, 2, 0x00ff00ff),
  hyp("HADFSR", 5, 1, 0, 0),
  hyp("HAIFSR", 5, 1, 1, 0),
  hyp("HSR", 5, 2, 0),
  hyp("HDFAR", 6, 0, 0),
  hyp("HIFAR", 6, 0, 2),
  hyp("HPFAR", 6, 0, 4, "UNKNOWN", { fields: { FIPA: rw(4, 28) } }),
  hyp("HMAIR0", 10, 2, 0, "UNKNOWN", { kind: "behaviour" }),
  hyp("HMAIR1", 10, 2, 1, "UNKNOWN", { kind: "behaviour" }),
  hyp("HAMAIR0", 10, 3, 0, 0),
  hyp("HAMAIR1", 10, 3, 1, 0),
  hyp("HTPIDR", 13, 0, 2),
] as const;
