/**
 * Hyp Syndrome Register (DDI 0406C, B3.13.6): one constructor for each exception class, and the way
 * back into words, both out of the tables below. HSR is EC (31:26), IL (25) and ISS (24:0).
 *
 * IL is 1 for a 32-bit instruction and 0 for a 16-bit one. It has no meaning, and is 0 here, for the
 * unknown reason, for prefetch aborts, and for data aborts whose ISS tells nothing of the instruction
 * (ISV 0), which a data abort from HYP mode itself never does.
 */
import { faultInWords, faultOfStatus } from "./fault-status.js";
import { extract, insert, maskOf, type BitField } from "./psr.js";
import { findRegister32, findRegister64, SYSTEM_REGISTERS } from "./system-registers/index.js";

const field = (lsb: number, width = 1): BitField => ({ lsb, width });
const HSR_EC = field(26, 6);
const HSR_IL = field(25);

/** Exception classes: number and name. */
export const EXCEPTION_CLASS = {
  unknown: 0x00,
  wfx: 0x01,
  mcrCp15: 0x03,
  mcrrCp15: 0x04,
  mcrCp14: 0x05,
  ldcCp14: 0x06,
  hcptr: 0x07,
  vmrs: 0x08,
  jazelle: 0x09,
  mrrcCp14: 0x0c,
  svc: 0x11,
  hvc: 0x12,
  smc: 0x13,
  prefetchAbortLower: 0x20,
  prefetchAbortSame: 0x21,
  dataAbortLower: 0x24,
  dataAbortSame: 0x25,
} as const;
export type ExceptionClassName = keyof typeof EXCEPTION_CLASS;

const CLASS_WORDS: Readonly<Record<ExceptionClassName, string>> = {
  unknown: "unknown reason",
  wfx: "trapped WFI or WFE",
  mcrCp15: "trapped MCR or MRC of CP15",
  mcrrCp15: "trapped MCRR or MRRC of CP15",
  mcrCp14: "trapped MCR or MRC of CP14",
  ldcCp14: "trapped LDC or STC of CP14",
  hcptr: "coprocessor access trapped by HCPTR",
  vmrs: "trapped VMRS or MRC of CP10",
  jazelle: "trapped BXJ or Jazelle access",
  mrrcCp14: "trapped MRRC of CP14",
  svc: "SVC taken to HYP mode",
  hvc: "HVC",
  smc: "trapped SMC",
  prefetchAbortLower: "prefetch abort from a lower mode",
  prefetchAbortSame: "prefetch abort in HYP mode",
  dataAbortLower: "data abort from a lower mode",
  dataAbortSame: "data abort in HYP mode",
};

/** When IL has a meaning: of the instruction always, never, or with ISS.ISV. */
const IL_RULE: Readonly<Record<ExceptionClassName, "instruction" | "none" | "withISV">> = {
  unknown: "none",
  wfx: "instruction",
  mcrCp15: "instruction",
  mcrrCp15: "instruction",
  mcrCp14: "instruction",
  ldcCp14: "instruction",
  hcptr: "instruction",
  vmrs: "instruction",
  jazelle: "instruction",
  mrrcCp14: "instruction",
  svc: "instruction",
  hvc: "instruction",
  smc: "instruction",
  prefetchAbortLower: "none",
  prefetchAbortSame: "none",
  dataAbortLower: "withISV",
  dataAbortSame: "none",
};

const conditional = { CV: field(24), COND: field(20, 4) } as const;
const access32 = {
  ...conditional,
  Opc2: field(17, 3),
  Opc1: field(14, 3),
  CRn: field(10, 4),
  Rt: field(5, 4),
  CRm: field(1, 4),
  Direction: field(0),
} as const;
const access64 = {
  ...conditional,
  Opc1: field(16, 4),
  Rt2: field(10, 4),
  Rt: field(5, 4),
  CRm: field(1, 4),
  Direction: field(0),
} as const;
const prefetchAbort = { EA: field(9), S1PTW: field(7), IFSC: field(0, 6) } as const;
const dataAbort = {
  EA: field(9),
  CM: field(8),
  S1PTW: field(7),
  WnR: field(6),
  DFSC: field(0, 6),
} as const;

