/**
 * Regions: blocks that lead to each other and run often, compiled as one function. A subroutine stands in the
 * region of its caller, and its return is an edge to each place there that it was called from.
 */
import { extract } from "../../arch/index.js";
import { KEY, PAGE_SHIFT, type Block, type Rewritten } from "../../ir/index.js";
import type { CodeCache } from "../interpreter/code-cache.js";
import type { CachedBlock } from "../interpreter/cached-block.js";
import { looksLikeReturn, returnAddressOf } from "./calls.js";
import { layOut, MOST_BLOCKS, type Layout } from "./layout.js";

import { callsOut, unrepeatable } from "./machine-calls.js";

/** Most instructions in a region: what a compiler takes at once, and what a check of the budget covers. */
const MOST_INSTRUCTIONS = 400;
/** Blocks in a region unless told: V8 makes slower code of larger functions, and takes long for them. */
const USUAL_BLOCKS = 24;
/** Most places that a computed jump is compared with. */
const MOST_RETURNS = 8;

/** An edge of a computed jump: taken when its target is `address`, bit 0 as BX has it. */
export interface Return {
  readonly address: number;
  readonly to: number;
}
/** A block as the region has it. */
export interface RegionBlock {
  readonly cached: CachedBlock;
  readonly pc: number;
  readonly key: number;
  /** Physical page of its code. */
  readonly page: number;
  /** Its nodes after the optimiser. */
  readonly source: Block;
  /** For each of them the node of the block that it comes from. */
  readonly origin: readonly number[];
  /** Where the interpreter's code of each instruction begins. */
  readonly codeAt: readonly number[];
  /** Loads and stores, nodes of `source`, that call the machine where their probe misses. */
  readonly calls: ReadonlySet<number>;
  /** Whether anything in it calls the machine, and may leave in the middle of the block. */
  readonly callsOut: boolean;
}
export interface Region {
  /** The entry is block 0. */
  readonly blocks: readonly RegionBlock[];
  readonly layout: Layout;
  /** Key of all blocks but perhaps the entry: that of the entry without ITSTATE. */
  readonly key: number;
  /** Number of the block that an exit of block `from` to address `target` may branch to, or -1. */
  branch(from: number, target: number): number;
  /** Code offset of the block on the same page that an exit of block `from` leads to, or 0: not known. */
  link(from: number, target: number): number;
  /** Where a return of block `from` may branch to. */
  returns(from: number): readonly Return[];
  /** Whether two blocks are on different pages: an edge must find the other page mapped as it was. */
  crosses(from: number, to: number): boolean;
  /** Instructions that the budget must cover before block n, if it is the entry or a loop head. */
  readonly need: readonly number[];
}

/** Key behind a branch of a block: IT blocks end with it. */
export const keyBehind = (key: number): number => key & ~(0xff << KEY.it.lsb);

/** Which blocks a region may take. */
export interface Choice {
  /** Physical page of code at a virtual address where it is known, else -1. */
  readonly pageOf: (pc: number) => number;
  readonly isWarm: (block: CachedBlock) => boolean;
  /** Sees to it that the block has its nodes. */
  readonly complete: (block: CachedBlock) => void;
  readonly mostBlocks?: number | undefined;
  readonly optimise: (block: CachedBlock) => Rewritten;
}

/** Blocks that a region has at most where nothing in it is a loop: it is run through once and left. */
const MOST_BLOCKS_ONCE = 20;

