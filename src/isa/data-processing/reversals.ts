/** CLZ, RBIT, REV, REV16 and REVSH: one register in, one out. */
import type { IrBuilder, Value } from "../../ir/index.js";
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { registerOf } from "./operand-elements.js";
import { notPc, notSpOrPc } from "./register-rules.js";

interface Row {
  readonly name: string;
  readonly ref: string;
  readonly summary: string;
  /** A32 bits 27:20 and 7:4. */
  readonly a32: readonly [string, string];
  /** T16 bits 7:6, where there is such an encoding. */
  readonly t16?: string;
  /** T32 bits 22:20 of the first halfword's place and 5:4. */
  readonly t32: readonly [string, string];
  readonly compute: (ir: IrBuilder, m: Value) => Value;
}
const ROWS: readonly Row[] = [
  {
    name: "CLZ",
    ref: "A8.8.33",
    summary: "Counts leading zeros.",
    a32: ["00010110", "0001"],
    t32: ["011", "00"],
    compute: (ir, m) => ir.countLeadingZeros(m),
  },
  {
    name: "RBIT",
    ref: "A8.8.144",
    summary: "Reverses the bits of a word.",
    a32: ["01101111", "0011"],
    t32: ["001", "10"],
    compute: (ir, m) => ir.reverseBits(m),
  },
  {
    name: "REV",
    ref: "A8.8.145",
    summary: "Reverses the bytes of a word.",
    a32: ["01101011", "0011"],
    t16: "00",
    t32: ["001", "00"],
    compute: (ir, m) => ir.reverseBytes(m),
  },
  {
    name: "REV16",
    ref: "A8.8.146",
    summary: "Reverses the bytes of each halfword.",
    a32: ["01101011", "1011"],
    t16: "01",
    t32: ["001", "01"],
    compute: (ir, m) => ir.ror(ir.reverseBytes(m), ir.const(16)),
  },
  {
    name: "REVSH",
    ref: "A8.8.147",
    summary: "Reverses the bytes of the low halfword and sign-extends it.",
    a32: ["01101111", "1011"],
    t16: "11",
    t32: ["001", "11"],
    compute: (ir, m) => ir.sar(ir.reverseBytes(m), ir.const(16)),
  },
];

/** Rm of T32, which holds it twice. */
const twice = registerOf(
  (f) => f["Rm"]!,
  (n) => ({ Rm: n, Rm2: n }),
);

export const REVERSALS: readonly Instruction[] = ROWS.map((row) => {
  const lower = row.name.toLowerCase();
  const operands = (f: FieldMap) => ({ d: f["Rd"]!, m: f["Rm"]! });
  const text = `${lower}<c> <Rd>, <Rm>`;
  return instruction<{ d: number; m: number }>({
    name: row.name,
    ref: row.ref,
    summary: row.summary,
    encodings: [
      strictEncoding(
        "A1",
        `cond:4 ${row.a32[0]} (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) ${row.a32[1]} Rm:4`,
        {
          asm: text,
          unpredictable: [notPc("Rd", "Rm")],
          operands,
        },
      ),
      ...(row.t16 === undefined
        ? []
        : [
            strictEncoding<{ d: number; m: number }>("T1", `10111010 ${row.t16} Rm:3 Rd:3`, {
              asm: text,
              operands,
            }),
          ]),
      strictEncoding(
        row.t16 === undefined ? "T1" : "T2",
        `111110101 ${row.t32[0]} Rm2:4 1111 Rd:4 10 ${row.t32[1]} Rm:4`,
        {
          asm: row.t16 === undefined ? text : `${lower}<c><w> <Rd>, <Rm>`,
          elements: { Rm: twice },
          unpredictable: [
            notSpOrPc("Rd", "Rm"),
            // The reference emulator looks at the second copy alone.
            unpredictable("the two copies of Rm differ", (f: FieldMap) => f["Rm"] !== f["Rm2"]),
          ],
          operands,
        },
      ),
    ],
    execute: (ir, o) => ir.setReg(o.d, row.compute(ir, ir.reg(o.m))),
  });
});
