/** CLZ, reversals, bit fields, extends, saturation, PKH and SEL. */
import type { IrBuilder, Value } from "../../ir/index.js";
import { encoding, instruction, unpredictable, type Encoding, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { immediateElement, REGISTER_NAMES, unsignedImmediate, type Element } from "../syntax/element.js";
import { decodeImmShift, shiftElement, type ImmediateShift } from "../syntax/shift-element.js";

type F = FieldMap;
const bad = (n: number | undefined): boolean => n === 13 || n === 15;
const made = <O>(label: Encoding["label"], pattern: string, spec: Parameters<typeof encoding<string, O>>[2]): Encoding<O> =>
  encoding<string, O>(label, pattern, spec);
const noPc = (...names: string[]) => unpredictable("a register is PC", (f: F) => names.some((n) => f[n] === 15));
const noSpPc = (...names: string[]) => unpredictable("a register is SP or PC", (f: F) => names.some((n) => bad(f[n])));

// ---- one register in, one out -----------------------------------------------------------------------

interface Unary {
  readonly d: number;
  readonly m: number;
}
const unary = (name: string, ref: string, a1: string, t16: string | undefined, t32: string, body: (ir: IrBuilder, m: Value) => Value): Instruction =>
  instruction<Unary>({
    name, ref, summary: "Rearranges or counts the bits of a register.",
    encodings: [
      made("A1", `cond:4 ${a1}`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rm>`, unpredictable: [noPc("Rd", "Rm")],
        operands: (f: F) => ({ d: f["Rd"]!, m: f["Rm"]! }),
      }),
      ...(t16 === undefined ? [] : [made<Unary>("T1", t16, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rm>`, operands: (f: F) => ({ d: f["Rd"]!, m: f["Rm"]! }),
      })]),
      made("T2", t32, {
        asm: `${name.toLowerCase()}<c>${t16 === undefined ? "" : "<w>"} <Rd>, <Rm>`,
        unpredictable: [
          noSpPc("Rd", "Rm"),
          unpredictable("the two copies of Rm differ", (f: F) => f["Rm"] !== f["Rm2"]),
        ],
        elements: { Rm: twice },
        operands: (f: F) => ({ d: f["Rd"]!, m: f["Rm"]! }),
      }),
    ],
    execute: (ir, o) => ir.setReg(o.d, body(ir, ir.reg(o.m))),
  });
/** Rm of T32 forms that hold it twice. */
const twice: Element = {
  print: (f) => REGISTER_NAMES[f["Rm"]!]!,
  parse(text, at, context) {
    return registerIn("Rm").parse(text, at, context).map((p) => ({ ...p, fields: { Rm: p.fields["Rm"]!, Rm2: p.fields["Rm"]! } }));
  },
};
const registerIn = (field: string): Element => ({
  print: (f) => REGISTER_NAMES[f[field]!]!,
  parse(text, at) {
    const name = /^[a-z]+[0-9]*/i.exec(text.slice(at))?.[0] ?? "";
    const alias: Record<string, number> = { r10: 10, r11: 11, r12: 12, r13: 13, r14: 14, r15: 15 };
    const n = (REGISTER_NAMES as readonly string[]).indexOf(name);
    const number = n >= 0 ? n : alias[name];
    return number === undefined ? [] : [{ fields: { [field]: number }, end: at + name.length }];
  },
});
const half = (ir: IrBuilder, m: Value): Value => ir.reverseBytes(m);
const UNARIES = [
  unary("CLZ", "A8.8.33", "00010110 (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) 0001 Rm:4", undefined, "111110101011 Rm2:4 1111 Rd:4 1000 Rm:4", (ir, m) => ir.countLeadingZeros(m)),
  unary("RBIT", "A8.8.144", "01101111 (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) 0011 Rm:4", undefined, "111110101001 Rm2:4 1111 Rd:4 1010 Rm:4", (ir, m) => ir.reverseBits(m)),
  unary("REV", "A8.8.145", "01101011 (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) 0011 Rm:4", "1011101000 Rm:3 Rd:3", "111110101001 Rm2:4 1111 Rd:4 1000 Rm:4", (ir, m) => ir.reverseBytes(m)),
  unary("REV16", "A8.8.146", "01101011 (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) 1011 Rm:4", "1011101001 Rm:3 Rd:3", "111110101001 Rm2:4 1111 Rd:4 1001 Rm:4", (ir, m) => ir.ror(half(ir, m), ir.const(16))),
  unary("REVSH", "A8.8.147", "01101111 (1)(1)(1)(1) Rd:4 (1)(1)(1)(1) 1011 Rm:4", "1011101011 Rm:3 Rd:3", "111110101001 Rm2:4 1111 Rd:4 1011 Rm:4", (ir, m) => ir.signExtend16(ir.shr(half(ir, m), ir.const(16)))),
];

