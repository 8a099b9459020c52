/**
 * Processor modes (DDI 0406C, B1.3.1). A mode is written once, here; banked register names, MRS/MSR
 * (banked) operands and the state layout are derived from this table.
 */
export interface Mode {
  /** Name as the Arm ARM abbreviates it, lower case. */
  readonly name: ModeName;
  /** CPSR.M encoding, five bits. */
  readonly encoding: number;
  /** Privilege level in Non-secure state. */
  readonly pl: 0 | 1 | 2;
  /** The bank that R13, R14 and SPSR of this mode live in; usr has no SPSR. */
  readonly bank: BankName;
}

export type ModeName = "usr" | "fiq" | "irq" | "svc" | "mon" | "abt" | "hyp" | "und" | "sys";
export type BankName = Exclude<ModeName, "sys">;

const row = (name: ModeName, encoding: number, pl: 0 | 1 | 2, bank: BankName): Mode => ({
  name,
  encoding,
  pl,
  bank,
});

export const MODE = {
  usr: row("usr", 0x10, 0, "usr"),
  fiq: row("fiq", 0x11, 1, "fiq"),
  irq: row("irq", 0x12, 1, "irq"),
  svc: row("svc", 0x13, 1, "svc"),
  mon: row("mon", 0x16, 1, "mon"),
  abt: row("abt", 0x17, 1, "abt"),
  hyp: row("hyp", 0x1a, 2, "hyp"),
  und: row("und", 0x1b, 1, "und"),
  sys: row("sys", 0x1f, 1, "usr"),
} as const satisfies Record<ModeName, Mode>;

export const MODES: readonly Mode[] = Object.values(MODE);

const byEncoding: readonly (Mode | undefined)[] = Array.from({ length: 32 }, (_, m) =>
  MODES.find((mode) => mode.encoding === m),
);

/** The mode that CPSR.M value `m` selects, or undefined for an encoding that names no mode. */
export const modeOf = (m: number): Mode | undefined => byEncoding[m & 31];

/** PL of a CPSR.M value; an encoding that names no mode counts as PL1. */
export const privilegeOf = (m: number): 0 | 1 | 2 => byEncoding[m & 31]?.pl ?? 1;
