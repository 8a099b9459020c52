/** Advanced SIMD: extraction, table look-up, duplication of a scalar (DDI 0406C, A7.4, VEXT, VTBL, VDUP). */
import type { Slot } from "../../arch/index.js";
import { unpredictable, type Instruction } from "../instruction.js";
import { unsignedImmediate, type Element } from "../syntax/element.js";
import { scalarElement } from "./simd-elements.js";
import { doubleOf, simdRecord, type F } from "./simd-record.js";

const VEXT = simdRecord({
  name: "VEXT",
  ref: "A8.8.316",
  summary: "Bytes from the middle of two registers.",
  bits: "0 1 D:1 11 Vn:4 Vd:4 imm4:4 N:1 Q:1 M:1 0 Vm:4",
  shape: { d: "v", n: "v", m: "v" },
  text: "vext<c>.8",
  tail: ", <imm4>",
  elements: { imm4: unsignedImmediate("imm4", 4) },
  undefined: (f) => f["Q"] === 0 && f["imm4"]! > 7,
  op: "vext",
  parameters: (f) => ({ amount: f["imm4"]! }),
});

/** {d1-d3}: len + 1 registers from N:Vn on. */
const table: Element = {
  print(f) {
    const first = doubleOf(f, "N", "Vn");
    // objdump counts on from d31 to d0.
    return f["len"] === 0 ? `{d${first}}` : `{d${first}-d${(first + f["len"]!) & 31}}`;
  },
  parse(text, at) {
    const match = /^\{\s*d(\d{1,2})\s*((?:[-,]\s*d\d{1,2}\s*)*)\}/i.exec(text.slice(at));
    if (match === null) return [];
    const first = Number(match[1]);
    const others = [...match[2]!.matchAll(/([-,])\s*d(\d{1,2})/gi)];
    const last = others.length === 0 ? first : Number(others.at(-1)![2]);
    const len = (last - first) & 31;
    const inOrder = others.every((o, i) =>
      o[1] === "-" ? others.length === 1 : Number(o[2]) === first + i + 1,
    );
    return first > 31 || last > 31 || len > 3 || !inOrder
      ? []
      : [{ fields: { N: first >> 4, Vn: first & 15, len }, end: at + match[0].length }];
  },
};
const lookUp = (name: "VTBL" | "VTBX", op: 0 | 1): Instruction =>
  simdRecord({
    name,
    ref: "A8.8.419",
    summary:
      op === 0
        ? "Bytes of a table by their numbers; zero beyond it."
        : "Bytes of a table by their numbers; unchanged beyond it.",
    bits: `1 1 D:1 11 Vn:4 Vd:4 10 len:2 N:1 ${op} M:1 0 Vm:4`,
    shape: { d: "d", n: "d", m: "d" },
    forms: [{ text: `${name.toLowerCase()}<c>.8 <Dd>, <table>, <Dm>` }],
    elements: { table },
    unpredictable: [
      unpredictable(
        "the table goes beyond D31",
        (f: F) => doubleOf(f, "N", "Vn") + f["len"]! > 31,
        "undefined",
      ),
    ],
    op: op === 0 ? "vtbl" : "vtbx",
    parameters: (f) => ({ amount: 8 * (f["len"]! + 1) }),
  });

/** log2 of the element's size in bytes: the lowest one of imm4. */
const sizeOf = (f: F): number => 31 - Math.clz32(f["imm4"]! & -f["imm4"]!);
const scalarOf = (f: F): { register: number; index: number } => ({
  register: doubleOf(f, "M", "Vm"),
  index: f["imm4"]! >> (sizeOf(f) + 1),
});
const VDUP = simdRecord({
  name: "VDUP (scalar)",
  ref: "A8.8.313",
  summary: "Writes one element to each.",
  bits: "1 1 D:1 11 imm4:4 Vd:4 11000 Q:1 M:1 0 Vm:4",
  shape: { d: "v", m: "s" },
  text: "vdup<c>.<bits>",
  elements: {
    bits: {
      print: (f) => String(8 << sizeOf(f)),
      parse: (text, at) =>
        [0, 1, 2].flatMap((size) => {
          const digits = String(8 << size);
          return text.startsWith(digits, at)
            ? [{ fields: { elementSize: size }, end: at + digits.length }]
            : [];
        }),
    },
    scalar: scalarElement(scalarOf, (register, index) =>
      [0, 1, 2]
        .filter((size) => index < 8 >> size)
        .map((size) => ({
          M: register >> 4,
          Vm: register & 15,
          imm4: ((index * 2 + 1) << size) & 15,
          elementSize: size,
        })),
    ),
  },
  scalar: scalarOf,
  undefined: (f) => (f["imm4"]! & 7) === 0,
  body(ir, o) {
    const size = sizeOf(o.f);
    const bits = 8 << size;
    const at = scalarOf(o.f).index * bits;
    const element = ir.bits(ir.get((o.m + (at >> 5)) as Slot), at & 31, bits);
    const word = ir.mul(element, ir.const([0x0101_0101, 0x1_0001, 1][size]!));
    for (let i = 0; i < o.words; i++) ir.put((o.d + i) as Slot, word);
  },
});

export const TABLE_AND_DUPLICATE: readonly Instruction[] = [
  VEXT,
  lookUp("VTBL", 0),
  lookUp("VTBX", 1),
  VDUP,
];
