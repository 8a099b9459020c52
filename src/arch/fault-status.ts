/**
 * Faults of memory accesses and their three encodings: the short-descriptor FSR (DDI 0406C, B3.13.3,
 * Table B3-23), the long-descriptor FSR (Table B3-24) and the DFSC/IFSC of HSR (B3.13.6), which are
 * the long-descriptor codes.
 *
 * A kind leaves the translation table level out; `level` is 1 to 3 and counts only where the row has
 * codes by level.
 */
import { insert, type BitField } from "./psr.js";

export type FaultKind =
  | "none"
  | "alignment"
  | "translation"
  | "accessFlag"
  | "domain"
  | "permission"
  | "external"
  | "externalOnWalk"
  | "asynchronousExternal"
  | "parity"
  | "parityOnWalk"
  | "asynchronousParity"
  | "debug"
  | "tlbConflict"
  | "instructionCacheMaintenance"
  | "lockdown"
  | "coprocessorAbort"
  | "unsupportedExclusive";

/** A code for all levels, or one each for level 1 and up; undefined where the format has no code. */
type Codes = number | readonly number[] | undefined;

export interface FaultRow {
  /** The fault in words, for reports. */
  readonly text: string;
  /** FS[4:0] of the short-descriptor format. */
  readonly short: Codes;
  /** STATUS[5:0] of the long-descriptor format, DFSC and IFSC. */
  readonly long: Codes;
  /** Levels at which DFSR.Domain is valid in the short format. */
  readonly domainAt: readonly number[];
  /** DFAR, IFAR, HDFAR or HIFAR holds the address; UNKNOWN otherwise. */
  readonly farValid: boolean;
  readonly note?: string;
}

const row = (
  text: string,
  short: Codes,
  long: Codes,
  options: { domainAt?: readonly number[]; farValid?: boolean; note?: string } = {},
): FaultRow => ({
  text,
  short,
  long,
  domainAt: options.domainAt ?? [],
  farValid: options.farValid ?? true,
  ...(options.note === undefined ? {} : { note: options.note }),
});

export const FAULTS = {
  alignment: row("alignment fault", 0b00001, 0b100001),
  translation: row("translation fault", [0b00101, 0b00111], [0b000101, 0b000110, 0b000111], {
    domainAt: [2],
  }),
  accessFlag: row("access flag fault", [0b00011, 0b00110], [0b001001, 0b001010, 0b001011], {
    domainAt: [1, 2],
  }),
  domain: row("domain fault", [0b01001, 0b01011], [0b111101, 0b111110], {
    domainAt: [1, 2],
    note: "The long code appears in PAR alone: ATS12NSO* from HYP mode over a short-descriptor stage 1.",
  }),
  permission: row("permission fault", [0b01101, 0b01111], [0b001101, 0b001110, 0b001111], {
    domainAt: [1, 2],
  }),
  external: row("synchronous external abort", 0b01000, 0b010000),
  externalOnWalk: row(
    "synchronous external abort on a translation table walk",
    [0b01100, 0b01110],
    [0b010101, 0b010110, 0b010111],
    { domainAt: [2] },
  ),
  asynchronousExternal: row("asynchronous external abort", 0b10110, 0b010001, { farValid: false }),
  parity: row("synchronous parity error on memory access", 0b11001, 0b011000),
  parityOnWalk: row(
    "synchronous parity error on a translation table walk",
    [0b11100, 0b11110],
    [0b011101, 0b011110, 0b011111],
    { domainAt: [2] },
  ),
  asynchronousParity: row("asynchronous parity error on memory access", 0b11000, 0b011001, {
    farValid: false,
  }),
  debug: row("debug event", 0b00010, 0b100010, { farValid: false }),
  tlbConflict: row("TLB conflict abort", 0b10000, 0b110000),
  instructionCacheMaintenance: row("instruction cache maintenance fault", 0b00100, undefined, {
    note: "The long format reports the fault of the translation itself.",
  }),
  lockdown: row("IMPLEMENTATION DEFINED lockdown fault", 0b10100, 0b110100),
  coprocessorAbort: row("IMPLEMENTATION DEFINED coprocessor abort", 0b11010, 0b111010),
  unsupportedExclusive: row("unsupported exclusive access", 0b10101, 0b110101, {
    note: "Named by ARMv8 (DDI 0487, AArch32 DFSR); ARMv7 leaves it IMPLEMENTATION DEFINED.",
  }),
} as const satisfies Record<Exclude<FaultKind, "none">, FaultRow>;

