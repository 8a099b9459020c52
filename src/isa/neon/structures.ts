/** VLD1 to VLD4 and VST1 to VST4 (DDI 0406C, A7.7). */
import {
  encoding,
  instruction,
  unpredictable,
  type Encoding,
  type Instruction,
  type Unpredictable,
} from "../instruction.js";
import type { Element } from "../syntax/element.js";
import { SIMD_ELEMENTS } from "./simd-elements.js";
import { doubleOf } from "./simd-record.js";
import { structureAddress, structureList, type F, type ListText } from "./structure-text.js";
import { transferStructure, type StructureOperands } from "./structure-transfer.js";

/** Bits 7:4 and 11:8 of an encoding decoded: what is transferred and how. */
interface Layout {
  readonly size: number;
  readonly alignment: number;
  /** Registers of a structure and the step between them; structures that follow on the next register. */
  readonly registers: number;
  readonly step: number;
  readonly repeats: number;
  readonly lane: number | "all" | undefined;
}
interface Variant {
  /** Bits 23 (A) and 11:4 of the encoding, the fields named. */
  readonly a: 0 | 1;
  readonly low: string;
  /** Undefined: the encoding is UNDEFINED. */
  readonly layout: (f: F) => Layout | undefined;
  /** What becomes of a transfer that goes beyond D31. */
  readonly beyond: Unpredictable<F>["choice"];
  /** Values of the fields in `low`, all of them: the text is read by looking which of them mean it. */
  readonly fields: readonly F[];
}

/** Every combination of the values of fields. */
const combinations = (widths: Readonly<Record<string, number>>): readonly F[] =>
  Object.entries(widths).reduce<readonly F[]>(
    (all, [name, width]) =>
      all.flatMap((f) => Array.from({ length: 2 ** width }, (_, v) => ({ ...f, [name]: v }))),
    [{}],
  );

const UNDEFINED = { "cortex-a15": "undefined", "reference-emulator": "undefined" } as const;
/** The emulator has registers there that nothing else reaches: what goes there is lost, zero comes back. */
const LOST = { "cortex-a15": "undefined", "reference-emulator": "execute" } as const;

const alignmentOf = (align: number): number => (align === 0 ? 1 : 4 << align);
/** Multiple structures: type, registers of a structure, step, structures, highest align. */
const MULTIPLE: Readonly<Record<number, readonly (readonly [string, number, number, number])[]>> = {
  1: [
    ["0111", 1, 1, 1],
    ["1010", 1, 2, 2],
    ["0110", 1, 3, 1],
    ["0010", 1, 4, 3],
  ],
  2: [
    ["1000", 1, 1, 2],
    ["1001", 2, 1, 2],
    ["0011", 2, 2, 3],
  ],
  3: [
    ["0100", 1, 1, 1],
    ["0101", 2, 1, 1],
  ],
  4: [
    ["0000", 1, 1, 3],
    ["0001", 2, 1, 3],
  ],
};
const multiple = (n: number): readonly Variant[] =>
  MULTIPLE[n]!.map(([type, step, repeats, highest]) => ({
    a: 0,
    low: `${type} size:2 align:2`,
    beyond: LOST,
    layout: ({ size, align }) =>
      align! > highest || (n > 1 && size === 3)
        ? undefined
        : {
            size: size!,
            alignment: alignmentOf(align!),
            registers: n,
            step,
            repeats,
            lane: undefined,
          },
    fields: combinations({ size: 2, align: 2 }),
  }));

/** One lane: index and step by size, and what the low bits say of alignment. */
const oneLane = (n: number): readonly Variant[] =>
  [0, 1, 2].map((size) => ({
    a: 1,
    low: `${size.toString(2).padStart(2, "0")} ${(n - 1).toString(2).padStart(2, "0")} ia:4`,
    beyond: UNDEFINED,
    layout({ ia }) {
      const index = ia! >> (size + 1);
      // Bit `size` tells the step of words and halfwords; below it stands the alignment.
      const wide = size > 0 && ((ia! >> size) & 1) === 1;
      const low = ia! & (size === 2 ? 3 : 1);
      const alignment = laneAlignment(n, size, low);
      if (alignment === undefined || (n === 1 && wide)) return undefined;
      return { size, alignment, registers: n, step: wide ? 2 : 1, repeats: 1, lane: index };
    },
    fields: combinations({ ia: 4 }),
  }));
/** Alignment in bytes of a structure to one lane; undefined where the bits are UNDEFINED. */
const laneAlignment = (n: number, size: number, low: number): number | undefined => {
  if (low === 0) return 1;
  const bytes = n << size;
  switch (n) {
    case 1:
      return size === 0 || (size === 2 && low !== 3) ? undefined : bytes;
    case 2:
      return low === 1 ? bytes : undefined;
    case 3:
      return undefined;
    default:
      return low === 3 ? undefined : size === 2 ? 4 << low : bytes;
  }
};

