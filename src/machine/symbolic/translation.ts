/**
 * Translation over terms. Without the HYP MMU addresses are flat. With it the tables of the phase are walked
 * for every address by the machine's own walker, which gives pieces of the address space that are treated
 * alike; an address that the input decides splits its path over them. Tables that are not known are taken,
 * as a declared assumption, to map the occupant's pages as they are.
 */
import { privilegeOf, systemSlot, type FaultKind } from "../../arch/index.js";
import { constantOf, type ConcreteRegion, type Term, type Terms } from "../../engines/index.js";
import { walkLong, type LongContext } from "../mmu/long-descriptor.js";
import { MEMORY, newWalk, type AccessKind, type MemoryType } from "../mmu/walk.js";
import {
  anySet,
  bitSet,
  branch,
  modeBits,
  type AddressRange,
  type MachinePath,
} from "./machine-path.js";

const S = {
  SCTLR: systemSlot("SCTLR"),
  HSCTLR: systemSlot("HSCTLR"),
  HCR: systemSlot("HCR"),
  HTCR: systemSlot("HTCR"),
  HTTBR: systemSlot("HTTBR"),
  HTTBR_hi: systemSlot("HTTBR_hi"),
  HMAIR0: systemSlot("HMAIR0"),
  HMAIR1: systemSlot("HMAIR1"),
} as const;
const HSCTLR_WXN = 19,
  HSCTLR_EE = 25;
const HCR_VM = 1,
  HCR_DC = 1 << 12,
  HCR_TGE = 1 << 27;
const SPACE = 2 ** 32;

/** "as-found": by the tables of the phase. "any": by any tables that map the occupant's pages as they are. */
export type TableMode = "as-found" | "any";

/** What an address of a piece leads to. */
export type PieceKind =
  | {
      readonly kind: "memory";
      readonly region: ConcreteRegion | undefined;
      readonly memory: MemoryType;
    }
  | {
      readonly kind: "fault";
      readonly fault: Exclude<FaultKind, "none">;
      readonly level: number;
      /** Type of the memory that is not there, for external aborts. */
      readonly memory?: MemoryType;
    }
  /** Tables that nobody knows: it may be mapped or not. */
  | { readonly kind: "unknown" };
/** Parts of the address space that are treated alike. */
export type Piece = PieceKind & {
  readonly ranges: readonly AddressRange[];
  /** Physical less virtual address. */
  readonly delta: number;
};
/** Where RAM is, what of it is known, and what a translation table's word is at the phase. */
export interface TranslationSurroundings {
  readonly ram: readonly AddressRange[];
  readonly regions: readonly ConcreteRegion[];
  /** Pages that count as the occupant's own: its image and its stack. */
  readonly own: readonly AddressRange[];
  readonly mode: TableMode;
}
/** What is assumed of tables that the input gives, or of any tables. */
export const MAPS_OWN_PAGES =
  "the HYP translation tables map the occupant's own pages as they are: normal memory, readable, writable and executable";
const ASSUMED_ELSEWHERE =
  "where the HYP translation tables map memory outside of the occupant's pages, no two of the addresses that are used lead to the same place, to the occupant's pages or to the tables";

export class SymbolicTranslation {
  readonly #terms: Terms;
  readonly #around: TranslationSurroundings;
  readonly #cache = new Map<string, readonly Piece[]>();

  constructor(terms: Terms, around: TranslationSurroundings) {
    this.#terms = terms;
    this.#around = around;
  }

