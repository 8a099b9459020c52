/** PL1 system control registers (DDI 0406C, B4.1). */
import { ACCESS, register, rw } from "./record.js";

export const PL1_CONTROL = [
  register({
    name: "TTBR0",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 2, CRm: 0, opc2: 0 },
    encoding64: { opc1: 0, CRm: 2 },
    ref: "DDI 0406C, B4.1.154",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    traps: { read: ["HCR.TRVM"], write: ["HCR.TVM"] },
    kind: "behaviour",
  }),
  register({
    name: "DACR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 3, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.43",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    fields: { D: rw(0, 32) },
    traps: { read: ["HCR.TRVM"], write: ["HCR.TVM"] },
    kind: "behaviour",
  }),
] as const;