// ---- bit fields -------------------------------------------------------------------------------------

interface Field {
  readonly d: number;
  readonly n: number;
  readonly lsb: number;
  /** Width in bits, 1 to 32. */
  readonly width: number;
}
const imm5Of = (f: F): number => (f["imm3"]! << 2) | f["imm2"]!;
const lsbElement = (t32: boolean): Element =>
  immediateElement(
    (f) => (t32 ? imm5Of(f) : f["lsb"]!),
    (n): Record<string, number> | undefined => (n < 0 || n > 31 ? undefined : t32 ? { imm3: n >> 2, imm2: n & 3 } : { lsb: n }),
  );
/** Width of BFI and BFC: msb field, printed as msb - lsb + 1; the lsb must have been read. */
const msbWidth = (t32: boolean): Element => ({
  print: (f) => `#${f["msb"]! - (t32 ? imm5Of(f) : f["lsb"]!) + 1}`,
  parse(text, at, context) {
    const before = /#\s*(\w+)\s*,\s*$/.exec(text.slice(0, at));
    const start = Number(before?.[1] ?? NaN);
    return immediateElement(() => 0, (n) => {
      const msb = start + n - 1;
      return n >= 1 && msb <= 31 ? { msb } : undefined;
    }).parse(text, at, context);
  },
});
const extractField = (name: string, op: string, signed: boolean): Instruction =>
  instruction<Field>({
    name, ref: signed ? "A8.8.164" : "A8.8.246", summary: "Extracts a bit field.",
    encodings: [
      made("A1", `cond:4 01111 ${op} widthm1:5 Rd:4 lsb:5 101 Rn:4`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rn>, <lsb>, <width>`,
        elements: { lsb: lsbElement(false), width: unsignedImmediate("widthm1", 5, 1, 1) },
        unpredictable: [noPc("Rd", "Rn"), unpredictable("the field ends above bit 31", (f: F) => f["lsb"]! + f["widthm1"]! > 31, { "cortex-a15": "execute", "reference-emulator": "undefined" })],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, lsb: f["lsb"]!, width: f["widthm1"]! + 1 }),
      }),
      made("T1", `11110 (0) 11 ${signed ? "0100" : "1100"} Rn:4 0 imm3:3 Rd:4 imm2:2 (0) widthm1:5`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rn>, <lsb>, <width>`,
        elements: { lsb: lsbElement(true), width: unsignedImmediate("widthm1", 5, 1, 1) },
        unpredictable: [noSpPc("Rd", "Rn"), unpredictable("the field ends above bit 31", (f: F) => imm5Of(f) + f["widthm1"]! > 31, { "cortex-a15": "execute", "reference-emulator": "undefined" })],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, lsb: imm5Of(f), width: f["widthm1"]! + 1 }),
      }),
    ],
    execute(ir, o) {
      const width = Math.min(o.width, 32 - o.lsb);
      const left = ir.const(32 - o.lsb - width);
      const moved = ir.shl(ir.reg(o.n), left);
      const right = ir.const(32 - width);
      ir.setReg(o.d, signed ? ir.sar(moved, right) : ir.shr(moved, right));
    },
  });
