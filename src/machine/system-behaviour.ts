/** What reads and writes of system registers do beyond storing, by the register's name. */
import { systemSlot } from "../arch/index.js";
import { flatStatus } from "./address-translation.js";
import type { CpuOptions } from "./cpu-options.js";
import type { Exceptions } from "./exceptions.js";
import type { GenericTimer, TimerName } from "./generic-timer.js";
import type { Interrupts } from "./interrupts.js";
import type { Mmu, Regime } from "./mmu/mmu.js";
import type { PerformanceMonitor } from "./performance-monitor.js";
import type { Standby } from "./standby.js";
import type { Tlb } from "./tlb.js";

/** What registers do things to: the parts of their CPU. */
export interface SystemCpu {
  readonly state: Int32Array;
  readonly options: CpuOptions;
  readonly regime: Regime;
  readonly mmu: Mmu;
  readonly tlb: Tlb;
  readonly exceptions: Exceptions;
  readonly interrupts: Interrupts;
  readonly timer: GenericTimer;
  readonly monitor: PerformanceMonitor;
  readonly standby: Standby;
  /** All CPUs of the machine, this one among them. */
  readonly peers: readonly SystemCpu[];
  /** After a change of masks or routing. */
  checkInterrupts(): void;
}

export interface Behaviour {
  /** Before a read or a write. */
  readonly before?: (cpu: SystemCpu) => void;
  /** Value of a read; the stored word when absent. */
  readonly read?: (cpu: SystemCpu) => number;
  readonly readHigh?: (cpu: SystemCpu) => number;
  /** After a write was stored; `value` is what the guest wrote. */
  readonly written?: (cpu: SystemCpu, value: number) => void;
  /** After a write that changed a stored word, before `written`; `old` is bits 31:0 of before. */
  readonly changed?: (cpu: SystemCpu, old: number) => void;
  /** After all registers were reset. */
  readonly reset?: (cpu: SystemCpu) => void;
  /**
   * All that it does: drops kept translations, looks for interrupts and events that are due. Absent: it does
   * something else, or more, and whoever cannot do that stops by name.
   */
  readonly touches?: readonly ("translations" | "interrupts")[];
}

const DBGOSLSR = systemSlot("DBGOSLSR"),
  DBGCLAIMCLR = systemSlot("DBGCLAIMCLR"),
  DACR = systemSlot("DACR");
/** Drops translations of the PL1&0 regime that depend on ASID and domains. */
const contextual: Behaviour = {
  changed: (cpu) => cpu.tlb.flushContextual(),
  touches: ["translations"],
};
const pl1: Behaviour = { changed: (cpu) => cpu.tlb.flushPl1(), touches: ["translations"] };
const pl2: Behaviour = { changed: (cpu) => cpu.tlb.flushHyp(), touches: ["translations"] };
/** HCR bits that take part in translation: VM, PTW, DC, TGE. */
const HCR_TRANSLATION = 1 | (1 << 2) | (1 << 12) | (1 << 27);
const HCR_FB = 1 << 9;
const HCR = systemSlot("HCR");

/** TLB maintenance of PL1: on all CPUs for the Inner Shareable forms, or where HCR.FB makes it so. */
const tlbi = (shareable: boolean, operate: (cpu: SystemCpu, value: number) => void): Behaviour => ({
  written: (cpu, value) => {
    const forced = cpu.regime !== 2 && cpu.options.hyp && (cpu.state[HCR]! & HCR_FB) !== 0;
    if (shareable || forced) for (const peer of cpu.peers) operate(peer, value);
    else operate(cpu, value);
  },
  touches: ["translations"],
});
const all = (cpu: SystemCpu): void => cpu.tlb.flushPl1();
const allHyp = (cpu: SystemCpu): void => cpu.tlb.flushHyp();
const byAsid = (cpu: SystemCpu): void => cpu.tlb.flushContextual();
const byAddress = (cpu: SystemCpu, value: number): void =>
  cpu.tlb.flushAddress(value & ~0xfff, false);
const byHypAddress = (cpu: SystemCpu, value: number): void =>
  cpu.tlb.flushAddress(value & ~0xfff, true);

const translation = (
  regime: "current" | "user" | "hyp",
  write: boolean,
  stages: 1 | 2,
): Behaviour => ({
  written: (cpu, va) => flatStatus(cpu, va, regime, write, stages),
});

const timer = (name: TimerName): { control: Behaviour; value: Behaviour; compare: Behaviour } => ({
  control: {
    read: (cpu) => cpu.timer.control(name),
    written: (cpu) => cpu.timer.update(name),
  },
  value: {
    read: (cpu) => cpu.timer.value(name),
    written: (cpu, v) => cpu.timer.setValue(name, v | 0),
  },
  compare: { written: (cpu) => cpu.timer.update(name) },
});
const physical = timer("CNTP");
const virtual = timer("CNTV");
const hyp = timer("CNTHP");
const stream: Behaviour = {
  written: (cpu) => cpu.standby.streamChanged(),
  touches: ["interrupts"],
};

/** Registers of the performance monitors: counters are brought up to date first, alarms set after. */
const counting: Behaviour = {
  before: (cpu) => cpu.monitor.sync(),
  written: (cpu) => cpu.monitor.update(),
};

