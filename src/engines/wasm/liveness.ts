/**
 * What a region keeps in locals, and which of its nodes have to run: liveness of registers and flags over
 * all blocks of the region. Whatever may leave the region or fault needs all that the region writes.
 */
import { registerSlot, SLOT, MODES, type Slot } from "../../arch/index.js";
import { FLAG_OPS, operandsOf, type FlagOpName, type Node } from "../../ir/index.js";
import { LAZY_FLAG_OPS } from "./lazy-flags.js";
import type { Region } from "./region.js";

/** Slots that are read and written by instructions alone, never behind the back of a block. */
const KEPT: ReadonlySet<Slot> = new Set([
  SLOT.N,
  SLOT.Z,
  SLOT.C,
  SLOT.V,
  SLOT.Q,
  SLOT.GE,
  ...MODES.flatMap((mode) => Array.from({ length: 15 }, (_, n) => registerSlot(n, mode))),
]);
/** What CPSR writes change of them. */
export const PSR_SLOTS: readonly Slot[] = [SLOT.N, SLOT.Z, SLOT.C, SLOT.V, SLOT.Q, SLOT.GE];
/** Their bits in masks: they come first. */
const PSR_BITS = 2 ** PSR_SLOTS.length - 1;
/** Most slots in locals: a set of them is a word. */
const MOST_SLOTS = 31;

export interface Homes {
  /** Slots in locals; the position is a slot's bit in masks. */
  readonly slots: readonly Slot[];
  readonly bitOf: ReadonlyMap<Slot, number>;
  /** Those that the region writes. */
  readonly written: number;
}

export const homesOf = (region: Region): Homes => {
  const bitOf = new Map<Slot, number>();
  const slots: Slot[] = [];
  let written = 0;
  const use = (slot: Slot, writes: boolean): void => {
    if (!KEPT.has(slot)) return;
    let bit = bitOf.get(slot);
    if (bit === undefined) {
      if (slots.length === MOST_SLOTS) return;
      bit = slots.length;
      bitOf.set(slot, bit);
      slots.push(slot);
    }
    if (writes) written |= 1 << bit;
  };
  // Flags first: they must not be left out.
  for (const slot of PSR_SLOTS) use(slot, false);
  for (const { source } of region.blocks) {
    for (const node of source.nodes) {
      if (node.kind === "get") use(node.slot, false);
      else if (node.kind === "put") use(node.slot, true);
      else if (node.kind === "flags")
        for (const flag of FLAG_OPS[node.op].writes) use(SLOT[flag], true);
      else if (node.kind === "writeCpsr") for (const slot of PSR_SLOTS) use(slot, true);
    }
  }
  return { slots, bitOf, written };
};

export interface BlockLiveness {
  /** Whether each node has to run. */
  readonly live: Uint8Array;
  /** For a flags node: bits of the flags that somebody reads. */
  readonly flags: Int32Array;
  /** For a flags node 1 where only a way out of the region reads its flags: see lazy-flags.ts. */
  readonly lazy: Uint8Array;
}
export interface RegionLiveness {
  readonly blocks: readonly BlockLiveness[];
  /** Slots that must be loaded before the region is entered. */
  readonly atEntry: number;
}

/** Nodes that may leave in the middle of the block. */
export const callsOut = (node: Node): boolean => {
  switch (node.kind) {
    case "load":
    case "store":
    case "sysRead":
    case "sysWrite":
    case "writeCpsr":
    case "checkCoprocessor":
    case "trapCheck":
    case "hint":
      return true;
    default:
      return false;
  }
};

/** `precise` false: all nodes count as read by somebody. */
export const livenessOf = (region: Region, homes: Homes, precise: boolean): RegionLiveness => {
  const count = region.blocks.length;
  const liveIn = Array.from({ length: count }, () => 0);
  const readIn = Array.from({ length: count }, () => 0);
  const blocks: BlockLiveness[] = region.blocks.map(({ source }) => ({
    live: new Uint8Array(source.nodes.length),
    flags: new Int32Array(source.nodes.length),
    lazy: new Uint8Array(source.nodes.length),
  }));
  const order = region.layout.order.toReversed();
  for (let changed = true; changed;) {
    changed = false;
    for (const b of order) {
      const now = liveBefore(region, homes, b, liveIn, blocks[b]!);
      const read = readBefore(region, homes, b, readIn, blocks[b]!);
      if (now === liveIn[b] && read === readIn[b]) continue;
      liveIn[b] = now;
      readIn[b] = read;
      changed = true;
    }
  }
  if (precise) return { blocks, atEntry: liveIn[0]! };
  for (const { live, flags, lazy } of blocks) {
    live.fill(1);
    flags.fill(-1);
    lazy.fill(0);
  }
  return { blocks, atEntry: -1 };
};

/** Flag ops that are lazy somewhere in the region. */
export const lazyOpsOf = (
  { blocks }: Region,
  { blocks: known }: RegionLiveness,
): ReadonlySet<FlagOpName> => {
  const found = new Set<FlagOpName>();
  blocks.forEach(({ source }, b) =>
    source.nodes.forEach((node, i) => {
      if (node.kind === "flags" && known[b]!.lazy[i] === 1) found.add(node.op);
    }),
  );
  return found;
};