const insertField = (name: "BFI" | "BFC"): Instruction => {
  const clear = name === "BFC";
  const rn = clear ? "1111" : "Rn:4";
  const asm = clear ? "bfc<c> <Rd>, <lsb>, <width>" : "bfi<c> <Rd>, <Rn>, <lsb>, <width>";
  const range = (t32: boolean) =>
    unpredictable("msb is below lsb", (f: F) => f["msb"]! < (t32 ? imm5Of(f) : f["lsb"]!), { "cortex-a15": "nop", "reference-emulator": "undefined" });
  return instruction<Field>({
    name, ref: clear ? "A8.8.19" : "A8.8.20", summary: clear ? "Clears a bit field." : "Copies low bits into a bit field.",
    encodings: [
      made("A1", `cond:4 0111110 msb:5 Rd:4 lsb:5 001 ${rn}`, {
        asm, elements: { lsb: lsbElement(false), width: msbWidth(false) }, ...(clear ? {} : { see: ["BFC"] }),
        unpredictable: [noPc("Rd"), range(false)],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"] ?? 15, lsb: f["lsb"]!, width: f["msb"]! - f["lsb"]! + 1 }),
      }),
      made("T1", `11110 (0) 110110 ${rn} 0 imm3:3 Rd:4 imm2:2 (0) msb:5`, {
        asm, elements: { lsb: lsbElement(true), width: msbWidth(true) }, ...(clear ? {} : { see: ["BFC"] }),
        unpredictable: [noSpPc("Rd"), range(true)],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"] ?? 15, lsb: imm5Of(f), width: f["msb"]! - imm5Of(f) + 1 }),
      }),
    ],
    execute(ir, o) {
      const mask = (2 ** o.width - 1) * 2 ** o.lsb;
      const kept = ir.and(ir.reg(o.d), ir.const(~mask));
      if (clear) return ir.setReg(o.d, kept);
      const moved = ir.and(ir.shl(ir.reg(o.n), ir.const(o.lsb)), ir.const(mask));
      ir.setReg(o.d, ir.or(kept, moved));
    },
  });
};

// ---- extends ----------------------------------------------------------------------------------------