const allLanes = (n: number): Variant => ({
  a: 1,
  low: `11 ${(n - 1).toString(2).padStart(2, "0")} size:2 T:1 a:1`,
  beyond: LOST,
  layout({ size, T, a }) {
    // Size 3 is VLD4's words aligned to 16 bytes.
    if (size === 3 && !(n === 4 && a === 1)) return undefined;
    if (a === 1 && (n === 3 || (n === 1 && size === 0))) return undefined;
    const element = Math.min(size!, 2);
    const bytes = size === 3 ? 16 : n === 4 && size === 2 ? 8 : n << size!;
    const whole = n === 1;
    return {
      size: element,
      alignment: a === 1 ? bytes : 1,
      registers: n,
      step: whole ? 1 : T! + 1,
      repeats: whole ? T! + 1 : 1,
      lane: "all",
    };
  },
  fields: combinations({ size: 2, T: 1, a: 1 }),
});

const defined = (v: Variant, f: F): Layout =>
  v.layout(f) ?? { size: 0, alignment: 1, registers: 1, step: 1, repeats: 1, lane: undefined };
/** VLD1 and VLD2 of four registers list all of them in order. */
const listOf = (l: Layout, first: number): ListText => {
  const count = l.registers * l.repeats;
  return { first, count, step: l.repeats > 1 ? 1 : l.step, index: l.lane };
};

const elementsOf = (v: Variant): Readonly<Record<string, Element>> => {
  const ways = v.fields.flatMap((fields) => {
    const layout = v.layout(fields);
    return layout === undefined ? [] : [{ fields, layout }];
  });
  return {
    ...SIMD_ELEMENTS,
    bits: {
      print: (f) => String(8 << defined(v, f).size),
      parse: (text, at) =>
        ways
          .filter(({ layout }) => text.startsWith(String(8 << layout.size), at))
          .map(({ fields, layout }) => ({
            fields,
            end: at + String(8 << layout.size).length,
          })),
    },
    list: structureList(
      (f) => listOf(defined(v, f), doubleOf(f, "D", "Vd")),
      (list) =>
        ways
          .filter(({ layout }) => {
            const expected = listOf(layout, list.first);
            return (
              expected.count === list.count &&
              (expected.step === list.step || list.count === 1) &&
              expected.index === list.index
            );
          })
          .map(({ fields }) => fields),
    ),
    address: structureAddress(
      (f) => defined(v, f).alignment,
      (alignment) =>
        ways.filter(({ layout }) => layout.alignment === alignment).map(({ fields }) => fields),
    ),
  };
};

const groupsOf = (l: Layout, first: number): number[][] =>
  Array.from({ length: l.repeats }, (_, r) =>
    Array.from({ length: l.registers }, (_unused, i) => first + r + i * l.step),
  );

const record = (load: boolean, n: number): Instruction => {
  const name = `${load ? "VLD" : "VST"}${n}`;
  const made = (label: Encoding["label"], v: Variant): Encoding<StructureOperands> => {
    const head = label.startsWith("A") ? "11110100" : "11111001";
    return encoding<string, StructureOperands>(
      label,
      `${head} ${v.a} D:1 ${load ? 1 : 0} 0 Rn:4 Vd:4 ${v.low} Rm:4`,
      {
        asm: `${name.toLowerCase()}${label.startsWith("A") ? "" : "<c>"}.<bits> <list>, <address>`,
        elements: elementsOf(v),
        undefined: (f: F) => v.layout(f) === undefined,
        unpredictable: [
          unpredictable("Rn is PC", (f: F) => f["Rn"] === 15),
          unpredictable(
            "a register beyond D31",
            (f: F) => Math.max(...groupsOf(defined(v, f), doubleOf(f, "D", "Vd")).flat()) > 31,
            v.beyond,
          ),
        ],
        operands(f: F) {
          const layout = defined(v, f);
          return {
            load,
            n: f["Rn"]!,
            m: f["Rm"]!,
            size: layout.size,
            alignment: layout.alignment,
            groups: groupsOf(layout, doubleOf(f, "D", "Vd")),
            lane: layout.lane,
          };
        },
      },
    );
  };
  const kinds = [
    { variants: multiple(n), number: 1 },
    { variants: oneLane(n), number: 2 },
    { variants: load ? [allLanes(n)] : [], number: 3 },
  ] as const;
  return instruction<StructureOperands>({
    name,
    ref: load ? `A8.8.${317 + 3 * n}` : `A8.8.${402 + 2 * n}`,
    summary: `${load ? "Loads" : "Stores"} ${n === 1 ? "elements" : `structures of ${n} elements`}: whole registers or one lane${load ? ", or to all lanes" : ""}.`,
    encodings: kinds.flatMap(({ variants: of, number }) =>
      of.flatMap((v) => [made(`A${number}`, v), made(`T${number}`, v)]),
    ),
    execute: transferStructure,
  });
};

export const STRUCTURES: readonly Instruction[] = [1, 2, 3, 4].flatMap((n) => [
  record(true, n),
  record(false, n),
]);
