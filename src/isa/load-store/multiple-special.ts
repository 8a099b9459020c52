/** LDM and STM with the S bit: User registers, or exception return when PC is loaded (B9.3.5, B9.3.6). */
import { strictEncoding } from "../composed-encoding.js";
import {
  instruction,
  UNDEFINED_IN_REFERENCE,
  unpredictable,
  type AsmForm,
  type Instruction,
} from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import {
  ALIGNED,
  blockOperands,
  loadRegisters,
  modeBits,
  MODES4,
  span,
  type Multiple,
} from "./block-transfer.js";
import { list16, registerList, registersIn } from "./register-list.js";

type F = FieldMap;
const special = (isLoad: boolean): Instruction[] => {
  const name = isLoad ? "ldm" : "stm";
  const forms = (suffix: string): AsmForm[] =>
    MODES4.flatMap((mode, pu) => {
      const { fields, when } = modeBits(pu);
      const text = `${name}${mode === "ia" && isLoad ? "" : mode}<c> <Rn>${suffix}, <list>^`;
      return [
        ...(mode === "db" && !isLoad
          ? [
              {
                text: `${name}fd<c> <Rn>${suffix}, <list>^`,
                fields,
                when: (f: F) => when(f) && f["Rn"] === 13 && f["W"] === 1,
              },
            ]
          : []),
        { text, fields, when },
      ];
    });
  const user = instruction<Multiple>({
    name: `${name.toUpperCase()} (User registers)`,
    ref: isLoad ? "B9.3.6" : "B9.3.17",
    summary: "Transfers the User mode registers.",
    encodings: [
      strictEncoding<Multiple>("A1", `cond:4 100 P:1 U:1 1 W:1 ${isLoad ? 1 : 0} Rn:4 list:16`, {
        asm: forms("<!>"),
        elements: { list: list16 },
        see: isLoad ? ["LDM (exception return)"] : [],
        unpredictable: [
          unpredictable(
            "Rn is PC or no register is listed",
            (f: F) => f["Rn"] === 15 || f["list"] === 0,
            UNDEFINED_IN_REFERENCE,
          ),
          unpredictable("writeback", (f: F) => f["W"] === 1),
          unpredictable(
            "User or System mode",
            (_f: F, { mode }) => mode.name === "usr" || mode.name === "sys",
            "undefined",
          ),
        ],
        operands: (f: F) => blockOperands(f),
      }),
    ],
    execute(ir, o) {
      const { name: mode } = ir.state.mode;
      // UNDEFINED in HYP mode, UNPREDICTABLE in usr and sys mode: taken as UNDEFINED.
      if (mode === "hyp" || mode === "usr" || mode === "sys") return ir.undefined();
      const registers = registersIn(o.list);
      const { start, updated } = span(ir, ir.reg(o.n), registers.length, o.mode);
      registers.forEach((r, i) => {
        const address = ir.add(start, ir.const(4 * i));
        if (isLoad) ir.setUserReg(r, ir.load(address, 4, ALIGNED));
        else ir.store(address, 4, r === 15 ? ir.pcValue() : ir.userReg(r), ALIGNED);
      });
      if (o.writeback) ir.setReg(o.n, updated);
    },
  });
  if (!isLoad) return [user];
  const exceptionReturn = instruction<Multiple>({
    name: "LDM (exception return)",
    ref: "B9.3.5",
    summary: "Loads registers and PC, and CPSR from SPSR.",
    encodings: [
      strictEncoding<Multiple>("A1", "cond:4 100 P:1 U:1 1 W:1 1 Rn:4 1 low:15", {
        asm: forms("<!>"),
        elements: {
          list: registerList(
            (f) => f["low"]! | 0x8000,
            (list) => (list >>> 15 === 1 ? { low: list & 0x7fff } : undefined),
          ),
        },
        unpredictable: [
          unpredictable(
            "Rn is PC, or writeback with Rn in the list",
            (f: F) => f["Rn"] === 15 || (f["W"] === 1 && ((f["low"]! >>> f["Rn"]!) & 1) === 1),
            UNDEFINED_IN_REFERENCE,
          ),
          unpredictable(
            "in User or System mode",
            (_f: F, { mode }) => mode.name === "usr" || mode.name === "sys",
            "undefined",
          ),
        ],
        operands: (f: F) => blockOperands(f, f["low"]! | 0x8000),
      }),
    ],
    execute(ir, o) {
      const { name: mode } = ir.state.mode;
      if (mode === "hyp" || mode === "usr" || mode === "sys") return ir.undefined();
      // It is always listed.
      const pc = loadRegisters(ir, o)!;
      ir.exceptionReturn(pc, ir.spsr());
    },
  });
  return [user, exceptionReturn];
};

export const MULTIPLE_SPECIAL: readonly Instruction[] = [...special(true), ...special(false)];
