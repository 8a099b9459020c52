/** Registers that are operations: caches, barriers, branch predictors, TLBs, address translation. */
import { ACCESS, register, type AccessByLevel, type AccessTrap } from "./record.js";

const operation = <const Name extends string>(
  name: Name, opc1: number, CRn: number, CRm: number, opc2: number,
  trap: AccessTrap | undefined, access: AccessByLevel = ACCESS.PL1_WO,
) =>
  register({
    name, coprocessor: 15, encoding: { opc1, CRn, CRm, opc2 }, ref: "DDI 0406C, B4.2",
    access, reset: 0, kind: "operation", ...(trap === undefined ? {} : { traps: { write: [trap] } }),
  });

/** Cache, branch predictor and barrier operations: RAM is coherent here, so they have no effect on data. */
export const CACHE_MAINTENANCE = [
  operation("ICIALLUIS", 0, 7, 1, 0, "HCR.TPU"),
  operation("BPIALLIS", 0, 7, 1, 6, undefined),
  operation("ICIALLU", 0, 7, 5, 0, "HCR.TPU"),
  operation("ICIMVAU", 0, 7, 5, 1, "HCR.TPU"),
  operation("CP15ISB", 0, 7, 5, 4, undefined, ACCESS.PL0_WO),
  operation("BPIALL", 0, 7, 5, 6, undefined),
  operation("BPIMVA", 0, 7, 5, 7, undefined),
  operation("DCIMVAC", 0, 7, 6, 1, "HCR.TPC"),
  operation("DCISW", 0, 7, 6, 2, "HCR.TSW"),
  operation("DCCMVAC", 0, 7, 10, 1, "HCR.TPC"),
  operation("DCCSW", 0, 7, 10, 2, "HCR.TSW"),
  operation("CP15DSB", 0, 7, 10, 4, undefined, ACCESS.PL0_WO),
  operation("CP15DMB", 0, 7, 10, 5, undefined, ACCESS.PL0_WO),
  operation("DCCMVAU", 0, 7, 11, 1, "HCR.TPU"),
  operation("MVA_NOP", 0, 7, 13, 1, undefined),
  operation("DCCIMVAC", 0, 7, 14, 1, "HCR.TPC"),
  operation("DCCISW", 0, 7, 14, 2, "HCR.TSW"),
] as const;

export const TLB_MAINTENANCE = [
  operation("TLBIALLIS", 0, 8, 3, 0, "HCR.TTLB"),
  operation("TLBIMVAIS", 0, 8, 3, 1, "HCR.TTLB"),
  operation("TLBIASIDIS", 0, 8, 3, 2, "HCR.TTLB"),
  operation("TLBIMVAAIS", 0, 8, 3, 3, "HCR.TTLB"),
  operation("ITLBIALL", 0, 8, 5, 0, "HCR.TTLB"),
  operation("ITLBIMVA", 0, 8, 5, 1, "HCR.TTLB"),
  operation("ITLBIASID", 0, 8, 5, 2, "HCR.TTLB"),
  operation("DTLBIALL", 0, 8, 6, 0, "HCR.TTLB"),
  operation("DTLBIMVA", 0, 8, 6, 1, "HCR.TTLB"),
  operation("DTLBIASID", 0, 8, 6, 2, "HCR.TTLB"),
  operation("TLBIALL", 0, 8, 7, 0, "HCR.TTLB"),
  operation("TLBIMVA", 0, 8, 7, 1, "HCR.TTLB"),
  operation("TLBIASID", 0, 8, 7, 2, "HCR.TTLB"),
  operation("TLBIMVAA", 0, 8, 7, 3, "HCR.TTLB"),
  operation("TLBIALLHIS", 4, 8, 3, 0, undefined, ACCESS.PL2_WO),
  operation("TLBIMVAHIS", 4, 8, 3, 1, undefined, ACCESS.PL2_WO),
  operation("TLBIALLNSNHIS", 4, 8, 3, 4, undefined, ACCESS.PL2_WO),
  operation("TLBIALLH", 4, 8, 7, 0, undefined, ACCESS.PL2_WO),
  operation("TLBIMVAH", 4, 8, 7, 1, undefined, ACCESS.PL2_WO),
  operation("TLBIALLNSNH", 4, 8, 7, 4, undefined, ACCESS.PL2_WO),
] as const;

export const ADDRESS_TRANSLATION = [
  operation("ATS1CPR", 0, 7, 8, 0, undefined),
  operation("ATS1CPW", 0, 7, 8, 1, undefined),
  operation("ATS1CUR", 0, 7, 8, 2, undefined),
  operation("ATS1CUW", 0, 7, 8, 3, undefined),
  operation("ATS12NSOPR", 0, 7, 8, 4, undefined, ACCESS.PL2_WO),
  operation("ATS12NSOPW", 0, 7, 8, 5, undefined, ACCESS.PL2_WO),
  operation("ATS12NSOUR", 0, 7, 8, 6, undefined, ACCESS.PL2_WO),
  operation("ATS12NSOUW", 0, 7, 8, 7, undefined, ACCESS.PL2_WO),
  operation("ATS1HR", 4, 7, 8, 0, undefined, ACCESS.PL2_WO),
  operation("ATS1HW", 4, 7, 8, 1, undefined, ACCESS.PL2_WO),
] as const;
