/** Calls and returns as a block's nodes show them: what a region needs to keep a subroutine and its caller together. */
import { extract, MODES, registerSlot, type Slot } from "../../arch/index.js";
import { KEY, type Node, type Value } from "../../ir/index.js";
import type { CachedBlock } from "../interpreter/cached-block.js";

const slotIn = (block: CachedBlock, register: number): Slot =>
  registerSlot(
    register,
    MODES.find((m) => m.encoding === extract(block.key, KEY.mode))!,
  );

/**
 * Where a call comes back to, as its link register has it (bit 0 set in T32); undefined for blocks that do not
 * end by a call. A call is a jump of a block that puts the address behind itself into LR.
 */
export const returnAddressOf = (block: CachedBlock): number | undefined => {
  const { nodes, marks } = block.source;
  const last = marks.at(-1)!;
  const behind = (last.pc + last.size + extract(block.key, KEY.thumb)) | 0;
  const link = slotIn(block, 14);
  return nodes.some((node) => {
    if (node.kind !== "put" || node.slot !== link) return false;
    const value = nodes[node.value]!;
    return value.kind === "const" && value.value === behind;
  })
    ? behind
    : undefined;
};

/** Whether a computed jump looks like a return: it goes to LR, or to what was loaded off the stack. */
export const looksLikeReturn = (block: CachedBlock, exit: Node): boolean => {
  if (exit.kind !== "exitExchange" && exit.kind !== "exitJump") return false;
  const { nodes } = block.source;
  const link = slotIn(block, 14);
  const stack = slotIn(block, 13);
  let target = nodes[exit.target]!;
  // A jump within the instruction set drops the low bits.
  if (target.kind === "pure" && target.op === "bic") target = nodes[target.args[0]!]!;
  if (target.kind === "get") return target.slot === link;
  return target.kind === "load" && isNear(nodes, target.address, stack);
};
/** Is a value a slot's plus or minus something constant? */
const isNear = (nodes: readonly Node[], value: Value, slot: Slot): boolean => {
  const node = nodes[value]!;
  if (node.kind === "get") return node.slot === slot;
  if (node.kind !== "pure" || (node.op !== "add" && node.op !== "sub")) return false;
  const [a, b] = node.args;
  return nodes[b!]!.kind === "const" && isNear(nodes, a!, slot);
};
