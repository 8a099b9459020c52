/**
 * The order in which an MRC, MCR, MRRC or MCRR to CP14 or CP15 is judged, as data (DDI 0406C, B1.14 and
 * B4.1.72 for HSTR). The access path in machine/ follows it; the documentation prints it. The first
 * step that applies decides.
 *
 * Two steps come before UNDEFINED at PL1: HSTR.Tn and HCR.TIDCP trap by encoding, so an unallocated
 * encoding is trapped as well. At PL0 UNDEFINED wins over every trap.
 */
export interface AccessCheck {
  /** Privilege levels that the step applies to. */
  readonly levels: readonly (0 | 1 | 2)[];
  readonly check: string;
  readonly outcome: "undefined" | "hypTrap" | "done";
  readonly ref: string;
}
export const ACCESS_CHECKS: readonly AccessCheck[] = [
  {
    levels: [1],
    check: "HSTR.Tn of CRn (CRm for MRRC and MCRR), CP15, allocated or not",
    outcome: "hypTrap",
    ref: "DDI 0406C, B4.1.72",
  },
  {
    levels: [1],
    check: "HCR.TIDCP and the encoding lies in TIDCP_SPACE, allocated or not",
    outcome: "hypTrap",
    ref: "DDI 0406C, B1.14.3",
  },
  {
    levels: [0, 1, 2],
    check: "no register of this model has the encoding and form",
    outcome: "undefined",
    ref: "DDI 0406C, B3.17",
  },
  {
    levels: [0, 1, 2],
    check: "the level has no access in this direction",
    outcome: "undefined",
    ref: "DDI 0406C, B4.1",
  },
  {
    levels: [0, 1, 2],
    check: "enabledBy is CP15BEN and SCTLR.CP15BEN (HSCTLR.CP15BEN at PL2) is 0",
    outcome: "undefined",
    ref: "DDI 0406C, B4.1.130",
  },
  { levels: [0], check: "the userGate is closed", outcome: "undefined", ref: "DDI 0406C, B4.1" },
  {
    levels: [0],
    check: "HSTR.Tn of CRn (CRm for MRRC and MCRR), CP15",
    outcome: "hypTrap",
    ref: "DDI 0406C, B4.1.72",
  },
  {
    levels: [0, 1],
    check: "one of the record's traps for the direction holds",
    outcome: "hypTrap",
    ref: "DDI 0406C, B1.14",
  },
  { levels: [0, 1, 2], check: "none of the above", outcome: "done", ref: "DDI 0406C, B4.1" },
];

/**
 * Encodings that HCR.TIDCP traps: CRn with the CRm that count, every opc1 and opc2, 32-bit accesses
 * (DDI 0406C, B1.14.3). At PL0 they are UNDEFINED first, which is IMPLEMENTATION DEFINED.
 */
export const TIDCP_SPACE: Readonly<Record<number, readonly number[]>> = {
  9: [0, 1, 2, 5, 6, 7, 8],
  10: [0, 1, 4, 8],
  11: [0, 1, 2, 3, 4, 5, 6, 7, 8, 15],
};
