/**
 * Memory of a path: a log of words written over an initial memory. The initial memory is concrete where the
 * occupant's image lies and an array of unknown words elsewhere. Addresses are physical, of 32 bits.
 */
import type { Term } from "../terms/term.js";
import { INDEX_WIDTH } from "../terms/term.js";
import type { Terms } from "../terms/terms.js";
import { constantOf } from "./constant-of.js";

/** Part of memory whose contents are known: from `from` to before `to`, both word-aligned. */
export interface ConcreteRegion {
  readonly from: number;
  readonly to: number;
  /** It holds no code: to run it is to run away. */
  readonly data?: boolean;
}
/** Initial memory. */
export interface InitialMemory {
  readonly regions: readonly ConcreteRegion[];
  /** The word at a word-aligned address within a region. */
  word(address: number): number;
  /** Name of the array that stands for all the rest. */
  readonly array: string;
}
export interface MemoryWrite {
  /** Word-aligned. */
  readonly address: Term;
  /** The whole word. */
  readonly value: Term;
  /** The concrete region that the address lies in, or undefined where it lies in none. */
  readonly region: ConcreteRegion | undefined;
}
/** A region's words: what most of them hold, and those that hold something else. */
interface RegionWords {
  readonly common: number;
  readonly others: readonly (readonly [address: number, word: number])[];
}
const regionWords = new WeakMap<ConcreteRegion, RegionWords>();

export class SymbolicMemory {
  readonly terms: Terms;
  readonly initial: InitialMemory;
  readonly #writes: MemoryWrite[];

  constructor(terms: Terms, initial: InitialMemory, writes: readonly MemoryWrite[] = []) {
    this.terms = terms;
    this.initial = initial;
    this.#writes = [...writes];
  }
  fork(): SymbolicMemory {
    return new SymbolicMemory(this.terms, this.initial, this.#writes);
  }
  /** What was written, oldest first. */
  get writes(): readonly MemoryWrite[] {
    return this.#writes;
  }
  regionOf(address: number): ConcreteRegion | undefined {
    return this.initial.regions.find((r) => address >= r.from && address < r.to);
  }
  /**
   * The word at a word-aligned address. Where the address is not constant, `region` is the concrete
   * region that the path condition puts it into; without one it lies in none.
   */
  read(address: Term, region?: ConcreteRegion): Term {
    const { terms } = this;
    const at = constantOf(address);
    const where = at === undefined ? region : this.regionOf(at);
    let word = this.#initialWord(address, at, where);
    for (const write of this.#writes)
      if (write.region === where)
        word = terms.ite(terms.eq(address, write.address), write.value, word);
    return word;
  }
  #initialWord(address: Term, at: number | undefined, region: ConcreteRegion | undefined): Term {
    const { terms, initial } = this;
    if (region === undefined)
      return terms.read(initial.array, terms.extract(31, 32 - INDEX_WIDTH, address));
    if (at !== undefined) return terms.const(initial.word(at) >>> 0, 32);
    const { common, others } = this.#wordsOf(region);
    let word = terms.const(common >>> 0, 32);
    for (const [there, value] of others)
      word = terms.ite(
        terms.eq(address, terms.const(there, 32)),
        terms.const(value >>> 0, 32),
        word,
      );
    return word;
  }
  #wordsOf(region: ConcreteRegion): RegionWords {
    const known = regionWords.get(region);
    if (known !== undefined) return known;
    const words: [number, number][] = [];
    const counts = new Map<number, number>();
    for (let at = region.from; at < region.to; at += 4) {
      const word = this.initial.word(at);
      words.push([at, word]);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const [common] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    const made = { common, others: words.filter(([, word]) => word !== common) };
    regionWords.set(region, made);
    return made;
  }
  /** Writes a word; `region` as for `read`. */
  write(address: Term, value: Term, region?: ConcreteRegion): void {
    const at = constantOf(address);
    this.#writes.push({ address, value, region: at === undefined ? region : this.regionOf(at) });
  }
}
