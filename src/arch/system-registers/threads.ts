/** Context and thread ID registers (DDI 0406C, B4.1). */
import { ACCESS, register, type AccessByLevel } from "./record.js";
import { VM_TRAPS } from "./pl1-control.js";

const thread = <const Name extends string>(
  name: Name,
  opc1: number,
  opc2: number,
  access: AccessByLevel,
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1, CRn: 13, CRm: 0, opc2 },
    ref: "DDI 0406C, B4.1",
    access,
    reset: "UNKNOWN",
    kind: "plain",
    ...(opc1 === 4 ? {} : { note: "Non-secure copy." }),
  });

export const THREADS = [
  register({
    name: "FCSEIDR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.63",
    access: ACCESS.PL1_RW,
    reset: 0,
    kind: "constant",
    note: "No FCSE: RAZ/WI.",
  }),
  register({
    name: "CONTEXTIDR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 1 },
    ref: "DDI 0406C, B4.1.36",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    traps: VM_TRAPS,
    kind: "behaviour",
    note: "Non-secure copy. Bits 7:0 are the ASID of the short-descriptor format.",
  }),
  thread("TPIDRURW", 0, 2, ACCESS.PL0_RW),
  thread("TPIDRURO", 0, 3, ACCESS.PL0_RO_PL1_RW),
  thread("TPIDRPRW", 0, 4, ACCESS.PL1_RW),
  thread("HTPIDR", 4, 2, ACCESS.PL2_RW),
] as const;