/** The region that begins with a block. */
export const formRegion = (entry: CachedBlock, cache: CodeCache, choice: Choice): Region => {
  const mostBlocks = Math.min(choice.mostBlocks ?? USUAL_BLOCKS, MOST_BLOCKS);
  let shape = shapeOf(entry, cache, choice, mostBlocks);
  if (shape.layout.loopHeads === 0 && shape.blocks.length > MOST_BLOCKS_ONCE)
    shape = shapeOf(entry, cache, choice, Math.min(mostBlocks, MOST_BLOCKS_ONCE));
  const { blocks } = shape;
  return {
    ...shape,
    blocks: blocks.map((cached): RegionBlock => {
      const { block: source, origin } = choice.optimise(cached);
      const calls = callingAccesses(cached, source, origin);
      return {
        cached,
        pc: cached.pc,
        key: cached.key,
        page: cached.page,
        source,
        origin,
        codeAt: source.marks.map((_, n) => cache.instructions.offset(cached.first + n)),
        calls,
        callsOut: calls.size > 0 || source.nodes.some(callsOut),
      };
    }),
  };
};
/** Accesses that are not left to the interpreter: it may not, or had to too often. */
const callingAccesses = (
  cached: CachedBlock,
  { nodes, marks }: Block,
  origin: readonly number[],
): ReadonlySet<number> => {
  const { bound } = factsOf(cached);
  const found = new Set<number>();
  if (bound.size === 0 && cached.missing.length === 0) return found;
  let mark = -1;
  nodes.forEach(({ kind }, i) => {
    while (mark + 1 < marks.length && marks[mark + 1]!.node <= i) mark++;
    if (kind !== "load" && kind !== "store") return;
    if (bound.has(origin[i]!) || cached.missing.includes(mark)) found.add(i);
  });
  return found;
};
type Shape = Omit<Region, "blocks"> & { readonly blocks: readonly CachedBlock[] };
const shapeOf = (
  entry: CachedBlock,
  cache: CodeCache,
  choice: Choice,
  mostBlocks: number,
): Shape => {
  const key = keyBehind(entry.key);
  const collected = collect(entry, key, cache, choice, mostBlocks);
  const edges = successorsOf(collected);
  const blocks = reachable(collected.blocks, edges);
  // What a return alone leads to is out where the return is.
  const graph = blocks.length === collected.blocks.length ? collected : renumber(collected, blocks);
  const returns = returnsOf(graph);
  const successors = successorsOf(graph, returns);
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
  const { byPc } = graph;
  const uncut = (from: number, to: number): boolean => (layout.cut[from]! & (1 << to)) === 0;
  const kept = returns.map((list, from) => list.filter(({ to }) => uncut(from, to)));
  return {
    blocks,
    layout,
    key,
    need,
    branch(from, target) {
      const to = byPc.get(target | 0);
      return to === undefined || !uncut(from, to) ? -1 : to;
    },
    link(from, target) {
      const { pc, page } = blocks[from]!;
      if ((target ^ pc) >>> PAGE_SHIFT !== 0) return 0;
      const found = cache.find(page, target | 0, key);
      return found === undefined || found.secondPage >= 0 ? 0 : found.entry;
    },
    returns: (from) => kept[from]!,
    crosses: (from, to) => (blocks[from]!.pc ^ blocks[to]!.pc) >>> PAGE_SHIFT !== 0,
  };
};

interface Graph {
  readonly blocks: readonly CachedBlock[];
  readonly byPc: ReadonlyMap<number, number>;
}

/** The entry and warm blocks behind it: jumps, calls and what calls come back to. */
const collect = (
  entry: CachedBlock,
  key: number,
  cache: CodeCache,
  { pageOf, isWarm, complete }: Choice,
  mostBlocks: number,
): Graph => {
  complete(entry);
  const blocks = [entry];
  const byPc = new Map<number, number>();
  if (entry.key === key) byPc.set(entry.pc | 0, 0);
  let instructions = entry.length;
  const take = (target: number): void => {
    if (byPc.has(target) || blocks.length === mostBlocks) return;
    const page = (target ^ entry.pc) >>> PAGE_SHIFT === 0 ? entry.page : pageOf(target);
    const found = page < 0 ? undefined : cache.find(page, target, key);
    if (found === undefined || found.secondPage >= 0 || !isWarm(found)) return;
    if (instructions + found.length > MOST_INSTRUCTIONS) return;
    complete(found);
    instructions += found.length;
    byPc.set(target, blocks.length);
    blocks.push(found);
  };
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i]!;
    const targets = seenTargetsOf(block);
    for (const target of targets) take(target);
    const back = factsOf(block).returnAddress;
    if (back !== undefined && targets.some((t) => byPc.has(t))) take(back & ~1);
  }
  return { blocks, byPc };
};

