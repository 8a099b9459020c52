/** The form that the data-processing records of Advanced SIMD share: one row, both instruction sets. */
import { vectorSlot } from "../../arch/index.js";
import { simdImm, type IrBuilder, type SimdParameters, type VectorOpName } from "../../ir/index.js";
import {
  encoding,
  instruction,
  type AsmForm,
  type Encoding,
  type Instruction,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import type { Element } from "../syntax/element.js";
import { SIMD_ELEMENTS } from "./simd-elements.js";

export type F = FieldMap;

/** Number of the D register that a bit and a field name. */
export const doubleOf = (f: F, high: string, low: string): number => (f[high]! << 4) | f[low]!;

/** What an operand is: a quadword, a doubleword, or which of them the Q bit says. */
export type Width = "q" | "d" | "v";
/** Operands by role; n or m are absent where the instruction has none. */
export interface Shape {
  readonly d: Width;
  readonly n?: Width;
  /** "s": an element of a doubleword, whose text the row gives. */
  readonly m?: Width | "s";
}
/** Slots of the first words of the operands; a role without register is 0. */
export interface SimdOperands {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  /** Words of an operand whose width the Q bit gives. */
  readonly words: number;
  readonly f: F;
  readonly row: SimdRow;
}

export interface Heading {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
}
/** One encoding diagram, for A32 and T32. */
export interface SimdRow {
  /**
   * The encoding from bit U on: "U:1" or the bit, then bits 23 to 0. A32 is 1111001 U and the rest, T32
   * 111 U 1111 and the rest.
   */
  readonly bits: string;
  readonly shape: Shape;
  /** Vn holds what the other operand is shifted by: it stands last in the text and for the op. */
  readonly amountsFirst?: boolean;
  /** Mnemonic and data type: "vadd<c>.i<size>". Operands follow from the shape. */
  readonly text?: string;
  /** Text behind the operands. */
  readonly tail?: string;
  /** Fields that the text does not show, as the assembler sets them. */
  readonly fields?: FieldMap;
  /** Register and index of the scalar operand. */
  readonly scalar?: (f: F) => { readonly register: number; readonly index: number };
  /** Other forms, tried first; `text` then comes last, if any. Their text is whole. */
  readonly forms?: readonly AsmForm[];
  readonly elements?: Readonly<Record<string, Element>>;
  readonly see?: readonly string[];
  /** UNDEFINED besides the odd registers of quadwords. */
  readonly undefined?: (f: F) => boolean;
  readonly unpredictable?: readonly Unpredictable<F>[];
  /** The op that does it, and its parameters besides those that the fields size, U and Q give. */
  readonly op?: VectorOpName;
  readonly parameters?: SimdParameters | ((f: F) => SimdParameters);
  /** Or the meaning as IR. */
  readonly body?: (ir: IrBuilder, o: SimdOperands) => void;
}

const ROLES = [
  { role: "d", bit: "D", field: "Vd" },
  { role: "n", bit: "N", field: "Vn" },
  { role: "m", bit: "M", field: "Vm" },
] as const;
const isQuad = (width: Width | "s" | undefined, f: F): boolean =>
  width === "q" || (width === "v" && f["Q"] === 1);
/** A quadword's register number must be even. */
const oddQuad = (shape: Shape, f: F): boolean =>
  ROLES.some(({ role, field }) => isQuad(shape[role], f) && (f[field]! & 1) === 1);

/** Operand text of a shape: "<Vd>, <Vn>, <Vm>", with Q, V or D for the width. */
const operandText = (shape: Shape, amountsFirst: boolean): string =>
  (amountsFirst ? [ROLES[0], ROLES[2], ROLES[1]] : ROLES)
    .flatMap(({ role }) => {
      const width = shape[role];
      return width === undefined
        ? []
        : width === "s"
          ? ["<scalar>"]
          : [`<${width.toUpperCase()}${role}>`];
    })
    .join(", ");

const operandsOf =
  (row: SimdRow) =>
  (f: F): SimdOperands => {
    const slot = (i: number): number => {
      const { role, bit, field } = ROLES[i]!;
      const width = row.shape[role];
      if (width === undefined) return 0;
      return vectorSlot(2 * (width === "s" ? row.scalar!(f).register : doubleOf(f, bit, field)));
    };
    // The one source of a two-operand instruction is Vm: ops read it as their first operand.
    const second = slot(2);
    const first = row.shape.n === undefined ? second : slot(1);
    const [n, m] = row.amountsFirst === true ? [second, first] : [first, second];
    return { d: slot(0), n, m, words: f["Q"] === 1 ? 4 : 2, f, row };
  };
/** `imm` of the row's op for an encoding's fields. */
const immOf = (row: SimdRow, f: F): number => {
  const more = typeof row.parameters === "function" ? row.parameters(f) : (row.parameters ?? {});
  return simdImm({ size: f["size"] ?? 0, unsigned: f["U"] ?? 0, quad: f["Q"] ?? 0, ...more });
};

/** Both encodings of a row; `number` is that of the label. */
const encodingsOf = (row: SimdRow, number: 1 | 2 | 3 | 4): Encoding<SimdOperands>[] => {
  const [u, ...rest] = row.bits.trim().split(/\s+/);
  const forms: AsmForm[] = [...(row.forms ?? [])];
  if (row.text !== undefined) {
    const operands = operandText(row.shape, row.amountsFirst === true);
    forms.push({
      text: `${row.text} ${operands}${row.tail ?? ""}`,
      ...(row.fields !== undefined && { fields: row.fields }),
    });
  }
  const elements =
    row.elements === undefined ? SIMD_ELEMENTS : { ...SIMD_ELEMENTS, ...row.elements };
  const made = (label: Encoding["label"], pattern: string): Encoding<SimdOperands> =>
    encoding<string, SimdOperands>(label, pattern, {
      // A32 has no condition here; in T32 an IT block gives it.
      asm: forms.map((form) => ({
        ...form,
        text: label.startsWith("A") ? form.text.replace("<c>", "") : form.text,
      })),
      elements,
      see: row.see ?? [],
      undefined: (f: F) => oddQuad(row.shape, f) || row.undefined?.(f) === true,
      unpredictable: row.unpredictable ?? [],
      operands: operandsOf(row),
    });
  return [
    made(`A${number}`, `1111001 ${u!} ${rest.join(" ")}`),
    made(`T${number}`, `111 ${u!} 1111 ${rest.join(" ")}`),
  ];
};

/** Makes the record of several rows that the Arm ARM describes under one heading. */
export const simdInstruction = (heading: Heading, rows: readonly SimdRow[]): Instruction =>
  instruction<SimdOperands>({
    ...heading,
    encodings: rows.flatMap((row, i) => encodingsOf(row, Math.min(i + 1, 4) as 1 | 2 | 3 | 4)),
    execute(ir, o) {
      ir.checkVector(true);
      if (o.row.body !== undefined) return o.row.body(ir, o);
      ir.vector(o.row.op!, o.d, o.n, o.m, immOf(o.row, o.f));
    },
  });
/** Makes the record of one row. */
export const simdRecord = ({ name, ref, summary, ...row }: Heading & SimdRow): Instruction =>
  simdInstruction({ name, ref, summary }, [row]);
