/** SRS and RFE: return state on a stack. */
import { MODE, MODES, registerSlot } from "../../arch/index.js";
import { strictEncoding } from "../composed-encoding.js";
import { instruction, unpredictable, type Instruction } from "../instruction.js";
import type { FieldMap } from "../pattern.js";
import type { Element } from "../syntax/element.js";
import { ALIGNED, modeBits, modeOf, MODES4, span, type ModeLetters } from "./block-transfer.js";

type F = FieldMap;
/** T32 has two of the orders: label, op, order. */
const T32_ORDERS = [
  ["T1", "00", "db"],
  ["T2", "11", "ia"],
] as const;
interface StoreReturn {
  /** CPSR.M encoding of the mode whose stack is used. */
  readonly mode: number;
  readonly order: ModeLetters;
  readonly writeback: boolean;
}
const SRS = instruction<StoreReturn>({
  name: "SRS",
  ref: "B9.3.15",
  summary: "Stores LR and SPSR to a mode's stack.",
  encodings: [
    strictEncoding<StoreReturn>(
      "A1",
      "1111100 P:1 U:1 1 W:1 0 (1)(1)(0)(1) (0)(0)(0)(0)(0)(1)(0)(1)(0)(0)(0) mode:5",
      {
        asm: MODES4.map((order, pu) => ({ text: `srs${order} sp<!>, #<mode>`, ...modeBits(pu) })),
        elements: { mode: bareNumber("mode") },
        operands: (f: F) => ({
          mode: f["mode"]!,
          order: modeOf(f),
          writeback: f["W"] === 1,
        }),
      },
    ),
    ...T32_ORDERS.map(([label, op, order]) =>
      strictEncoding<StoreReturn>(
        label,
        `1110100 ${op} 0 W:1 0 (1)(1)(0)(1) (1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0) mode:5`,
        {
          asm: `srs${order}<c> sp<!>, #<mode>`,
          elements: { mode: bareNumber("mode") },
          it: "last-or-outside",
          operands: (f: F) => ({ mode: f["mode"]!, order, writeback: f["W"] === 1 }),
        },
      ),
    ),
  ],
  execute(ir, o) {
    const current = ir.state.mode.name;
    const target = MODES.find((m) => m.encoding === o.mode);
    if (
      current === "hyp" ||
      current === "usr" ||
      current === "sys" ||
      target === undefined ||
      target.name === "hyp" ||
      target.name === "mon"
    )
      return ir.undefined();
    const slot = registerSlot(13, target);
    const { start, updated } = span(ir, ir.get(slot), 2, o.order);
    ir.store(start, 4, ir.reg(14), ALIGNED);
    ir.store(ir.add(start, ir.const(4)), 4, ir.spsr(), ALIGNED);
    if (o.writeback) ir.put(slot, updated);
  },
});
function bareNumber(field: string): Element {
  return {
    print: (f) => String(f[field]!),
    parse(text, at) {
      const match = /^\d+/.exec(text.slice(at));
      return match === null
        ? []
        : [{ fields: { [field]: Number(match[0]) }, end: at + match[0].length }];
    },
  };
}
const RFE = instruction<{ n: number; order: ModeLetters; writeback: boolean }>({
  name: "RFE",
  ref: "B9.3.13",
  summary: "Loads PC and CPSR from memory.",
  encodings: [
    strictEncoding(
      "A1",
      "1111100 P:1 U:1 0 W:1 1 Rn:4 (0)(0)(0)(0)(1)(0)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)",
      {
        asm: MODES4.map((order, pu) => ({ text: `rfe${order} <Rn><!>`, ...modeBits(pu) })),
        unpredictable: [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15)],
        operands: (f: F) => ({
          n: f["Rn"]!,
          order: modeOf(f),
          writeback: f["W"] === 1,
        }),
      },
    ),
    ...T32_ORDERS.map(([label, op, order]) =>
      strictEncoding<{ n: number; order: ModeLetters; writeback: boolean }>(
        label,
        `1110100 ${op} 0 W:1 1 Rn:4 (1)(1)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)`,
        {
          asm: `rfe${order}<c> <Rn><!>`,
          it: "last-or-outside",
          unpredictable: [unpredictable("Rn is PC", (f: F) => f["Rn"] === 15)],
          operands: (f: F) => ({ n: f["Rn"]!, order, writeback: f["W"] === 1 }),
        },
      ),
    ),
  ],
  execute(ir, o) {
    const { name } = ir.state.mode;
    if (name === MODE.hyp.name || name === "usr") return ir.undefined();
    const { start, updated } = span(ir, ir.reg(o.n), 2, o.order);
    const pc = ir.load(start, 4, ALIGNED);
    const psr = ir.load(ir.add(start, ir.const(4)), 4, ALIGNED);
    if (o.writeback) ir.setReg(o.n, updated);
    ir.exceptionReturn(pc, psr);
  },
});

export const RETURN_STATE: readonly Instruction[] = [SRS, RFE];
