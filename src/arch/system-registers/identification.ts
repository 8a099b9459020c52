/**
 * Identification registers (DDI 0406C, B4.1 and B7). Values are those of Cortex-A15 r4p0 and Cortex-A7
 * r0p5; what the reference emulator reads differently is listed in testing/qemu-differences.ts.
 */
import { ACCESS, register, rw, type AccessTrap, type Reset } from "./record.js";

const id = <const Name extends string>(
  name: Name,
  CRm: number,
  opc2: number,
  reset: Reset,
  trap: AccessTrap = "HCR.TID3",
  opc1 = 0,
  note?: string,
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1, CRn: 0, CRm, opc2 },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.PL1_RO,
    reset,
    traps: { read: [trap] },
    kind: "constant",
    ...(note === undefined ? {} : { note }),
  });

/** One cache's CCSIDR value, which CSSELR chooses. */
const cache = <const Name extends string>(name: Name, reset: Reset, note?: string) =>
  register({
    name,
    coprocessor: 15,
    ref: "DDI 0406C, B4.1.19",
    access: ACCESS.PL1_RO,
    reset,
    kind: "constant",
    ...(note === undefined ? {} : { note }),
  });

const RESERVED_CRM = [3, 4, 5, 6, 7] as const;
const OPC2 = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** CRm c3 to c7: the rest of the identification space reads as zero. */
const RESERVED = RESERVED_CRM.flatMap((CRm) =>
  OPC2.map((opc2) => id(`ID_c0_c${CRm}_${opc2}`, CRm, opc2, 0)),
);

export const IDENTIFICATION = [
  register({
    name: "MIDR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 0, CRm: 0, opc2: 0 },
    alsoAt: [
      { opc1: 0, CRn: 0, CRm: 0, opc2: 4 },
      { opc1: 0, CRn: 0, CRm: 0, opc2: 7 },
    ],
    ref: "DDI 0406C, B4.1.105",
    access: ACCESS.PL1_RO,
    reset: { "cortex-a15": 0x414fc0f0, "cortex-a7": 0x410fc075 },
    readAtPl1: "VPIDR",
    kind: "constant",
    note: "Non-secure PL1 reads VPIDR.",
  }),
  id("CTR", 0, 1, { "cortex-a15": 0x8444c004, "cortex-a7": 0x84448003 }, "HCR.TID2"),
  id("TCMTR", 0, 2, 0, "HCR.TID1"),
  id("TLBTR", 0, 3, 0, "HCR.TID1"),
  register({
    name: "MPIDR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 0, CRm: 0, opc2: 5 },
    ref: "DDI 0406C, B4.1.106",
    access: ACCESS.PL1_RO,
    reset: 0x80000000,
    resetAdds: { what: "cpuNumber", lsb: 0 },
    readAtPl1: "VMPIDR",
    kind: "constant",
    note: "Affinity 0 is the CPU's number; Non-secure PL1 reads VMPIDR.",
  }),
  id("REVIDR", 0, 6, 0, "HCR.TID1"),
  id("ID_PFR0", 1, 0, 0x00001131),
  { ...id("ID_PFR1", 1, 1, 0x00011011), hiddenWithoutHyp: 0xf000 },
  id("ID_DFR0", 1, 2, 0x02010555),
  id("ID_AFR0", 1, 3, 0),
  id("ID_MMFR0", 1, 4, { "cortex-a15": 0x10201105, "cortex-a7": 0x10101105 }),
  id("ID_MMFR1", 1, 5, { "cortex-a15": 0x20000000, "cortex-a7": 0x40000000 }),
  id("ID_MMFR2", 1, 6, 0x01240000),
  id("ID_MMFR3", 1, 7, 0x02102211),
  id("ID_ISAR0", 2, 0, 0x02101110),
  id("ID_ISAR1", 2, 1, 0x13112111),
  id("ID_ISAR2", 2, 2, 0x21232041),
  id("ID_ISAR3", 2, 3, 0x11112131),
  id("ID_ISAR4", 2, 4, 0x10011142),
  id("ID_ISAR5", 2, 5, 0),
  id("ID_MMFR4", 2, 6, 0, "HCR.TID3", 0, "Named by ARMv8; reserved and RAZ in ARMv7."),
  id("ID_ISAR6", 2, 7, 0, "HCR.TID3", 0, "Named by ARMv8; reserved and RAZ in ARMv7."),
  ...RESERVED,
  register({
    name: "CCSIDR",
    coprocessor: 15,
    encoding: { opc1: 1, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.19",
    access: ACCESS.PL1_RO,
    reset: 0,
    traps: { read: ["HCR.TID2"] },
    selected: {
      by: "CSSELR",
      mask: 15,
      from: { 0: "CCSIDR_L1D", 1: "CCSIDR_L1I", 2: "CCSIDR_L2" },
    },
    kind: "constant",
    note: "A level that CSSELR selects and that has no cache reads as zero (UNKNOWN).",
  }),
  cache("CCSIDR_L1D", { "cortex-a15": 0x701fe00a, "cortex-a7": 0x700fe01a }),
  cache("CCSIDR_L1I", { "cortex-a15": 0x201fe00a, "cortex-a7": 0x203fe009 }),
  cache(
    "CCSIDR_L2",
    { "cortex-a15": 0x711fe07a, "cortex-a7": 0x70ffe03a },
    "The size of L2 is a build option. Cortex-A15 takes the reference emulator's 2304 sets, so that set/way loops run as long as they do there; Cortex-A7 has 1 MB.",
  ),
  id("CLIDR", 0, 1, 0x0a200023, "HCR.TID2", 1),
  id("AIDR", 0, 7, 0, "HCR.TID1", 1),
  register({
    name: "CSSELR",
    coprocessor: 15,
    encoding: { opc1: 2, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.41",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    fields: { InD: rw(0), Level: rw(1, 3) },
    traps: { read: ["HCR.TID2"], write: ["HCR.TID2"] },
    kind: "plain",
    note: "Non-secure copy.",
  }),
  register({
    name: "VPIDR",
    coprocessor: 15,
    encoding: { opc1: 4, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.163",
    access: ACCESS.PL2_RW,
    reset: { "cortex-a15": 0x414fc0f0, "cortex-a7": 0x410fc075 },
    kind: "plain",
  }),
  register({
    name: "VMPIDR",
    coprocessor: 15,
    encoding: { opc1: 4, CRn: 0, CRm: 0, opc2: 5 },
    ref: "DDI 0406C, B4.1.162",
    access: ACCESS.PL2_RW,
    reset: 0x80000000,
    resetAdds: { what: "cpuNumber", lsb: 0 },
    kind: "plain",
    note: "Resets to MPIDR.",
  }),
] as const;
