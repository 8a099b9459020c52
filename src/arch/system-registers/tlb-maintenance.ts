/** TLB maintenance operations (DDI 0406C, B4.2.2 and B4.2.3). */
import { ACCESS } from "./record.js";
import { operation } from "./operation.js";

const pl1 = <const Name extends string>(name: Name, CRm: number, opc2: number) =>
  operation(name, 0, 8, CRm, opc2, "HCR.TTLB");
const hyp = <const Name extends string>(name: Name, CRm: number, opc2: number) =>
  operation(name, 4, 8, CRm, opc2, undefined, ACCESS.PL2_WO);

export const TLB_MAINTENANCE = [
  pl1("TLBIALLIS", 3, 0),
  pl1("TLBIMVAIS", 3, 1),
  pl1("TLBIASIDIS", 3, 2),
  pl1("TLBIMVAAIS", 3, 3),
  pl1("ITLBIALL", 5, 0),
  pl1("ITLBIMVA", 5, 1),
  pl1("ITLBIASID", 5, 2),
  pl1("DTLBIALL", 6, 0),
  pl1("DTLBIMVA", 6, 1),
  pl1("DTLBIASID", 6, 2),
  pl1("TLBIALL", 7, 0),
  pl1("TLBIMVA", 7, 1),
  pl1("TLBIASID", 7, 2),
  pl1("TLBIMVAA", 7, 3),
  hyp("TLBIALLHIS", 3, 0),
  hyp("TLBIMVAHIS", 3, 1),
  hyp("TLBIALLNSNHIS", 3, 4),
  hyp("TLBIALLH", 7, 0),
  hyp("TLBIMVAH", 7, 1),
  hyp("TLBIALLNSNH", 7, 4),
] as const;
