/** MRS, MSR, CPS and SETEND. */
import {
  MODE,
  PSR,
  registerSlot,
  SLOT,
  spsrSlot,
  type ModeName,
  type Slot,
} from "../../arch/index.js";
import type { IrBuilder, Value } from "../../ir/index.js";
import {
  encoding,
  instruction,
  unpredictable,
  type Instruction,
  type Unpredictable,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { unsignedImmediate, type Element } from "../syntax/element.js";
import { armExpandImm, armImmediate } from "../syntax/modified-immediate.js";

const hasSpsr = (mode: ModeName): boolean => mode !== "usr" && mode !== "sys";
const spsrOfNone = unpredictable(
  "SPSR in User or System mode",
  (f: FieldMap, { mode }) => f["R"] === 1 && !hasSpsr(mode.name),
  "undefined",
);
/** Expands a byte mask f s x c (8, 4, 2, 1) to a bit mask. */
const bitMask = (mask: number): number =>
  [1, 2, 4, 8].reduce((all, bit, i) => (mask & bit ? all | (0xff << (8 * i)) : all), 0);

interface Read {
  readonly d: number;
  readonly spsr: boolean;
}
const MRS = instruction<Read>({
  name: "MRS",
  ref: "B9.3.8",
  summary: "Reads CPSR or SPSR.",
  encodings: [
    encoding("A1", "cond:4 00010 R:1 00 (1)(1)(1)(1) Rd:4 (0)(0) 0 (0) 0000 (0)(0)(0)(0)", {
      asm: [
        { text: "mrs<c> <Rd>, CPSR", when: (f) => f.R === 0, fields: { R: 0 } },
        { text: "mrs<c> <Rd>, SPSR", fields: { R: 1 } },
      ],
      unpredictable: [spsrOfNone, unpredictable("Rd is PC", (f) => f.Rd === 15)],
      operands: (f) => ({ d: f.Rd, spsr: f.R === 1 }),
    }),
    encoding("T1", "11110011111 R:1 (1)(1)(1)(1) 10 (0) 0 Rd:4 (0)(0) 0 (0)(0)(0)(0)(0)", {
      asm: [
        { text: "mrs<c> <Rd>, CPSR", when: (f) => f.R === 0, fields: { R: 0 } },
        { text: "mrs<c> <Rd>, SPSR", fields: { R: 1 } },
      ],
      unpredictable: [
        spsrOfNone,
        unpredictable("Rd is SP or PC", (f) => f.Rd === 13 || f.Rd === 15),
      ],
      operands: (f) => ({ d: f.Rd, spsr: f.R === 1 }),
    }),
  ],
  execute(ir, o) {
    ir.setReg(o.d, o.spsr ? ir.spsr() : ir.readCpsr());
  },
});

/** Writes the masked bytes of SPSR, or of CPSR through the machine. */
const writePsr = (ir: IrBuilder, value: Value, mask: number, spsr: boolean): void => {
  if (!spsr) return ir.writeCpsr(value, mask);
  // Bits 23:20 are reserved; as on the reference emulator, bit 20 alone is stored.
  const bits = ir.const(bitMask(mask) & ~0x00e00000);
  ir.setSpsr(ir.or(ir.bic(ir.spsr(), bits), ir.and(value, bits)));
};
/** "CPSR_fc", fields R and mask; objdump's order is f, s, x, c. */
const psrFields: Element = {
  print(f) {
    const mask = f["mask"]!;
    const letters = ["f", "s", "x", "c"].filter((_, i) => (mask & (8 >> i)) !== 0).join("");
    return `${f["R"] === 1 ? "SPSR" : "CPSR"}_${letters}`;
  },
  parse(text, at) {
    const match = /^(CPSR|SPSR|APSR)(?:_([fsxc]+|nzcvqg?|g))?(?!\w)/i.exec(text.slice(at));
    if (match === null) return [];
    const name = match[1]!.toUpperCase();
    const letters = match[2]?.toLowerCase() ?? (name === "APSR" ? "f" : "fc");
    let mask = 0;
    if (name === "APSR" && letters.startsWith("nzcvq"))
      mask = letters.endsWith("g") && letters.length > 5 ? 12 : 8;
    else if (name === "APSR" && letters === "g") mask = 4;
    else for (const c of letters) mask |= { f: 8, s: 4, x: 2, c: 1 }[c] ?? 0;
    return [{ fields: { R: name === "SPSR" ? 1 : 0, mask }, end: at + match[0].length }];
  },
};
interface Write {
  readonly mask: number;
  readonly spsr: boolean;
}
const noMask = unpredictable("the mask is 0000", (f: FieldMap) => f["mask"] === 0);
const MSR_immediate = instruction<Write & { value: number }>({
  name: "MSR (immediate)",
  ref: "B9.3.11",
  summary: "Writes bytes of CPSR or SPSR with a constant.",
  encodings: [
    encoding("A1", "cond:4 00110 R:1 10 mask:4 (1)(1)(1)(1) imm12:12", {
      asm: "msr<c> <psr>, <const>",
      elements: { psr: psrFields, const: armImmediate },
      see: ["NOP", "YIELD", "WFE", "WFI", "SEV", "DBG", "hint (reserved)"],
      unpredictable: [spsrOfNone, noMask],
      operands: (f) => ({ mask: f.mask, spsr: f.R === 1, value: armExpandImm(f.imm12).value }),
    }),
  ],
  execute: (ir, o) => writePsr(ir, ir.const(o.value), o.mask, o.spsr),
});
const MSR_register = instruction<Write & { n: number }>({
  name: "MSR (register)",
  ref: "B9.3.12",
  summary: "Writes bytes of CPSR or SPSR with a register.",
  encodings: [
    encoding("A1", "cond:4 00010 R:1 10 mask:4 (1)(1)(1)(1) (0)(0) 0 (0) 0000 Rn:4", {
      asm: "msr<c> <psr>, <Rn>",
      elements: { psr: psrFields },
      unpredictable: [spsrOfNone, noMask, unpredictable("Rn is PC", (f) => f.Rn === 15)],
      operands: (f) => ({ mask: f.mask, spsr: f.R === 1, n: f.Rn }),
    }),
    encoding("T1", "11110011100 R:1 Rn:4 10 (0) 0 mask:4 (0)(0) 0 (0)(0)(0)(0)(0)", {
      asm: "msr<c> <psr>, <Rn>",
      elements: { psr: psrFields },
      unpredictable: [
        spsrOfNone,
        noMask,
        unpredictable("Rn is SP or PC", (f) => f.Rn === 13 || f.Rn === 15),
      ],
      operands: (f) => ({ mask: f.mask, spsr: f.R === 1, n: f.Rn }),
    }),
  ],
  execute: (ir, o) => writePsr(ir, ir.reg(o.n), o.mask, o.spsr),
});

// ---- banked registers (B9.2.3) ------------------------------------------------------------------------

interface Banked {
  readonly name: string;
  readonly slot: Slot;
  readonly mode: ModeName;
}
const BANKED = new Map<number, Banked>();
const key = (r: number, sysm: number): number => (r << 5) | sysm;
for (let n = 0; n < 7; n++) {
  const label = n === 5 ? "SP" : n === 6 ? "LR" : `R${n + 8}`;
  BANKED.set(key(0, n), { name: `${label}_usr`, slot: registerSlot(n + 8, MODE.usr), mode: "usr" });
  BANKED.set(key(0, 8 + n), {
    name: `${label}_fiq`,
    slot: registerSlot(n + 8, MODE.fiq),
    mode: "fiq",
  });
}
const pairs: readonly [ModeName, number][] = [
  ["irq", 16],
  ["svc", 18],
  ["abt", 20],
  ["und", 22],
  ["mon", 28],
];
for (const [mode, sysm] of pairs) {
  BANKED.set(key(0, sysm), { name: `LR_${mode}`, slot: registerSlot(14, MODE[mode]), mode });
  BANKED.set(key(0, sysm + 1), { name: `SP_${mode}`, slot: registerSlot(13, MODE[mode]), mode });
  BANKED.set(key(1, sysm), { name: `SPSR_${mode}`, slot: spsrSlot(MODE[mode])!, mode });
}
BANKED.set(key(0, 30), { name: "ELR_hyp", slot: SLOT.ELR_hyp, mode: "hyp" });
BANKED.set(key(0, 31), { name: "SP_hyp", slot: registerSlot(13, MODE.hyp), mode: "hyp" });
BANKED.set(key(1, 14), { name: "SPSR_fiq", slot: spsrSlot(MODE.fiq)!, mode: "fiq" });
BANKED.set(key(1, 30), { name: "SPSR_hyp", slot: spsrSlot(MODE.hyp)!, mode: "hyp" });

const bankedOf = (f: FieldMap): Banked | undefined =>
  BANKED.get(key(f["R"]!, (f["M"]! << 4) | f["M1"]!));
const bankedElement: Element = {
  print: (f) => bankedOf(f)?.name ?? `(UNDEF: ${(f["R"]! << 5) | (f["M"]! << 4) | f["M1"]!})`,
  parse(text, at) {
    const name = /^[A-Za-z0-9]+_[a-z]+/i.exec(text.slice(at))?.[0] ?? "";
    for (const [k, banked] of BANKED) {
      if (banked.name.toLowerCase() !== name.toLowerCase()) continue;
      return [{ fields: { R: k >>> 5, M: (k >>> 4) & 1, M1: k & 15 }, end: at + name.length }];
    }
    return [];
  },
};
/** Is an access to a banked register allowed in a mode (B9.2.3)? The others are UNPREDICTABLE. */
const bankedAllowed = (banked: Banked, mode: ModeName): boolean => {
  if (mode === "usr" || banked.mode === "mon") return false;
  if (banked.name === "ELR_hyp") return mode === "hyp";
  if (banked.mode === "hyp") return false;
  // A mode's own registers, and the user ones in sys and hyp mode as far as they are the current ones.
  if (banked.mode === mode) return false;
  if (banked.mode === "usr") {
    if (mode === "sys") return false;
    if (mode === "fiq") return true;
    if (mode === "hyp") return banked.name === "SP_usr";
    return banked.name === "SP_usr" || banked.name === "LR_usr";
  }
  return true;
};
const unallocated = (f: FieldMap): boolean => bankedOf(f) === undefined;
const noSysm = {
  what: "SYSm names no register",
  when: unallocated,
  choice: { "cortex-a15": "undefined", "reference-emulator": "undefined" },
  ref: "B9.2.3",
} as const;
/** The register is there, and the mode may not have it by this instruction. */
const notReachable: Unpredictable<FieldMap> = {
  what: "the register may not be accessed in this mode",
  when(f, { mode }) {
    const banked = bankedOf(f);
    return banked !== undefined && !bankedAllowed(banked, mode.name);
  },
  choice: { "cortex-a15": "undefined", "reference-emulator": "undefined" },
  ref: "B9.2.3",
};
const MRS_banked = instruction<{ d: number; banked: Banked }>({
  name: "MRS (Banked register)",
  ref: "B9.3.9",
  summary: "Reads a register of another mode.",
  encodings: [
    encoding("A1", "cond:4 00010 R:1 00 M1:4 Rd:4 (0)(0) 1 M:1 0000 (0)(0)(0)(0)", {
      asm: "mrs<c> <Rd>, <banked>",
      elements: { banked: bankedElement },
      unpredictable: [noSysm, notReachable, unpredictable("Rd is PC", (f) => f.Rd === 15)],
      operands: (f) => ({ d: f.Rd, banked: bankedOf(f)! }),
    }),
    encoding("T1", "11110011111 R:1 M1:4 10 (0) 0 Rd:4 (0)(0) 1 M:1 (0)(0)(0)(0)", {
      asm: "mrs<c> <Rd>, <banked>",
      elements: { banked: bankedElement },
      unpredictable: [
        noSysm,
        notReachable,
        unpredictable("Rd is SP or PC", (f) => f.Rd === 13 || f.Rd === 15),
      ],
      operands: (f) => ({ d: f.Rd, banked: bankedOf(f)! }),
    }),
  ],
  execute(ir, o) {
    ir.setReg(o.d, ir.get(o.banked.slot));
  },
});
const MSR_banked = instruction<{ n: number; banked: Banked }>({
  name: "MSR (Banked register)",
  ref: "B9.3.10",
  summary: "Writes a register of another mode.",
  encodings: [
    encoding("A1", "cond:4 00010 R:1 10 M1:4 (1)(1)(1)(1) (0)(0) 1 M:1 0000 Rn:4", {
      asm: "msr<c> <banked>, <Rn>",
      elements: { banked: bankedElement },
      unpredictable: [noSysm, notReachable, unpredictable("Rn is PC", (f) => f.Rn === 15)],
      operands: (f) => ({ n: f.Rn, banked: bankedOf(f)! }),
    }),
    encoding("T1", "11110011100 R:1 Rn:4 10 (0) 0 M1:4 (0)(0) 1 M:1 (0)(0)(0)(0)", {
      asm: "msr<c> <banked>, <Rn>",
      elements: { banked: bankedElement },
      unpredictable: [
        noSysm,
        notReachable,
        unpredictable("Rn is SP or PC", (f) => f.Rn === 13 || f.Rn === 15),
      ],
      operands: (f) => ({ n: f.Rn, banked: bankedOf(f)! }),
    }),
  ],
  execute(ir, o) {
    ir.put(o.banked.slot, ir.reg(o.n));
  },
});

// ---- CPS and SETEND -----------------------------------------------------------------------------------

interface Cps {
  /** 2 enable (clear masks), 3 disable (set masks), 0 mode change alone. */
  readonly imod: number;
  /** A, I, F in bits 2:0. */
  readonly masks: number;
  readonly mode: number | undefined;
}
const aif: Element = {
  print: (f) => ["a", "i", "f"].filter((n) => f[n.toUpperCase()] === 1).join("") || "none",
  parse(text, at) {
    const match = /^(?:none|[aif]+)(?![\w])/i.exec(text.slice(at));
    if (match === null) return [];
    const has = (c: string): number => (match[0] !== "none" && match[0].includes(c) ? 1 : 0);
    return [{ fields: { A: has("a"), I: has("i"), F: has("f") }, end: at + match[0].length }];
  },
};
const cpsForms = (wide: string, comma: string) => [
  {
    text: "cps <mode>",
    when: (f: FieldMap) => f["imod"] === 0 && f["M"] === 1,
    fields: { imod: 0, M: 1 },
  },
  {
    text: `cpsie${wide} <aif>`,
    when: (f: FieldMap) => f["imod"] === 2 && f["M"] === 0,
    fields: { imod: 2, M: 0 },
  },
  {
    text: `cpsid${wide} <aif>`,
    when: (f: FieldMap) => f["imod"] === 3 && f["M"] === 0,
    fields: { imod: 3, M: 0 },
  },
  {
    text: `cpsie <aif>${comma}<mode>`,
    when: (f: FieldMap) => f["imod"] === 2,
    fields: { imod: 2, M: 1 },
  },
  { text: `cpsid <aif>${comma}<mode>`, fields: { imod: 3, M: 1 } },
];
const cpsBad = unpredictable(
  "a combination of imod, M, mode and A, I, F that says nothing",
  (f: FieldMap) =>
    (f["mode"] !== 0 && f["M"] === 0) ||
    f["imod"] === 1 ||
    (f["imod"] === 0 && f["M"] === 0) ||
    f["imod"]! >= 2 === (f["A"] === 0 && f["I"] === 0 && f["F"] === 0),
);
const masksOf = (f: { A: number; I: number; F: number }): number => (f.A << 2) | (f.I << 1) | f.F;
const modeElement = unsignedImmediate("mode", 5);
const CPS = instruction<Cps>({
  name: "CPS",
  ref: "B9.3.2",
  summary: "Changes interrupt masks and mode.",
  encodings: [
    encoding("A1", "111100010000 imod:2 M:1 0 (0)(0)(0)(0)(0)(0)(0) A:1 I:1 F:1 0 mode:5", {
      asm: cpsForms("", ","),
      elements: { aif, mode: modeElement },
      unpredictable: [cpsBad],
      operands: (f) => ({ imod: f.imod, masks: masksOf(f), mode: f.M === 1 ? f.mode : undefined }),
    }),
    encoding("T1", "10110110011 im:1 (0) A:1 I:1 F:1", {
      asm: [
        { text: "cpsie <aif>", when: (f) => f.im === 0, fields: { im: 0 } },
        { text: "cpsid <aif>", fields: { im: 1 } },
      ],
      elements: { aif },
      it: "outside",
      unpredictable: [unpredictable("A, I and F are all 0", (f) => masksOf(f) === 0)],
      operands: (f) => ({ imod: 2 | f.im, masks: masksOf(f), mode: undefined }),
    }),
    encoding("T2", "111100111010 (1)(1)(1)(1) 10 (0) 0 (0) imod:2 M:1 A:1 I:1 F:1 mode:5", {
      asm: cpsForms("<w>", ", "),
      elements: { aif, mode: modeElement },
      it: "outside",
      see: ["NOP", "YIELD", "WFE", "WFI", "SEV", "DBG", "hint (reserved)"],
      unpredictable: [cpsBad],
      operands: (f) => ({ imod: f.imod, masks: masksOf(f), mode: f.M === 1 ? f.mode : undefined }),
    }),
  ],
  execute(ir, o) {
    if (ir.state.mode.pl === 0) return;
    const bits =
      (((o.masks >> 2) & 1) << PSR.A.lsb) |
      (((o.masks >> 1) & 1) << PSR.I.lsb) |
      ((o.masks & 1) << PSR.F.lsb);
    let value = ir.readCpsr();
    // T is masked in what MRS reads; writeCpsr leaves execution state alone.
    if (o.imod === 2) value = ir.and(value, ir.const(~bits));
    if (o.imod === 3) value = ir.or(value, ir.const(bits));
    if (o.mode !== undefined) value = ir.or(ir.and(value, ir.const(~31)), ir.const(o.mode));
    // E is in the byte of A: it is written back as it was read.
    ir.writeCpsr(value, 3);
  },
});
const SETEND = instruction<{ big: number }>({
  name: "SETEND",
  ref: "A8.8.167",
  summary: "Sets the endianness of data accesses.",
  encodings: [
    encoding("A1", "111100010000 (0)(0)(0) 1 (0)(0)(0)(0)(0)(0) E:1 (0) 0000 (0)(0)(0)(0)", {
      asm: [
        { text: "setend be", when: (f) => f.E === 1, fields: { E: 1 } },
        { text: "setend le", fields: { E: 0 } },
      ],
      operands: (f) => ({ big: f.E }),
    }),
    encoding("T1", "10110110010 (1) E:1 (0)(0)(0)", {
      asm: [
        { text: "setend be", when: (f) => f.E === 1, fields: { E: 1 } },
        { text: "setend le", fields: { E: 0 } },
      ],
      it: "outside",
      operands: (f) => ({ big: f.E }),
    }),
  ],
  execute(ir, o) {
    ir.put(SLOT.E, ir.const(o.big));
    ir.endBlock();
  },
});

export const PSR_INSTRUCTIONS: readonly Instruction[] = [
  MRS,
  MSR_immediate,
  MSR_register,
  MRS_banked,
  MSR_banked,
  CPS,
  SETEND,
];
