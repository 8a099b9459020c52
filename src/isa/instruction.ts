/**
 * The form of an instruction record. One record holds all encodings of an instruction, A32 and T32,
 * and one body; decoder, disassembler, assembler, engines, fuzzer and documentation read it.
 */
import type { CpuModel, Mode } from "../arch/index.js";
import type { IrBuilder } from "../ir/index.js";
import { parsePattern, type FieldMap, type Fields, type Pattern } from "./pattern.js";
import type { Element } from "./syntax/element.js";

/** A1, A2: A32 (ARM). T1 to T4: T32 (Thumb). */
export type EncodingLabel = `A${1 | 2 | 3 | 4}` | `T${1 | 2 | 3 | 4 | 5}`;
export type InstructionSet = "a32" | "t16" | "t32";

/** What the machine does on an UNPREDICTABLE encoding: execute as written, UNDEFINED, or nothing. */
export type UnpredictableChoice = "execute" | "undefined" | "nop";
/** Machine-wide policy: which column of the choices is taken, or stop by name. */
export type UnpredictablePolicy = "cortex-a15" | "reference-emulator" | "stop";
export interface Unpredictable<F> {
  /** The condition in the Arm ARM's words, e.g. "Rd == 15". */
  readonly what: string;
  readonly when: (f: F, context: DecodeContext) => boolean;
  readonly choice: Readonly<Record<Exclude<UnpredictablePolicy, "stop">, UnpredictableChoice>>;
  /** Where DDI 0406C says so, when that is not the instruction's own section. */
  readonly ref?: string;
}
/** An UNPREDICTABLE row; both policies execute the encoding as written unless told. */
export const unpredictable = <F>(
  what: string,
  when: (f: F, context: DecodeContext) => boolean,
  choice: UnpredictableChoice | Unpredictable<F>["choice"] = "execute",
): Unpredictable<F> => ({
  what,
  when,
  choice:
    typeof choice === "string" ? { "cortex-a15": choice, "reference-emulator": choice } : choice,
});

/** Choice for (0) and (1) bits that the reference emulator takes for fixed. */
export const UNDEFINED_IN_REFERENCE = {
  "cortex-a15": "execute",
  "reference-emulator": "undefined",
} as const;

/** What decoding depends on besides the word. */
export interface DecodeContext {
  /** Inside an IT block. */
  readonly inIT: boolean;
  /** The last instruction of an IT block. */
  readonly lastInIT: boolean;
  readonly cpu: CpuModel;
  /** Some encodings are UNPREDICTABLE in some modes. */
  readonly mode: Mode;
}

export interface AsmForm<F = FieldMap> {
  /** Text with <elements>, as GNU objdump prints it: "adc<s><c> <Rd>, <Rn>, <Rm><shift>". */
  readonly text: string;
  /** Printed only when this holds; the first form that holds is printed. All forms can be parsed. */
  readonly when?: (f: F) => boolean;
  /** Field values that the form implies and its text does not show. */
  readonly fields?: FieldMap;
  /** The assembler accepts it, the disassembler never prints it. */
  readonly parseOnly?: boolean;
}

export interface EncodingSpec<F, O> {
  readonly asm: string | AsmForm<F> | readonly AsmForm<F>[];
  /** Elements that only this encoding's text uses. */
  readonly elements?: Readonly<Record<string, Element>>;
  /** Names of instructions ("MOV (register)") or encodings ("MOV (register) A1") that win an overlap. */
  readonly see?: readonly string[];
  /** "if ... then UNDEFINED". */
  readonly undefined?: (f: F, context: DecodeContext) => boolean;
  readonly unpredictable?: readonly Unpredictable<F>[];
  /** Choice when a (0)/(1) bit is not as it should be; "execute" when absent. */
  readonly shouldBe?: Unpredictable<F>["choice"];
  /** Place in an IT block that is not UNPREDICTABLE; anywhere when absent. */
  readonly it?: "last-or-outside" | "outside";
  /** Executes whatever its condition in an IT block says (BKPT). */
  readonly unconditional?: boolean;
  readonly operands: (f: F, context: DecodeContext) => O;
}

