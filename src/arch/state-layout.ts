/**
 * CPU state layout: one 32-bit word (a slot) for each piece of state, so that every engine, the
 * snapshot, the debugger and the symbolic executor name state the same way. A slot number is a word
 * index into the CPU's region of the machine memory.
 *
 * Every bank has slots of its own: R13 in svc mode and R13 in usr mode are different slots and the
 * translator picks one by mode, so a mode change copies nothing.
 */
import { MODE, type BankName, type Mode } from "./modes.js";
import { extract, PSR } from "./psr.js";
import { SYSTEM_SLOT_NAMES, type SystemSlotName } from "./system-registers/index.js";

declare const slotBrand: unique symbol;
/** Word index of a piece of CPU state. */
export type Slot = number & { readonly [slotBrand]: true };

const names: string[] = [];
const allocate = (name: string): Slot => {
  names.push(name);
  return (names.length - 1) as Slot;
};

/** R0 to R12 of every mode but fiq, SP_usr, LR_usr and the PC, at slots 0 to 15. */
const common: readonly Slot[] = Array.from({ length: 16 }, (_, n) =>
  allocate(n === 13 ? "SP_usr" : n === 14 ? "LR_usr" : n === 15 ? "PC" : `R${n}`),
);
const fiqHigh: readonly Slot[] = Array.from({ length: 5 }, (_, n) => allocate(`R${n + 8}_fiq`));

const banks = ["fiq", "irq", "svc", "mon", "abt", "hyp", "und"] as const;
const stackPointer = new Map<BankName, Slot>([["usr", common[13]!]]);
const linkRegister = new Map<BankName, Slot>([["usr", common[14]!]]);
const savedPsr = new Map<BankName, Slot>();
for (const bank of banks) {
  stackPointer.set(bank, allocate(`SP_${bank}`));
  // HYP mode uses LR_usr (DDI 0406C, B1.3.2); ELR_hyp is a register of its own.
  linkRegister.set(bank, bank === "hyp" ? common[14]! : allocate(`LR_${bank}`));
  savedPsr.set(bank, allocate(`SPSR_${bank}`));
}

/** The Advanced SIMD and floating-point register file: 64 words, D0 in words 0 and 1, Q0 in words 0 to 3. */
const vectorFile: readonly Slot[] = Array.from({ length: 64 }, (_, n) =>
  allocate(`D${n >> 1}${n % 2 === 1 ? "_hi" : ""}`),
);
/**
 * Slot of word 0 to 63 of the register file. S0 to S31 are words 0 to 31; Dn begins at word 2n and Qn at
 * word 4n, low word first (DDI 0406C, A2.6.2). Words are consecutive slots.
 */
export const vectorSlot = (word: number): Slot => vectorFile[word]!;

/** State that is not a banked core register. Flags are whole words holding 0 or 1. */
export const SLOT = {
  PC: common[15]!,
  ELR_hyp: allocate("ELR_hyp"),
  N: allocate("N"),
  Z: allocate("Z"),
  C: allocate("C"),
  V: allocate("V"),
  Q: allocate("Q"),
  /** APSR.GE, four bits. */
  GE: allocate("GE"),
  E: allocate("E"),
  A: allocate("A"),
  I: allocate("I"),
  F: allocate("F"),
  T: allocate("T"),
  J: allocate("J"),
  /** ITSTATE, eight bits. */
  IT: allocate("IT"),
  /** CPSR.M, five bits. */
  M: allocate("M"),
  /** Local exclusive monitor: size in bytes of the marked access, 0 when open. */
  exclusiveSize: allocate("exclusiveSize"),
  exclusiveAddress: allocate("exclusiveAddress"),
  exclusiveLow: allocate("exclusiveLow"),
  exclusiveHigh: allocate("exclusiveHigh"),
  /** Floating-point status and control, and the enable bit of all of it (DDI 0406C, B6.1). */
  FPSCR: allocate("FPSCR"),
  FPEXC: allocate("FPEXC"),
  /** Event register of WFE/SEV (DDI 0406C, B1.8.13). */
  event: allocate("event"),
  /** 1 while the CPU waits in WFI, 2 in WFE, 3 powered off; 0 when it runs. */
  halted: allocate("halted"),
  /** Levels of the interrupt inputs: bits 0 IRQ, 1 FIQ, 2 virtual IRQ, 3 virtual FIQ. */
  interruptInputs: allocate("interruptInputs"),
} as const;

