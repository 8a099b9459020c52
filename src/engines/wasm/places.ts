/**
 * Places that are kept from block to block: a local says where in memory the bytes around a register's address are,
 * as long as the register has that address, and 0 where that is not known. Accesses off the register then need no
 * probe of the TLB. What a probe found holds until the machine is called, as it does within a block.
 */
import { extract, registerSlot, MODES, type Slot } from "../../arch/index.js";
import {
  ACCESS_BITS,
  shareProbes,
  slotsWritten,
  widen,
  type ProbeGroup,
  type Value,
} from "../../ir/index.js";
import type { Region } from "./region.js";

/** A place, of bytes from `low` on off the register's address. */
export interface KeptPlace {
  readonly slot: Slot;
  readonly write: boolean;
  /** Number among the region's. */
  readonly index: number;
  readonly low: number;
  readonly span: number;
  readonly alignment: number;
}
export interface KeptUse {
  readonly place: KeptPlace;
  /** Whether the place is known where the group begins. */
  readonly known: "no" | "perhaps" | "yes";
}
export interface BlockPlaces {
  /** For each load and store: the group whose probe serves it. */
  readonly groups: ReadonlyMap<number, ProbeGroup>;
  /** Groups that know or make a place that is kept. */
  readonly uses: ReadonlyMap<ProbeGroup, KeptUse>;
  /** By node: places that are known no more behind it. */
  readonly ends: ReadonlyMap<number, readonly KeptPlace[]>;
}
export interface RegionPlaces {
  readonly kept: readonly KeptPlace[];
  readonly blocks: readonly BlockPlaces[];
}

/** Registers that addresses are made of. */
const REGISTERS: ReadonlySet<Slot> = new Set(
  MODES.flatMap((mode) => Array.from({ length: 15 }, (_, n) => registerSlot(n, mode))),
);
/** Most places that are looked at: a set of them is a word. */
const MOST_PLACES = 31;

interface Candidate {
  readonly slot: Slot;
  readonly write: boolean;
  readonly bit: number;
  /** What all its groups reach. */
  readonly window: { low: number; span: number; alignment: number };
}
/** What happens to places in a block, in order: a group begins, or registers are written (`all`: the machine is called). */
type Event =
  | {
      readonly group: ProbeGroup;
      readonly slot: Slot;
      readonly write: boolean;
      readonly guarded: boolean;
    }
  | {
      readonly node: number;
      readonly ends: readonly Slot[] | "all";
      readonly guarded: boolean;
    };

/** Without `sharing` nothing is shared and nothing kept. */
export const placesOf = (region: Region, sharing: boolean): RegionPlaces => {
  if (!sharing) {
    const none: BlockPlaces = { groups: new Map(), uses: new Map(), ends: new Map() };
    return { kept: [], blocks: region.blocks.map(() => none) };
  }
  const groups = region.blocks.map(({ source, calls }) => {
    const all = shareProbes(source);
    // What may call the machine probes for itself.
    return calls.size === 0
      ? all
      : new Map([...all].filter(([, { members }]) => !members.some((i) => calls.has(i))));
  });
  const events = region.blocks.map((_, b) => eventsOf(region, b, groups[b]!));
  const { candidates, candidateOf } = candidatesOf(events);
  const flow = new Flow(region, events, candidates, candidateOf);
  const kept = new Map<Candidate, KeptPlace>();
  flow.uses((candidate, perhaps) => {
    if (!perhaps || kept.has(candidate)) return;
    const { slot, write, window } = candidate;
    kept.set(candidate, { slot, write, index: kept.size, ...window });
  });
  const blocks = groups.map((all): BlockPlaces & { uses: Map<ProbeGroup, KeptUse> } => ({
    groups: all,
    uses: new Map(),
    ends: new Map(),
  }));
  flow.uses((candidate, perhaps, surely, b, group) => {
    const place = kept.get(candidate);
    const known = surely ? "yes" : perhaps ? "perhaps" : "no";
    if (place !== undefined) blocks[b]!.uses.set(group, { place, known });
  });
  const ends = flow.ends((candidate) => kept.get(candidate));
  return {
    kept: [...kept.values()],
    blocks: blocks.map((made, b) => ({ ...made, ends: ends[b]! })),
  };
};

