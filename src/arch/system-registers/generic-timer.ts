/** Generic Timer (DDI 0406C, B8 and B4.1). */
import {
  ACCESS,
  register,
  ro,
  rw,
  wideRegister,
  type AccessByLevel,
  type AccessTrap,
  type RegisterField,
  type SystemRegister,
  type UserGate,
} from "./record.js";

type Fields = Readonly<Record<string, RegisterField>>;
interface Options {
  readonly userGate?: UserGate;
  readonly trap?: AccessTrap;
  readonly kind?: SystemRegister["kind"];
  readonly reset?: SystemRegister["reset"];
  readonly timed?: true;
  readonly note?: string;
}
const common = (options: Options) => ({
  ref: "DDI 0406C, B4.1",
  reset: options.reset ?? 0,
  ...(options.userGate === undefined ? {} : { userGate: options.userGate }),
  ...(options.trap === undefined ? {} : { traps: { read: [options.trap], write: [options.trap] } }),
  ...(options.timed === undefined ? {} : { timed: options.timed }),
  ...(options.note === undefined ? {} : { note: options.note }),
});
const timer = <const Name extends string>(
  name: Name,
  opc1: number,
  CRm: number,
  opc2: number,
  access: AccessByLevel,
  fields: Fields,
  options: Options = {},
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1, CRn: 14, CRm, opc2 },
    access,
    fields,
    kind: options.kind ?? "plain",
    ...common(options),
  });
const wide = <const Name extends string>(
  name: Name,
  opc1: number,
  access: AccessByLevel,
  options: Options = {},
) =>
  wideRegister({
    name,
    coprocessor: 15,
    encoding64: { opc1, CRm: 14 },
    access,
    kind: "behaviour",
    ...common(options),
  });

const ctl: Fields = { ENABLE: rw(0), IMASK: rw(1), ISTATUS: ro(2) };
const value: Fields = { TimerValue: rw(0, 32) };
const pl0Physical: Options = {
  userGate: "CNTKCTL.PL0PTEN",
  trap: "CNTHCTL.PL1PCEN",
  kind: "behaviour",
  timed: true,
};
const pl0Virtual: Options = { userGate: "CNTKCTL.PL0VTEN", kind: "behaviour", timed: true };

export const GENERIC_TIMER = [
  timer(
    "CNTFRQ",
    0,
    0,
    0,
    ACCESS.PL0_RO,
    { F: ro(0, 32) },
    {
      userGate: "CNTKCTL.PL0xCTEN",
      reset: 62500000,
      kind: "constant",
      note: "Written by Secure firmware alone: a write is UNDEFINED in Non-secure state, HYP mode included. The board may set another frequency at reset.",
    },
  ),
  timer(
    "CNTKCTL",
    0,
    1,
    0,
    ACCESS.PL1_RW,
    {
      PL0PCTEN: rw(0),
      PL0VCTEN: rw(1),
      EVNTEN: rw(2),
      EVNTDIR: rw(3),
      EVNTI: rw(4, 4),
      PL0VTEN: rw(8),
      PL0PTEN: rw(9),
    },
    { kind: "behaviour" },
  ),
  timer("CNTP_TVAL", 0, 2, 0, ACCESS.PL0_RW, value, pl0Physical),
  timer("CNTP_CTL", 0, 2, 1, ACCESS.PL0_RW, ctl, pl0Physical),
  timer("CNTV_TVAL", 0, 3, 0, ACCESS.PL0_RW, value, pl0Virtual),
  timer("CNTV_CTL", 0, 3, 1, ACCESS.PL0_RW, ctl, pl0Virtual),
  timer(
    "CNTHCTL",
    4,
    1,
    0,
    ACCESS.PL2_RW,
    {
      PL1PCTEN: rw(0),
      PL1PCEN: rw(1),
      EVNTEN: rw(2),
      EVNTDIR: rw(3),
      EVNTI: rw(4, 4),
    },
    { reset: 3, kind: "behaviour" },
  ),
  timer("CNTHP_TVAL", 4, 2, 0, ACCESS.PL2_RW, value, { kind: "behaviour", timed: true }),
  timer("CNTHP_CTL", 4, 2, 1, ACCESS.PL2_RW, ctl, { kind: "behaviour", timed: true }),
  wide("CNTPCT", 0, ACCESS.PL0_RO, {
    userGate: "CNTKCTL.PL0PCTEN",
    trap: "CNTHCTL.PL1PCTEN",
    timed: true,
  }),
  wide("CNTVCT", 1, ACCESS.PL0_RO, { userGate: "CNTKCTL.PL0VCTEN", timed: true }),
  wide("CNTP_CVAL", 2, ACCESS.PL0_RW, pl0Physical),
  wide("CNTV_CVAL", 3, ACCESS.PL0_RW, pl0Virtual),
  wide("CNTVOFF", 4, ACCESS.PL2_RW),
  wide("CNTHP_CVAL", 6, ACCESS.PL2_RW),
] as const;
