/** VMRS and VMSR: the floating-point system registers. */
import { hsr, PASSED, SLOT, type CpuModel } from "../../arch/index.js";
import type { IrBuilder } from "../../ir/index.js";
import { encoding, instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import { identifierAt, REGISTER_NAMES, registerNamed, type Element } from "../syntax/element.js";

interface VfpRegister {
  readonly name: string;
  /** Register number of the encoding. */
  readonly number: number;
  /** A state slot, or a value that each model reads. */
  readonly holds: "FPSCR" | "FPEXC" | Readonly<Record<CpuModel, number>>;
  /** Bits that VMSR writes. */
  readonly writable: number;
  /** At PL0 as well, when FPEXC.EN is set; the others are of PL1 and do not need EN. */
  readonly user: boolean;
  readonly trap?: "HCR.TID0" | "HCR.TID3";
}
/** DDI 0406C, B6.1; the values are those of the Cortex-A15 and Cortex-A7 floating-point units. */
const REGISTERS: readonly VfpRegister[] = [
  {
    name: "fpsid",
    number: 0,
    holds: { "cortex-a15": 0x410430f0, "cortex-a7": 0x41023075 },
    writable: 0,
    user: false,
    trap: "HCR.TID0",
  },
  // The trap enables, bits 15 and 12:8, are RAZ/WI: no core modelled here traps.
  { name: "fpscr", number: 1, holds: "FPSCR", writable: 0xfff7009f | 0, user: true },
  {
    name: "mvfr1",
    number: 6,
    holds: { "cortex-a15": 0x11111111, "cortex-a7": 0x11111111 },
    writable: 0,
    user: false,
    trap: "HCR.TID3",
  },
  {
    name: "mvfr0",
    number: 7,
    holds: { "cortex-a15": 0x10110222, "cortex-a7": 0x10110222 },
    writable: 0,
    user: false,
    trap: "HCR.TID3",
  },
  { name: "fpexc", number: 8, holds: "FPEXC", writable: 1 << 30, user: false },
];
const numbered = (n: number): VfpRegister | undefined => REGISTERS.find((r) => r.number === n);
/** Names that objdump knows beyond the registers of ARMv7. */
const OTHER_NAMES: Readonly<Record<number, string>> = { 5: "mvfr2", 9: "fpinst", 10: "fpinst2" };

const system: Element = {
  print: (f) =>
    numbered(f["reg"]!)?.name ?? OTHER_NAMES[f["reg"]!] ?? `<impl def 0x${f["reg"]!.toString(16)}>`,
  parse(text, at) {
    const name = identifierAt(text, at);
    const found = REGISTERS.find((r) => r.name === name.toLowerCase());
    return found === undefined ? [] : [{ fields: { reg: found.number }, end: at + name.length }];
  },
};
/** Rt of VMRS FPSCR: 15 is the flags. */
const flags: Element = {
  print: (f) => (f["Rt"] === 15 && f["reg"] === 1 ? "APSR_nzcv" : REGISTER_NAMES[f["Rt"]!]!),
  parse(text, at) {
    const name = identifierAt(text, at);
    const n = name.toLowerCase() === "apsr_nzcv" ? 15 : registerNamed(name);
    return n === undefined ? [] : [{ fields: { Rt: n }, end: at + name.length }];
  },
};

interface Operands {
  readonly register: VfpRegister;
  readonly t: number;
}
/** Checks in order: CPACR and HCPTR, privilege, FPEXC.EN, then the ID traps of HCR. */
const check = (ir: IrBuilder, o: Operands, read: boolean): boolean => {
  if (o.register.user) ir.checkVector();
  else ir.checkCoprocessor(10);
  if (!o.register.user && ir.state.mode.pl === 0) {
    ir.undefined();
    return false;
  }
  if (o.register.trap !== undefined && read) {
    ir.syndrome(hsr("vmrs", { ...PASSED, Opc1: 7, CRn: o.register.number, Rt: o.t, Direction: 1 }));
    ir.trapCheck(o.register.trap);
  }
  return true;
};
const unallocated = (f: FieldMap): boolean => numbered(f["reg"]!) === undefined;

const VMRS = instruction<Operands>({
  name: "VMRS",
  ref: "A8.8.348",
  summary: "Reads a floating-point system register.",
  encodings: (["A1", "T1"] as const).map((label) =>
    encoding<string, Operands>(
      label,
      `${label === "A1" ? "cond:4" : "1110"} 11101111 reg:4 Rt:4 1010 (0)(0)(0) 1 (0)(0)(0)(0)`,
      {
        asm: "vmrs<c> <flags>, <system>",
        elements: { flags, system },
        undefined: unallocated,
        unpredictable: [
          unpredictable(
            "Rt is PC and the register is not FPSCR",
            (f: FieldMap) => f["Rt"] === 15 && f["reg"] !== 1,
          ),
          unpredictable("Rt is SP", (f: FieldMap) => label === "T1" && f["Rt"] === 13),
        ],
        operands: (f: FieldMap) => ({ register: numbered(f["reg"]!)!, t: f["Rt"]! }),
      },
    ),
  ),
  execute(ir, o) {
    if (!check(ir, o, true)) return;
    const { holds } = o.register;
    const value = typeof holds === "string" ? ir.get(SLOT[holds]) : ir.const(holds[ir.cpu]);
    if (o.t !== 15) return ir.setReg(o.t, value);
    (["N", "Z", "C", "V"] as const).forEach((flag, i) =>
      ir.setFlag(flag, ir.bits(value, 31 - i, 1)),
    );
  },
});
const VMSR = instruction<Operands>({
  name: "VMSR",
  ref: "A8.8.349",
  summary: "Writes a floating-point system register.",
  encodings: (["A1", "T1"] as const).map((label) =>
    encoding<string, Operands>(
      label,
      `${label === "A1" ? "cond:4" : "1110"} 11101110 reg:4 Rt:4 1010 (0)(0)(0) 1 (0)(0)(0)(0)`,
      {
        asm: "vmsr<c> <system>, <Rt>",
        elements: { system },
        undefined: unallocated,
        unpredictable: [
          unpredictable("Rt is PC", (f: FieldMap) => f["Rt"] === 15),
          unpredictable("Rt is SP", (f: FieldMap) => label === "T1" && f["Rt"] === 13),
        ],
        operands: (f: FieldMap) => ({ register: numbered(f["reg"]!)!, t: f["Rt"]! }),
      },
    ),
  ),
  execute(ir, o) {
    if (!check(ir, o, false)) return;
    const { holds, writable } = o.register;
    // Writes of the read-only registers are ignored.
    if (typeof holds !== "string") return;
    const mask = ir.const(writable);
    ir.put(SLOT[holds], ir.or(ir.bic(ir.get(SLOT[holds]), mask), ir.and(ir.reg(o.t), mask)));
    // Checks of FPEXC.EN, FPSCR.Len and Stride are made once for each block; its key does not change.
    ir.endsAfter = true;
  },
});

export const VFP_SYSTEM: readonly Instruction[] = [VMRS, VMSR];
