/**
 * Loads and stores of a block: the TLB probe in place, shared by neighbours. Where it misses the interpreter goes on
 * from the instruction on, so that nothing is called and nothing has to be kept for a call.
 */
import { extract } from "../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  baseAndOffset,
  TLB_ENTRIES,
  tlbTable,
  type ProbeGroup,
  type Value,
} from "../../ir/index.js";
import { IMPORT } from "./abi.js";
import { I32, OP, VOID } from "../module/encoder.js";
import { ADDEND, BASE, ENTRY, NOWHERE, type Frame, type Operand } from "./frame.js";
import type { BlockPlaces } from "./places.js";
import type { RegionBlock } from "./region.js";

/** What the compiler of the block knows at an access. */
export interface Site {
  readonly operand: (value: Value) => Operand;
  /** The instruction, as whereOf gives it. */
  readonly where: () => number;
  /** Where the interpreter's code of the instruction begins. */
  readonly codeAt: () => number;
}

/** Bits of an entry's byte offset in its table, of an address shifted right by 9. */
const ENTRY_MASK = (TLB_ENTRIES - 1) << 3;
/** Address bits that name a page. */
const PAGE_BITS = 0xfffff000;

export class Accesses {
  readonly #frame: Frame;
  readonly #block: RegionBlock;
  readonly #level: number;
  readonly #site: Site;
  readonly #places: BlockPlaces;
  /** Where each group's bytes are: a local, and the offset from the base that it stands for. */
  readonly #placeOf = new Map<ProbeGroup, { readonly local: number; readonly low: number }>();

  /** `level`: the privilege level that the block runs at. */
  constructor(frame: Frame, block: RegionBlock, level: number, places: BlockPlaces, site: Site) {
    this.#frame = frame;
    this.#block = block;
    this.#level = level;
    this.#places = places;
    this.#site = site;
  }
  /** For each access that shares a probe: its group. */
  get groups(): ReadonlyMap<number, ProbeGroup> {
    return this.#places.groups;
  }