const systemBase = names.length;
for (const name of SYSTEM_SLOT_NAMES) allocate(name);
const systemIndex = new Map<string, number>(SYSTEM_SLOT_NAMES.map((name, i) => [name, i]));

/** Slot of a system register's stored word; `name_hi` is bits 63:32 of a 64-bit register. */
export const systemSlot = (name: SystemSlotName): Slot => {
  const index = systemIndex.get(name);
  if (index === undefined) throw new RangeError(`no system register stores a word named ${name}`);
  return (systemBase + index) as Slot;
};

/** Number of slots: the size of the architectural state in words. */
export const SLOT_COUNT: number = names.length;
/** Slot names in order, as shown to people and hashed into snapshots. */
export const SLOT_NAMES: readonly string[] = names;
const slotByName = new Map(names.map((name, i) => [name, i as Slot]));
/** Slot of a name as SLOT_NAMES spells it, or undefined. */
export const slotNamed = (name: string): Slot | undefined => slotByName.get(name);

/** Slot of R0 to R15 as seen in `mode` (RBankSelect, DDI 0406C, B1.3.2). */
export const registerSlot = (n: number, mode: Mode): Slot => {
  if (n === 13) return stackPointer.get(mode.bank)!;
  if (n === 14) return linkRegister.get(mode.bank)!;
  if (n >= 8 && n <= 12 && mode.bank === "fiq") return fiqHigh[n - 8]!;
  return common[n]!;
};
/** Slot of R0 to R14 as User mode sees it, whatever the current mode. */
export const userRegisterSlot = (n: number): Slot => registerSlot(n, MODE.usr);
/** Slot of SPSR in `mode`, or undefined in usr and sys mode, which have none. */
export const spsrSlot = (mode: Mode): Slot | undefined => savedPsr.get(mode.bank);

/** Assembles the CPSR from its slots. `s` starts at the CPU's state region. */
export const readCpsr = (s: Int32Array): number => {
  const it = s[SLOT.IT]!;
  return (
    (s[SLOT.N]! << PSR.N.lsb) |
    (s[SLOT.Z]! << PSR.Z.lsb) |
    (s[SLOT.C]! << PSR.C.lsb) |
    (s[SLOT.V]! << PSR.V.lsb) |
    (s[SLOT.Q]! << PSR.Q.lsb) |
    ((it & 3) << PSR.IT_low.lsb) |
    (s[SLOT.J]! << PSR.J.lsb) |
    (s[SLOT.GE]! << PSR.GE.lsb) |
    ((it >>> 2) << PSR.IT_high.lsb) |
    (s[SLOT.E]! << PSR.E.lsb) |
    (s[SLOT.A]! << PSR.A.lsb) |
    (s[SLOT.I]! << PSR.I.lsb) |
    (s[SLOT.F]! << PSR.F.lsb) |
    (s[SLOT.T]! << PSR.T.lsb) |
    s[SLOT.M]!
  );
};

/** Spreads a PSR value over its slots, every field of it, without any check. */
export const writeCpsr = (s: Int32Array, psr: number): void => {
  s[SLOT.N] = extract(psr, PSR.N);
  s[SLOT.Z] = extract(psr, PSR.Z);
  s[SLOT.C] = extract(psr, PSR.C);
  s[SLOT.V] = extract(psr, PSR.V);
  s[SLOT.Q] = extract(psr, PSR.Q);
  s[SLOT.GE] = extract(psr, PSR.GE);
  s[SLOT.J] = extract(psr, PSR.J);
  s[SLOT.IT] = (extract(psr, PSR.IT_high) << 2) | extract(psr, PSR.IT_low);
  s[SLOT.E] = extract(psr, PSR.E);
  s[SLOT.A] = extract(psr, PSR.A);
  s[SLOT.I] = extract(psr, PSR.I);
  s[SLOT.F] = extract(psr, PSR.F);
  s[SLOT.T] = extract(psr, PSR.T);
  s[SLOT.M] = extract(psr, PSR.M);
};
