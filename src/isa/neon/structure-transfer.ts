/** What element and structure loads and stores do: elements in memory order, alignment, writeback. */
import { vectorSlot, type Slot } from "../../arch/index.js";
import type { IrBuilder, MemoryOptions, Value } from "../../ir/index.js";

export interface StructureOperands {
  readonly load: boolean;
  readonly n: number;
  /** 15: no writeback; 13: writeback by the size of the transfer; else by a register. */
  readonly m: number;
  /** log2 of the element's size in bytes. */
  readonly size: number;
  /** Alignment in bytes that the address must have; 1 for none. */
  readonly alignment: number;
  /** Registers whose elements stand together in memory, in order. */
  readonly groups: readonly (readonly number[])[];
  /** One element of each register, or a loaded element in all lanes; else whole registers. */
  readonly lane: number | "all" | undefined;
}

/** Slot of a word of the register file; undefined beyond D31, which UNPREDICTABLE encodings may name. */
const wordSlot = (register: number, word: number): Slot | undefined =>
  register > 31 ? undefined : vectorSlot(register * 2 + word);

/** Accesses at rising addresses, the first of which checks the alignment. */
class Accesses {
  readonly #ir: IrBuilder;
  readonly #base: Value;
  readonly #load: boolean;
  #alignment: number;
  offset = 0;
  constructor(ir: IrBuilder, o: StructureOperands) {
    this.#ir = ir;
    this.#base = ir.reg(o.n);
    this.#load = o.load;
    this.#alignment = o.alignment;
  }
  get #address(): Value {
    const { offset } = this;
    return offset === 0 ? this.#base : this.#ir.add(this.#base, this.#ir.const(offset));
  }
  /** Options of the next access, whose size may be less than the alignment. */
  #options(size: 1 | 2 | 4, elements: 1 | 2 | undefined): MemoryOptions {
    const alignment = this.#alignment;
    this.#alignment = 1;
    const options: MemoryOptions = elements === undefined ? {} : { elements };
    if (alignment === 1) return options;
    const demanded = { alignment: alignment as 2 | 4 | 8 | 16 | 32 };
    if (size === 4) return { ...options, ...demanded };
    // Smaller accesses do not look at more than their own bits: a word's access that is sure to fault does.
    const ir = this.#ir;
    ir.when(ir.and(this.#base, ir.const(alignment - 1)), () => {
      if (this.#load) ir.load(this.#base, 4, demanded);
      else ir.store(this.#base, 4, ir.const(0), demanded);
    });
    return options;
  }
  load(size: 1 | 2 | 4, elements?: 1 | 2): Value {
    const options = this.#options(size, elements);
    return this.#ir.load(this.#address, size, options);
  }
  store(value: Value, size: 1 | 2 | 4, elements?: 1 | 2): void {
    const options = this.#options(size, elements);
    this.#ir.store(this.#address, size, value, options);
  }
}

/** Words of registers as they are. Doublewords are two words, the high one first in big-endian memory. */
const wholeWords = (ir: IrBuilder, o: StructureOperands, access: Accesses): void => {
  const elements = o.size === 0 ? 1 : o.size === 1 ? 2 : undefined;
  const words = o.size === 3 && ir.state.bigEndian ? [1, 0] : [0, 1];
  for (const register of o.groups.flat()) {
    for (const word of words) {
      const slot = wordSlot(register, word);
      if (o.load) {
        const value = access.load(4, elements);
        if (slot !== undefined) ir.put(slot, value);
      } else access.store(slot === undefined ? ir.const(0) : ir.get(slot), 4, elements);
      access.offset += 4;
    }
  }
};
/** Element by element, the registers of a group in turn. */
const interleaved = (ir: IrBuilder, o: StructureOperands, access: Accesses): void => {
  const size = (1 << o.size) as 1 | 2 | 4;
  const bits = 8 * size;
  for (const group of o.groups) {
    const words: (Value | undefined)[] = group.flatMap(() => [undefined, undefined]);
    for (let e = 0; e < 8 >> o.size; e++) {
      const word = (e * size) >> 2;
      const shift = ir.const((e * bits) & 31);
      group.forEach((register, i) => {
        const slot = wordSlot(register, word);
        const at = 2 * i + word;
        if (o.load) {
          const moved = ir.shl(access.load(size), shift);
          const known = words[at];
          words[at] = known === undefined ? moved : ir.or(known, moved);
        } else access.store(slot === undefined ? ir.const(0) : ir.shr(ir.get(slot), shift), size);
        access.offset += size;
      });
    }
    if (!o.load) continue;
    group.forEach((register, i) => {
      for (const word of [0, 1]) {
        const slot = wordSlot(register, word);
        if (slot !== undefined) ir.put(slot, words[2 * i + word]!);
      }
    });
  }
};
/** One element of each register of the group. */
const singleLane = (ir: IrBuilder, o: StructureOperands, access: Accesses, lane: number): void => {
  const size = (1 << o.size) as 1 | 2 | 4;
  const bits = 8 * size;
  const word = (lane * size) >> 2;
  const shift = ir.const((lane * bits) & 31);
  const mask = bits === 32 ? -1 : (2 ** bits - 1) << ((lane * bits) & 31);
  for (const register of o.groups[0]!) {
    const slot = wordSlot(register, word);
    if (o.load) {
      const moved = ir.shl(access.load(size), shift);
      if (slot !== undefined)
        ir.put(slot, bits === 32 ? moved : ir.or(ir.bic(ir.get(slot), ir.const(mask)), moved));
    } else access.store(slot === undefined ? ir.const(0) : ir.shr(ir.get(slot), shift), size);
    access.offset += size;
  }
};
/** An element for each register of the group in turn, to all of its lanes; VLD1 has one element for all. */
const allLanes = (ir: IrBuilder, o: StructureOperands, access: Accesses): void => {
  const size = (1 << o.size) as 1 | 2 | 4;
  const everywhere = ir.const([0x0101_0101, 0x1_0001, 1][o.size]!);
  for (const elements of o.groups[0]!.map((_, i) => o.groups.map((g) => g[i]!))) {
    const value = ir.mul(access.load(size), everywhere);
    access.offset += size;
    for (const register of elements) {
      for (const word of [0, 1]) {
        const slot = wordSlot(register, word);
        if (slot !== undefined) ir.put(slot, value);
      }
    }
  }
};

/** Writes the instruction's meaning. The base is written last, so that a fault leaves it. */
export const transferStructure = (ir: IrBuilder, o: StructureOperands): void => {
  ir.checkVector(true);
  const access = new Accesses(ir, o);
  if (o.lane === "all") allLanes(ir, o, access);
  else if (o.lane !== undefined) singleLane(ir, o, access, o.lane);
  else if (o.groups[0]!.length === 1 && (o.size >= 2 || !ir.state.bigEndian))
    wholeWords(ir, o, access);
  else interleaved(ir, o, access);
  if (o.m === 15) return;
  const step = o.m === 13 ? ir.const(access.offset) : ir.reg(o.m);
  ir.setReg(o.n, ir.add(ir.reg(o.n), step));
};
