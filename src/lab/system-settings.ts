/**
 * System state that a phase leaves to chance: a call must do what it promises whatever these hold. Left
 * out is what decides who is asked (HVBAR, HSCTLR.M, HCR), how the laboratory sees the answer (VBAR, SCTLR.M)
 * and what would change the meaning of the code (endianness, instruction set of exceptions).
 */
import type { CallSite } from "./call-site.js";
import { stateSlot } from "./state-slot.js";
import type { SystemState } from "./system-state.js";

export interface SystemSetting {
  /** State slot as SLOT_NAMES spells it. */
  readonly name: string;
  /** Bits that may take any value. */
  readonly mask: number;
  readonly when?: (site: CallSite) => boolean;
}
const any = (...names: string[]): SystemSetting[] => names.map((name) => ({ name, mask: -1 }));
const hypMmuOff = (site: CallSite): boolean => (site.saved("HSCTLR") & 1) === 0;

export const SYSTEM_SETTINGS: readonly SystemSetting[] = [
  // Registers of the other modes.
  ...any("SP_usr", "LR_usr", "SP_fiq", "LR_fiq", "SPSR_fiq", "SP_irq", "LR_irq", "SPSR_irq"),
  ...any("SP_svc", "LR_svc", "SPSR_svc", "SP_abt", "LR_abt", "SPSR_abt", "SP_und", "LR_und"),
  ...any("SPSR_und", "R8_fiq", "R9_fiq", "R10_fiq", "R11_fiq", "R12_fiq", "ELR_hyp", "SPSR_hyp"),
  { name: "SP_hyp", mask: -1, when: (site) => site.options.hypStack !== true },
  // Interrupt masks of the caller.
  ...["A", "I", "F"].map((name) => ({ name, mask: 1 })),
  // Caches and alignment checks of both; HYP mode's own stack is aligned.
  { name: "HSCTLR", mask: (1 << 1) | (1 << 2) | (1 << 12) },
  { name: "SCTLR", mask: (1 << 1) | (1 << 2) | (1 << 10) | (1 << 11) | (1 << 12) },
  // Stage 2 is off: its tables do not matter. A VMID that is not 0 makes the caller a guest of KVM.
  ...any("VTTBR", "VTCR"),
  { name: "VTTBR_hi", mask: 0xff },
  { name: "VTTBR_hi", mask: 0xff00ff, when: (site) => site.options.hypStack !== true },
  ...["HTTBR", "HTCR", "HMAIR0", "HMAIR1"].map((name) => ({ name, mask: -1, when: hypMmuOff })),
  { name: "HTTBR_hi", mask: 0xff, when: hypMmuOff },
  ...any("HDFAR", "HIFAR", "HPFAR", "HSR", "HTPIDR"),
  // The host's own translation is off.
  ...any("TTBR0", "TTBR1", "DACR", "CONTEXTIDR", "TPIDRURW", "TPIDRURO", "TPIDRPRW"),
  ...any("DFSR", "IFSR", "DFAR", "IFAR", "PRRR", "NMRR"),
];

/** State that a site leaves to chance. */
export interface FreeState {
  readonly name: string;
  /** Bits that may take any value. */
  readonly mask: number;
  /** What the other bits are. */
  readonly fixed: number;
  readonly slot: number;
}
const choices = new WeakMap<CallSite, readonly FreeState[]>();
/** The settings of a site: later rows of a name replace earlier ones. */
export const freeStateAt = (site: CallSite): readonly FreeState[] => {
  let made = choices.get(site);
  if (made === undefined) {
    const byName = new Map<string, FreeState>();
    for (const { name, mask, when } of SYSTEM_SETTINGS)
      if (when === undefined || when(site))
        byName.set(name, { name, slot: stateSlot(name), mask, fixed: site.saved(name) & ~mask });
    choices.set(site, (made = [...byName.values()]));
  }
  return made;
};

/**
 * HYP mode's own registers among the settings of a site: what they hold is no business of a caller. ELR_hyp and
 * SPSR_hyp are not among them: the HVC writes them.
 */
export const hypSecrets = (site: CallSite): readonly FreeState[] =>
  freeStateAt(site).filter(({ name }) => isHypOwn(name));
/** Whether a state slot is a register of HYP mode's own. */
export const isHypOwn = (name: string): boolean => /^(?:H|V(?!$|BAR)|SP_hyp$)/.test(name);

/** Tells seeded random values of what a site leaves to chance; about half of the settings each time. */
export const tellSettings = (
  random: () => number,
  site: CallSite,
  sink: { setting(slot: number, name: string, value: number): void },
): void => {
  for (const { name, mask, fixed, slot } of freeStateAt(site)) {
    const value = random();
    if ((value & 0x80) !== 0) sink.setting(slot, name, fixed | (random() & mask));
  }
};
/** As `tellSettings`, as a record. */
export const randomSettings = (random: () => number, site: CallSite): SystemState => {
  const state: Record<string, number> = {};
  tellSettings(random, site, { setting: (_slot, name, value) => (state[name] = value) });
  return state;
};
