/** SXTB, SXTH, SXTB16, UXTB, UXTH, UXTB16 and the forms that add: SXTAB and its kin. */
import type { IrBuilder, Value } from "../../ir/index.js";
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { expressionEnd, identifierAt, skipSpace, type Element } from "../syntax/element.js";
import { registerOf } from "./operand-elements.js";
import { notPc, notSpOrPc } from "./register-rules.js";

interface Extend {
  readonly d: number;
  /** Undefined in the forms that do not add. */
  readonly n: number | undefined;
  readonly m: number;
  /** 0, 8, 16 or 24. */
  readonly rotation: number;
}
interface Row {
  /** What stands after S or U and XT, XTA. */
  readonly what: "B" | "H" | "B16";
  /** A32 bits 21:20. */
  readonly a32: string;
  /** T32 bits 22:21 of the first halfword's place. */
  readonly t32: string;
  /** T16 bit 6. */
  readonly t16?: 0 | 1;
  readonly extended: string;
  /** Sections of SXTx, UXTx, SXTAx, UXTAx. */
  readonly refs: readonly [string, string, string, string];
}
const ROWS: readonly Row[] = [
  {
    what: "B16",
    a32: "00",
    t32: "01",
    extended: "two bytes to halfwords",
    refs: ["A8.8.234", "A8.8.275", "A8.8.231", "A8.8.272"],
  },
  {
    what: "B",
    a32: "10",
    t32: "10",
    t16: 1,
    extended: "a byte to a word",
    refs: ["A8.8.233", "A8.8.274", "A8.8.230", "A8.8.271"],
  },
  {
    what: "H",
    a32: "11",
    t32: "00",
    t16: 0,
    extended: "a halfword to a word",
    refs: ["A8.8.235", "A8.8.276", "A8.8.232", "A8.8.273"],
  },
];

/** ", ror #8" and its kin, field rotate. */
const rotation: Element = {
  print: (f) => (f["rotate"] === 0 ? "" : `, ror #${f["rotate"]! * 8}`),
  parse(text, at, context) {
    let i = skipSpace(text, at);
    if (text[i] !== ",") return [{ fields: { rotate: 0 }, end: at }];
    i = skipSpace(text, i + 1);
    if (identifierAt(text, i).toLowerCase() !== "ror") return [];
    i = skipSpace(text, i + 3);
    const start = text[i] === "#" ? i + 1 : i;
    const end = expressionEnd(text, start);
    const n = context.evaluate(text.slice(start, end).trim()) ?? 0;
    return [0, 8, 16, 24].includes(n) ? [{ fields: { rotate: n / 8 }, end }] : [];
  },
};
const destinationAndSource = registerOf(
  (f) => f["Rd"]!,
  (n) => ({ Rd: n, Rm: n }),
);

const extendBody =
  (what: Row["what"], unsigned: boolean) =>
  (ir: IrBuilder, o: Extend): void => {
    const rotated = ir.ror(ir.reg(o.m), ir.const(o.rotation));
    const byte = (v: Value): Value => (unsigned ? ir.and(v, ir.const(0xff)) : ir.signExtend8(v));
    const n = o.n === undefined ? ir.const(0) : ir.reg(o.n);
    if (what === "B16") {
      const half = ir.const(16);
      const low = ir.add(n, byte(rotated));
      const high = ir.add(ir.shr(n, half), byte(ir.shr(rotated, half)));
      return ir.setReg(o.d, ir.or(ir.and(low, ir.const(0xffff)), ir.shl(high, half)));
    }
    const halfword = (v: Value): Value =>
      unsigned ? ir.and(v, ir.const(0xffff)) : ir.signExtend16(v);
    ir.setReg(o.d, ir.add(n, what === "B" ? byte(rotated) : halfword(rotated)));
  };

const records = (row: Row, unsigned: boolean): Instruction[] => {
  const sign = unsigned ? "U" : "S";
  const bit = unsigned ? 1 : 0;
  const plain = `${sign}XT${row.what}`;
  const record = (name: string, ref: string, adds: boolean): Instruction => {
    const lower = name.toLowerCase();
    const rn = adds ? "Rn:4" : "1111";
    const registers = adds ? "<Rd>, <Rn>, <Rm>" : "<Rd>, <Rm>";
    const see = adds ? [plain] : [];
    const narrow = !adds && row.t16 !== undefined;
    const short = (wide: string) =>
      adds ? [] : [{ text: `${lower}<c>${wide} <both><rotation>`, parseOnly: true }];
    const operands = (f: FieldMap): Extend => ({
      d: f["Rd"]!,
      n: f["Rn"],
      m: f["Rm"]!,
      rotation: (f["rotate"] ?? 0) * 8,
    });
    const wide = narrow ? "<w>" : "";
    return instruction<Extend>({
      name,
      ref,
      summary: `${unsigned ? "Zero" : "Sign"}-extends ${row.extended}${adds ? " and adds" : ""}.`,
      encodings: [
        strictEncoding(
          "A1",
          `cond:4 01101 ${bit} ${row.a32} ${rn} Rd:4 rotate:2 (0)(0) 0111 Rm:4`,
          {
            asm: [{ text: `${lower}<c> ${registers}<rotation>` }, ...short("")],
            elements: { rotation, both: destinationAndSource },
            see,
            unpredictable: [notPc("Rd", "Rm")],
            operands,
          },
        ),
        ...(narrow
          ? [
              strictEncoding<Extend>("T1", `10110010 ${bit} ${row.t16!} Rm:3 Rd:3`, {
                asm: `${lower}<c> <Rd>, <Rm>`,
                operands,
              }),
            ]
          : []),
        strictEncoding(
          narrow ? "T2" : "T1",
          `111110100 ${row.t32} ${bit} ${rn} 1111 Rd:4 1 (0) rotate:2 Rm:4`,
          {
            asm: [{ text: `${lower}<c>${wide} ${registers}<rotation>` }, ...short(wide)],
            elements: { rotation, both: destinationAndSource },
            see,
            unpredictable: [
              notSpOrPc("Rd", "Rm"),
              unpredictable("Rn is the SP", (f: FieldMap) => f["Rn"] === 13),
            ],
            operands,
          },
        ),
      ],
      execute: extendBody(row.what, unsigned),
    });
  };
  return [
    record(plain, row.refs[bit], false),
    record(`${sign}XTA${row.what}`, row.refs[bit + 2]!, true),
  ];
};

export const EXTENDS: readonly Instruction[] = ROWS.flatMap((row) => [
  ...records(row, false),
  ...records(row, true),
]);
