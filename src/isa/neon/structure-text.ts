/** Text of element and structure loads and stores: register lists and addresses. */
import type { FieldMap } from "../pattern.js";
import {
  identifierAt,
  REGISTER_NAMES,
  registerNamed,
  type Element,
  type Parsed,
} from "../syntax/element.js";

export type F = FieldMap;

/** "[r1 :64]", "[r1]!", "[r1], r2"; Rm is 15 for no writeback, 13 for writeback by the size. */
export const structureAddress = (
  /** Alignment in bytes that the fields say; 1 for none. */
  alignmentOf: (f: F) => number,
  /** Ways in which fields can say an alignment. */
  fieldsOf: (alignment: number) => readonly F[],
): Element => ({
  print(f) {
    const alignment = alignmentOf(f);
    const at = alignment === 1 ? "" : ` :${alignment * 8}`;
    const m = f["Rm"]!;
    const tail = m === 15 ? "" : m === 13 ? "!" : `, ${REGISTER_NAMES[m]!}`;
    return `[${REGISTER_NAMES[f["Rn"]!]!}${at}]${tail}`;
  },
  parse(text, at): Parsed[] {
    const match = /^\[\s*(\w+)\s*(?:(?:,\s*)?[:@]\s*(\d+)\s*)?\]\s*(?:(!)|,\s*(\w+))?/.exec(
      text.slice(at),
    );
    if (match === null) return [];
    const Rn = registerNamed(match[1]!);
    const Rm =
      match[3] === undefined
        ? match[4] === undefined
          ? 15
          : registerNamed(identifierAt(match[4], 0))
        : 13;
    if (Rn === undefined || Rm === undefined) return [];
    const end = at + match[0].length;
    const alignment = match[2] === undefined ? 1 : Number(match[2]) / 8;
    return fieldsOf(alignment).map((fields) => ({ fields: { ...fields, Rn, Rm }, end }));
  },
});

/** What a list in braces says: first register, count, step from one to the next, and element index. */
export interface ListText {
  readonly first: number;
  readonly count: number;
  readonly step: number;
  /** Number of the element; "all" for every lane, undefined for whole registers. */
  readonly index: number | "all" | undefined;
}
const bracket = (index: ListText["index"]): string =>
  index === undefined ? "" : index === "all" ? "[]" : `[${index}]`;

/** "{d0-d3}", "{d0,d2}", "{d1[2],d2[2]}", "{d0[]-d1[]}". */
const printList = ({ first, count, step, index }: ListText): string => {
  const name = (i: number): string => `d${(first + i * step) & 31}${bracket(index)}`;
  if (count === 1) return `{${name(0)}}`;
  // objdump gives a range for neighbours, save for single elements.
  if (step === 1 && typeof index !== "number") return `{${name(0)}-${name(count - 1)}}`;
  return `{${Array.from({ length: count }, (_, i) => name(i)).join(",")}}`;
};
/** Reads a list, or undefined where the text is none with equal steps and indices. */
const parseList = (text: string, at: number): { list: ListText; end: number } | undefined => {
  const whole = /^\{([^}]*)\}/.exec(text.slice(at));
  if (whole === null) return undefined;
  const numbers: number[] = [];
  let index: ListText["index"];
  for (const piece of whole[1]!.split(",")) {
    const match =
      /^\s*d(\d{1,2})\s*(\[\s*(\d*)\s*\])?\s*(?:-\s*d(\d{1,2})\s*(?:\[\s*(\d*)\s*\])?)?\s*$/i.exec(
        piece,
      );
    if (match === null) return undefined;
    const here: ListText["index"] =
      match[2] === undefined ? undefined : match[3] === "" ? "all" : Number(match[3]);
    if (numbers.length > 0 && here !== index) return undefined;
    index = here;
    const from = Number(match[1]);
    const to = match[4] === undefined ? from : Number(match[4]);
    const span = (to - from) & 31;
    if (from > 31 || to > 31 || span > 3) return undefined;
    for (let i = 0; i <= span; i++) numbers.push((from + i) & 31);
  }
  const step = numbers.length === 1 ? 1 : (numbers[1]! - numbers[0]!) & 31;
  if (numbers.length > 4 || numbers.some((n, i) => n !== ((numbers[0]! + i * step) & 31)))
    return undefined;
  return {
    list: { first: numbers[0]!, count: numbers.length, step, index },
    end: at + whole[0].length,
  };
};
/** A list element: `listOf` says what fields mean, `fieldsOf` in which ways they can say a list. */
export const structureList = (
  listOf: (f: F) => ListText,
  fieldsOf: (list: ListText) => readonly F[],
): Element => ({
  print: (f) => printList(listOf(f)),
  parse(text, at): Parsed[] {
    const found = parseList(text, at);
    if (found === undefined) return [];
    const { first } = found.list;
    return fieldsOf(found.list).map((fields) => ({
      fields: { ...fields, D: first >> 4, Vd: first & 15 },
      end: found.end,
    }));
  },
});
