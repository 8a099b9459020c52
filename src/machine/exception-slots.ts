/** Slots of the registers that decide where an exception goes and tell what it was. */
import { systemSlot } from "../arch/index.js";

export const EXCEPTION_SLOTS = {
  SCTLR: systemSlot("SCTLR"),
  HSCTLR: systemSlot("HSCTLR"),
  HCR: systemSlot("HCR"),
  HDCR: systemSlot("HDCR"),
  VBAR: systemSlot("VBAR"),
  HVBAR: systemSlot("HVBAR"),
  HSR: systemSlot("HSR"),
  HDFAR: systemSlot("HDFAR"),
  HIFAR: systemSlot("HIFAR"),
  HPFAR: systemSlot("HPFAR"),
  DFSR: systemSlot("DFSR"),
  DFAR: systemSlot("DFAR"),
  IFSR: systemSlot("IFSR"),
  IFAR: systemSlot("IFAR"),
} as const;