/** What a slot holds that was not written in the block. */
const ENTRY = -1;
/** What it holds behind a guard that wrote it. */
const UNKNOWN = -2;

const eventsOf = (
  region: Region,
  b: number,
  groups: ReadonlyMap<number, ProbeGroup>,
): readonly Event[] => {
  const { source, calls } = region.blocks[b]!;
  const { nodes } = source;
  const events: Event[] = [];
  /** Per slot: the value that it holds, or one of the above. */
  const holds = new Map<Slot, number>();
  /** Gets of what a slot held at the block's entry. */
  const atEntry = new Set<number>();
  const guards: { readonly end: number; readonly wrote: Set<Slot> }[] = [];
  const seen = new Set<ProbeGroup>();
  const holderOf = (base: Value): Slot | undefined => {
    const node = nodes[base]!;
    if (node.kind === "get" && atEntry.has(base)) {
      const holder = REGISTERS.has(node.slot) && (holds.get(node.slot) ?? ENTRY) === ENTRY;
      return holder ? node.slot : undefined;
    }
    for (const [slot, value] of holds) if (value === base) return slot;
    return undefined;
  };
  nodes.forEach((node, i) => {
    while (guards.length > 0 && guards.at(-1)!.end <= i)
      for (const slot of guards.pop()!.wrote) holds.set(slot, UNKNOWN);
    switch (node.kind) {
      case "guard":
        guards.push({ end: node.end, wrote: new Set() });
        return;
      case "get":
        if ((holds.get(node.slot) ?? ENTRY) === ENTRY) atEntry.add(i);
        return;
      case "put":
        if (!REGISTERS.has(node.slot)) return;
        for (const { wrote } of guards) wrote.add(node.slot);
        holds.set(node.slot, node.value);
        events.push({ node: i, ends: [node.slot], guarded: guards.length > 0 });
        return;
      case "load":
      case "store": {
        // The device that it is of may change where memory is.
        if (calls.has(i)) events.push({ node: i, ends: "all", guarded: guards.length > 0 });
        const group = groups.get(i);
        if (group === undefined || seen.has(group)) return;
        seen.add(group);
        const slot = holderOf(group.base);
        if (slot === undefined || extract(node.access, ACCESS_BITS.unprivileged) === 1) return;
        const write = node.kind === "store";
        events.push({ group, slot, write, guarded: guards.length > 0 });
        return;
      }
      case "vector":
        return;
      default:
        if (slotsWritten(node) === "all")
          events.push({ node: i, ends: "all", guarded: guards.length > 0 });
    }
  });
  return events;
};

const candidatesOf = (
  events: readonly (readonly Event[])[],
): {
  readonly candidates: readonly Candidate[];
  readonly candidateOf: ReadonlyMap<ProbeGroup, Candidate>;
} => {
  const found = new Map<string, Candidate>();
  const candidateOf = new Map<ProbeGroup, Candidate>();
  for (const event of events.flat()) {
    if (!("group" in event)) continue;
    const { group, slot, write } = event;
    const { low, span, alignment } = group;
    const name = `${slot} ${write}`;
    let candidate = found.get(name);
    if (candidate === undefined) {
      if (found.size === MOST_PLACES) continue;
      candidate = { slot, write, bit: 1 << found.size, window: { low, span, alignment } };
      found.set(name, candidate);
    } else if (!widen(candidate.window, low, span, alignment)) continue;
    candidateOf.set(group, candidate);
  }
  return { candidates: [...found.values()], candidateOf };
};

