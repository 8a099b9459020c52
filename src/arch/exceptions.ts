/** Exception entry as data (DDI 0406C, B1.8 and B1.9). The machine carries it out. */
import type { ModeName } from "./modes.js";

export type ExceptionName = "undefined" | "svc" | "prefetchAbort" | "dataAbort" | "irq" | "fiq" | "hyp";

export interface ExceptionEntry {
  /** Offset from VBAR (or 0xffff0000 with SCTLR.V) when taken to PL1. */
  readonly vector: number;
  /** Mode entered at PL1. */
  readonly mode: ModeName;
  /** Added to the address of the instruction to make LR: in A32 and in T32. */
  readonly linkA32: number;
  readonly linkT32: number;
  /** Which of A and F are set beside I on entry to PL1. */
  readonly masksA: boolean;
  readonly masksF: boolean;
}

/** Entries at PL1. For irq and fiq the "instruction" is the one that would have run next. */
export const EXCEPTION: Readonly<Record<Exclude<ExceptionName, "hyp">, ExceptionEntry>> = {
  undefined: { vector: 0x04, mode: "und", linkA32: 4, linkT32: 2, masksA: false, masksF: false },
  svc: { vector: 0x08, mode: "svc", linkA32: 4, linkT32: 2, masksA: false, masksF: false },
  prefetchAbort: { vector: 0x0c, mode: "abt", linkA32: 4, linkT32: 4, masksA: true, masksF: false },
  dataAbort: { vector: 0x10, mode: "abt", linkA32: 8, linkT32: 8, masksA: true, masksF: false },
  irq: { vector: 0x18, mode: "irq", linkA32: 4, linkT32: 4, masksA: true, masksF: false },
  fiq: { vector: 0x1c, mode: "fiq", linkA32: 4, linkT32: 4, masksA: true, masksF: true },
};

/** Offsets from HVBAR (B1.8.1, table B1-3). */
export const HYP_VECTOR = {
  undefined: 0x04,
  hypervisorCall: 0x08,
  prefetchAbort: 0x0c,
  dataAbort: 0x10,
  /** HVC, traps and aborts from a lower mode. */
  hypTrap: 0x14,
  irq: 0x18,
  fiq: 0x1c,
} as const;
