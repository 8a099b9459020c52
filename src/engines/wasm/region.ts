/** Regions: blocks that are linked to each other within a page and run often, compiled as one function. */
import { KEY } from "../../ir/index.js";
import type { CachedBlock, CodeCache } from "../interpreter/code-cache.js";
import { layOut, MOST_BLOCKS, type Layout } from "./layout.js";

/** Most instructions in a region: what a compiler takes at once, and what a check of the budget covers. */
const MOST_INSTRUCTIONS = 400;

export interface Region {
  /** The entry is block 0. */
  readonly blocks: readonly CachedBlock[];
  readonly layout: Layout;
  /** Key of all blocks but perhaps the entry: that of the entry without ITSTATE. */
  readonly key: number;
  /** Number of the block that an exit of block `from` to address `target` may branch to, or -1. */
  branch(from: number, target: number): number;
  /** Instructions that the budget must cover before block n, if it is the entry or a loop head. */
  readonly need: readonly number[];
}

/** Key behind a branch of a block: IT blocks end with it. */
export const keyBehind = (key: number): number => key & ~(0xff << KEY.it.lsb);

/** The region that begins with a block; `isWarm` says which of the blocks behind it belong in. */
export const formRegion = (
  entry: CachedBlock,
  cache: CodeCache,
  isWarm: (block: CachedBlock) => boolean,
  mostBlocks = MOST_BLOCKS,
): Region => {
  const key = keyBehind(entry.key);
  const blocks = [entry];
  const byPc = new Map<number, number>();
  if (entry.key === key) byPc.set(entry.pc | 0, 0);
  let instructions = entry.source.marks.length;
  for (let i = 0; i < blocks.length; i++) {
    for (const target of targetsOf(blocks[i]!)) {
      if (byPc.has(target) || blocks.length === mostBlocks) continue;
      const found = cache.find(entry.page, target, key);
      if (found === undefined || found.secondPage >= 0 || !isWarm(found)) continue;
      if (instructions + found.source.marks.length > MOST_INSTRUCTIONS) continue;
      instructions += found.source.marks.length;
      byPc.set(target, blocks.length);
      blocks.push(found);
    }
  }
  const successors = blocks.map((b) => [
    ...new Set(
      targetsOf(b)
        .map((target) => byPc.get(target))
        .filter((n) => n !== undefined),
    ),
  ]);
  const layout = layOut(successors);
  const need = blocks.map(() => 0);
  for (const b of layout.order.toReversed()) {
    let most = 0;
    for (const to of successors[b]!) {
      const checked = ((layout.cut[b]! | layout.loopHeads) & (1 << to)) !== 0;
      if (!checked && need[to]! > most) most = need[to]!;
    }
    need[b] = blocks[b]!.source.marks.length + most;
  }
  return {
    blocks,
    layout,
    key,
    need,
    branch(from, target) {
      const to = (target ^ entry.pc) >>> 12 === 0 ? byPc.get(target | 0) : undefined;
      return to === undefined || (layout.cut[from]! & (1 << to)) !== 0 ? -1 : to;
    },
  };
};

/** Addresses on the block's own page that it goes on at in the same translation state. */
const targetsOf = (block: CachedBlock): number[] =>
  block.source.nodes
    .filter((node) => node.kind === "exitGoto")
    .map((node) => node.target | 0)
    .filter((target) => (target ^ block.pc) >>> 12 === 0);
