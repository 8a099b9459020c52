/** A block of a call, and how it is found. */
import { KEY, type Block } from "../../../ir/index.js";
import { KEY_CONTEXT } from "./batch-layout.js";
import type { Context } from "./host.js";

/** A block of the call; `key` has the context above the translation key. */
export interface CallBlock {
  readonly pc: number;
  readonly key: number;
  readonly block: Block;
  readonly page: Uint8Array;
}
/** Bits of ITSTATE in a key. */
export const IT_BITS = 0xff << KEY.it.lsb;

export const contextOf = (key: number): Context => ((key >>> KEY_CONTEXT) & 3) as Context;
/** A block's place as a text. */
export const placeOf = (pc: number, key: number): string => `${pc | 0}:${key}`;
/** A branch to itself and nothing else. */
export const isSelfLoop = ({ pc, key, block }: CallBlock): boolean =>
  (key & IT_BITS) === 0 &&
  block.marks.length === 1 &&
  block.nodes.every(
    (node) => node.kind === "const" || (node.kind === "exitGoto" && (node.target | 0) === pc),
  );
