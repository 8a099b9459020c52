/** Where the laboratory puts its own code and data in a machine's RAM. */
export interface SiteLayout {
  /** The call site: HVC, then the marker that control came back. The callers' programs follow. */
  readonly caller: number;
  /** Where restarts and functions are told to go: a marker in each instruction set. */
  readonly target: number;
  readonly targetThumb: number;
  /** A vector table for SET_VECTORS. */
  readonly newVectors: number;
  readonly hostVectors: number;
}
/** Bytes from one caller's program to the next. */
export const CALLER_STRIDE = 0x40;
/** A layout of 64 KiB at a base address. */
export const siteAt = (base: number): SiteLayout => ({
  caller: base,
  target: base + 0x1000,
  targetThumb: base + 0x1100,
  newVectors: base + 0x2000,
  hostVectors: base + 0x3000,
});

/** The machine that our own occupants are asked in. */
export const OCCUPANT_LAYOUT = {
  ram: { base: 0x40000000, size: 0x00800000 },
  occupant: 0x40100000,
  /** The stub that a reset goes back to. */
  stub: 0x40110000,
  /** Top of the HYP stack, which is a page. */
  hypStack: 0x40120000,
  site: 0x40200000,
  hypTables: 0x40500000,
} as const;

/** SMC immediates by which code of the laboratory tells that it was reached. */
export const MARK = {
  returned: 1,
  target: 2,
  hostUndefined: 4,
  hostSvc: 5,
  hostPrefetchAbort: 6,
  hostDataAbort: 7,
  hostIrq: 12,
  hostFiq: 13,
} as const;
