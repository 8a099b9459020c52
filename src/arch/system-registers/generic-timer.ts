/** Generic Timer (DDI 0406C, B8 and B4.1). */
import { ACCESS, register, ro, rw, type AccessByLevel, type AccessTrap, type RegisterField, type UserGate } from "./record.js";

const timer = <const Name extends string>(
  name: Name, opc1: number, CRm: number, opc2: number, access: AccessByLevel,
  fields: Readonly<Record<string, RegisterField>>,
  options: { userGate?: UserGate; trap?: AccessTrap; kind?: "plain" | "behaviour"; reset?: number } = {},
) =>
  register({
    name, coprocessor: 15, encoding: { opc1, CRn: 14, CRm, opc2 }, ref: "DDI 0406C, B4.1", access,
    reset: options.reset ?? 0, fields, kind: options.kind ?? "plain",
    ...(options.userGate === undefined ? {} : { userGate: options.userGate }),
    ...(options.trap === undefined ? {} : { traps: { read: [options.trap], write: [options.trap] } }),
  });
const wide = <const Name extends string>(
  name: Name, opc1: number, access: AccessByLevel, kind: "plain" | "behaviour",
  options: { userGate?: UserGate; trap?: AccessTrap } = {},
) =>
  register({
    name, coprocessor: 15, encoding64: { opc1, CRm: 14 }, ref: "DDI 0406C, B4.1", access, reset: 0, kind,
    ...(options.userGate === undefined ? {} : { userGate: options.userGate }),
    ...(options.trap === undefined ? {} : { traps: { read: [options.trap], write: [options.trap] } }),
  });
const ctl = { ENABLE: rw(0), IMASK: rw(1), ISTATUS: ro(2) };
const value = { TimerValue: rw(0, 32) };

export const GENERIC_TIMER = [
  timer("CNTFRQ", 0, 0, 0, { pl0: "RO", pl1: "RW", pl2: "RW" }, { F: rw(0, 32) }, { userGate: "CNTKCTL.PL0xCTEN", reset: 62500000 }),
  timer("CNTKCTL", 0, 1, 0, ACCESS.PL1_RW, { PL0PCTEN: rw(0), PL0VCTEN: rw(1), EVNTEN: rw(2), EVNTDIR: rw(3), EVNTI: rw(4, 4), PL0VTEN: rw(8), PL0PTEN: rw(9) }),
  timer("CNTP_TVAL", 0, 2, 0, ACCESS.PL0_RW, value, { userGate: "CNTKCTL.PL0PTEN", trap: "CNTHCTL.PL1PCEN", kind: "behaviour" }),
  timer("CNTP_CTL", 0, 2, 1, ACCESS.PL0_RW, ctl, { userGate: "CNTKCTL.PL0PTEN", trap: "CNTHCTL.PL1PCEN", kind: "behaviour" }),
  timer("CNTV_TVAL", 0, 3, 0, ACCESS.PL0_RW, value, { userGate: "CNTKCTL.PL0VTEN", kind: "behaviour" }),
  timer("CNTV_CTL", 0, 3, 1, ACCESS.PL0_RW, ctl, { userGate: "CNTKCTL.PL0VTEN", kind: "behaviour" }),
  timer("CNTHCTL", 4, 1, 0, ACCESS.PL2_RW, { PL1PCTEN: rw(0), PL1PCEN: rw(1), EVNTEN: rw(2), EVNTDIR: rw(3), EVNTI: rw(4, 4) }, { reset: 3 }),
  timer("CNTHP_TVAL", 4, 2, 0, ACCESS.PL2_RW, value, { kind: "behaviour" }),
  timer("CNTHP_CTL", 4, 2, 1, ACCESS.PL2_RW, ctl, { kind: "behaviour" }),
  wide("CNTPCT", 0, ACCESS.PL0_RO, "behaviour", { userGate: "CNTKCTL.PL0PCTEN", trap: "CNTHCTL.PL1PCTEN" }),
  wide("CNTVCT", 1, ACCESS.PL0_RO, "behaviour", { userGate: "CNTKCTL.PL0VCTEN" }),
  wide("CNTP_CVAL", 2, ACCESS.PL0_RW, "behaviour", { userGate: "CNTKCTL.PL0PTEN", trap: "CNTHCTL.PL1PCEN" }),
  wide("CNTV_CVAL", 3, ACCESS.PL0_RW, "behaviour", { userGate: "CNTKCTL.PL0VTEN" }),
  wide("CNTVOFF", 4, ACCESS.PL2_RW, "behaviour"),
  wide("CNTHP_CVAL", 6, ACCESS.PL2_RW, "behaviour"),
] as const;
