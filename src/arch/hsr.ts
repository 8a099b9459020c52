/**
 * Hyp Syndrome Register (DDI 0406C, B3.13.6): one constructor for each exception class, and the way
 * back into words. HSR is EC (31:26), IL (25) and ISS (24:0); IL is 1 for a 32-bit instruction.
 */
import { extract, insert, type BitField } from "./psr.js";

const field = (lsb: number, width = 1): BitField => ({ lsb, width });
const HSR_EC = field(26, 6);
const HSR_IL = field(25);

/** Exception classes: number and name. */
export const EXCEPTION_CLASS = {
  unknown: 0x00, wfx: 0x01, mcrCp15: 0x03, mcrrCp15: 0x04, mcrCp14: 0x05, ldcCp14: 0x06, hcptr: 0x07,
  vmrs: 0x08, jazelle: 0x09, mrrcCp14: 0x0c, svc: 0x11, hvc: 0x12, smc: 0x13, prefetchAbortLower: 0x20,
  prefetchAbortSame: 0x21, dataAbortLower: 0x24, dataAbortSame: 0x25,
} as const;
export type ExceptionClassName = keyof typeof EXCEPTION_CLASS;

const CLASS_WORDS: Readonly<Record<ExceptionClassName, string>> = {
  unknown: "unknown reason", wfx: "trapped WFI or WFE", mcrCp15: "trapped MCR/MRC of CP15",
  mcrrCp15: "trapped MCRR/MRRC of CP15", mcrCp14: "trapped MCR/MRC of CP14", ldcCp14: "trapped LDC/STC of CP14",
  hcptr: "coprocessor access trapped by HCPTR", vmrs: "trapped VMRS", jazelle: "trapped BXJ or Jazelle access",
  mrrcCp14: "trapped MRRC of CP14", svc: "SVC taken to HYP mode", hvc: "HVC", smc: "trapped SMC",
  prefetchAbortLower: "prefetch abort from a lower mode", prefetchAbortSame: "prefetch abort in HYP mode",
  dataAbortLower: "data abort from a lower mode", dataAbortSame: "data abort in HYP mode",
};

/** ISS fields of each class, named as the Arm ARM names them. */
const conditional = { CV: field(24), COND: field(20, 4) } as const;
export const ISS_FIELDS = {
  unknown: {},
  wfx: { ...conditional, TI: field(0) },
  mcrCp15: { ...conditional, Opc2: field(17, 3), Opc1: field(14, 3), CRn: field(10, 4), Rt: field(5, 4), CRm: field(1, 4), Direction: field(0) },
  mcrrCp15: { ...conditional, Opc1: field(16, 4), Rt2: field(10, 4), Rt: field(5, 4), CRm: field(1, 4), Direction: field(0) },
  mcrCp14: { ...conditional, Opc2: field(17, 3), Opc1: field(14, 3), CRn: field(10, 4), Rt: field(5, 4), CRm: field(1, 4), Direction: field(0) },
  ldcCp14: { ...conditional, imm8: field(12, 8), Rn: field(5, 4), Offset: field(4), AM: field(1, 3), Direction: field(0) },
  hcptr: { ...conditional, TA: field(5), coproc: field(0, 4) },
  vmrs: { ...conditional, Opc1: field(14, 3), CRn: field(10, 4), Rt: field(5, 4), Direction: field(0) },
  jazelle: { ...conditional, Rm: field(0, 4) },
  mrrcCp14: { ...conditional, Opc1: field(16, 4), Rt2: field(10, 4), Rt: field(5, 4), CRm: field(1, 4), Direction: field(0) },
  svc: { imm16: field(0, 16) },
  hvc: { imm16: field(0, 16) },
  smc: {},
  prefetchAbortLower: { EA: field(9), S1PTW: field(7), IFSC: field(0, 6) },
  prefetchAbortSame: { EA: field(9), S1PTW: field(7), IFSC: field(0, 6) },
  dataAbortLower: { ISV: field(24), SAS: field(22, 2), SSE: field(21), SRT: field(16, 4), EA: field(9), CM: field(8), S1PTW: field(7), WnR: field(6), DFSC: field(0, 6) },
  dataAbortSame: { EA: field(9), CM: field(8), S1PTW: field(7), WnR: field(6), DFSC: field(0, 6) },
} as const satisfies Record<ExceptionClassName, Record<string, BitField>>;

/** The fields that a class's constructor takes; absent ones are 0. */
export type Iss<C extends ExceptionClassName> = Partial<Record<keyof (typeof ISS_FIELDS)[C], number>>;

/** Makes an HSR value. `il`: 1 for a 32-bit instruction, which is also what classes without one use. */
export const hsr = <C extends ExceptionClassName>(name: C, iss: Iss<C>, il: 0 | 1 = 1): number => {
  let word = insert(insert(0, HSR_EC, EXCEPTION_CLASS[name]), HSR_IL, il);
  for (const [key, value] of Object.entries(iss) as [string, number][]) {
    word = insert(word, (ISS_FIELDS[name] as Record<string, BitField>)[key]!, value);
  }
  return word;
};
/** CV and COND of an instruction whose condition has passed: always, in Arm's permitted choice. */
export const PASSED = { CV: 1, COND: 14 } as const;

export interface DescribedHsr {
  readonly name: ExceptionClassName | "reserved";
  readonly exceptionClass: number;
  readonly fields: Readonly<Record<string, number>>;
  /** One line in words, e.g. "HVC, imm16 = 0x0". */
  readonly words: string;
}
/** Takes an HSR value apart. */
export const describeHsr = (word: number): DescribedHsr => {
  const exceptionClass = extract(word, HSR_EC);
  const name = (Object.keys(EXCEPTION_CLASS) as ExceptionClassName[]).find(
    (n) => EXCEPTION_CLASS[n] === exceptionClass,
  );
  if (name === undefined) {
    return { name: "reserved", exceptionClass, fields: {}, words: `reserved exception class 0x${exceptionClass.toString(16)}` };
  }
  const fields: Record<string, number> = {};
  for (const [key, f] of Object.entries(ISS_FIELDS[name])) fields[key] = extract(word, f);
  const shown = Object.entries(fields).map(([k, v]) => `${k} = 0x${v.toString(16)}`);
  return { name, exceptionClass, fields, words: [CLASS_WORDS[name], ...shown].join(", ") };
};