/** ISS fields of each class, named as the Arm ARM names them. Direction is 1 for a read (MRC, MRRC, LDC). */
export const ISS_FIELDS = {
  unknown: {},
  /** TI is 0 for WFI and 1 for WFE. */
  wfx: { ...conditional, TI: field(0) },
  mcrCp15: access32,
  mcrrCp15: access64,
  mcrCp14: access32,
  /** Offset is 1 when it is added; AM is the addressing mode. */
  ldcCp14: {
    ...conditional,
    imm8: field(12, 8),
    Rn: field(5, 4),
    Offset: field(4),
    AM: field(1, 3),
    Direction: field(0),
  },
  /** TA tells a trapped Advanced SIMD access; coproc is then UNK/SBZP. */
  hcptr: { ...conditional, TA: field(5), coproc: field(0, 4) },
  vmrs: access32,
  jazelle: { ...conditional, Rm: field(0, 4) },
  mrrcCp14: access64,
  svc: { imm16: field(0, 16) },
  hvc: { imm16: field(0, 16) },
  smc: {},
  prefetchAbortLower: prefetchAbort,
  prefetchAbortSame: prefetchAbort,
  /** SAS is log2 of the size in bytes; SRT the register that is loaded or stored. */
  dataAbortLower: {
    ISV: field(24),
    SAS: field(22, 2),
    SSE: field(21),
    SRT: field(16, 4),
    ...dataAbort,
  },
  dataAbortSame: dataAbort,
} as const satisfies Record<ExceptionClassName, Record<string, BitField>>;

/** The fields that a class's constructor takes; absent ones are 0. */
export type Iss<C extends ExceptionClassName> = Partial<
  Record<keyof (typeof ISS_FIELDS)[C], number>
>;

/** A value does not fit the HSR field that it is meant for, or the class has no such field. */
export class HsrFieldError extends Error {
  readonly code = "arch/hsr-field";
  constructor(name: ExceptionClassName, key: string, value: number) {
    const f = (ISS_FIELDS[name] as Record<string, BitField>)[key];
    super(
      f === undefined
        ? `expected a field of the HSR class ${name}, found ${key}; its fields are ${Object.keys(ISS_FIELDS[name]).join(", ")}`
        : `expected 0 to ${2 ** f.width - 1} for ${key} of the HSR class ${name}, found ${value}; take the value from the instruction's own field`,
    );
    this.name = "HsrFieldError";
  }
}

/**
 * Makes an HSR value, as a signed word. `il` is 1 for a 32-bit instruction; it is ignored where IL has
 * no meaning. Throws HsrFieldError when a value does not fit its field.
 */
export const hsr = <C extends ExceptionClassName>(name: C, iss: Iss<C>, il: 0 | 1 = 1): number => {
  const fields: Record<string, BitField> = ISS_FIELDS[name];
  let word = insert(0, HSR_EC, EXCEPTION_CLASS[name]);
  const given: Readonly<Record<string, number | undefined>> = iss;
  // A guest may do nothing but take aborts: no list of what is given is made.
  for (const key in given) {
    const f = fields[key];
    const value = given[key]!;
    if (f === undefined || extract(insert(0, f, value), f) !== value)
      throw new HsrFieldError(name, key, value);
    word = insert(word, f, value);
  }
  const rule = IL_RULE[name];
  const ilValid =
    rule === "instruction" ||
    (rule === "withISV" && extract(word, ISS_FIELDS.dataAbortLower.ISV) === 1);
  return ilValid ? insert(word, HSR_IL, il) : word;
};

/** CV and COND of an instruction whose condition has passed: always, in Arm's permitted choice. */
export const PASSED = { CV: 1, COND: 14 } as const;

const accessMask =
  maskOf(ISS_FIELDS.dataAbortLower.ISV) |
  maskOf(ISS_FIELDS.dataAbortLower.SAS) |
  maskOf(ISS_FIELDS.dataAbortLower.SSE) |
  maskOf(ISS_FIELDS.dataAbortLower.SRT);
/** The bits of a data abort's ISS that the instruction alone decides: ISV, SAS, SSE and SRT. */
export const dataAccessIss = (
  word: number,
): Pick<Iss<"dataAbortLower">, "ISV" | "SAS" | "SSE" | "SRT"> => {
  const { ISV, SAS, SSE, SRT } = ISS_FIELDS.dataAbortLower;
  const bits = word & accessMask;
  return {
    ISV: extract(bits, ISV),
    SAS: extract(bits, SAS),
    SSE: extract(bits, SSE),
    SRT: extract(bits, SRT),
  };
};

