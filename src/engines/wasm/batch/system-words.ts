/** System registers that are words of state, as a call in HYP mode reads and writes them. */
import { systemSlot } from "../../../arch/index.js";
import type { Node, Value } from "../../../ir/index.js";
import { OP } from "../../module/encoder.js";
import type { Operand } from "./batch-code.js";
import { LEFT } from "./batch-layout.js";
import { LOCAL, type CallWriter } from "./call-writer.js";
import { CONTEXT } from "./host.js";

const HSCTLR = systemSlot("HSCTLR");
const SCTLR = systemSlot("SCTLR");
/** Registers of PL2's translation: written while it is off they do nothing. */
const HYP_TRANSLATION: ReadonlySet<number> = new Set(
  (["HTTBR", "HTTBR_hi", "HTCR", "HMAIR0", "HMAIR1"] as const).map((name) => systemSlot(name)),
);
/** Bits of HSCTLR that change nothing of what a fetch or an aligned access comes to: A, C, I, TE. */
const HSCTLR_INERT = (1 << 1) | (1 << 2) | (1 << 12) | (1 << 30);

const slotOrZero = (c: CallWriter, slot: number): Operand =>
  slot < 0 ? { constant: 0 } : c.code.get(slot as never);
/** The low word of a register; the local `high` has the other of a wide one. */
export const readSystem = (c: CallWriter, register: number, wide: boolean): Operand => {
  const words = c.host.systemWords(register, false, wide);
  if (words === undefined) {
    c.leave(LEFT.machine);
    return { constant: 0 };
  }
  if (wide) {
    c.code.push(slotOrZero(c, words.high));
    c.code.f.set(LOCAL.high);
  }
  return slotOrZero(c, words.low);
};
export const writeSystem = (c: CallWriter, node: Extract<Node, { kind: "sysWrite" }>): void => {
  const wide = node.high !== undefined;
  const words = c.host.systemWords(node.register, true, wide);
  if (words === undefined) return c.leave(LEFT.machine);
  const halves: [number, number, Value][] = [[words.low, words.mask, node.value]];
  if (wide) halves.push([words.high, words.highMask, node.high!]);
  for (const [n, [slot, mask, value]] of halves.entries()) {
    if (slot < 0) continue;
    const { code } = c;
    const written = code.and(c.operand(value), code.const(mask));
    const old = code.get(slot as never);
    // The upper word keeps nothing of what it was.
    const now = n === 1 ? written : code.or(code.and(old, code.const(~mask)), written);
    if (words.translates) translationChanges(c, slot, old, now);
    code.put(slot as never, now);
  }
};
/** Gives the case back where a write makes addresses mean something else, but for the end of HYP's translation. */
const translationChanges = (c: CallWriter, slot: number, old: Operand, now: Operand): void => {
  const { code } = c;
  const { f } = code;
  const changed = code.pure("xor", [old, now]);
  if (slot === HSCTLR) {
    code.push(code.and(changed, code.const(~(HSCTLR_INERT | 1))));
    code.when(() => c.leave(LEFT.machine));
    code.push(code.and(changed, code.const(1)));
    code.when(() => {
      code.push(code.and(now, code.const(1)));
      code.when(() => c.leave(LEFT.machine));
      f.const(CONTEXT.hypOff);
      f.set(LOCAL.hypContext);
    });
    c.contextChanged = true;
  } else if (slot === SCTLR) {
    code.push(code.and(changed, code.const(1)));
    code.when(() => c.leave(LEFT.machine));
  } else if (HYP_TRANSLATION.has(slot)) {
    const on = code.and(code.get(HSCTLR), code.const(1));
    code.push(changed);
    f.const(0);
    f.byte(OP.ne);
    code.push(on);
    f.byte(OP.and);
    code.when(() => c.leave(LEFT.machine));
  }
  // The others belong to PL1, which has no translation in a batch.
};
