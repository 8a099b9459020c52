/** How a block of a call ends: in another block, by exception entry or return, or with the case. */
import {
  enterHyp,
  HYP_VECTOR,
  returnFromException,
  returnModes,
  SLOT,
} from "../../../arch/index.js";
import type { Node } from "../../../ir/index.js";
import { OP } from "../../module/encoder.js";
import type { Operand } from "./batch-code.js";
import { LEFT, STATE } from "./batch-layout.js";
import { IT_BITS, placeOf } from "./call-block.js";
import { LOCAL, type CallWriter } from "./call-writer.js";
import { endWord, type EndWord } from "./word-test.js";

/** HYP mode took an exception of its own: the first is told. */
export const hypTakes = (c: CallWriter, target: Operand): void => {
  const { f } = c.code;
  f.get(LOCAL.hypTaken);
  f.byte(OP.eqz);
  c.code.when(() => {
    f.const(1);
    f.set(LOCAL.hypTaken);
    c.code.setWord(STATE + endWord("target") * 4, target);
  });
};
/** Ends the case with a bit of the word `end`. */
const end = (c: CallWriter, bit: Operand, pc: number, address: number): void => {
  const { code } = c;
  const tell = (name: EndWord, value: Operand): void =>
    code.setWord(STATE + endWord(name) * 4, value);
  code.put(SLOT.PC, code.const(pc));
  tell("end", bit);
  tell("mode", code.get(SLOT.M));
  tell("thumb", code.get(SLOT.T));
  tell("address", code.const(address));
  c.code.f.const(0);
  c.code.f.byte(OP.return);
};
const smc = (c: CallWriter, immediate: number): void => {
  const mark = c.plan.marks.get(immediate) ?? c.plan.otherMark;
  const next = (c.mark.pc + 4) | 0;
  if (mark === "goes-on") return c.goOn(c.code.const(next), c.keyNow());
  end(c, c.code.const(mark), next, c.mark.pc | 0);
};
const hvc = (c: CallWriter, immediate: number): void => {
  const { code } = c;
  const fromHyp = c.mode.pl === 2;
  const next = code.const((c.mark.pc + 4) | 0);
  enterHyp(code, {
    vector: fromHyp ? HYP_VECTOR.hypervisorCall : HYP_VECTOR.hypTrap,
    syndrome: code.const(c.host.hvcSyndrome(immediate)),
    returnAddress: next,
  });
  if (fromHyp) hypTakes(c, next);
  c.goOn(code.get(SLOT.PC), c.keyNow());
};
export const compileExit = (
  c: CallWriter,
  node: Extract<Node, { kind: `exit${string}` }>,
): void => {
  const { code } = c;
  const { f } = code;
  const behind = c.contextChanged ? undefined : ({ constant: c.at.key & ~IT_BITS } as const);
  switch (node.kind) {
    case "exitGoto": {
      const known =
        behind === undefined ? undefined : c.index.get(placeOf(node.target, behind.constant));
      if (known === undefined) return c.goOn(code.const(node.target | 0), behind ?? c.keyNow());
      f.const(known);
      f.set(LOCAL.index);
      return code.branch("top");
    }
    case "exitDispatch":
      return c.goOn(code.const(node.target | 0), c.keyNow());
    case "exitJump":
      return c.goOn(c.operand(node.target), behind ?? c.keyNow());
    case "exitExchange": {
      const target = c.operand(node.target);
      code.put(SLOT.T, code.and(target, code.const(1)));
      code.put(SLOT.IT, code.const(0));
      return c.goOn(code.and(target, code.const(-2)), c.keyNow());
    }
    case "exitReturn": {
      const psr = c.operand(node.psr);
      const allowed = code.const(returnModes(c.mode.pl));
      code.push(code.and(code.pure("shr", [allowed, psr]), code.const(1)));
      f.byte(OP.eqz);
      code.when(() => c.leave(LEFT.machine));
      returnFromException(code, c.operand(node.target), psr);
      return c.goOn(code.get(SLOT.PC), c.keyNow());
    }
    case "exitException":
      if (c.mark.it !== 0 || c.mark.size !== 4 || c.mode.pl === 0) break;
      if (node.exception === "hvc") return hvc(c, node.immediate);
      if (node.exception === "smc") return smc(c, node.immediate);
      break;
    default:
  }
  c.leave(LEFT.machine);
};
/** A branch to itself ends the case. */
export const compileSelfLoop = (c: CallWriter): void => {
  const { code } = c;
  const taken = { local: LOCAL.hypTaken };
  const bit = code.select(taken, code.const(c.plan.hypException), code.const(c.plan.selfLoop));
  end(c, bit, c.at.pc, c.at.pc);
};