  /** Splits a path by whether translation is on, and gives each part its pieces; undefined: not followed. */
  withPieces<R>(
    path: MachinePath,
    access: AccessKind,
    use: (path: MachinePath, pieces: readonly Piece[] | undefined) => readonly R[],
  ): R[] {
    const flat = (p: MachinePath): readonly R[] => use(p, this.#flat());
    if (privilegeOf(modeBits(path)) !== 2)
      return branch(path, this.#lowerOn(path), (p) => use(p, undefined), flat);
    return branch(path, bitSet(path, S.HSCTLR, 0), (p) => use(p, this.#mapped(p, access)), flat);
  }
  /** Whether HCR asks for stage 2, or stage 1 of PL1&0 is on. */
  #lowerOn(path: MachinePath): Term {
    const terms = this.#terms;
    return terms.or(
      anySet(path, S.HCR, HCR_VM | HCR_DC),
      terms.and(bitSet(path, S.SCTLR, 0), terms.not(anySet(path, S.HCR, HCR_TGE | HCR_DC))),
    );
  }
  #flat(): readonly Piece[] {
    return this.#cached("flat", () =>
      this.#inMemory({ from: 0, to: SPACE }, 0, MEMORY.stronglyOrdered),
    );
  }
  #cached(key: string, make: () => Piece[]): readonly Piece[] {
    let known = this.#cache.get(key);
    if (known === undefined) this.#cache.set(key, (known = merged(make())));
    return known;
  }
  /** Where physical addresses of a range lead: known memory, other RAM, or nowhere. */
  #inMemory(range: AddressRange, delta: number, memory: MemoryType): Piece[] {
    const out: Piece[] = [];
    const { ram, regions } = this.#around;
    const cuts = new Set([range.from, range.to]);
    for (const { from, to } of [...ram, ...regions])
      for (const at of [from - delta, to - delta])
        if (at > range.from && at < range.to) cuts.add(at);
    const sorted = [...cuts].toSorted((a, b) => a - b);
    for (let i = 0; i + 1 < sorted.length; i++) {
      const part = { from: sorted[i]!, to: sorted[i + 1]! };
      const at = part.from + delta;
      const here = (r: AddressRange): boolean => at >= r.from && at < r.to;
      out.push(
        ram.some(here)
          ? { kind: "memory", region: regions.find(here), memory, ranges: [part], delta }
          : { kind: "fault", fault: "external", level: 0, memory, ranges: [part], delta: 0 },
      );
    }
    return out;
  }
  #mapped(path: MachinePath, access: AccessKind): readonly Piece[] {
    const context = this.#around.mode === "any" ? undefined : this.#context(path);
    if (context === undefined) return this.#assumed(path);
    const key = `${access} ${Object.values(context).join(" ")}`;
    // Tables lie in known memory: a path that wrote there is walked for itself.
    if (!path.local.imageWritten) {
      const known = this.#cache.get(key);
      if (known !== undefined) return known;
    }
    const pieces = this.#walkAll(path, access, context);
    if (pieces === undefined) return this.#assumed(path);
    const whole = merged(pieces);
    if (!path.local.imageWritten) this.#cache.set(key, whole);
    return whole;
  }
  /** What a walk of the PL2 stage 1 tables depends on, or undefined where it is not constant. */
  #context(path: MachinePath): LongContext | undefined {
    const word = (slot: (typeof S)[keyof typeof S]): number | undefined => path.constant(slot);
    const bit = (n: number): number | undefined =>
      constantOf(this.#terms.extract(n, n, path.get(S.HSCTLR)));
    const [TCR, TTBR0, TTBR0_hi] = [word(S.HTCR), word(S.HTTBR), word(S.HTTBR_hi)];
    const [MAIR0, MAIR1] = [word(S.HMAIR0), word(S.HMAIR1)];
    const [WXN, EE] = [bit(HSCTLR_WXN), bit(HSCTLR_EE)];
    if (TCR === undefined || TTBR0 === undefined || TTBR0_hi === undefined) return undefined;
    if (MAIR0 === undefined || MAIR1 === undefined) return undefined;
    if (WXN === undefined || EE === undefined) return undefined;
    return {
      regime: "PL2",
      TCR: TCR | 0,
      TTBR0: TTBR0 | 0,
      TTBR0_hi: TTBR0_hi | 0,
      TTBR1: 0,
      TTBR1_hi: 0,
      SCTLR: (WXN << HSCTLR_WXN) | (EE << HSCTLR_EE),
      MAIR0: MAIR0 | 0,
      MAIR1: MAIR1 | 0,
    };
  }
  /** Every address by the tables; undefined where a word of them is not known. */
  #walkAll(path: MachinePath, access: AccessKind, context: LongContext): Piece[] | undefined {
    const out: Piece[] = [];
    const walk = newWalk();
    let known = true;
    const reader = {
      read: (address: number, bigEndian: boolean, w: typeof walk): number => {
        if (!this.#around.ram.some((r) => address >= r.from && address < r.to)) {
          w.fault = "externalOnWalk";
          return 0;
        }
        const word = constantOf(path.memory.read(this.#terms.const(address, 32)));
        if (word === undefined) {
          known = false;
          return 0;
        }
        if (!bigEndian) return word | 0;
        return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
      },
    };
    for (let at = 0; at < SPACE;) {
      walk.fault = "none";
      walk.level = 0;
      walk.sizeBits = 12;
      walkLong(at, access, false, context, reader, walk);
      if (!known) return undefined;
      // A fault covers what the entry that it was found at covers.
      const size = walk.level === 1 ? 2 ** 30 : walk.level === 2 ? 2 ** 21 : 2 ** 12;
      const range = { from: at, to: Math.min(SPACE, at + size) };
      if (walk.fault === "none") out.push(...this.#inMemory(range, walk.address - at, walk.memory));
      else
        out.push({
          kind: "fault",
          fault: walk.fault,
          level: walk.level,
          ranges: [range],
          delta: 0,
        });
      at += size;
    }
    return out;
  }
  #assumed(path: MachinePath): readonly Piece[] {
    path.assumptions.add(MAPS_OWN_PAGES);
    return this.#cached("assumed", () => {
      const out: Piece[] = [];
      const { own } = this.#around;
      const cuts = [...new Set([0, SPACE, ...own.flatMap((r) => [r.from, r.to])])].toSorted(
        (a, b) => a - b,
      );
      for (let i = 0; i + 1 < cuts.length; i++) {
        const range = { from: cuts[i]!, to: cuts[i + 1]! };
        if (own.some((r) => range.from >= r.from && range.from < r.to))
          out.push(...this.#inMemory(range, 0, MEMORY.normal));
        else out.push({ kind: "unknown", ranges: [range], delta: 0 });
      }
      return out;
    });
  }
  /** A path that goes on through unknown tables outside of the occupant's pages. */
  assumeElsewhere(path: MachinePath): void {
    path.assumptions.add(ASSUMED_ELSEWHERE);
  }
  /** The condition that an address lies in a piece. */
  within(address: Term, piece: Piece): Term {
    const terms = this.#terms;
    return terms.or(
      ...piece.ranges.map(({ from, to }) =>
        terms.and(
          from === 0 ? terms.true : terms.bvule(terms.const(from, 32), address),
          to === SPACE ? terms.true : terms.bvult(address, terms.const(to, 32)),
        ),
      ),
    );
  }
  /** Splits a path over the pieces that an address may lie in. */
  atAddress<R>(
    path: MachinePath,
    address: Term,
    pieces: readonly Piece[],
    use: (path: MachinePath, piece: Piece) => readonly R[],
  ): R[] {
    const at = constantOf(address);
    if (at !== undefined) return [...use(path, pieceOf(pieces, at))];
    const out: R[] = [];
    const { base, offset } = baseOf(address);
    let rest: MachinePath | undefined = path;
    for (const piece of pieces) {
      if (rest === undefined) break;
      // What the path knows of the base decides most pieces: neighbours of an address lie where it lies.
      const known: readonly AddressRange[] = rest.local.places.get(base) ?? WHOLE;
      const here = common(known, moved(piece.ranges, -offset));
      if (here.length === 0) continue;
      const elsewhere = common(known, moved(without(piece.ranges), -offset));
      if (elsewhere.length === 0) {
        out.push(...use(rest, piece));
        rest = undefined;
        break;
      }
      const parts: { holds: MachinePath | undefined; fails: MachinePath | undefined } = rest.split(
        this.within(address, piece),
      );
      parts.holds?.local.places.set(base, here);
      parts.fails?.local.places.set(base, elsewhere);
      if (parts.holds !== undefined) out.push(...use(parts.holds, piece));
      rest = parts.fails;
    }
    if (rest !== undefined) throw new Error("symbolic machine: pieces do not cover the addresses");
    return out;
  }
}
const WHOLE: readonly AddressRange[] = [{ from: 0, to: SPACE }];

