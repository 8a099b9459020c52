/** Address translation operations, whose result goes to PAR (DDI 0406C, B4.2.4). */
import { ACCESS } from "./record.js";
import { operation } from "./operation.js";

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
