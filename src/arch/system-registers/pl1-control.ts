/**
 * PL1 system control and translation registers (DDI 0406C, B4.1), and the registers of Secure state as
 * Non-secure state meets them. Where a register is banked between security states, this is the
 * Non-secure copy.
 */
import {
  ACCESS,
  raz,
  register,
  ro,
  rw,
  wideRegister,
  type RegisterField,
  type Reset,
  type SystemRegister,
} from "./record.js";

type Options = Partial<Pick<SystemRegister, "fields" | "kind" | "note" | "otherNames">>;
export const VM_TRAPS = { read: ["HCR.TRVM"], write: ["HCR.TVM"] } as const;

/** A PL1 register that HCR.TVM traps. */
const vmRegister = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
  reset: Reset = "UNKNOWN",
  options: Options = {},
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
    ...options,
  });
const wide = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
  opc1: number,
) =>
  wideRegister({
    name,
    coprocessor: 15,
    encoding: { opc1: 0, CRn, CRm, opc2 },
    encoding64: { opc1, CRm: CRn },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.PL1_RW,
    reset: "UNKNOWN",
    traps: VM_TRAPS,
    kind: "behaviour",
    note: "Non-secure copy. A 32-bit write leaves bits 63:32 as they are.",
  });
const secureOnly = <const Name extends string>(
  name: Name,
  CRn: number,
  CRm: number,
  opc2: number,
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1: 0, CRn, CRm, opc2 },
    ref: "DDI 0406C, B4.1",
    access: ACCESS.SECURE_ONLY,
    reset: 0,
    kind: "constant",
    note: "A register of Secure state: UNDEFINED in Non-secure state, HYP mode included.",
  });

/** Fields of SCTLR that can be written; the others keep their reset value (B4.1.130). */
const sctlr: Readonly<Record<string, RegisterField>> = {
  M: rw(0),
  A: rw(1),
  C: rw(2),
  CP15BEN: rw(5),
  B: raz(7),
  SW: rw(10),
  Z: rw(11),
  I: rw(12),
  V: rw(13),
  RR: raz(14),
  HA: raz(17),
  WXN: rw(19),
  UWXN: rw(20),
  FI: raz(21),
  U: ro(22),
  VE: raz(24),
  EE: rw(25),
  NMFI: ro(27),
  TRE: rw(28),
  AFE: rw(29),
  TE: rw(30),
};

export const PL1_CONTROL = [
  vmRegister("SCTLR", 1, 0, 0, 0x00c50078, {
    fields: sctlr,
    kind: "behaviour",
    note: "Non-secure copy.",
  }),
  register({
    name: "ACTLR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 1, CRm: 0, opc2: 1 },
    ref: "DDI 0406C, B4.1.1",
    access: ACCESS.PL1_RW,
    reset: 0,
    traps: { read: ["HCR.TAC"], write: ["HCR.TAC"] },
    kind: "constant",
    note: "IMPLEMENTATION DEFINED. Reads as zero and ignores writes, as a core does whose Secure firmware left NSACR.NS_SMP 0, and as the reference emulator does.",
  }),
  register({
    name: "CPACR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 1, CRm: 0, opc2: 2 },
    ref: "DDI 0406C, B4.1.40",
    access: ACCESS.PL1_RW,
    reset: 0,
    fields: { cp10: rw(20, 2), cp11: rw(22, 2), TRCDIS: raz(28), D32DIS: rw(30), ASEDIS: rw(31) },
    traps: { read: ["HCPTR.TCPAC"], write: ["HCPTR.TCPAC"] },
    kind: "plain",
    note: "Coprocessors other than 10 and 11 do not exist: their fields are RAZ/WI.",
  }),
  register({
    name: "NSACR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 1, CRm: 1, opc2: 2 },
    ref: "DDI 0406C, B4.1.111",
    access: ACCESS.PL1_RO,
    reset: 0x00000c00,
    kind: "constant",
    note: "Secure firmware is taken to have given cp10 and cp11 to Non-secure state. Writes are UNDEFINED in Non-secure state.",
  }),
  secureOnly("SCR", 1, 1, 0),
  secureOnly("SDER", 1, 1, 1),
  secureOnly("MVBAR", 12, 0, 1),
  wide("TTBR0", 2, 0, 0, 0),
  wide("TTBR1", 2, 0, 1, 1),
  vmRegister("TTBCR", 2, 0, 2, 0, {
    fields: {
      T0SZ: rw(0, 3),
      PD0: rw(4),
      PD1: rw(5),
      EPD0: rw(7),
      IRGN0: rw(8, 2),
      ORGN0: rw(10, 2),
      SH0: rw(12, 2),
      T1SZ: rw(16, 3),
      A1: rw(22),
      EPD1: rw(23),
      IRGN1: rw(24, 2),
      ORGN1: rw(26, 2),
      SH1: rw(28, 2),
      Implementation: rw(30),
      EAE: rw(31),
    },
    kind: "behaviour",
    note: "With EAE 0, N is T0SZ and only N, PD0 and PD1 have meaning; the other bits are stored all the same.",
  }),
  vmRegister("DACR", 3, 0, 0, "UNKNOWN", { kind: "behaviour", note: "Non-secure copy." }),
  vmRegister("PRRR", 10, 2, 0, 0x00098aa4, {
    otherNames: ["MAIR0"],
    kind: "behaviour",
    note: "MAIR0 when TTBCR.EAE is 1.",
  }),
  vmRegister("NMRR", 10, 2, 1, 0x44e048e0, {
    otherNames: ["MAIR1"],
    kind: "behaviour",
    note: "MAIR1 when TTBCR.EAE is 1.",
  }),
  vmRegister("AMAIR0", 10, 3, 0, 0, {
    fields: { Reserved: raz(0, 32) },
    note: "UNK/SBZP on both cores.",
  }),
  vmRegister("AMAIR1", 10, 3, 1, 0, {
    fields: { Reserved: raz(0, 32) },
    note: "UNK/SBZP on both cores.",
  }),
  register({
    name: "VBAR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 12, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.156",
    access: ACCESS.PL1_RW,
    reset: 0,
    fields: { Vector_Base_Address: rw(5, 27) },
    kind: "plain",
    note: "Non-secure copy.",
  }),
  register({
    name: "ISR",
    coprocessor: 15,
    encoding: { opc1: 0, CRn: 12, CRm: 1, opc2: 0 },
    ref: "DDI 0406C, B4.1.97",
    access: ACCESS.PL1_RO,
    reset: 0,
    fields: { F: ro(6), I: ro(7), A: ro(8) },
    kind: "behaviour",
    timed: true,
    note: "At PL1 the virtual interrupts that HCR.FMO, IMO and AMO put in place of the physical ones.",
  }),
] as const;