/** Which places are known where: a forward analysis, of what may be known and of what is known on all ways. */
class Flow {
  readonly #events: readonly (readonly Event[])[];
  readonly #candidates: readonly Candidate[];
  readonly #candidateOf: ReadonlyMap<ProbeGroup, Candidate>;
  /** At each block's entry. */
  readonly #perhaps: number[];
  readonly #surely: number[];

  constructor(
    region: Region,
    events: readonly (readonly Event[])[],
    candidates: readonly Candidate[],
    candidateOf: ReadonlyMap<ProbeGroup, Candidate>,
  ) {
    this.#events = events;
    this.#candidates = candidates;
    this.#candidateOf = candidateOf;
    const count = region.blocks.length;
    this.#perhaps = Array.from({ length: count }, () => 0);
    this.#surely = Array.from({ length: count }, (_, b) => (b === 0 ? 0 : -1));
    if (candidates.length === 0) return;
    const successors = region.blocks.map(({ source }, b) => {
      const to = new Set(region.returns(b).map((r) => r.to));
      for (const node of source.nodes)
        if (node.kind === "exitGoto") to.add(region.branch(b, node.target));
      to.delete(-1);
      return to;
    });
    for (let changed = true; changed;) {
      changed = false;
      for (const b of region.layout.order) {
        const [perhaps, surely] = this.#through(b);
        for (const to of successors[b]!) {
          const nowPerhaps = this.#perhaps[to]! | perhaps;
          const nowSurely = this.#surely[to]! & surely;
          if (nowPerhaps === this.#perhaps[to] && nowSurely === this.#surely[to]) continue;
          this.#perhaps[to] = nowPerhaps;
          this.#surely[to] = nowSurely;
          changed = true;
        }
      }
    }
  }
  /** What is known behind a block; `visit` sees each event, with what is known before it. */
  #through(
    b: number,
    visit?: (event: Event, perhaps: number, surely: number) => void,
  ): readonly [number, number] {
    let perhaps = this.#perhaps[b]!;
    let surely = this.#surely[b]!;
    for (const event of this.#events[b]!) {
      visit?.(event, perhaps, surely);
      if ("group" in event) {
        const bit = this.#candidateOf.get(event.group)?.bit ?? 0;
        perhaps |= bit;
        // Within a guard it is known to what follows there, too, but that is seldom.
        if (!event.guarded) surely |= bit;
      } else {
        const ended = this.#ended(event.ends);
        surely &= ~ended;
        if (!event.guarded) perhaps &= ~ended;
      }
    }
    return [perhaps, surely];
  }
  #ended(ends: readonly Slot[] | "all"): number {
    if (ends === "all") return -1;
    let bits = 0;
    for (const { slot, bit } of this.#candidates) if (ends.includes(slot)) bits |= bit;
    return bits;
  }

  uses(
    each: (
      candidate: Candidate,
      perhaps: boolean,
      surely: boolean,
      b: number,
      group: ProbeGroup,
    ) => void,
  ): void {
    this.#events.forEach((_, b) =>
      this.#through(b, (event, perhaps, surely) => {
        if (!("group" in event)) return;
        const candidate = this.#candidateOf.get(event.group);
        if (candidate === undefined) return;
        const { bit } = candidate;
        each(candidate, (perhaps & bit) !== 0, (surely & bit) !== 0, b, event.group);
      }),
    );
  }
  /** Per block and node: what may be known before the node and is not behind it. */
  ends(
    placeOf: (candidate: Candidate) => KeptPlace | undefined,
  ): readonly ReadonlyMap<number, readonly KeptPlace[]>[] {
    return this.#events.map((_, b) => {
      const found = new Map<number, readonly KeptPlace[]>();
      this.#through(b, (event, perhaps) => {
        if ("group" in event) return;
        const ended = this.#ended(event.ends) & perhaps;
        const places = this.#candidates.flatMap((c) => {
          const place = (c.bit & ended) === 0 ? undefined : placeOf(c);
          return place === undefined ? [] : [place];
        });
        if (places.length > 0) found.set(event.node, places);
      });
      return found;
    });
  }
}