  /** A load (which leaves its value on the stack) or a store. */
  access(i: number, address: Value, value: Value | undefined, access: number): void {
    if (this.#block.calls.has(i)) return this.#calling(address, value, access);
    const at = this.#site.operand(address);
    const size = accessSize(access);
    const alignment = alignmentOf(access);
    const group = this.groups.get(i);
    if (group === undefined) {
      this.#probe(at, alignment, alignment, access, value !== undefined);
      this.#leaveUnlessEqual();
      this.#foreseeAddend();
      this.#frame.push(at);
      this.#frame.f.get(ADDEND);
      this.#frame.f.byte(OP.add);
      return this.#transfer(size, value, 0);
    }
    const { local, low } = this.#known(group, access, value !== undefined);
    this.#frame.f.get(local);
    const { offset } = baseAndOffset(this.#block.source, address);
    this.#transfer(size, value, offset - low);
  }
  /** Before node `i`: forgets the places that are known no more. */
  endPlaces(i: number): void {
    const { f } = this.#frame;
    for (const { index } of this.#places.ends.get(i) ?? []) {
      f.const(0);
      f.set(this.#frame.firstPlace + index);
    }
  }
  /** Where in memory a group is: its first access probes for all, unless a place that is kept says it. */
  #known(
    group: ProbeGroup,
    access: number,
    write: boolean,
  ): { readonly local: number; readonly low: number } {
    const before = this.#placeOf.get(group);
    if (before !== undefined) return before;
    const { f } = this.#frame;
    const use = this.#places.uses.get(group);
    const place = { local: this.#frame.temporary(), low: use?.place.low ?? group.low };
    this.#placeOf.set(group, place);
    if (use === undefined) {
      this.#find(group.base, group, access, write);
      f.set(place.local);
      return place;
    }
    const kept = this.#frame.firstPlace + use.place.index;
    if (use.known !== "yes") {
      if (use.known === "perhaps") {
        f.get(kept);
        f.byte(OP.eqz);
        this.#frame.foresee(false);
        this.#frame.open(OP.if, NOWHERE);
      }
      this.#find(group.base, use.place, access, write);
      f.set(kept);
      if (use.known === "perhaps") this.#frame.close();
    }
    f.get(kept);
    f.set(place.local);
    return place;
  }
  /** Pushes where in memory the bytes around a base are. */
  #find(
    base: Value,
    { low, span, alignment }: Pick<ProbeGroup, "low" | "span" | "alignment">,
    access: number,
    write: boolean,
  ): void {
    const lowest = this.#sum(base, low);
    this.#probe(lowest, alignment, span, access, write);
    this.#leaveUnlessEqual();
    this.#foreseeAddend();
    this.#frame.push(lowest);
    this.#frame.f.get(ADDEND);
    this.#frame.f.byte(OP.add);
  }
  /** An access that the interpreter may not do: the machine is called where the probe misses. */
  #calling(address: Value, value: Value | undefined, access: number): void {
    const { f } = this.#frame;
    const at = this.#site.operand(address);
    const alignment = alignmentOf(access);
    this.#probe(at, alignment, alignment, access, value !== undefined);
    f.byte(OP.eq);
    this.#frame.foresee(true);
    this.#frame.open(OP.if, NOWHERE, value === undefined ? I32 : VOID);
    this.#frame.push(at);
    f.get(ENTRY);
    f.byte(OP.add);
    this.#transfer(accessSize(access), value, 0);
    f.byte(OP.else);
    this.#frame.storeBudget();
    this.#frame.push(at);
    if (value !== undefined) this.#frame.push(this.#site.operand(value));
    f.const(access);
    f.const(this.#site.where());
    f.call(value === undefined ? IMPORT.load : IMPORT.store);
    this.#frame.afterCall();
    this.#frame.close();
  }
  /** Byte offset of the TLB's table for an access in the CPU's region. */
  #tableOf(access: number, write: boolean): number {
    const regime = extract(access, ACCESS_BITS.unprivileged) === 1 ? 0 : this.#level;
    return tlbTable(regime, write) * 4;
  }
  /**
   * Pushes what has to be equal for an entry to be that of `span` bytes at an aligned address: the page of the last
   * aligned unit of them and the entry's tag. The entry is looked up by the first byte, so that one on the page before
   * finds another page's. ENTRY is then the entry's addend.
   */
  #probe(at: Operand, alignment: number, span: number, access: number, write: boolean): void {
    const { f } = this.#frame;
    const table = this.#tableOf(access, write);
    const last = Math.ceil(span / alignment - 1) * alignment;
    this.#frame.push(at);
    if (last > 0) {
      f.const(last);
      f.byte(OP.add);
    }
    f.const(PAGE_BITS | (alignment - 1));
    f.byte(OP.and);
    this.#frame.push(at);
    f.const(9);
    f.byte(OP.shrU);
    f.const(ENTRY_MASK);
    f.byte(OP.and);
    f.get(BASE);
    f.byte(OP.add);
    f.tee(ENTRY);
    f.memory(OP.load, 2, table);
    f.get(ENTRY);
    f.memory(OP.load, 2, table + 4);
    f.set(ENTRY);
  }
  /** Leaves it to the interpreter to go on where what a probe pushed is not equal. */
  #leaveUnlessEqual(): void {
    this.#frame.f.byte(OP.ne);
    this.#frame.foresee(false);
    this.#frame.open(OP.if, NOWHERE);
    this.#frame.leaveWithin(this.#block.cached.id, this.#site.codeAt());
    this.#frame.close();
  }
  /**
   * Makes ADDEND what a probe found. Where memory lies in one piece the addend is always the same: the branch that finds
   * so is foreseen, and the access need not wait for the load of the addend.
   */
  #foreseeAddend(): void {
    const { f } = this.#frame;
    f.get(ENTRY);
    f.get(ADDEND);
    f.byte(OP.ne);
    this.#frame.foresee(false);
    this.#frame.open(OP.if, NOWHERE);
    f.get(ENTRY);
    f.set(ADDEND);
    this.#frame.close();
  }
  /** The load or store itself; the place in memory is on the stack. */
  #transfer(size: number, value: Value | undefined, offset: number): void {
    const log = Math.log2(size);
    if (value === undefined)
      this.#frame.f.memory([OP.load8, OP.load16, OP.load][log]!, log, offset);
    else {
      this.#frame.push(this.#site.operand(value));
      this.#frame.f.memory([OP.store8, OP.store16, OP.store][log]!, log, offset);
    }
  }
  #sum(base: Value, low: number): Operand {
    if (low === 0) return this.#site.operand(base);
    const { f } = this.#frame;
    const local = this.#frame.temporary();
    this.#frame.push(this.#site.operand(base));
    f.const(low);
    f.byte(OP.add);
    f.set(local);
    return { local };
  }
}
/** Bytes that the address of an access has to be a multiple of for its probe to hit. */
const alignmentOf = (access: number): number =>
  Math.max(accessSize(access), 1 << extract(access, ACCESS_BITS.alignment));
