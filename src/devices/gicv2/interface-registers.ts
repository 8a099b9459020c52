/** Registers of the CPU interfaces, physical (GICC) and virtual (GICV): IHI 0048B, 4.4 and 5.5. */
import { registerBlock, ro, rw, wo } from "../register-block.js";

/** Implementer Arm, GICv2, as the Cortex-A15's interface identifies itself. */
const IIDR = {
  at: 0x0fc,
  fields: {
    Implementer: ro(0, 12, 0x43b),
    Revision: ro(12, 4, 0),
    Architecture_version: ro(16, 4, 2),
    ProductID: ro(20, 12, 0),
  },
  ref: "4.4.14",
} as const;
const acknowledged = { Interrupt_ID: ro(0, 10), CPUID: ro(10, 3) };
const ended = { EOIINTID: wo(0, 10), CPUID: wo(10, 3) };
const pending = { PENDINTID: ro(0, 10), CPUID: ro(10, 3) };

/** No bypass of the interrupts that come in: those bits of CTLR are RAZ/WI. */
const SHARED = {
  CTLR: {
    at: 0x000,
    banked: true,
    fields: {
      EnableGrp0: rw(0),
      EnableGrp1: rw(1),
      AckCtl: rw(2),
      FIQEn: rw(3),
      CBPR: rw(4),
      EOImode: rw(9),
    },
    ref: "4.4.1",
  },
  IAR: { at: 0x00c, banked: true, fields: acknowledged, ref: "4.4.4" },
  EOIR: { at: 0x010, banked: true, fields: ended, ref: "4.4.5" },
  HPPIR: { at: 0x018, banked: true, fields: pending, ref: "4.4.7" },
  AIAR: { at: 0x020, banked: true, fields: acknowledged, ref: "4.4.9" },
  AEOIR: { at: 0x024, banked: true, fields: ended, ref: "4.4.10" },
  AHPPIR: { at: 0x028, banked: true, fields: pending, ref: "4.4.11" },
  IIDR,
  DIR: {
    at: 0x1000,
    banked: true,
    fields: { Interrupt_ID: wo(0, 10), CPUID: wo(10, 3) },
    ref: "4.4.15",
  },
} as const;

/** 8 bits of priority, 128 preemption levels. */
export const GICC = registerBlock(
  "GICC",
  "IHI 0048B, 4.4",
  {
    ...SHARED,
    PMR: { at: 0x004, banked: true, fields: { Priority: rw(0, 8) }, ref: "4.4.2" },
    BPR: { at: 0x008, banked: true, fields: { Binary_point: rw(0, 3) }, ref: "4.4.3" },
    RPR: { at: 0x014, banked: true, fields: { Priority: ro(0, 8, 0xff) }, ref: "4.4.6" },
    ABPR: { at: 0x01c, banked: true, fields: { Binary_point: rw(0, 3, 1) }, ref: "4.4.8" },
    APR: {
      at: 0x0d0,
      count: 4,
      banked: true,
      fields: { Active_priorities: rw(0, 32) },
      ref: "4.4.12",
    },
    NSAPR: {
      at: 0x0e0,
      count: 4,
      banked: true,
      fields: { Active_priorities: rw(0, 32) },
      ref: "4.4.13",
    },
  },
  { size: 0x2000 },
);

/** 5 bits of priority, 32 preemption levels, as GICH_VTR says. */
export const GICV = registerBlock(
  "GICV",
  "IHI 0048B, 5.5",
  {
    ...SHARED,
    PMR: { at: 0x004, banked: true, fields: { Priority: rw(3, 5) }, ref: "5.5.2" },
    BPR: { at: 0x008, banked: true, fields: { Binary_point: rw(0, 3, 2) }, ref: "5.5.3" },
    RPR: { at: 0x014, banked: true, fields: { Priority: ro(0, 8, 0xff) }, ref: "5.5.6" },
    ABPR: { at: 0x01c, banked: true, fields: { Binary_point: rw(0, 3, 3) }, ref: "5.5.8" },
    APR: { at: 0x0d0, banked: true, fields: { Active_priorities: rw(0, 32) }, ref: "5.5.12" },
  },
  { size: 0x2000 },
);