/** How a block ends. */
interface Facts {
  readonly targets: readonly number[];
  readonly returnAddress: number | undefined;
  readonly returns: boolean;
  readonly jumpsByValue: boolean;
  /** Accesses that compiled code has to see to. */
  readonly bound: ReadonlySet<number>;
}
/** Blocks are asked again and again, for each region that begins near them. */
const facts = new WeakMap<CachedBlock, Facts>();
const factsOf = (block: CachedBlock): Facts => {
  const known = facts.get(block);
  if (known !== undefined) return known;
  const { nodes } = block.source;
  const computed = nodes.filter((node) => node.kind === "exitExchange" || node.kind === "exitJump");
  const made = {
    targets: nodes.filter((node) => node.kind === "exitGoto").map((node) => node.target | 0),
    returnAddress: returnAddressOf(block),
    returns: computed.some((node) => looksLikeReturn(block, node)),
    jumpsByValue: computed.some((node) => !looksLikeReturn(block, node)),
    bound: unrepeatable(block.source),
  };
  facts.set(block, made);
  return made;
};

/** Constant addresses that a block goes on at in the same translation state. */
const targetsOf = (block: CachedBlock): readonly number[] => factsOf(block).targets;

/** With those that a computed jump was seen to lead to. */
const seenTargetsOf = (block: CachedBlock): readonly number[] =>
  jumpsByValue(block) ? [...targetsOf(block), ...block.led] : targetsOf(block);

const numbersOf = (graph: Graph, addresses: readonly number[]): number[] =>
  addresses.map((a) => graph.byPc.get(a)).filter((n) => n !== undefined);

const successorsOf = (graph: Graph, returns = returnsOf(graph)): number[][] =>
  graph.blocks.map((block, b) => [
    ...new Set([...numbersOf(graph, targetsOf(block)), ...returns[b]!.map(({ to }) => to)]),
  ]);

/** Whether a block ends by a computed jump that is no return: a switch, a call through a pointer. */
const jumpsByValue = (block: CachedBlock): boolean => factsOf(block).jumpsByValue;
/**
 * Per block: where its computed jump leads to. For a return these are the places behind all calls of the
 * subroutine that it ends, for others where the interpreter saw it go.
 */
const returnsOf = (graph: Graph): Return[][] => {
  const { blocks, byPc } = graph;
  const returns: Return[][] = blocks.map(() => []);
  const bit = extract(blocks[0]!.key, KEY.thumb);
  blocks.forEach((block, b) => {
    if (!jumpsByValue(block)) return;
    for (const pc of block.led) {
      const to = byPc.get(pc);
      if (to !== undefined) returns[b]!.push({ address: pc | bit, to });
    }
  });
  for (const block of blocks) {
    const address = factsOf(block).returnAddress;
    const to = address === undefined ? undefined : byPc.get(address & ~1);
    if (address === undefined || to === undefined) continue;
    // The subroutine's own blocks: a call in it is stepped over.
    const seen = new Set<number>();
    const work = numbersOf(graph, seenTargetsOf(block));
    while (work.length > 0) {
      const b = work.pop()!;
      if (seen.has(b)) continue;
      seen.add(b);
      const inner = factsOf(blocks[b]!).returnAddress;
      work.push(...numbersOf(graph, inner === undefined ? targetsOf(blocks[b]!) : [inner & ~1]));
      const list = returns[b]!;
      if (
        factsOf(blocks[b]!).returns &&
        list.length < MOST_RETURNS &&
        !list.some((r) => r.to === to)
      )
        list.push({ address, to });
    }
  }
  return returns;
};

const reachable = (
  blocks: readonly CachedBlock[],
  edges: readonly (readonly number[])[],
): CachedBlock[] => {
  const seen = new Set([0]);
  for (const b of seen) for (const to of edges[b]!) seen.add(to);
  return blocks.filter((_, b) => seen.has(b));
};
const renumber = (graph: Graph, blocks: readonly CachedBlock[]): Graph => {
  const byPc = new Map<number, number>();
  for (const [pc, n] of graph.byPc) {
    const now = blocks.indexOf(graph.blocks[n]!);
    if (now >= 0) byPc.set(pc, now);
  }
  return { blocks, byPc };
};