interface Extend {
  readonly d: number;
  /** 15 for the forms without an addend. */
  readonly n: number;
  readonly m: number;
  readonly rotation: number;
}
/** ", ror #8" and its kin, field rotate. */
const rotation: Element = {
  print: (f) => (f["rotate"] === 0 ? "" : `, ror #${f["rotate"]! * 8}`),
  parse(text, at) {
    const match = /^\s*,\s*ror\s+#(0|8|16|24)\b/i.exec(text.slice(at));
    if (match === null) return [{ fields: { rotate: 0 }, end: at }];
    return [{ fields: { rotate: Number(match[1]) / 8 }, end: at + match[0].length }];
  },
};
const EXTENDS: readonly { name: string; op: string; t32: string; t16?: string; extend: (ir: IrBuilder, v: Value) => Value; halves: boolean }[] = [
  { name: "XTB16", op: "000", t32: "010", halves: true, extend: (ir, v) => v },
  { name: "XTB", op: "010", t32: "100", t16: "1", halves: false, extend: (ir, v) => v },
  { name: "XTH", op: "011", t32: "000", t16: "0", halves: false, extend: (ir, v) => v },
];
const extendBody = (base: string, unsigned: boolean) => (ir: IrBuilder, o: Extend): void => {
  const rotated = ir.ror(ir.reg(o.m), ir.const(o.rotation));
  const byte = (v: Value): Value => (unsigned ? ir.and(v, ir.const(0xff)) : ir.signExtend8(v));
  if (base === "XTB16") {
    const low = byte(rotated);
    const high = byte(ir.shr(rotated, ir.const(16)));
    const addLow = o.n === 15 ? low : ir.add(ir.reg(o.n), low);
    const addHigh = o.n === 15 ? high : ir.add(ir.shr(ir.reg(o.n), ir.const(16)), high);
    return ir.setReg(o.d, ir.or(ir.and(addLow, ir.const(0xffff)), ir.shl(addHigh, ir.const(16))));
  }
  const value = base === "XTB" ? byte(rotated) : unsigned ? ir.and(rotated, ir.const(0xffff)) : ir.signExtend16(rotated);
  ir.setReg(o.d, o.n === 15 ? value : ir.add(ir.reg(o.n), value));
};
const extendRecords = EXTENDS.flatMap((e) =>
  [false, true].flatMap((unsigned) => {
    const sign = unsigned ? "U" : "S";
    const plain = `${sign}${e.name}`;
    const added = `${sign}XTA${e.name.slice(2)}`;
    const a32 = `cond:4 01101 ${unsigned ? 1 : 0} ${e.op.slice(1)}`;
    const t32 = `111110100 ${e.t32.slice(0, 2)}${unsigned ? 1 : 0}`;
    const record = (name: string, rn: string, see: string[]): Instruction =>
      instruction<Extend>({
        name, ref: "A8.8.233", summary: "Extends bytes or halfwords, and adds.",
        encodings: [
          made("A1", `${a32} ${rn} Rd:4 rotate:2 (0)(0) 0111 Rm:4`, {
            asm: `${name.toLowerCase()}<c> <Rd>, ${rn === "1111" ? "" : "<Rn>, "}<Rm><rotation>`,
            elements: { rotation }, see, unpredictable: [noPc("Rd", "Rm")],
            operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"] ?? 15, m: f["Rm"]!, rotation: f["rotate"]! * 8 }),
          }),
          ...(rn === "1111" && e.t16 !== undefined ? [made<Extend>("T1", `10110010 ${unsigned ? 1 : 0}${e.t16} Rm:3 Rd:3`, {
            asm: `${name.toLowerCase()}<c> <Rd>, <Rm>`,
            operands: (f: F) => ({ d: f["Rd"]!, n: 15, m: f["Rm"]!, rotation: 0 }),
          })] : []),
          made("T2", `${t32} ${rn} 1111 Rd:4 1 (0) rotate:2 Rm:4`, {
            asm: `${name.toLowerCase()}<c>${rn === "1111" && e.t16 !== undefined ? "<w>" : ""} <Rd>, ${rn === "1111" ? "" : "<Rn>, "}<Rm><rotation>`,
            elements: { rotation }, see, unpredictable: [noSpPc("Rd", "Rm"), unpredictable("Rn is SP", (f: F) => f["Rn"] === 13)],
            operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"] ?? 15, m: f["Rm"]!, rotation: f["rotate"]! * 8 }),
          }),
        ],
        execute: extendBody(e.name, unsigned),
      });
    return [record(plain, "1111", []), record(added, "Rn:4", [plain])];
  }),
);

// ---- saturation -------------------------------------------------------------------------------------

