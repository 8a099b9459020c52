/** Reads of system registers that are no more than a word of the CPU's region. */
import type { PlainRead } from "../../ir/index.js";
import { IMPORT } from "./abi.js";
import { I32, OP } from "../module/encoder.js";
import { NOWHERE, type Frame } from "./frame.js";

/** Pushes the value of a register that is a word of the CPU's region; the machine looks where a gate is shut. */
export const plainRead = (
  frame: Frame,
  { word, gates }: PlainRead,
  register: number,
  where: number,
): void => {
  const { f } = frame;
  for (const { slot, mask, wanted } of gates) {
    frame.load(slot);
    f.const(mask);
    f.byte(OP.and);
    if (wanted === "clear") f.byte(OP.eqz);
    else {
      f.const(0);
      f.byte(OP.ne);
    }
  }
  for (let n = 1; n < gates.length; n++) f.byte(OP.and);
  if (gates.length === 0) return frame.load(word);
  frame.foresee(true);
  frame.open(OP.if, NOWHERE, I32);
  frame.load(word);
  f.byte(OP.else);
  frame.writeBack();
  frame.storeBudget();
  f.const(register);
  f.const(0);
  f.const(where);
  f.call(IMPORT.sysRead);
  frame.afterCall();
  frame.close();
};
