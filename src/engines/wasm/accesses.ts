/** Loads and stores of a block: the TLB probe in place, shared by neighbours, and the way to the machine behind it. */
import { extract } from "../../arch/index.js";
import {
  ACCESS_BITS,
  accessSize,
  baseAndOffset,
  PAGE_SIZE,
  shareProbes,
  tlbTable,
  type Block,
  type Optimisation,
  type ProbeGroup,
  type Value,
} from "../../ir/index.js";
import { IMPORT, type ProbeName } from "./abi.js";
import { I32, OP, VOID } from "../module/encoder.js";
import { ADDEND, BASE, ENTRY, NOWHERE, type Frame, type Operand } from "./frame.js";
import { ENTRY_MASK } from "./probes.js";

/** What the compiler of the block knows at an access. */
export interface Site {
  readonly operand: (value: Value) => Operand;
  /** The instruction, as whereOf gives it. */
  readonly where: () => number;
}

export class Accesses {
  readonly #frame: Frame;
  readonly #source: Block;
  readonly #level: number;
  readonly #site: Site;
  /** For each access that shares a probe: its group. */
  readonly groups: ReadonlyMap<number, ProbeGroup>;
  /** Local that holds where in memory the first byte of a group is, 0 where each access has to look. */
  readonly #places = new Map<ProbeGroup, number>();

  /** `level`: the privilege level that the block runs at. */
  constructor(
    frame: Frame,
    source: Block,
    level: number,
    on: ReadonlySet<Optimisation>,
    site: Site,
  ) {
    this.#frame = frame;
    this.#source = source;
    this.#level = level;
    this.#site = site;
    this.groups = on.has("probe-sharing") ? shareProbes(source) : new Map();
  }

  /** A load (which leaves its value on the stack) or a store: TLB probe, then memory or the machine. */
  access(i: number, address: Value, value: Value | undefined, access: number): void {
    const group = this.groups.get(i);
    if (group !== undefined) return this.#groupAccess(i, group, address, value, access);
    const { f } = this.#frame;
    const at = this.#site.operand(address);
    const size = accessSize(access);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    this.#probe(at, aligned, access, value !== undefined);
    this.#frame.foresee(true);
    this.#frame.open(OP.if, NOWHERE, value === undefined ? I32 : VOID);
    this.#foreseenAddend(at);
    this.#transfer(size, value, 0);
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
  /** Pushes whether the entry of an address is its page's; ENTRY is then where the entry's addend is. */
  #probe(at: Operand, aligned: number, access: number, write: boolean): void {
    const { f } = this.#frame;
    const table = this.#tableOf(access, write);
    this.#frame.push(at);
    f.const(0xfffff000 | (aligned - 1));
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
    f.byte(OP.eq);
  }
  /**
   * After a probe that hit: pushes where in memory an address is. Where memory lies in one piece the addend is
   * always the same: the branch that finds so is foreseen, and the access need not wait for the load of the addend.
   */
  #foreseenAddend(at: Operand): void {
    const { f } = this.#frame;
    f.get(ENTRY);
    f.get(ADDEND);
    f.byte(OP.ne);
    this.#frame.foresee(false);
    this.#frame.open(OP.if, NOWHERE);
    f.get(ENTRY);
    f.set(ADDEND);
    this.#frame.close();
    this.#frame.push(at);
    f.get(ADDEND);
    f.byte(OP.add);
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
  /** The address of a group's first byte. */
  #lowestOf({ base, low }: ProbeGroup): Operand {
    if (low === 0) return this.#site.operand(base);
    const { f } = this.#frame;
    const local = this.#frame.temporary();
    this.#frame.push(this.#site.operand(base));
    f.const(low);
    f.byte(OP.add);
    f.set(local);
    return { local };
  }
  /** An access that shares a probe. The first one probes for all: where it hits and the page holds all of them. */
  #groupAccess(
    i: number,
    group: ProbeGroup,
    address: Value,
    value: Value | undefined,
    access: number,
  ): void {
    const { f } = this.#frame;
    const write = value !== undefined;
    const at = this.#site.operand(address);
    const size = accessSize(access);
    const aligned = Math.max(size, 1 << extract(access, ACCESS_BITS.alignment));
    let place = this.#places.get(group);
    if (place === undefined) {
      place = this.#frame.temporary();
      this.#places.set(group, place);
      const low = this.#lowestOf(group);
      this.#probe(low, group.alignment, access, write);
      if (group.span > group.alignment) {
        this.#frame.push(low);
        f.const(PAGE_SIZE - 1);
        f.byte(OP.and);
        f.const(PAGE_SIZE - group.span);
        f.byte(OP.leU);
        f.byte(OP.and);
      }
      this.#frame.foresee(true);
      this.#frame.open(OP.if, NOWHERE, I32);
      this.#foreseenAddend(low);
      f.byte(OP.else);
      f.const(0);
      this.#frame.close();
      f.set(place);
    }
    f.get(place);
    this.#frame.foresee(true);
    this.#frame.open(OP.if, NOWHERE, write ? VOID : I32);
    f.get(place);
    const { offset } = baseAndOffset(this.#source, address);
    this.#transfer(size, value, offset - group.low);
    f.byte(OP.else);
    this.#frame.storeBudget();
    this.#frame.push(at);
    f.const(access);
    f.const(this.#site.where());
    f.get(BASE);
    f.const(this.#tableOf(access, write));
    f.const(0xfffff000 | (aligned - 1));
    if (write) this.#frame.push(this.#site.operand(value));
    f.call(IMPORT[`${write ? "store" : "load"}${size}` as ProbeName]);
    this.#frame.afterCall();
    this.#frame.close();
  }
}