interface Saturate {
  readonly d: number;
  readonly n: number;
  /** Width that the result saturates to. */
  readonly bits: number;
  readonly shift: ImmediateShift;
}
/** SatQ of a signed word to a signed or unsigned range; sets Q when it saturates. */
const saturate = (ir: IrBuilder, value: Value, bits: number, unsigned: boolean): Value => {
  const low = ir.const(unsigned ? 0 : -(2 ** (bits - 1)));
  const high = ir.const(unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1);
  const clipped = ir.select(ir.ltSigned(value, low), low, ir.select(ir.ltSigned(high, value), high, value));
  ir.setQIf(ir.ne(clipped, value));
  return clipped;
};
const saturating = (unsigned: boolean): Instruction[] => {
  const name = unsigned ? "USAT" : "SSAT";
  const offset = unsigned ? 0 : 1;
  const pair = `${name}16`;
  const shiftBits: Element = {
    print: (f) => shiftElement("imm5").print({ ...f, type: f["sh"]! * 2, imm5: f["imm5"] ?? imm5Of(f) }, { pc: 0, thumb: false, itCondition: undefined }),
    parse: (text, at, context) =>
      shiftElement("imm5").parse(text, at, context)
        .filter((p) => p.fields["type"]! % 2 === 0)
        .map((p) => {
          const imm5 = p.fields["imm5"]!;
          return { end: p.end, fields: { sh: p.fields["type"]! / 2, imm5, imm3: imm5 >> 2, imm2: imm5 & 3 } };
        }),
  };
  return [
    instruction<Saturate>({
      name, ref: "A8.8.193", summary: "Saturates a shifted word to a range.",
      encodings: [
        made("A1", `cond:4 01101 ${unsigned ? 1 : 0} 1 sat:5 Rd:4 imm5:5 sh:1 01 Rn:4`, {
          asm: `${name.toLowerCase()}<c> <Rd>, <sat>, <Rn><shift>`,
          elements: { sat: unsignedImmediate("sat", 5, 1, offset), shift: shiftBits }, unpredictable: [noPc("Rd", "Rn")],
          operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, bits: f["sat"]! + offset, shift: decodeImmShift(f["sh"]! * 2, f["imm5"]!) }),
        }),
        made("T1", `11110 (0) 11 ${unsigned ? 1 : 0} 0 sh:1 0 Rn:4 0 imm3:3 Rd:4 imm2:2 (0) sat:5`, {
          asm: `${name.toLowerCase()}<c> <Rd>, <sat>, <Rn><shift>`, see: [pair],
          elements: { sat: unsignedImmediate("sat", 5, 1, offset), shift: shiftBits }, unpredictable: [noSpPc("Rd", "Rn")],
          operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, bits: f["sat"]! + offset, shift: decodeImmShift(f["sh"]! * 2, imm5Of(f)) }),
        }),
      ],
      execute(ir, o) {
        ir.setReg(o.d, saturate(ir, ir.shift(ir.reg(o.n), o.shift.type, o.shift.amount), o.bits, unsigned));
      },
    }),
    instruction<Saturate>({
      name: pair, ref: "A8.8.194", summary: "Saturates two halfwords to a range.",
      encodings: [
        made("A1", `cond:4 01101 ${unsigned ? 1 : 0} 10 sat:4 Rd:4 (1)(1)(1)(1) 0011 Rn:4`, {
          asm: `${pair.toLowerCase()}<c> <Rd>, <sat>, <Rn>`,
          elements: { sat: unsignedImmediate("sat", 4, 1, offset) }, unpredictable: [noPc("Rd", "Rn")],
          operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, bits: f["sat"]! + offset, shift: decodeImmShift(0, 0) }),
        }),
        made("T1", `11110 (0) 11 ${unsigned ? 1 : 0} 010 Rn:4 0000 Rd:4 00 (0)(0) sat:4`, {
          asm: `${pair.toLowerCase()}<c> <Rd>, <sat>, <Rn>`,
          elements: { sat: unsignedImmediate("sat", 4, 1, offset) }, unpredictable: [noSpPc("Rd", "Rn")],
          operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, bits: f["sat"]! + offset, shift: decodeImmShift(0, 0) }),
        }),
      ],
      execute(ir, o) {
        const value = ir.reg(o.n);
        const low = saturate(ir, ir.signExtend16(value), o.bits, unsigned);
        const high = saturate(ir, ir.sar(value, ir.const(16)), o.bits, unsigned);
        ir.setReg(o.d, ir.or(ir.and(low, ir.const(0xffff)), ir.shl(high, ir.const(16))));
      },
    }),
  ];
};

// ---- PKH and SEL ------------------------------------------------------------------------------------

