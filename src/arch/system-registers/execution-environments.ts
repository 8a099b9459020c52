/** CP14 registers of ThumbEE and of the trivial Jazelle implementation (DDI 0406C, A2.9 and A2.10). */
import { ACCESS, register, rw } from "./record.js";

const jazelle = <const Name extends string>(name: Name, CRn: number) =>
  register({
    name,
    coprocessor: 14,
    encoding: { opc1: 7, CRn, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, A2.10",
    access: ACCESS.PL1_RW,
    reset: 0,
    traps: { read: ["HSTR.TJDBX"], write: ["HSTR.TJDBX"] },
    kind: "constant",
    note: "Trivial Jazelle: RAZ/WI.",
  });

export const EXECUTION_ENVIRONMENTS = [
  register({
    name: "TEECR",
    coprocessor: 14,
    encoding: { opc1: 6, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.136",
    access: ACCESS.PL1_RW,
    reset: 0,
    fields: { XED: rw(0) },
    traps: { read: ["HSTR.TTEE"], write: ["HSTR.TTEE"] },
    kind: "plain",
  }),
  register({
    name: "TEEHBR",
    coprocessor: 14,
    encoding: { opc1: 6, CRn: 1, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.137",
    access: ACCESS.PL0_RW,
    reset: "UNKNOWN",
    fields: { HandlerBase: rw(2, 30) },
    userGate: "TEECR.XED",
    traps: { read: ["HSTR.TTEE"], write: ["HSTR.TTEE"] },
    kind: "plain",
  }),
  register({
    name: "JIDR",
    coprocessor: 14,
    encoding: { opc1: 7, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, A2.10",
    access: ACCESS.PL1_RO,
    reset: 0,
    traps: { read: ["HCR.TID0"] },
    kind: "constant",
    note: "Trivial Jazelle: RAZ. At PL0 the access is UNDEFINED, one of the choices that the architecture leaves.",
  }),
  jazelle("JOSCR", 1),
  jazelle("JMCR", 2),
] as const;
