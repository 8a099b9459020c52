/**
 * Performance Monitors version 2 (DDI 0406C, C12 and B4.1). The cycle counter
 * counts instructions, and so do event counters that count cycles or instructions; SW_INCR counts too. Other
 * events never happen. The filters by privilege level are stored and not acted on.
 */
import {
  ACCESS,
  raz,
  register,
  ro,
  rw,
  type AccessByLevel,
  type RegisterField,
  type Reset,
  type SystemRegister,
} from "./record.js";

type Options = Partial<Pick<SystemRegister, "kind" | "note" | "view" | "selected" | "timed">>;
type Fields = Readonly<Record<string, RegisterField>>;
const pm = <const Name extends string>(
  name: Name,
  CRm: number,
  opc2: number,
  access: AccessByLevel,
  reset: Reset,
  fields?: Fields,
  options: Options = {},
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 9, CRm, opc2 },
    ref: "DDI 0406C, B4.1",
    access,
    reset,
    kind: "plain",
    ...(access.pl0 === "-" || name === "PMUSERENR" ? {} : { userGate: "PMUSERENR.EN" as const }),
    traps:
      name === "PMCR"
        ? { read: ["HDCR.TPM", "HDCR.TPMCR"], write: ["HDCR.TPM", "HDCR.TPMCR"] }
        : { read: ["HDCR.TPM"], write: ["HDCR.TPM"] },
    ...(fields === undefined ? {} : { fields }),
    ...options,
  });
/** One counter's register, reached through PMXEVTYPER and PMXEVCNTR under PMSELR. */
const behindSelector = <const Name extends string>(name: Name, fields?: Fields) =>
  register({
    name,
    coprocessor: 15,
    ref: "DDI 0406C, C12.8",
    access: ACCESS.PL0_RW,
    reset: 0,
    kind: "plain",
    ...(fields === undefined ? {} : { fields }),
  });

/** The machine's counters follow what is written. */
const counting = { kind: "behaviour" } as const;
const COUNTERS = [0, 1, 2, 3, 4, 5] as const;
/** A bit for each counter, and C for the cycle counter; Cortex-A7 has four counters. */
const counters: Fields = { P0_3: rw(0, 4), P4_5: { ...rw(4, 2), onlyOn: "cortex-a15" }, C: rw(31) };
const software: Fields = { P0_3: rw(0, 4), P4_5: { ...rw(4, 2), onlyOn: "cortex-a15" } };
const filter: Fields = { NSH: rw(27), NSU: rw(28), NSK: rw(29), U: rw(30), P: rw(31) };
const eventType: Fields = { evtCount: rw(0, 8), ...filter };

export const PERFORMANCE_MONITORS = [
  pm(
    "PMCR",
    12,
    0,
    ACCESS.PL0_RW,
    { "cortex-a15": 0x410f3000, "cortex-a7": 0x41072000 },
    {
      E: rw(0),
      P: raz(1),
      C: raz(2),
      D: rw(3),
      X: rw(4),
      DP: rw(5),
      N: ro(11, 5),
      IDCODE: ro(16, 8),
      IMP: ro(24, 8),
    },
    counting,
  ),
  pm("PMCNTENSET", 12, 1, ACCESS.PL0_RW, 0, counters, {
    ...counting,
    view: { of: "PMCNTENSET", write: "set" },
  }),
  pm("PMCNTENCLR", 12, 2, ACCESS.PL0_RW, 0, counters, {
    ...counting,
    view: { of: "PMCNTENSET", write: "clear" },
  }),
  pm("PMOVSR", 12, 3, ACCESS.PL0_RW, 0, counters, {
    ...counting,
    timed: true,
    view: { of: "PMOVSSET", write: "clear" },
  }),
  pm("PMSWINC", 12, 4, ACCESS.PL0_WO, 0, software, {
    kind: "operation",
    note: "Counts on every enabled counter of event 0, SW_INCR.",
  }),
  pm("PMSELR", 12, 5, ACCESS.PL0_RW, 0, { SEL: rw(0, 5) }),
  pm("PMCEID0", 12, 6, ACCESS.PL0_RO, 0x3fff0f3f, undefined, { kind: "constant" }),
  pm("PMCEID1", 12, 7, ACCESS.PL0_RO, 0, undefined, { kind: "constant" }),
  pm("PMCCNTR", 13, 0, ACCESS.PL0_RW, 0, undefined, { ...counting, timed: true }),
  pm("PMXEVTYPER", 13, 1, ACCESS.PL0_RW, 0, undefined, {
    ...counting,
    selected: {
      by: "PMSELR",
      mask: 31,
      from: { ...Object.fromEntries(COUNTERS.map((n) => [n, `PMEVTYPER${n}`])), 31: "PMCCFILTR" },
    },
  }),
  pm("PMXEVCNTR", 13, 2, ACCESS.PL0_RW, 0, undefined, {
    ...counting,
    timed: true,
    selected: {
      by: "PMSELR",
      mask: 31,
      from: Object.fromEntries(COUNTERS.map((n) => [n, `PMEVCNTR${n}`])),
    },
  }),
  pm("PMUSERENR", 14, 0, ACCESS.PL0_RO_PL1_RW, 0, { EN: rw(0) }),
  pm("PMINTENSET", 14, 1, ACCESS.PL1_RW, 0, counters, {
    ...counting,
    view: { of: "PMINTENSET", write: "set" },
  }),
  pm("PMINTENCLR", 14, 2, ACCESS.PL1_RW, 0, counters, {
    ...counting,
    view: { of: "PMINTENSET", write: "clear" },
  }),
  pm("PMOVSSET", 14, 3, ACCESS.PL0_RW, 0, counters, {
    ...counting,
    timed: true,
    view: { of: "PMOVSSET", write: "set" },
  }),
  ...COUNTERS.map((n) => behindSelector(`PMEVTYPER${n}`, eventType)),
  ...COUNTERS.map((n) => behindSelector(`PMEVCNTR${n}`)),
  behindSelector("PMCCFILTR", filter),
] as const;