interface Pack {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  readonly shift: ImmediateShift;
}
const pack = (name: "PKHBT" | "PKHTB", tb: 0 | 1): Instruction => {
  const shiftAfter: Element = {
    print: (f) => shiftElement("imm5").print({ type: tb * 2, imm5: f["imm5"] ?? imm5Of(f) }, { pc: 0, thumb: false, itCondition: undefined }),
    parse: (text, at, context) =>
      shiftElement("imm5").parse(text, at, context)
        .filter((p) => p.fields["type"] === tb * 2)
        .map((p) => ({ end: p.end, fields: { imm5: p.fields["imm5"]!, imm3: p.fields["imm5"]! >> 2, imm2: p.fields["imm5"]! & 3 } })),
  };
  return instruction<Pack>({
    name, ref: "A8.8.125", summary: "Packs a halfword of each operand.",
    encodings: [
      made("A1", `cond:4 01101000 Rn:4 Rd:4 imm5:5 ${tb} 01 Rm:4`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rn>, <Rm><shift>`, elements: { shift: shiftAfter }, unpredictable: [noPc("Rd", "Rn", "Rm")],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, m: f["Rm"]!, shift: decodeImmShift(tb * 2, f["imm5"]!) }),
      }),
      made("T1", `111010101100 Rn:4 (0) imm3:3 Rd:4 imm2:2 ${tb} 0 Rm:4`, {
        asm: `${name.toLowerCase()}<c> <Rd>, <Rn>, <Rm><shift>`, elements: { shift: shiftAfter }, unpredictable: [noSpPc("Rd", "Rn", "Rm")],
        operands: (f: F) => ({ d: f["Rd"]!, n: f["Rn"]!, m: f["Rm"]!, shift: decodeImmShift(tb * 2, imm5Of(f)) }),
      }),
    ],
    execute(ir, o) {
      const m = ir.shift(ir.reg(o.m), o.shift.type, o.shift.amount);
      const n = ir.reg(o.n);
      const low = ir.const(0xffff);
      ir.setReg(o.d, tb === 1 ? ir.or(ir.and(m, low), ir.bic(n, low)) : ir.or(ir.and(n, low), ir.bic(m, low)));
    },
  });
};
const SEL = instruction<Omit<Pack, "shift">>({
  name: "SEL", ref: "A8.8.166", summary: "Picks each byte of one of two registers by the GE flags.",
  encodings: [
    encoding("A1", "cond:4 01101000 Rn:4 Rd:4 (1)(1)(1)(1) 1011 Rm:4", {
      asm: "sel<c> <Rd>, <Rn>, <Rm>", unpredictable: [unpredictable("a register is PC", (f) => [f.Rd, f.Rn, f.Rm].includes(15))],
      operands: (f) => ({ d: f.Rd, n: f.Rn, m: f.Rm }),
    }),
    encoding("T1", "111110101010 Rn:4 1111 Rd:4 1000 Rm:4", {
      asm: "sel<c> <Rd>, <Rn>, <Rm>", unpredictable: [unpredictable("a register is SP or PC", (f) => [f.Rd, f.Rn, f.Rm].some(bad))],
      operands: (f) => ({ d: f.Rd, n: f.Rn, m: f.Rm }),
    }),
  ],
  execute(ir, o) {
    const ge = ir.ge();
    // Each GE bit becomes a byte of ones: bit n moves to bit 8n and is multiplied by 255.
    let mask = ir.const(0);
    for (let n = 0; n < 4; n++) {
      mask = ir.or(mask, ir.shl(ir.and(ir.shr(ge, ir.const(n)), ir.const(1)), ir.const(8 * n)));
    }
    const bytes = ir.mul(mask, ir.const(255));
    ir.setReg(o.d, ir.or(ir.and(ir.reg(o.n), bytes), ir.bic(ir.reg(o.m), bytes)));
  },
});

export const BIT_OPERATIONS: readonly Instruction[] = [
  ...UNARIES, extractField("SBFX", "01", true), extractField("UBFX", "11", false), insertField("BFI"), insertField("BFC"),
  ...extendRecords, ...saturating(false), ...saturating(true), pack("PKHBT", 0), pack("PKHTB", 1), SEL,
];
