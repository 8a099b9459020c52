/** What reads and writes of system registers do beyond storing, by the register's name. */
import { SLOT, systemSlot, type SystemRegisterName } from "../arch/index.js";
import { flatStatus } from "./address-translation.js";
import type { Cpu } from "./cpu.js";

export interface Behaviour {
  /** Value of a read; the stored word when absent. */
  readonly read?: (cpu: Cpu) => number;
  readonly readHigh?: (cpu: Cpu) => number;
  /** After a write was stored; `value` is what the guest wrote. */
  readonly written?: (cpu: Cpu, value: number) => void;
  /** After all registers were reset. */
  readonly reset?: (cpu: Cpu) => void;
}

const DBGOSLSR = systemSlot("DBGOSLSR"),
  DBGCLAIMCLR = systemSlot("DBGCLAIMCLR");
const flush: Behaviour = { written: (cpu) => cpu.flushTlb() };

const translation = (
  regime: "current" | "user" | "hyp",
  write: boolean,
  stages: 1 | 2,
): Behaviour => ({
  written: (cpu, va) => flatStatus(cpu, va, regime, write, stages),
});

/** A timer: its compare value, control and the value that counts down, all from the counter. */
const counterLow = (cpu: Cpu): number => Number(BigInt.asIntN(32, cpu.counter()));
const counterHigh = (cpu: Cpu): number => Number(BigInt.asIntN(32, cpu.counter() >> 32n));
const wide = (cpu: Cpu, name: "CNTP_CVAL" | "CNTV_CVAL" | "CNTHP_CVAL" | "CNTVOFF"): bigint =>
  (BigInt(cpu.state[systemSlot(`${name}_hi`)]! >>> 0) << 32n) |
  BigInt(cpu.state[systemSlot(name)]! >>> 0);
const timer = (cval: "CNTP_CVAL" | "CNTV_CVAL" | "CNTHP_CVAL", ctl: SystemRegisterName) => {
  const now = (cpu: Cpu): bigint =>
    cval === "CNTV_CVAL" ? BigInt.asUintN(64, cpu.counter() - wide(cpu, "CNTVOFF")) : cpu.counter();
  const control: Behaviour = {
    read: (cpu) => {
      const word = cpu.state[systemSlot(ctl)]! & 3;
      const met = BigInt.asIntN(64, now(cpu) - wide(cpu, cval)) >= 0n;
      return word | ((word & 1) === 1 && met ? 4 : 0);
    },
    written: (cpu) => cpu.timersChanged(),
  };
  const value: Behaviour = {
    read: (cpu) => Number(BigInt.asIntN(32, wide(cpu, cval) - now(cpu))),
    written: (cpu, v) => {
      const at = BigInt.asUintN(64, now(cpu) + BigInt(v | 0));
      cpu.state[systemSlot(cval)] = Number(BigInt.asIntN(32, at));
      cpu.state[systemSlot(`${cval}_hi`)] = Number(BigInt.asIntN(32, at >> 32n));
      cpu.timersChanged();
    },
  };
  return { control, value };
};
const physical = timer("CNTP_CVAL", "CNTP_CTL");
const virtual = timer("CNTV_CVAL", "CNTV_CTL");
const hyp = timer("CNTHP_CVAL", "CNTHP_CTL");
const changed: Behaviour = { written: (cpu) => cpu.timersChanged() };

export const BEHAVIOUR: Readonly<Partial<Record<string, Behaviour>>> = {
  SCTLR: flush,
  HSCTLR: flush,
  HCR: flush,
  HCPTR: {},
  TTBR0: flush,
  TTBR1: flush,
  TTBCR: flush,
  DACR: flush,
  PRRR: flush,
  NMRR: flush,
  CONTEXTIDR: flush,
  HTTBR: flush,
  HTCR: flush,
  VTTBR: flush,
  VTCR: flush,
  HMAIR0: flush,
  HMAIR1: flush,
  ISR: { read: (cpu) => cpu.interruptStatus() },
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
  ...Object.fromEntries(
    [
      "TLBIALLIS",
      "TLBIMVAIS",
      "TLBIASIDIS",
      "TLBIMVAAIS",
      "ITLBIALL",
      "ITLBIMVA",
      "ITLBIASID",
      "DTLBIALL",
      "DTLBIMVA",
      "DTLBIASID",
      "TLBIALL",
      "TLBIMVA",
      "TLBIASID",
      "TLBIMVAA",
      "TLBIALLHIS",
      "TLBIMVAHIS",
      "TLBIALLNSNHIS",
      "TLBIALLH",
      "TLBIMVAH",
      "TLBIALLNSNH",
    ].map((name) => [name, flush]),
  ),
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
  CNTPCT: { read: counterLow, readHigh: counterHigh },
  CNTVCT: {
    read: (cpu) => Number(BigInt.asIntN(32, cpu.counter() - wide(cpu, "CNTVOFF"))),
    readHigh: (cpu) => Number(BigInt.asIntN(32, (cpu.counter() - wide(cpu, "CNTVOFF")) >> 32n)),
  },
  CNTP_CTL: physical.control,
  CNTP_TVAL: physical.value,
  CNTP_CVAL: changed,
  CNTV_CTL: virtual.control,
  CNTV_TVAL: virtual.value,
  CNTV_CVAL: changed,
  CNTHP_CTL: hyp.control,
  CNTHP_TVAL: hyp.value,
  CNTHP_CVAL: changed,
  CNTVOFF: changed,
};
/** Slot of the halted word, for the machine's scheduler. */
export const HALTED = SLOT.halted;
