/** PL1 system control, translation and fault registers (DDI 0406C, B4.1). */
import { ACCESS, rao, register, rw, type RegisterField, type Reset, type SystemRegister } from "./record.js";

type Options = Partial<Pick<SystemRegister, "fields" | "kind" | "note" | "encoding64" | "writableHigh" | "traps" | "access">>;
const vm = { read: ["HCR.TRVM"], write: ["HCR.TVM"] } as const;

/** A PL1 register that HCR.TVM and HCR.TRVM trap. */
const vmRegister = <const Name extends string>(
  name: Name, CRn: number, CRm: number, opc2: number, reset: Reset = "UNKNOWN", options: Options = {},
) =>
  register({
    name, coprocessor: 15, encoding: { opc1: 0, CRn, CRm, opc2 }, ref: "DDI 0406C, B4.1",
    access: ACCESS.PL1_RW, reset, traps: vm, kind: "plain", ...options,
  });
const wide = <const Name extends string>(name: Name, CRn: number, CRm: number, opc2: number, opc1: number) =>
  register({
    name, coprocessor: 15, encoding: { opc1: 0, CRn, CRm, opc2 }, encoding64: { opc1, CRm: CRn },
    ref: "DDI 0406C, B4.1", access: ACCESS.PL1_RW, reset: "UNKNOWN", traps: vm, kind: "behaviour",
  });

/** Fields of SCTLR that can be written; the others keep their reset value (B4.1.130). */
const sctlr: Readonly<Record<string, RegisterField>> = {
  M: rw(0), A: rw(1), C: rw(2), CP15BEN: rw(5), SW: rw(10), Z: rw(11), I: rw(12), V: rw(13),
  WXN: rw(19), UWXN: rw(20), EE: rw(25), TRE: rw(28), AFE: rw(29), TE: rw(30),
};

export const PL1_CONTROL = [
  vmRegister("SCTLR", 1, 0, 0, 0x00c50078, { fields: sctlr, kind: "behaviour" }),
  register({
    name: "ACTLR", coprocessor: 15, encoding: { opc1: 0, CRn: 1, CRm: 0, opc2: 1 },
    ref: "DDI 0406C, B4.1.1", access: ACCESS.PL1_RW, reset: 0,
    traps: { read: ["HCR.TAC"], write: ["HCR.TAC"] }, kind: "constant",
    note: "IMPLEMENTATION DEFINED; reads as zero, writes have no effect, as on the reference emulator.",
  }),
  register({
    name: "CPACR", coprocessor: 15, encoding: { opc1: 0, CRn: 1, CRm: 0, opc2: 2 },
    ref: "DDI 0406C, B4.1.40", access: ACCESS.PL1_RW, reset: 0,
    fields: { cp10: rw(20, 2), cp11: rw(22, 2), D32DIS: rw(30), ASEDIS: rw(31) },
    traps: { read: ["HCPTR.TCPAC"], write: ["HCPTR.TCPAC"] }, kind: "plain",
  }),
  register({
    name: "NSACR", coprocessor: 15, encoding: { opc1: 0, CRn: 1, CRm: 1, opc2: 2 },
    ref: "DDI 0406C, B4.1.111", access: ACCESS.PL1_RO, reset: 0x00000c00, kind: "constant",
    note: "Secure firmware is taken to have given cp10 and cp11 to Non-secure state.",
  }),
  wide("TTBR0", 2, 0, 0, 0),
  wide("TTBR1", 2, 0, 1, 1),
  vmRegister("TTBCR", 2, 0, 2, 0, { kind: "behaviour" }),
  vmRegister("DACR", 3, 0, 0, "UNKNOWN", { kind: "behaviour" }),
  vmRegister("DFSR", 5, 0, 0),
  vmRegister("IFSR", 5, 0, 1),
  vmRegister("ADFSR", 5, 1, 0),
  vmRegister("AIFSR", 5, 1, 1),
  vmRegister("DFAR", 6, 0, 0),
  vmRegister("IFAR", 6, 0, 2),
  register({
    name: "PAR", coprocessor: 15, encoding: { opc1: 0, CRn: 7, CRm: 4, opc2: 0 }, encoding64: { opc1: 0, CRm: 7 },
    ref: "DDI 0406C, B4.1.112", access: ACCESS.PL1_RW, reset: "UNKNOWN", kind: "plain",
  }),
  vmRegister("PRRR", 10, 2, 0, 0x00098aa4, { kind: "behaviour", note: "MAIR0 when TTBCR.EAE is 1." }),
  vmRegister("NMRR", 10, 2, 1, 0x44e048e0, { kind: "behaviour", note: "MAIR1 when TTBCR.EAE is 1." }),
  vmRegister("AMAIR0", 10, 3, 0, 0),
  vmRegister("AMAIR1", 10, 3, 1, 0),
  register({
    name: "VBAR", coprocessor: 15, encoding: { opc1: 0, CRn: 12, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.156", access: ACCESS.PL1_RW, reset: 0, fields: { Vector_Base_Address: rw(5, 27) }, kind: "plain",
  }),
  register({
    name: "ISR", coprocessor: 15, encoding: { opc1: 0, CRn: 12, CRm: 1, opc2: 0 },
    ref: "DDI 0406C, B4.1.97", access: ACCESS.PL1_RO, reset: 0, kind: "behaviour",
  }),
  register({
    name: "FCSEIDR", coprocessor: 15, encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 0 },
    ref: "DDI 0406C, B4.1.63", access: ACCESS.PL1_RW, reset: 0, kind: "constant", note: "No FCSE: RAZ/WI.",
  }),
  vmRegister("CONTEXTIDR", 13, 0, 1, "UNKNOWN", { kind: "behaviour" }),
  register({
    name: "TPIDRURW", coprocessor: 15, encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 2 },
    ref: "DDI 0406C, B4.1.150", access: ACCESS.PL0_RW, reset: "UNKNOWN", kind: "plain",
  }),
  register({
    name: "TPIDRURO", coprocessor: 15, encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 3 },
    ref: "DDI 0406C, B4.1.149", access: ACCESS.PL0_RO_PL1_RW, reset: "UNKNOWN", kind: "plain",
  }),
  register({
    name: "TPIDRPRW", coprocessor: 15, encoding: { opc1: 0, CRn: 13, CRm: 0, opc2: 4 },
    ref: "DDI 0406C, B4.1.148", access: ACCESS.PL1_RW, reset: "UNKNOWN", kind: "plain",
  }),
  register({
    name: "L2CTLR", coprocessor: 15, encoding: { opc1: 1, CRn: 9, CRm: 0, opc2: 2 },
    ref: "Cortex-A15 TRM, 4.3.53", access: ACCESS.PL1_RW, reset: 0, fields: { cores: rao(24, 0) }, kind: "behaviour",
    note: "Bits 25:24 are the number of CPUs less one.",
  }),
  register({
    name: "L2ECTLR", coprocessor: 15, encoding: { opc1: 1, CRn: 9, CRm: 0, opc2: 3 },
    ref: "Cortex-A15 TRM, 4.3.54", access: ACCESS.PL1_RW, reset: 0, kind: "constant",
  }),
  register({
    name: "CBAR", coprocessor: 15, encoding: { opc1: 4, CRn: 15, CRm: 0, opc2: 0 },
    ref: "Cortex-A15 TRM, 4.3.66", access: ACCESS.PL1_RO, reset: 0x08000000, kind: "constant",
  }),
] as const;
