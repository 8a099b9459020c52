/** Exception entry as data (DDI 0406C, B1.8 and B1.9). The machine carries it out. */
import type { ModeName } from "./modes.js";

export type ExceptionName =
  | "undefined"
  | "svc"
  | "prefetchAbort"
  | "dataAbort"
  | "irq"
  | "fiq"
  | "hyp";

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

/**
 * Entries at PL1. For irq and fiq the "instruction" is the one that would have run next. Virtual IRQ,
 * FIQ and asynchronous abort (HCR.VI, VF, VA) enter as irq, fiq and dataAbort. In a core with the
 * Virtualization Extensions SCR.AW and SCR.FW do not keep A and F from being set.
 */
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
  /** Not used: a reset enters Secure state, or, where that is absent, the reset vector. */
  reset: 0x00,
  /** From HYP mode. */
  undefined: 0x04,
  /** HVC and SVC from HYP mode. */
  hypervisorCall: 0x08,
  /** From HYP mode. */
  prefetchAbort: 0x0c,
  /** From HYP mode. */
  dataAbort: 0x10,
  /** Everything synchronous, and asynchronous aborts, from a lower mode: HVC, traps, aborts, TGE. */
  hypTrap: 0x14,
  irq: 0x18,
  fiq: 0x1c,
} as const;

export type HypEntryName =
  | "undefined"
  | "svc"
  | "hvc"
  | "smc"
  | "hypTrap"
  | "prefetchAbort"
  | "dataAbort"
  | "irq"
  | "fiq";

export interface HypEntry {
  /** Offset when taken from HYP mode; undefined where that cannot happen. */
  readonly fromHyp: number | undefined;
  /** Offset when taken from PL1 or PL0. */
  readonly fromLower: number;
  /**
   * ELR_hyp: the address of the instruction, or of the one after it. For irq and fiq the instruction
   * that would have run next is "instruction".
   */
  readonly returnTo: "instruction" | "next";
  /** HSR is written; it is UNKNOWN, so left alone, for interrupts. */
  readonly writesHsr: boolean;
  /** What sends the exception to HYP mode when it comes from a lower mode. */
  readonly routedBy: string;
}

/**
 * Entries in HYP mode (B1.8.4, B1.9). All of them set A, I and F, unless SCR.EA, SCR.IRQ or SCR.FIQ
 * sends the kind to Monitor mode, which Secure firmware is taken not to ask for; they clear J and
 * ITSTATE and take T and E from HSCTLR.TE and HSCTLR.EE. ELR_hyp has no offset.
 */
export const HYP_ENTRY: Readonly<Record<HypEntryName, HypEntry>> = {
  undefined: {
    fromHyp: 0x04,
    fromLower: 0x14,
    returnTo: "instruction",
    writesHsr: true,
    routedBy: "HCR.TGE, from PL0",
  },
  svc: {
    fromHyp: 0x08,
    fromLower: 0x14,
    returnTo: "next",
    writesHsr: true,
    routedBy: "HCR.TGE, from PL0",
  },
  hvc: {
    fromHyp: 0x08,
    fromLower: 0x14,
    returnTo: "next",
    writesHsr: true,
    routedBy: "always, from PL1",
  },
  smc: {
    fromHyp: undefined,
    fromLower: 0x14,
    returnTo: "instruction",
    writesHsr: true,
    routedBy: "HCR.TSC, from PL1",
  },
  hypTrap: {
    fromHyp: undefined,
    fromLower: 0x14,
    returnTo: "instruction",
    writesHsr: true,
    routedBy: "the trap's own control bit",
  },
  prefetchAbort: {
    fromHyp: 0x0c,
    fromLower: 0x14,
    returnTo: "instruction",
    writesHsr: true,
    routedBy: "stage 2; HDCR.TDE for debug events; HCR.TGE for external aborts from PL0",
  },
  dataAbort: {
    fromHyp: 0x10,
    fromLower: 0x14,
    returnTo: "instruction",
    writesHsr: true,
    routedBy:
      "stage 2; HCR.AMO for asynchronous aborts; HDCR.TDE for debug events; HCR.TGE for alignment faults and external aborts from PL0",
  },
  irq: {
    fromHyp: 0x18,
    fromLower: 0x18,
    returnTo: "instruction",
    writesHsr: false,
    routedBy: "HCR.IMO",
  },
  fiq: {
    fromHyp: 0x1c,
    fromLower: 0x1c,
    returnTo: "instruction",
    writesHsr: false,
    routedBy: "HCR.FMO",
  },
};