export const BEHAVIOUR: Readonly<Partial<Record<string, Behaviour>>> = {
  SCTLR: pl1,
  HSCTLR: pl2,
  HCR: {
    changed: (cpu, old) => {
      if (((old ^ cpu.state[HCR]!) & HCR_TRANSLATION) !== 0) cpu.tlb.flushPl1();
    },
    written: (cpu) => cpu.checkInterrupts(),
    touches: ["translations", "interrupts"],
  },
  HCPTR: { touches: [] },
  TTBR0: contextual,
  TTBR1: pl1,
  TTBCR: pl1,
  DACR: {
    changed: (cpu, old) => {
      // Domain 0 is the one that entries which are not contextual belong to.
      if (((old ^ cpu.state[DACR]!) & 3) === 0) cpu.tlb.flushContextual();
      else cpu.tlb.flushPl1();
    },
    touches: ["translations"],
  },
  PRRR: pl1,
  NMRR: pl1,
  CONTEXTIDR: contextual,
  HTTBR: pl2,
  HTCR: pl2,
  VTTBR: pl1,
  VTCR: pl1,
  HMAIR0: pl2,
  HMAIR1: pl2,
  ISR: { read: (cpu) => cpu.interrupts.status() },
  // OSLK follows the key (C11.11.28); the claim tags live in DBGCLAIMCLR (C11.11.11).
  DBGOSLAR: {
    written: (cpu, value) => {
      cpu.state[DBGOSLSR] =
        value >>> 0 === 0xc5acce55 ? cpu.state[DBGOSLSR]! | 2 : cpu.state[DBGOSLSR]! & ~2;
    },
  },
  DBGCLAIMSET: {
    written: (cpu, value) => {
      cpu.state[DBGCLAIMCLR] = cpu.state[DBGCLAIMCLR]! | (value & 0xff);
    },
  },
  TLBIALLIS: tlbi(true, all),
  TLBIMVAIS: tlbi(true, byAddress),
  TLBIASIDIS: tlbi(true, byAsid),
  TLBIMVAAIS: tlbi(true, byAddress),
  ITLBIALL: tlbi(false, all),
  ITLBIMVA: tlbi(false, byAddress),
  ITLBIASID: tlbi(false, byAsid),
  DTLBIALL: tlbi(false, all),
  DTLBIMVA: tlbi(false, byAddress),
  DTLBIASID: tlbi(false, byAsid),
  TLBIALL: tlbi(false, all),
  TLBIMVA: tlbi(false, byAddress),
  TLBIASID: tlbi(false, byAsid),
  TLBIMVAA: tlbi(false, byAddress),
  TLBIALLHIS: tlbi(true, allHyp),
  TLBIMVAHIS: tlbi(true, byHypAddress),
  TLBIALLNSNHIS: tlbi(true, all),
  TLBIALLH: tlbi(false, allHyp),
  TLBIMVAH: tlbi(false, byHypAddress),
  TLBIALLNSNH: tlbi(false, all),
  ATS1CPR: translation("current", false, 1),
  ATS1CPW: translation("current", true, 1),
  ATS1CUR: translation("user", false, 1),
  ATS1CUW: translation("user", true, 1),
  ATS12NSOPR: translation("current", false, 2),
  ATS12NSOPW: translation("current", true, 2),
  ATS12NSOUR: translation("user", false, 2),
  ATS12NSOUW: translation("user", true, 2),
  ATS1HR: translation("hyp", false, 1),
  ATS1HW: translation("hyp", true, 1),
  CNTPCT: {
    read: (cpu) => cpu.timer.countLow(false),
    readHigh: (cpu) => cpu.timer.countHigh(false),
  },
  CNTVCT: {
    read: (cpu) => cpu.timer.countLow(true),
    readHigh: (cpu) => cpu.timer.countHigh(true),
  },
  CNTP_CTL: physical.control,
  CNTP_TVAL: physical.value,
  CNTP_CVAL: physical.compare,
  CNTV_CTL: virtual.control,
  CNTV_TVAL: virtual.value,
  CNTV_CVAL: virtual.compare,
  CNTHP_CTL: hyp.control,
  CNTHP_TVAL: hyp.value,
  CNTHP_CVAL: hyp.compare,
  CNTVOFF: {
    written: (cpu) => {
      cpu.timer.update("CNTV");
      cpu.standby.streamChanged();
    },
    touches: ["interrupts"],
  },
  CNTKCTL: stream,
  CNTHCTL: stream,
  PMCR: { before: (cpu) => cpu.monitor.sync(), written: (cpu, v) => cpu.monitor.control(v) },
  PMSWINC: { before: (cpu) => cpu.monitor.sync(), written: (cpu, v) => cpu.monitor.increment(v) },
  PMCNTENSET: counting,
  PMCNTENCLR: counting,
  PMOVSR: counting,
  PMOVSSET: counting,
  PMCCNTR: counting,
  PMXEVTYPER: counting,
  PMXEVCNTR: counting,
  PMINTENSET: counting,
  PMINTENCLR: counting,
};
