/** Identification registers (DDI 0406C, B4.1 and B7; values of the Cortex-A15 r2p1 and Cortex-A7 r0p5 TRMs). */
import { ACCESS, register, rw, type AccessTrap, type Reset } from "./record.js";

const id = <const Name extends string>(
  name: Name,
  CRm: number,
  opc2: number,
  reset: Reset,
  trap: AccessTrap = "HCR.TID3",
  opc1 = 0,
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
  });

export const IDENTIFICATION = [
  register({
    name: "MIDR", coprocessor: 15, encoding: { opc1: 0, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.105", access: ACCESS.PL1_RO,
    reset: { "cortex-a15": 0x412fc0f1, "cortex-a7": 0x410fc075 },
    kind: "behaviour", note: "Non-secure PL1 reads VPIDR.",
  }),
  id("CTR", 0, 1, { "cortex-a15": 0x8444c004, "cortex-a7": 0x84448003 }, "HCR.TID2"),
  id("TCMTR", 0, 2, 0, "HCR.TID1"),
  id("TLBTR", 0, 3, 0, "HCR.TID1"),
  register({
    name: "MPIDR", coprocessor: 15, encoding: { opc1: 0, CRn: 0, CRm: 0, opc2: 5 },
    ref: "DDI 0406C, B4.1.106", access: ACCESS.PL1_RO, reset: 0x80000000,
    kind: "behaviour", note: "Affinity 0 is the CPU's number; Non-secure PL1 reads VMPIDR.",
  }),
  id("REVIDR", 0, 6, 0, "HCR.TID1"),
  id("ID_PFR0", 1, 0, 0x1131),
  id("ID_PFR1", 1, 1, 0x11011),
  id("ID_DFR0", 1, 2, { "cortex-a15": 0x2010555, "cortex-a7": 0x2010555 }),
  id("ID_AFR0", 1, 3, 0),
  id("ID_MMFR0", 1, 4, 0x10201105),
  id("ID_MMFR1", 1, 5, { "cortex-a15": 0x20000000, "cortex-a7": 0x40000000 }),
  id("ID_MMFR2", 1, 6, 0x1240000),
  id("ID_MMFR3", 1, 7, 0x2102211),
  id("ID_ISAR0", 2, 0, 0x2101110),
  id("ID_ISAR1", 2, 1, 0x13112111),
  id("ID_ISAR2", 2, 2, 0x21232041),
  id("ID_ISAR3", 2, 3, 0x11112131),
  id("ID_ISAR4", 2, 4, 0x10011142),
  id("ID_ISAR5", 2, 5, 0),
  id("ID_MMFR4", 2, 6, 0),
  id("ID_ISAR6", 2, 7, 0),
  ...reservedIdSpace(),
  id("CCSIDR", 0, 0, 0, "HCR.TID2", 1),
  id("CLIDR", 0, 1, { "cortex-a15": 0x0a200023, "cortex-a7": 0x0a200023 }, "HCR.TID2", 1),
  id("AIDR", 0, 7, 0, "HCR.TID1", 1),
  register({
    name: "CSSELR", coprocessor: 15, encoding: { opc1: 2, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.41", access: ACCESS.PL1_RW, reset: "UNKNOWN",
    fields: { InD: rw(0), Level: rw(1, 3) },
    traps: { read: ["HCR.TID2"], write: ["HCR.TID2"] }, kind: "plain",
  }),
  register({
    name: "VPIDR", coprocessor: 15, encoding: { opc1: 4, CRn: 0, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.163", access: ACCESS.PL2_RW,
    reset: { "cortex-a15": 0x412fc0f1, "cortex-a7": 0x410fc075 }, kind: "plain",
  }),
  register({
    name: "VMPIDR", coprocessor: 15, encoding: { opc1: 4, CRn: 0, CRm: 0, opc2: 5 },
    ref: "DDI 0406C, B4.1.162", access: ACCESS.PL2_RW, reset: 0x80000000, kind: "plain",
    note: "Resets to MPIDR, the affinity of the CPU included.",
  }),
] as const;

/** c0, c3 to c7: the rest of the identification space reads as zero. */
function reservedIdSpace() {
  return [3, 4, 5, 6, 7].flatMap((CRm) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((opc2) => id(`ID_c0_c${CRm}_${opc2}` as "ID_reserved", CRm, opc2, 0)),
  );
}