/** Slots that live before block `b`; notes which of its nodes live. */
const liveBefore = (
  region: Region,
  homes: Homes,
  b: number,
  liveIn: readonly number[],
  out: BlockLiveness,
): number => {
  const { nodes } = region.blocks[b]!.source;
  const all = homes.written;
  const mayLeave = nodes.some(callsOut);
  /** What lives where a guard's skip leads to, innermost guard last. */
  const ends: { at: number; guard: number; live: number }[] = [];
  const guards = nodes.flatMap((node, i) => (node.kind === "guard" ? [{ i, end: node.end }] : []));
  out.live.fill(0);
  let live = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    for (const g of guards) if (g.end === i + 1) ends.push({ at: g.end, guard: g.i, live });
    const node = nodes[i]!;
    switch (node.kind) {
      case "const":
      case "pure":
        break;
      case "get":
        if (out.live[i] === 1) {
          const bit = homes.bitOf.get(node.slot);
          if (bit !== undefined) live |= 1 << bit;
        }
        break;
      case "put": {
        const bit = homes.bitOf.get(node.slot);
        if (bit === undefined) out.live[i] = 1;
        else if ((live & (1 << bit)) !== 0) {
          out.live[i] = 1;
          live &= ~(1 << bit);
        }
        break;
      }
      case "flags": {
        let mask = 0;
        for (const flag of FLAG_OPS[node.op].writes) mask |= 1 << homes.bitOf.get(SLOT[flag])!;
        out.flags[i] = live & mask;
        if ((live & mask) !== 0) out.live[i] = 1;
        live &= ~mask;
        break;
      }
      case "guard": {
        const end = ends.findLast((e) => e.guard === i)!;
        live |= end.live;
        out.live[i] = 1;
        break;
      }
      case "exitGoto": {
        const to = region.branch(b, node.target);
        live = to === -1 ? all : liveIn[to]! | (mayLeave || region.crosses(b, to) ? all : 0);
        out.live[i] = 1;
        break;
      }
      case "exitExchange":
      case "exitJump":
        live = all;
        for (const { to } of region.returns(b)) live |= liveIn[to]!;
        out.live[i] = 1;
        break;
      case "readCpsr":
        live |= PSR_BITS;
        out.live[i] = 1;
        break;
      case "vector":
      case "sysReadHigh":
        out.live[i] = 1;
        break;
      default:
        // May fault, or leaves, or lets the machine look.
        live |= all;
        out.live[i] = 1;
    }
    if (out.live[i] === 1) for (const v of operandsOf(node)) out.live[v] = 1;
  }
  // A loop head may leave for want of budget.
  return (region.layout.loopHeads & (1 << b)) !== 0 ? live | all : live;
};

/** Bits of N, Z, C and V in masks. */
const FLAG_BITS = 15;
/**
 * Flags (bits of masks) that something in the region reads by itself before it is set anew, at the beginning of
 * block `b`; notes which flags nodes are lazy. What writes a part of the flags wants the others in their locals.
 */
const readBefore = (
  region: Region,
  homes: Homes,
  b: number,
  readIn: readonly number[],
  { live, lazy }: BlockLiveness,
): number => {
  const { nodes } = region.blocks[b]!.source;
  const ends: { readonly guard: number; readonly read: number }[] = [];
  const guards = nodes.flatMap((node, i) => (node.kind === "guard" ? [{ i, end: node.end }] : []));
  let read = 0;
  for (let i = nodes.length - 1; i >= 0; i--) {
    for (const g of guards) if (g.end === i + 1) ends.push({ guard: g.i, read });
    if (live[i] === 0) continue;
    const node = nodes[i]!;
    switch (node.kind) {
      case "get":
        read |= (1 << (homes.bitOf.get(node.slot) ?? 31)) & FLAG_BITS;
        break;
      case "put":
        if (((1 << (homes.bitOf.get(node.slot) ?? 31)) & FLAG_BITS) !== 0) read = FLAG_BITS;
        break;
      case "flags": {
        const { writes } = FLAG_OPS[node.op];
        let mask = 0;
        for (const flag of writes) mask |= 1 << homes.bitOf.get(SLOT[flag])!;
        lazy[i] = (read & mask) === 0 && LAZY_FLAG_OPS.includes(node.op) ? 1 : 0;
        // What is put where flags are wants the other flags there.
        read = lazy[i] === 1 || writes.length === 4 ? read & ~mask : FLAG_BITS;
        break;
      }
      case "guard":
        read |= ends.findLast((e) => e.guard === i)!.read;
        break;
      case "exitGoto": {
        const to = region.branch(b, node.target);
        read = to === -1 ? 0 : readIn[to]!;
        break;
      }
      case "exitExchange":
      case "exitJump":
        read = 0;
        for (const { to } of region.returns(b)) read |= readIn[to]!;
        break;
      case "readCpsr":
      case "writeCpsr":
        read = FLAG_BITS;
        break;
      default:
    }
  }
  return read;
};