/** A fault that can be reported. */
export type ReportedFault = Exclude<FaultKind, "none">;

/** A fault has no code in the format that was asked for; the caller mixed up formats or levels. */
export class FaultEncodingError extends Error {
  readonly code = "arch/fault-encoding";
  constructor(kind: FaultKind, level: number, format: "short" | "long") {
    super(
      `expected a fault that the ${format}-descriptor format can report, found ${kind} at level ${level}; report it in the other format or correct the level`,
    );
    this.name = "FaultEncodingError";
  }
}

const codeOf = (kind: ReportedFault, level: number, format: "short" | "long"): number => {
  const codes: Codes = FAULTS[kind][format];
  const code = typeof codes === "number" ? codes : codes?.[level - 1];
  if (code === undefined) throw new FaultEncodingError(kind, level, format);
  return code;
};

/** FS[4:0] of the short-descriptor format. Throws FaultEncodingError where the format has no code. */
export const shortFaultStatus = (kind: ReportedFault, level: number): number =>
  codeOf(kind, level, "short");
/**
 * STATUS[5:0] of the long-descriptor format; also HSR's DFSC and IFSC. Throws FaultEncodingError where
 * the format has no code.
 */
export const longFaultStatus = (kind: ReportedFault, level: number): number =>
  codeOf(kind, level, "long");

const field = (lsb: number, width = 1): BitField => ({ lsb, width });
/** DFSR and IFSR (B4.1.52, B4.1.96). FS and Domain belong to the short format, STATUS to the long one. */
export const FSR = {
  STATUS: field(0, 6),
  FS_low: field(0, 4),
  Domain: field(4, 4),
  LPAE: field(9),
  FS_high: field(10),
  WnR: field(11),
  ExT: field(12),
  CM: field(13),
} as const satisfies Record<string, BitField>;

export interface FaultStatusInput {
  readonly kind: ReportedFault;
  /** Level of the table, 1 to 3; any number where the kind has no levels. */
  readonly level: number;
  /** TTBCR.EAE of the regime that reports. */
  readonly long: boolean;
  /** DFSR only: domain of a short-descriptor fault; stored where the format says that it is valid. */
  readonly domain?: number;
  /** DFSR only: the access was a write, or a cache maintenance or address translation operation. */
  readonly write?: boolean;
  /** DFSR only: the fault came from a cache maintenance operation (needs LPAE). */
  readonly cacheMaintenance?: boolean;
  /** External abort type, IMPLEMENTATION DEFINED. */
  readonly externalType?: number;
}

/**
 * DFSR or IFSR of a fault as Non-secure PL1 sees it, unsigned. IFSR has no Domain, WnR and CM: leave
 * them out.
 */
export const faultStatusRegister = (f: FaultStatusInput): number => {
  let value = insert(0, FSR.ExT, f.externalType ?? 0);
  value = insert(value, FSR.WnR, f.write === true ? 1 : 0);
  value = insert(value, FSR.CM, f.cacheMaintenance === true ? 1 : 0);
  if (f.long) {
    value = insert(value, FSR.STATUS, longFaultStatus(f.kind, f.level));
    return insert(value, FSR.LPAE, 1) >>> 0;
  }
  const fs = shortFaultStatus(f.kind, f.level);
  const { domainAt }: FaultRow = FAULTS[f.kind];
  if (domainAt.includes(f.level)) value = insert(value, FSR.Domain, f.domain ?? 0);
  value = insert(value, FSR.FS_low, fs);
  return insert(value, FSR.FS_high, fs >>> 4) >>> 0;
};

export interface DecodedFault {
  readonly kind: ReportedFault;
  /** 0 where the kind has no levels. */
  readonly level: number;
}
const decoded = { short: new Map<number, DecodedFault>(), long: new Map<number, DecodedFault>() };
for (const kind of Object.keys(FAULTS) as ReportedFault[]) {
  for (const format of ["short", "long"] as const) {
    const codes: Codes = FAULTS[kind][format];
    if (typeof codes === "number") decoded[format].set(codes, { kind, level: 0 });
    else codes?.forEach((code, i) => decoded[format].set(code, { kind, level: i + 1 }));
  }
}

/** The fault that a code names, or undefined for a reserved code. */
export const faultOfStatus = (code: number, format: "short" | "long"): DecodedFault | undefined =>
  decoded[format].get(code);

/** A fault in words: "translation fault, level 2". */
export const faultInWords = ({ kind, level }: DecodedFault): string =>
  level === 0 ? FAULTS[kind].text : `${FAULTS[kind].text}, level ${level}`;
