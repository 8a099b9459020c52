/** Fault kinds and their three encodings: short FSR, long FSR, and HSR's xFSC (DDI 0406C, B3.13). */

export type FaultKind =
  | "none" | "alignment" | "translation" | "accessFlag" | "domain" | "permission"
  | "external" | "externalOnWalk" | "addressSize" | "debug";

interface Row {
  /** FS[4:0] at levels 1 and 2 of the short-descriptor format. */
  readonly short: readonly [number, number];
  /** STATUS[5:0] of the long-descriptor format; the level is added when `levels` is true. */
  readonly long: number;
  readonly levels: boolean;
  readonly words: string;
}
const row = (short1: number, short2: number, long: number, levels: boolean, words: string): Row => ({
  short: [short1, short2], long, levels, words,
});

export const FAULT_STATUS: Readonly<Record<Exclude<FaultKind, "none">, Row>> = {
  alignment: row(0b00001, 0b00001, 0b100001, false, "alignment fault"),
  translation: row(0b00101, 0b00111, 0b000100, true, "translation fault"),
  accessFlag: row(0b00011, 0b00110, 0b001000, true, "access flag fault"),
  domain: row(0b01001, 0b01011, 0b111100, true, "domain fault"),
  permission: row(0b01101, 0b01111, 0b001100, true, "permission fault"),
  external: row(0b01000, 0b01000, 0b010000, false, "synchronous external abort"),
  externalOnWalk: row(0b01100, 0b01110, 0b010100, true, "synchronous external abort on a translation table walk"),
  addressSize: row(0b00101, 0b00111, 0b000000, true, "address size fault"),
  debug: row(0b00010, 0b00010, 0b100010, false, "debug event"),
};

/** Long-descriptor STATUS, which is also HSR's DFSC and IFSC. `level` is 1 to 3. */
export const longStatus = (kind: Exclude<FaultKind, "none">, level: number): number => {
  const r = FAULT_STATUS[kind];
  return r.levels ? r.long | level : r.long;
};
/** DFSR or IFSR value in the format that TTBCR.EAE selects. `write` is WnR, of data aborts. */
export const faultStatusRegister = (
  kind: Exclude<FaultKind, "none">, level: number, domain: number, write: boolean, long: boolean,
): number => {
  const wnr = write ? 1 << 11 : 0;
  if (long) return wnr | (1 << 9) | longStatus(kind, level);
  const fs = FAULT_STATUS[kind].short[level === 1 ? 0 : 1];
  return wnr | ((fs >>> 4) << 10) | (domain << 4) | (fs & 15);
};
/** Words for a DFSC or IFSC value. */
export const describeStatus = (status: number): string => {
  for (const r of Object.values(FAULT_STATUS)) {
    if (!r.levels && r.long === status) return r.words;
    if (r.levels && (status & 0x3c) === r.long && (status & 3) !== 0) return `${r.words}, level ${status & 3}`;
  }
  return `reserved fault status 0x${status.toString(16)}`;
};
