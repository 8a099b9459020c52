/** Coprocessor instructions: system registers by CP14 and CP15; the others are UNDEFINED or floating point's. */
import { findRegister32, findRegister64, hsr, PASSED } from "../../arch/index.js";
import type { IrBuilder } from "../../ir/index.js";
import { composedEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { REGISTER_NAMES, identifierAt, registerNamed, type Element } from "../syntax/element.js";
import { VFP as VFP_RECORDS } from "../vfp/index.js";

type F = FieldMap;
const number = (field: string, prefix = ""): Element => ({
  print: (f) => `${prefix}${f[field]!}`,
  parse(text, at) {
    const rest = text.slice(at);
    const match = (prefix === "" ? /^[#p]?(\d+)/ : /^cr?(\d+)/i).exec(rest);
    return match === null
      ? []
      : [{ fields: { [field]: Number(match[1]) }, end: at + match[0].length }];
  },
});
/** Rt of MRC: 15 is the flags. */
const flagsRegister = (two: boolean): Element => ({
  // objdump knows the name in MRC alone.
  print: (f) => (f["Rt"] === 15 && !two ? "APSR_nzcv" : REGISTER_NAMES[f["Rt"]!]!),
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = name.toLowerCase() === "apsr_nzcv" ? 15 : registerNamed(name);
    return n === undefined ? [] : [{ fields: { Rt: n }, end: at + name.length }];
  },
});
/** ", {opc2}" is always printed. */
const opc2: Element = {
  print: (f) => `, {${f["opc2"]!}}`,
  parse(text, at) {
    const match = /^\s*,\s*\{?(\d)\}?/.exec(text.slice(at));
    return match === null
      ? [{ fields: { opc2: 0 }, end: at }]
      : [{ fields: { opc2: Number(match[1]) }, end: at + match[0].length }];
  },
};
const elements = {
  coproc: number("coproc"),
  opc1: number("opc1"),
  CRn: number("CRn", "cr"),
  CRm: number("CRm", "cr"),
  opc2,
  CRd: number("CRd", "cr"),
};

interface Move {
  readonly coprocessor: number;
  readonly opc1: number;
  readonly CRn: number;
  readonly CRm: number;
  readonly opc2: number;
  readonly t: number;
  readonly t2: number;
}
const moveOf = (f: F): Move => ({
  coprocessor: f["coproc"]!,
  opc1: f["opc1"]!,
  CRn: f["CRn"] ?? 0,
  CRm: f["CRm"]!,
  opc2: f["opc2"] ?? 0,
  t: f["Rt"]!,
  t2: f["Rt2"] ?? 0,
});
const isSystem = (coprocessor: number): boolean => coprocessor === 14 || coprocessor === 15;
/** Coprocessors 10 and 11 are floating point and Advanced SIMD: their records win. */
const VFP = ["VMRS", "VMSR", ...VFP_RECORDS.map((i) => i.name)];

const single = (read: boolean, two: boolean): Instruction => {
  const name = `${read ? "MRC" : "MCR"}${two ? "2" : ""}`;
  const rt = read ? "<flags>" : "<Rt>";
  const head = two ? "1111" : "cond:4";
  const t32 = two ? "1111" : "1110";
  const text = `${name.toLowerCase()}<c> <coproc>, <opc1>, ${rt}, <CRn>, <CRm><opc2>`;
  const rest = `1110 opc1:3 ${read ? 1 : 0} CRn:4 Rt:4 coproc:4 opc2:3 1 CRm:4`;
  const spec = {
    elements: { ...elements, flags: flagsRegister(two) },
    see: VFP,
    unpredictable: read ? [] : [unpredictable("Rt is PC", (f: F) => f["Rt"] === 15)],
    operands: moveOf,
  };
  return instruction<Move>({
    name,
    ref: read ? "A8.8.107" : "A8.8.98",
    summary: "Moves between a register and a coprocessor register.",
    encodings: [
      composedEncoding("A1", `${head} ${rest}`, {
        ...spec,
        asm: two ? text.replace("<c>", "") : text,
      }),
      composedEncoding("T1", `${t32} ${rest}`, {
        ...spec,
        asm: text,
        unpredictable: [
          unpredictable(
            "Rt is SP, or PC where it may not be",
            (f: F) => f["Rt"] === 13 || (!read && f["Rt"] === 15),
          ),
        ],
      }),
    ],
    execute(ir, o) {
      const register = two || !isSystem(o.coprocessor) ? -1 : findRegister32(o.coprocessor, o);
      if (register < 0) return unknown(ir, o);
      ir.syndrome(
        hsr(o.coprocessor === 15 ? "mcrCp15" : "mcrCp14", {
          ...PASSED,
          Opc2: o.opc2,
          Opc1: o.opc1,
          CRn: o.CRn,
          Rt: o.t,
          CRm: o.CRm,
          Direction: read ? 1 : 0,
        }),
      );
      if (!read) return ir.sysWrite(register, ir.reg(o.t));
      const value = ir.sysRead(register);
      if (o.t !== 15) return ir.setReg(o.t, value);
      (["N", "Z", "C", "V"] as const).forEach((flag, i) =>
        ir.setFlag(flag, ir.bits(value, 31 - i, 1)),
      );
    },
  });
};
/** An encoding without a register: UNDEFINED. */
const unknown = (ir: IrBuilder, _o: Move): void => ir.undefined();

const double = (read: boolean, two: boolean): Instruction => {
  const name = `${read ? "MRRC" : "MCRR"}${two ? "2" : ""}`;
  const head = two ? "1111" : "cond:4";
  const t32 = two ? "1111" : "1110";
  const text = `${name.toLowerCase()}<c> <coproc>, <opc1>, <Rt>, <Rt2>, <CRm>`;
  const rest = `1100010 ${read ? 1 : 0} Rt2:4 Rt:4 coproc:4 opc1:4 CRm:4`;
  const spec = {
    elements,
    see: VFP,
    unpredictable: [
      unpredictable(
        "a register is PC, or both are the same",
        (f: F) => f["Rt"] === 15 || f["Rt2"] === 15 || (read && f["Rt"] === f["Rt2"]),
      ),
    ],
    operands: moveOf,
  };
  return instruction<Move>({
    name,
    ref: read ? "A8.8.108" : "A8.8.99",
    summary: "Moves between two registers and a 64-bit coprocessor register.",
    encodings: [
      composedEncoding("A1", `${head} ${rest}`, {
        ...spec,
        asm: two ? text.replace("<c>", "") : text,
      }),
      composedEncoding("T1", `${t32} ${rest}`, { ...spec, asm: text }),
    ],
    execute(ir, o) {
      const register = two || !isSystem(o.coprocessor) ? -1 : findRegister64(o.coprocessor, o);
      if (register < 0) return unknown(ir, o);
      ir.syndrome(
        hsr(o.coprocessor === 15 ? "mcrrCp15" : "mrrcCp14", {
          ...PASSED,
          Opc1: o.opc1,
          Rt2: o.t2,
          Rt: o.t,
          CRm: o.CRm,
          Direction: read ? 1 : 0,
        }),
      );
      if (!read) return ir.sysWrite(register, ir.reg(o.t), ir.reg(o.t2));
      const { low, high } = ir.sysReadWide(register);
      ir.setReg(o.t, low);
      ir.setReg(o.t2, high);
    },
  });
};

const CDP = [false, true].map((two) => {
  const text = `cdp${two ? "2" : "<c>"} <coproc>, <opc1>, <CRd>, <CRn>, <CRm><opc2>`;
  const rest = "1110 opc1:4 CRn:4 CRd:4 coproc:4 opc2:3 0 CRm:4";
  return instruction<object>({
    name: two ? "CDP2" : "CDP",
    ref: "A8.8.30",
    summary: "Coprocessor data operation: UNDEFINED, no coprocessor takes it.",
    encodings: [
      composedEncoding<object>("A1", `${two ? "1111" : "cond:4"} ${rest}`, {
        asm: text,
        elements,
        see: VFP,
        operands: () => ({}),
      }),
      composedEncoding<object>("T1", `${two ? "1111" : "1110"} ${rest}`, {
        asm: text.replace(/^cdp2/, "cdp2<c>"),
        elements,
        see: VFP,
        operands: () => ({}),
      }),
    ],
    execute: (ir) => ir.undefined(),
  });
});

const transferAddress: Element = {
  print(f) {
    const base = `[${REGISTER_NAMES[f["Rn"]!]!}`;
    const offset = `#${f["U"] === 1 ? "" : "-"}${f["imm8"]! * 4}`;
    if (f["P"] === 0 && f["W"] === 0) return `${base}], {${f["imm8"]!}}`;
    // objdump shows no offset of plus zero, and no writeback of a zero either.
    if (f["imm8"] === 0 && f["U"] === 1) return `${base}]`;
    if (f["imm8"] === 0 && f["P"] === 1) return `${base}, ${offset}]`;
    return f["P"] === 1 ? `${base}, ${offset}]${f["W"] === 1 ? "!" : ""}` : `${base}], ${offset}`;
  },
  parse(text, at) {
    const match =
      /^\[\s*(\w+)\s*(?:,\s*#(-?)(\d+)\s*)?\](!?)(?:\s*,\s*(?:#(-?)(\d+)|\{(\d+)\}))?/.exec(
        text.slice(at),
      );
    const n = registerNamed(match?.[1] ?? "");
    if (match === null || n === undefined) return [];
    const end = at + match[0].length;
    if (match[7] !== undefined)
      return [{ fields: { Rn: n, P: 0, U: 1, W: 0, imm8: Number(match[7]) }, end }];
    if (match[6] !== undefined)
      return [
        {
          fields: { Rn: n, P: 0, W: 1, U: match[5] === "-" ? 0 : 1, imm8: Number(match[6]) / 4 },
          end,
        },
      ];
    return [
      {
        fields: {
          Rn: n,
          P: 1,
          W: match[4] === "!" ? 1 : 0,
          U: match[2] === "-" ? 0 : 1,
          imm8: Number(match[3] ?? 0) / 4,
        },
        end,
      },
    ];
  },
};
const LDC_STC = [true, false].flatMap((load) =>
  [false, true].map((two) => {
    const base = `${load ? "ldc" : "stc"}${two ? "2" : ""}`;
    const forms = (cond: string) => [
      {
        text: `${base}l${cond} <coproc>, <CRd>, <address>`,
        when: (f: F) => f["D"] === 1,
        fields: { D: 1 },
      },
      { text: `${base}${cond} <coproc>, <CRd>, <address>`, fields: { D: 0 } },
    ];
    const rest = `110 P:1 U:1 D:1 W:1 ${load ? 1 : 0} Rn:4 CRd:4 coproc:4 imm8:8`;
    const see = [...VFP, "MCRR", "MRRC", "MCRR2", "MRRC2"];
    const spec = {
      elements: { ...elements, address: transferAddress, coproc: number("coproc") },
      see,
      undefined: (f: F) => f["P"] === 0 && f["U"] === 0 && f["D"] === 0 && f["W"] === 0,
      unpredictable: [
        unpredictable(
          "the base is PC with writeback or a store",
          (f: F) => f["Rn"] === 15 && (f["W"] === 1 || !load),
        ),
      ],
      operands: () => ({}),
    };
    return instruction<object>({
      name: base.toUpperCase(),
      ref: "A8.8.55",
      summary:
        "Coprocessor transfer: UNDEFINED, no coprocessor takes it but CP14's debug channel, which is not modelled.",
      encodings: [
        composedEncoding<object>("A1", `${two ? "1111" : "cond:4"} ${rest}`, {
          ...spec,
          asm: forms(two ? "" : "<c>"),
        }),
        composedEncoding<object>("T1", `${two ? "1111" : "1110"} ${rest}`, {
          ...spec,
          asm: forms("<c>"),
        }),
      ],
      execute: (ir) => ir.undefined(),
    });
  }),
);

export const COPROCESSOR: readonly Instruction[] = [
  single(true, false),
  single(false, false),
  single(true, true),
  single(false, true),
  double(true, false),
  double(false, false),
  double(true, true),
  double(false, true),
  ...CDP,
  ...LDC_STC,
];