export interface DescribedHsr {
  readonly name: ExceptionClassName | "reserved";
  readonly exceptionClass: number;
  /** Whether IL has a meaning, and it. */
  readonly il: 0 | 1 | undefined;
  readonly fields: Readonly<Record<string, number>>;
  /** One line in words, e.g. "HVC, 32-bit instruction, imm16 = 0x0". */
  readonly words: string;
}

type Fields = Readonly<Record<string, number>>;
/** "MRC p15, 4, r0, c1, c0, 0 (HSCTLR)". */
const access32InWords = (cp: number, f: Fields): string => {
  const i = findRegister32(cp, {
    opc1: f["Opc1"]!,
    CRn: f["CRn"]!,
    CRm: f["CRm"]!,
    opc2: f["Opc2"]!,
  });
  const name = i < 0 ? "" : ` (${SYSTEM_REGISTERS[i]!.name})`;
  return `${f["Direction"] === 1 ? "MRC" : "MCR"} p${cp}, ${f["Opc1"]}, r${f["Rt"]}, c${f["CRn"]}, c${f["CRm"]}, ${f["Opc2"]}${name}`;
};
const access64InWords = (cp: number, f: Fields): string => {
  const i = findRegister64(cp, { opc1: f["Opc1"]!, CRm: f["CRm"]! });
  const name = i < 0 ? "" : ` (${SYSTEM_REGISTERS[i]!.name})`;
  return `${f["Direction"] === 1 ? "MRRC" : "MCRR"} p${cp}, ${f["Opc1"]}, r${f["Rt"]}, r${f["Rt2"]}, c${f["CRm"]}${name}`;
};
const statusInWords = (code: number): string => {
  const found = faultOfStatus(code, "long");
  return found === undefined ? `reserved fault status 0x${code.toString(16)}` : faultInWords(found);
};
/** What the fields of a class say beyond their numbers. */
const DETAIL: Partial<Record<ExceptionClassName, (f: Fields) => string>> = {
  wfx: (f) => (f["TI"] === 1 ? "WFE" : "WFI"),
  mcrCp15: (f) => access32InWords(15, f),
  mcrrCp15: (f) => access64InWords(15, f),
  mcrCp14: (f) => access32InWords(14, f),
  mrrcCp14: (f) => access64InWords(14, f),
  vmrs: (f) => access32InWords(10, f),
  hcptr: (f) => (f["TA"] === 1 ? "Advanced SIMD" : `coprocessor ${f["coproc"]}`),
  prefetchAbortLower: (f) => statusInWords(f["IFSC"]!),
  prefetchAbortSame: (f) => statusInWords(f["IFSC"]!),
  dataAbortLower: (f) => `${f["WnR"] === 1 ? "write" : "read"}: ${statusInWords(f["DFSC"]!)}`,
  dataAbortSame: (f) => `${f["WnR"] === 1 ? "write" : "read"}: ${statusInWords(f["DFSC"]!)}`,
};

const nameOf = new Map<number, ExceptionClassName>(
  (Object.keys(EXCEPTION_CLASS) as ExceptionClassName[]).map((name) => [
    EXCEPTION_CLASS[name],
    name,
  ]),
);

/** Takes an HSR value apart, for reports. */
export const describeHsr = (word: number): DescribedHsr => {
  const exceptionClass = extract(word, HSR_EC);
  const name = nameOf.get(exceptionClass);
  if (name === undefined) {
    return {
      name: "reserved",
      exceptionClass,
      il: undefined,
      fields: {},
      words: `reserved exception class 0x${exceptionClass.toString(16)}`,
    };
  }
  const fields: Record<string, number> = {};
  for (const [key, f] of Object.entries(ISS_FIELDS[name])) fields[key] = extract(word, f);
  const rule = IL_RULE[name];
  const meant = rule === "instruction" || (rule === "withISV" && fields["ISV"] === 1);
  const il = meant ? (extract(word, HSR_IL) as 0 | 1) : undefined;
  const words = [CLASS_WORDS[name]];
  const detail = DETAIL[name]?.(fields);
  if (detail !== undefined) words.push(detail);
  if (il !== undefined) words.push(il === 1 ? "32-bit instruction" : "16-bit instruction");
  words.push(...Object.entries(fields).map(([k, v]) => `${k} = 0x${v.toString(16)}`));
  return { name, exceptionClass, il, fields, words: words.join(", ") };
};