/** An encoding with its field names erased. */
export interface Encoding<O = never> {
  readonly label: EncodingLabel;
  readonly set: InstructionSet;
  readonly pattern: Pattern;
  readonly spec: EncodingSpec<FieldMap, O>;
}

/** An encoding whose pattern is read when it is asked for: a program of A32 code has no use for those of T32. */
class DrawnEncoding<O> implements Encoding<O> {
  readonly label: EncodingLabel;
  readonly spec: EncodingSpec<FieldMap, O>;
  readonly #drawn: string;
  #pattern: Pattern | undefined;

  constructor(label: EncodingLabel, drawn: string, spec: EncodingSpec<FieldMap, O>) {
    this.label = label;
    this.spec = spec;
    this.#drawn = drawn;
  }
  get pattern(): Pattern {
    return (this.#pattern ??= parsePattern(this.#drawn));
  }
  get set(): InstructionSet {
    return this.label.startsWith("A") ? "a32" : this.pattern.width === 16 ? "t16" : "t32";
  }
}
/**
 * Declares an encoding. Field names in `spec` are checked against the pattern literal. A pattern that is none throws
 * PatternError when it is asked for.
 */
export const encoding = <const P extends string, O>(
  label: EncodingLabel,
  pattern: P,
  spec: EncodingSpec<Fields<P>, O>,
): Encoding<O> => new DrawnEncoding(label, pattern, spec as unknown as EncodingSpec<FieldMap, O>);

export interface InstructionRecord<O> {
  /** Name as the Arm ARM's heading spells it, e.g. "ADC (register)". */
  readonly name: string;
  /** Section of DDI 0406C, e.g. "A8.8.2". */
  readonly ref: string;
  /** What it does, one line in our own words; shown in documentation. */
  readonly summary: string;
  readonly encodings: readonly Encoding<O>[];
  /** Writes the instruction's meaning as IR. The condition has been applied already. */
  readonly execute: (ir: IrBuilder, o: O) => void;
}

/** A record whose operand type is erased, as the tables hold it. */
export interface Instruction {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  readonly encodings: readonly BoundEncoding[];
}
export interface BoundEncoding {
  readonly instruction: Instruction;
  /** "ADC (register) A1". */
  readonly id: string;
  readonly label: EncodingLabel;
  readonly set: InstructionSet;
  readonly pattern: Pattern;
  readonly spec: Omit<EncodingSpec<FieldMap, unknown>, "operands">;
  execute(ir: IrBuilder, fields: FieldMap, context: DecodeContext): void;
}

/** Declares an instruction. */
export const instruction = <O>(record: InstructionRecord<O>): Instruction => {
  const made: { -readonly [K in keyof Instruction]: Instruction[K] } = {
    name: record.name,
    ref: record.ref,
    summary: record.summary,
    encodings: [],
  };
  made.encodings = record.encodings.map((e) => new RecordEncoding(made, record, e));
  return made;
};

/** An encoding of a record. */
class RecordEncoding<O> implements BoundEncoding {
  readonly instruction: Instruction;
  readonly label: EncodingLabel;
  readonly spec: EncodingSpec<FieldMap, O>;
  readonly #record: InstructionRecord<O>;
  readonly #encoding: Encoding<O>;

  constructor(made: Instruction, record: InstructionRecord<O>, e: Encoding<O>) {
    this.instruction = made;
    this.label = e.label;
    this.spec = e.spec;
    this.#record = record;
    this.#encoding = e;
  }
  get id(): string {
    return `${this.instruction.name} ${this.label}`;
  }
  get set(): InstructionSet {
    return this.#encoding.set;
  }
  get pattern(): Pattern {
    return this.#encoding.pattern;
  }
  execute(ir: IrBuilder, fields: FieldMap, context: DecodeContext): void {
    this.#record.execute(ir, this.spec.operands(fields, context));
  }
}
