/**
 * Cache, branch predictor and barrier operations (DDI 0406C, B4.2.1 and B4.2.6). Caches are not
 * modelled: RAM is coherent and code is looked up by its bytes, so they are complete by doing nothing.
 */
import { ACCESS, type AccessTrap } from "./record.js";
import { operation } from "./operation.js";

const none = { effect: "none" } as const;
const maintain = <const Name extends string>(
  name: Name,
  CRm: number,
  opc2: number,
  trap?: AccessTrap,
) => operation(name, 0, 7, CRm, opc2, trap, ACCESS.PL1_WO, none);
const barrier = <const Name extends string>(name: Name, CRm: number, opc2: number) =>
  operation(name, 0, 7, CRm, opc2, undefined, ACCESS.PL0_WO, {
    effect: "none",
    enabledBy: "CP15BEN",
    note: "Memory is sequentially consistent here.",
  });

export const CACHE_MAINTENANCE = [
  maintain("ICIALLUIS", 1, 0, "HCR.TPU"),
  maintain("BPIALLIS", 1, 6),
  maintain("ICIALLU", 5, 0, "HCR.TPU"),
  maintain("ICIMVAU", 5, 1, "HCR.TPU"),
  barrier("CP15ISB", 5, 4),
  maintain("BPIALL", 5, 6),
  maintain("BPIMVA", 5, 7),
  maintain("DCIMVAC", 6, 1, "HCR.TPC"),
  maintain("DCISW", 6, 2, "HCR.TSW"),
  maintain("DCCMVAC", 10, 1, "HCR.TPC"),
  maintain("DCCSW", 10, 2, "HCR.TSW"),
  barrier("CP15DSB", 10, 4),
  barrier("CP15DMB", 10, 5),
  maintain("DCCMVAU", 11, 1, "HCR.TPU"),
  maintain("DCCIMVAC", 14, 1, "HCR.TPC"),
  maintain("DCCISW", 14, 2, "HCR.TSW"),
  operation("CP15WFI", 0, 7, 0, 4, undefined, ACCESS.PL1_WO, {
    effect: "none",
    note: "Waited for an interrupt in ARMv6; a NOP on both cores.",
  }),
  operation("CP15PrefetchMVA", 0, 7, 13, 1, undefined, ACCESS.PL1_WO, {
    effect: "none",
    note: "Prefetched an instruction line in ARMv6; a NOP on both cores.",
  }),
] as const;
