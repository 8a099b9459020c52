/**
 * What a region keeps in locals, and which of its nodes have to run: liveness of registers and flags over
 * all blocks of the region. Whatever may leave the region or fault needs all that the region writes.
 */
import { registerSlot, SLOT, MODES, type Slot } from "../../arch/index.js";
import { FLAG_OPS, operandsOf, type FlagOpName, type Node } from "../../ir/index.js";
import { LAZY_FLAG_OPS } from "./lazy-flags.js";
import { PSR_SLOTS } from "./psr-slots.js";
import type { Region, RegionBlock } from "./region.js";

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
  /** Slots that are stored on the way out: those written, without flags that are lazy wherever they are set. */
  readonly stored: number;
}

/** `precise` false: all nodes count as read by somebody. */
export const livenessOf = (region: Region, homes: Homes, precise: boolean): RegionLiveness => {
  const scans = region.blocks.map((block) => new BlockScan(block, homes));
  const order = region.layout.order.toReversed();
  for (let changed = true; changed;) {
    changed = false;
    for (const b of order) if (scans[b]!.update(region, b, scans)) changed = true;
  }
  if (precise) {
    let put = 0;
    for (const scan of scans) put |= scan.flagsPut();
    const lazy = FLAG_BITS & ~put;
    return {
      blocks: scans,
      atEntry: scans[0]!.liveIn & ~(lazy & ~scans[0]!.readIn),
      stored: homes.written & ~lazy,
    };
  }
  for (const { live, flags, lazy } of scans) {
    live.fill(1);
    flags.fill(-1);
    lazy.fill(0);
  }
  return { blocks: scans, atEntry: -1, stored: homes.written };
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

/** Bits of N, Z, C and V in masks. */
const FLAG_BITS = 15;

/** One block of the region, from its last node to its first. */
class BlockScan implements BlockLiveness {
  readonly live: Uint8Array;
  readonly flags: Int32Array;
  readonly lazy: Uint8Array;
  /** Slots that live before the block. */
  liveIn = 0;
  /** Flags that something reads by itself before they are set anew. */
  readIn = 0;
  readonly #nodes: readonly Node[];
  /** What the region writes. */
  readonly #all: number;
  /** Per get, put and flags node: its slots. */
  readonly #slots: Int32Array;
  readonly #mayLeave: boolean;
  /** Guards by where they end, the last end first. */
  readonly #guards: readonly { readonly at: number; readonly end: number }[];
  /** Per guard: what lives and what is read where its skip leads to. */
  readonly #liveBehind: Int32Array;
  readonly #readBehind: Int32Array;

  constructor({ source: { nodes }, callsOut }: RegionBlock, homes: Homes) {
    const count = nodes.length;
    this.#nodes = nodes;
    this.#all = homes.written;
    this.live = new Uint8Array(count);
    this.flags = new Int32Array(count);
    this.lazy = new Uint8Array(count);
    this.#slots = new Int32Array(count);
    this.#liveBehind = new Int32Array(count);
    this.#readBehind = new Int32Array(count);
    const bitOf = (slot: Slot): number => {
      const bit = homes.bitOf.get(slot);
      return bit === undefined ? 0 : 1 << bit;
    };
    const guards: { at: number; end: number }[] = [];
    nodes.forEach((node, i) => {
      if (node.kind === "get" || node.kind === "put") this.#slots[i] = bitOf(node.slot);
      else if (node.kind === "flags")
        for (const flag of FLAG_OPS[node.op].writes) this.#slots[i]! |= bitOf(SLOT[flag]);
      else if (node.kind === "guard") guards.push({ at: i, end: node.end });
    });
    this.#mayLeave = callsOut;
    this.#guards = guards.toSorted((a, b) => b.end - a.end);
  }

  /** N, Z, C and V that the block puts where flags are. */
  flagsPut(): number {
    let put = 0;
    this.#nodes.forEach(({ kind }, i) => {
      if (this.live[i] === 0) return;
      if (kind === "writeCpsr") put = FLAG_BITS;
      else if (kind === "put") put |= this.#slots[i]! & FLAG_BITS;
      else if (kind === "flags" && this.lazy[i] === 0) put |= this.flags[i]! & FLAG_BITS;
    });
    return put;
  }
  /** Looks again, by what the blocks behind it tell now; whether this one tells something else than before. */
  update(region: Region, b: number, scans: readonly BlockScan[]): boolean {
    const nodes = this.#nodes;
    const { live, flags, lazy } = this;
    const slots = this.#slots;
    const all = this.#all;
    const guards = this.#guards;
    live.fill(0);
    let lives = 0;
    let read = 0;
    let nextGuard = 0;
    for (let i = nodes.length - 1; i >= 0; i--) {
      for (; guards[nextGuard]?.end === i + 1; nextGuard++) {
        const { at } = guards[nextGuard]!;
        this.#liveBehind[at] = lives;
        this.#readBehind[at] = read;
      }
      const node = nodes[i]!;
      const mask = slots[i]!;
      switch (node.kind) {
        case "const":
        case "pure":
          break;
        case "get":
          if (live[i] === 0) break;
          lives |= mask;
          read |= mask & FLAG_BITS;
          break;
        case "put":
          // What is put where flags are wants the other flags there.
          if (mask === 0 || (lives & mask) !== 0) {
            live[i] = 1;
            if ((mask & FLAG_BITS) !== 0) read = FLAG_BITS;
          }
          lives &= ~mask;
          break;
        case "flags": {
          flags[i] = lives & mask;
          if ((lives & mask) !== 0) {
            live[i] = 1;
            lazy[i] = (read & mask) === 0 && LAZY_FLAG_OPS.includes(node.op) ? 1 : 0;
            read = lazy[i] === 1 || mask === FLAG_BITS ? read & ~mask : FLAG_BITS;
          }
          lives &= ~mask;
          break;
        }
        case "guard":
          lives |= this.#liveBehind[i]!;
          read |= this.#readBehind[i]!;
          live[i] = 1;
          break;
        case "exitGoto": {
          const to = region.branch(b, node.target);
          if (to === -1) {
            lives = all;
            read = 0;
          } else {
            lives = scans[to]!.liveIn | (this.#mayLeave || region.crosses(b, to) ? all : 0);
            read = scans[to]!.readIn;
          }
          live[i] = 1;
          break;
        }
        case "exitExchange":
        case "exitJump":
          lives = all;
          read = 0;
          for (const { to } of region.returns(b)) {
            lives |= scans[to]!.liveIn;
            read |= scans[to]!.readIn;
          }
          live[i] = 1;
          break;
        case "readCpsr":
          lives |= PSR_BITS;
          read = FLAG_BITS;
          live[i] = 1;
          break;
        case "writeCpsr":
          lives |= all;
          read = FLAG_BITS;
          live[i] = 1;
          break;
        case "vector":
        case "sysReadHigh":
          live[i] = 1;
          break;
        default:
          // May fault, or leaves, or lets the machine look.
          lives |= all;
          live[i] = 1;
      }
      if (live[i] === 1) for (const v of operandsOf(node)) live[v] = 1;
    }
    // A loop head may leave for want of budget.
    if ((region.layout.loopHeads & (1 << b)) !== 0) lives |= all;
    const changed = lives !== this.liveIn || read !== this.readIn;
    this.liveIn = lives;
    this.readIn = read;
    return changed;
  }
}
