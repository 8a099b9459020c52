/** The end of a function of compiled code: from one to the next without the interpreter. */
import { JUMP_CODE, probeJump } from "../interpreter/jump-probe.js";
import { HEAD, MICRO } from "../interpreter/micro-ops.js";
import { WANTS_BUDGET } from "../interpreter/tier.js";
import { TYPE } from "./abi.js";
import { OP, VOID, type FunctionBody } from "../module/encoder.js";
import { BASE, ENTRY, LINK, PC, RESULT } from "./frame.js";

/**
 * Goes on with the function at PC, with the key in RESULT, where LINK or the jump cache leads to one; falls through where it
 * does not, or RESULT is a TIER_EXIT or has WANTS_BUDGET. The call is of each function's own, so that the processor
 * can foresee where it leads. The function called tests the budget itself.
 */
export const goOn = (f: FunctionBody): void => {
  f.get(RESULT);
  f.const(WANTS_BUDGET);
  f.byte(OP.ltU);
  f.byte(OP.if);
  f.byte(VOID);
  f.get(LINK);
  f.byte(OP.eqz);
  f.byte(OP.if);
  f.byte(VOID);
  probeJump(f, BASE, PC, () => f.get(RESULT), ENTRY);
  f.byte(OP.if);
  f.byte(VOID);
  f.get(ENTRY);
  f.memory(OP.load, 2, JUMP_CODE);
  f.const(2);
  f.byte(OP.shl);
  f.set(LINK);
  f.byte(OP.end);
  f.byte(OP.end);
  // There is no code at 0.
  f.get(LINK);
  f.memory(OP.load, 2, 0);
  f.const(MICRO.HEAD_COMPILED);
  f.byte(OP.eq);
  f.byte(OP.if);
  f.byte(VOID);
  f.get(BASE);
  f.get(LINK);
  f.memory(OP.load, 2, HEAD.fn * 4);
  f.byte(OP.returnCallIndirect);
  f.leb(TYPE.compiled);
  f.leb(0);
  f.byte(OP.end);
  f.byte(OP.end);
};
