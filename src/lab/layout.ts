/** Where the laboratory puts things in RAM when it asks about one of its own occupants. */
export const LAYOUT = {
  ram: { base: 0x40000000, size: 0x00800000 },
  occupant: 0x40100000,
  /** The stub that a reset goes back to. */
  stub: 0x40110000,
  /** Top of the HYP stack. */
  hypStack: 0x40120000,
  /** The call site: HVC, then the marker that control came back. */
  caller: 0x40200000,
  /** Where restarts and functions are told to go: a marker in each instruction set. */
  target: 0x40300000,
  targetThumb: 0x40300100,
  /** A vector table for SET_VECTORS. */
  newVectors: 0x40301000,
  hostVectors: 0x40400000,
  hypTables: 0x40500000,
} as const;

/** SMC immediates by which code of the laboratory tells that it was reached. */
export const MARK = { returned: 1, target: 2, hostUndefined: 4, hostSvc: 5, hostPrefetchAbort: 6, hostDataAbort: 7, hostIrq: 12, hostFiq: 13 } as const;