/** An address as a term and a constant that is added to it. */
const baseOf = (address: Term): { base: Term; offset: number } => {
  const last = address.args.at(-1);
  if (address.op !== "bvadd" || address.args.length !== 2 || last?.op !== "const")
    return { base: address, offset: 0 };
  return { base: address.args[0]!, offset: Number(last.value) };
};
/** Ranges moved by a constant, modulo 2^32. */
const moved = (ranges: readonly AddressRange[], by: number): AddressRange[] =>
  ranges.flatMap(({ from, to }) => {
    const start = (((from + by) % SPACE) + SPACE) % SPACE;
    const end = start + (to - from);
    if (end <= SPACE) return [{ from: start, to: end }];
    return [
      { from: start, to: SPACE },
      { from: 0, to: end - SPACE },
    ];
  });
const common = (a: readonly AddressRange[], b: readonly AddressRange[]): AddressRange[] =>
  a.flatMap((x) =>
    b.flatMap((y) => {
      const from = Math.max(x.from, y.from);
      const to = Math.min(x.to, y.to);
      return from < to ? [{ from, to }] : [];
    }),
  );
/** All addresses but those of some ranges. */
const without = (ranges: readonly AddressRange[]): AddressRange[] => {
  const out: AddressRange[] = [];
  let at = 0;
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    if (from > at) out.push({ from: at, to: from });
    at = to;
  }
  if (at < SPACE) out.push({ from: at, to: SPACE });
  return out;
};
/** The piece of a constant address. */
export const pieceOf = (pieces: readonly Piece[], address: number): Piece => {
  const found = pieces.find((p) => p.ranges.some((r) => address >= r.from && address < r.to));
  if (found === undefined)
    throw new Error("symbolic machine: pieces do not cover the address space");
  return found;
};
/** Pieces that differ in their ranges alone become one. */
const merged = (pieces: readonly Piece[]): Piece[] => {
  const byKind = new Map<string, { piece: Piece; ranges: AddressRange[] }>();
  for (const piece of pieces) {
    const what =
      piece.kind === "memory"
        ? `${piece.memory} ${piece.region?.from ?? "-"}`
        : piece.kind === "fault"
          ? `${piece.fault} ${piece.level} ${piece.memory}`
          : "";
    const key = `${piece.kind} ${piece.delta} ${what}`;
    const known = byKind.get(key);
    if (known === undefined) byKind.set(key, { piece, ranges: [...piece.ranges] });
    else
      for (const range of piece.ranges) {
        const last = known.ranges.at(-1)!;
        if (last.to === range.from)
          known.ranges[known.ranges.length - 1] = { from: last.from, to: range.to };
        else known.ranges.push(range);
      }
  }
  return [...byKind.values()].map(({ piece, ranges }) => ({ ...piece, ranges }));
};
