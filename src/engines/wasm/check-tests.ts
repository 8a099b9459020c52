/** Checks of floating point and SIMD that compiled code does in place, by the tests of arch/. */
import {
  cpacrTest,
  hcptrTest,
  UNDEFINED_UNLESS,
  type Mode,
  type StateTest,
} from "../../arch/index.js";
import type { Node } from "../../ir/index.js";

/** Tests of state words that all hold only where a check passes; undefined where the machine has to say. */
export const passes = (node: Node, pl: Mode["pl"]): readonly StateTest[] | undefined => {
  if (node.kind === "trapCheck") {
    const test = UNDEFINED_UNLESS.get(node.trap);
    return test === undefined ? undefined : [test];
  }
  if (node.kind !== "checkCoprocessor") return undefined;
  const { coprocessor, advancedSimd } = node;
  if (coprocessor !== 10 && coprocessor !== 11) return undefined;
  const permitted = cpacrTest(pl, advancedSimd);
  const trapped = hcptrTest(coprocessor, advancedSimd);
  return permitted === undefined ? [trapped] : [permitted, trapped];
};
