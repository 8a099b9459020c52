/** Decode tables, built from the records once. */
import type { BoundEncoding, Instruction, InstructionSet } from "./instruction.js";
import { excludesNv, patternsOverlap } from "./pattern.js";

/** Bits of the word that choose a bucket, most significant first. */
const KEY_BITS: Readonly<Record<InstructionSet, readonly number[]>> = {
  a32: [31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 7, 6, 5, 4],
  t16: [15, 14, 13, 12, 11, 10, 9, 8, 7, 6],
  t32: [28, 27, 26, 25, 24, 23, 22, 21, 20, 15, 7, 6, 5, 4],
};

/** Two encodings that share words though neither says which wins. */
export interface Overlap {
  readonly a: BoundEncoding;
  readonly b: BoundEncoding;
}

const yieldsTo = (loser: BoundEncoding, winner: BoundEncoding): boolean =>
  loser.spec.see?.some((name) => name === winner.id || name === winner.instruction.name) ?? false;

/** The encodings of an instruction set, by bucket. A bucket is filled when a word of it is first looked up. */
class Buckets {
  readonly #bits: readonly number[];
  /** Winners first. */
  readonly #encodings: readonly BoundEncoding[];
  /** What each encoding fixes of a bucket's number. */
  readonly #masks: Int32Array;
  readonly #values: Int32Array;
  readonly #filled = new Map<number, readonly BoundEncoding[]>();

  constructor(bits: readonly number[], encodings: readonly BoundEncoding[]) {
    this.#bits = bits;
    this.#encodings = encodings;
    this.#masks = Int32Array.from(encodings, (e) => this.#number(e.pattern.mask));
    this.#values = Int32Array.from(encodings, (e) => this.#number(e.pattern.value));
  }
  #number(word: number): number {
    let key = 0;
    for (const bit of this.#bits) key = (key << 1) | ((word >>> bit) & 1);
    return key;
  }
  of(word: number): readonly BoundEncoding[] {
    const key = this.#number(word);
    const filled = this.#filled.get(key);
    if (filled !== undefined) return filled;
    const masks = this.#masks;
    const values = this.#values;
    const found: BoundEncoding[] = [];
    for (let i = 0; i < masks.length; i++) {
      if (((key ^ values[i]!) & masks[i]!) === 0) found.push(this.#encodings[i]!);
    }
    this.#filled.set(key, found);
    return found;
  }
}

export class Decoder {
  readonly encodings: readonly BoundEncoding[];
  /** Of the sets that words were looked up in. */
  readonly #buckets: Partial<Record<InstructionSet, Buckets>> = {};

  constructor(instructions: readonly Instruction[]) {
    this.encodings = winnersFirst(instructions.flatMap((i) => i.encodings));
  }
  #bucketsOf(set: InstructionSet): Buckets {
    return (this.#buckets[set] ??= new Buckets(
      KEY_BITS[set],
      this.encodings.filter((e) => e.set === set),
    ));
  }

  /** The encoding of a word (16 bits for t16), or undefined: UNDEFINED. */
  find(set: InstructionSet, word: number): BoundEncoding | undefined {
    for (const e of this.#bucketsOf(set).of(word)) {
      const { mask, value } = e.pattern;
      if (((word ^ value) & mask) !== 0) continue;
      if (word >>> 28 === 15 && set === "a32" && excludesNv(e.pattern)) continue;
      return e;
    }
    return undefined;
  }

  /** `see` entries that name no instruction and no encoding: defects of the records. */
  danglingReferences(): string[] {
    const known = new Set(this.encodings.flatMap((e) => [e.id, e.instruction.name]));
    return this.encodings.flatMap((e) =>
      (e.spec.see ?? []).filter((name) => !known.has(name)).map((name) => `${e.id}: see "${name}"`),
    );
  }

  /** All pairs that overlap without a `see` that decides, or with one that points both ways. */
  undeclaredOverlaps(): Overlap[] {
    const found: Overlap[] = [];
    this.encodings.forEach((a, i) => {
      for (const b of this.encodings.slice(i + 1)) {
        if (a.set !== b.set || !patternsOverlap(a.pattern, b.pattern)) continue;
        if (yieldsTo(a, b) === yieldsTo(b, a)) found.push({ a, b });
      }
    });
    return found;
  }
}

/** Orders encodings so that what wins an overlap stands before what yields. */
const winnersFirst = (all: readonly BoundEncoding[]): BoundEncoding[] => {
  const byName = new Map<string, BoundEncoding[]>();
  for (const e of all) {
    byName.set(e.id, [e]);
    byName.set(e.instruction.name, [...(byName.get(e.instruction.name) ?? []), e]);
  }
  const out: BoundEncoding[] = [];
  const seen = new Set<BoundEncoding>();
  const visit = (e: BoundEncoding): void => {
    if (seen.has(e)) return;
    seen.add(e);
    for (const name of e.spec.see ?? []) {
      const winners = byName.get(name);
      for (const w of winners ?? []) if (w.set === e.set) visit(w);
    }
    out.push(e);
  };
  for (const e of all) visit(e);
  return out;
};
