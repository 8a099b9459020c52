/**
 * IMPLEMENTATION DEFINED registers of CP15 c9 and c15 (Cortex-A15 TRM, 4.2 and 4.3; Cortex-A7 TRM, 4.2
 * and 4.3). The RAM access registers read as zero: caches are not modelled.
 */
import { ACCESS, register, wideRegister, type CpuModel, type SystemRegister } from "./record.js";
import { operation } from "./operation.js";

type Options = Partial<Pick<SystemRegister, "onlyOn" | "note" | "traps" | "resetAdds">>;
const defined = <const Name extends string>(
  name: Name,
  opc1: number,
  CRn: number,
  CRm: number,
  opc2: number,
  access: SystemRegister["access"],
  reset: SystemRegister["reset"],
  options: Options = {},
) =>
  register({
    name,
    coprocessor: 15,
    encoding: { opc1, CRn, CRm, opc2 },
    ref: "Cortex-A15 TRM, 4.3; Cortex-A7 TRM, 4.3",
    access,
    reset,
    kind: "constant",
    ...options,
  });
const lockdown = { read: ["HCR.TIDCP"], write: ["HCR.TIDCP"] } as const;
const ram = (onlyOn: CpuModel): Options => ({
  onlyOn,
  note: "Caches and TLBs are not modelled: reads as zero, ignores writes.",
});
const errors = <const Name extends string>(name: Name, opc1: number) =>
  wideRegister({
    name,
    coprocessor: 15,
    encoding64: { opc1, CRm: 15 },
    ref: "Cortex-A15 TRM, 4.3",
    onlyOn: "cortex-a15",
    access: ACCESS.PL1_RW,
    reset: 0,
    kind: "constant",
    note: "No memory error ever happens.",
  });
const A15 = ram("cortex-a15");
/** Cortex-A7 allows its own to Secure privileged modes alone (TRM, 6.6). */
const A7: Options = {
  onlyOn: "cortex-a7",
  note: "Secure privileged modes alone reach the RAMs: UNDEFINED in Non-secure state.",
};

export const IMPLEMENTATION_DEFINED = [
  defined("L2CTLR", 1, 9, 0, 2, ACCESS.PL1_RW, 0x00800000, {
    traps: lockdown,
    resetAdds: { what: "cpuCountLessOne", lsb: 24 },
    note: "Bits 25:24 are the number of CPUs less one; bit 23 says that there is an interrupt controller. Writes are ignored in Non-secure state.",
  }),
  defined("L2ECTLR", 1, 9, 0, 3, ACCESS.PL1_RW, 0, {
    traps: lockdown,
    note: "Writes are ignored in Non-secure state.",
  }),
  defined("IL1DATA0", 0, 15, 0, 0, ACCESS.PL1_RW, 0, A15),
  defined("IL1DATA1", 0, 15, 0, 1, ACCESS.PL1_RW, 0, A15),
  defined("IL1DATA2", 0, 15, 0, 2, ACCESS.PL1_RW, 0, A15),
  defined("DL1DATA0", 0, 15, 1, 0, ACCESS.PL1_RW, 0, A15),
  defined("DL1DATA1", 0, 15, 1, 1, ACCESS.PL1_RW, 0, A15),
  defined("DL1DATA2", 0, 15, 1, 2, ACCESS.PL1_RW, 0, A15),
  defined("DL1DATA3", 0, 15, 1, 3, ACCESS.PL1_RW, 0, A15),
  operation("RAMINDEX", 0, 15, 4, 0, undefined, ACCESS.PL1_WO, {
    ...A15,
    effect: "none",
    ref: "Cortex-A15 TRM, 4.3",
  }),
  defined("L2ACTLR", 1, 15, 0, 0, ACCESS.PL1_RW, 0, {
    onlyOn: "cortex-a15",
    note: "Controls of the L2 memory system, which is not modelled. Writes are ignored in Non-secure state.",
  }),
  defined("L2PFR", 1, 15, 0, 3, ACCESS.PL1_RW, 0, {
    onlyOn: "cortex-a15",
    note: "Prefetch controls: nothing is prefetched, so they read as zero. Writes are ignored in Non-secure state.",
  }),
  defined("ACTLR2", 1, 15, 0, 4, ACCESS.PL1_RW, 0, {
    onlyOn: "cortex-a15",
    note: "From r3p0 on. Writes are ignored in Non-secure state.",
  }),
  errors("CPUMERRSR", 0),
  errors("L2MERRSR", 1),
  defined("CDBGDR0", 3, 15, 0, 0, ACCESS.SECURE_ONLY, 0, A7),
  defined("CDBGDR1", 3, 15, 0, 1, ACCESS.SECURE_ONLY, 0, A7),
  defined("CDBGDR2", 3, 15, 0, 2, ACCESS.SECURE_ONLY, 0, A7),
  operation("CDBGDCT", 3, 15, 2, 0, undefined, ACCESS.SECURE_ONLY, {
    ...A7,
    effect: "none",
    ref: "Cortex-A7 TRM, 4.3",
  }),
  operation("CDBGICT", 3, 15, 2, 1, undefined, ACCESS.SECURE_ONLY, {
    ...A7,
    effect: "none",
    ref: "Cortex-A7 TRM, 4.3",
  }),
  operation("CDBGDCD", 3, 15, 4, 0, undefined, ACCESS.SECURE_ONLY, {
    ...A7,
    effect: "none",
    ref: "Cortex-A7 TRM, 4.3",
  }),
  operation("CDBGICD", 3, 15, 4, 1, undefined, ACCESS.SECURE_ONLY, {
    ...A7,
    effect: "none",
    ref: "Cortex-A7 TRM, 4.3",
  }),
  operation("CDBGTD", 3, 15, 4, 2, undefined, ACCESS.SECURE_ONLY, {
    ...A7,
    effect: "none",
    ref: "Cortex-A7 TRM, 4.3",
  }),
  defined("CBAR", 4, 15, 0, 0, ACCESS.PL1_RO, 0x08000000, {
    note: "The base of the GIC's registers, which the board sets.",
  }),
] as const;
