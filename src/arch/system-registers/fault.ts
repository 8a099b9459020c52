/** Fault status and fault address registers of PL1, and PAR (DDI 0406C, B4.1). */
import {
  ACCESS,
  raz,
  register,
  rw,
  wideRegister,
  type RegisterField,
  type Reset,
} from "./record.js";
import { VM_TRAPS } from "./pl1-control.js";

const fault = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
  reset: Reset,
  fields?: Readonly<Record<string, RegisterField>>,
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1: 0, CRn, CRm, opc2 },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.PL1_RW,
    reset,
    traps: VM_TRAPS,
    kind: "plain",
    note: "Non-secure copy.",
    ...(fields === undefined ? {} : { fields }),
  });
const none = { Reserved: raz(0, 32) };

export const FAULT = [
  fault("DFSR", 5, 0, 0, "UNKNOWN", {
    FS: rw(0, 4),
    Domain: rw(4, 4),
    LPAE: rw(9),
    FS_high: rw(10),
    WnR: rw(11),
    ExT: rw(12),
    CM: rw(13),
  }),
  fault("IFSR", 5, 0, 1, "UNKNOWN", { FS: rw(0, 6), LPAE: rw(9), FS_high: rw(10), ExT: rw(12) }),
  fault("ADFSR", 5, 1, 0, 0, none),
  fault("AIFSR", 5, 1, 1, 0, none),
  fault("DFAR", 6, 0, 0, "UNKNOWN"),
  fault("IFAR", 6, 0, 2, "UNKNOWN"),
  wideRegister({
    name: "PAR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 7, CRm: 4, opc2: 0 },
    encoding64: { opc1: 0, CRm: 7 },
    ref: "DDI 0406C, B4.1.112",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    kind: "plain",
    note: "Non-secure copy. PAR.LPAE (bit 11) tells which format a translation left.",
  }),
] as const;
