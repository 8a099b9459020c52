/** PL2 control registers of the Virtualization Extensions (DDI 0406C, B4.1). */
import { ACCESS, rao, register, rw } from "./record.js";

export const HYP_CONTROL = [
  register({
    name: "HVBAR",
    coprocessor: 15,
    encoding: { opc1: 4, CRn: 12, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.68",
    access: ACCESS.PL2_RW,
    reset: "UNKNOWN",
    fields: { Vector_Base_Address: rw(5, 27) },
    kind: "plain",
  }),
  register({
    name: "HSCTLR",
    coprocessor: 15,
    encoding: { opc1: 4, CRn: 1, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.64",
    access: ACCESS.PL2_RW,
    reset: 0x30c50830,
    fields: {
      M: rw(0), A: rw(1), C: rw(2), RAO_3_4: rao(4, 2), CP15BEN: rw(5), RAO_11: rao(11),
      I: rw(12), RAO_16: rao(16), RAO_18: rao(18), WXN: rw(19), FI: rw(21), RAO_22_23: rao(22, 2),
      EE: rw(25), RAO_28_29: rao(28, 2), TE: rw(30),
    },
    kind: "behaviour",
  }),
] as const;
