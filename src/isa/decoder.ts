/** Decode tables, built from the records once. */
import type { BoundEncoding, Instruction, InstructionSet } from "./instruction.js";
import { InstructionMemo } from "./instruction-memo.js";
import { excludesNv, fixesNv, patternsOverlap } from "./pattern.js";

/** Bits of the word that choose a bucket, together. */
const KEY: Readonly<Record<InstructionSet, (word: number) => number>> = {
  // The condition apart: see Decoder.find.
  a32: (word) => ((word >>> 16) & 0xff0) | ((word >>> 4) & 15),
  t16: (word) => word >>> 6,
  t32: (word) => ((word >>> 15) & 0x3fe0) | ((word >>> 11) & 16) | ((word >>> 4) & 15),
};
const KEY_BITS: Readonly<Record<InstructionSet, number>> = { a32: 12, t16: 10, t32: 14 };

/** Two encodings that share words though neither says which wins. */
export interface Overlap {
  readonly a: BoundEncoding;
  readonly b: BoundEncoding;
}

const yieldsTo = (loser: BoundEncoding, winner: BoundEncoding): boolean =>
  loser.spec.see?.some((name) => name === winner.id || name === winner.instruction.name) ?? false;

/** An encoding and what it fixes, as signed words. */
interface Candidate {
  readonly encoding: BoundEncoding;
  readonly mask: number;
  readonly value: number;
}

/** The encodings of an instruction set, by bucket. A bucket is filled when a word of it is first looked up. */
class Buckets {
  readonly #key: (word: number) => number;
  /** Winners first, with what an encoding fixes of a bucket's number. */
  readonly #candidates: readonly (Candidate & { readonly keyMask: number; readonly key: number })[];
  readonly #filled: (readonly Candidate[] | undefined)[];

  constructor(set: InstructionSet, encodings: readonly BoundEncoding[]) {
    const key = KEY[set];
    this.#key = key;
    this.#candidates = encodings.map((encoding) => {
      const [mask, value] = [encoding.pattern.mask | 0, encoding.pattern.value | 0];
      return { encoding, mask, value, keyMask: key(mask), key: key(value) };
    });
    this.#filled = Array.from<undefined>({ length: 2 ** KEY_BITS[set] });
  }
  /** The first encoding that a word is of. */
  find(word: number): BoundEncoding | undefined {
    const key = this.#key(word);
    const bucket = (this.#filled[key] ??= this.#candidates.filter(
      (c) => ((key ^ c.key) & c.keyMask) === 0,
    ));
    for (let n = 0; n < bucket.length; n++) {
      const { encoding, mask, value } = bucket[n]!;
      if (((word ^ value) & mask) === 0) return encoding;
    }
    return undefined;
  }
}

/** Tables are made when a word of their set is first looked up: most programs have code of one set alone. */
export class Decoder {
  readonly #instructions: readonly Instruction[];
  #a32: Buckets | undefined;
  /** A32's encodings of the unconditional space, of words whose condition is 1111. */
  #unconditional: Buckets | undefined;
  #t16: Buckets | undefined;
  #t32: Buckets | undefined;
  #all: readonly BoundEncoding[] | undefined;
  /** What was translated of the decoder's words. */
  readonly memo = new InstructionMemo();

  constructor(instructions: readonly Instruction[]) {
    this.#instructions = instructions;
  }

  /** All encodings; what wins an overlap stands before what yields. */
  get encodings(): readonly BoundEncoding[] {
    return (this.#all ??= winnersFirst(this.#instructions.flatMap((i) => i.encodings)));
  }
  #ofSet(set: InstructionSet): readonly BoundEncoding[] {
    const instructions = this.#instructions;
    // What a label says spares reading the patterns of all others.
    const fits = (e: BoundEncoding): boolean =>
      e.label.startsWith("A") ? set === "a32" : set !== "a32" && e.set === set;
    return winnersFirst(instructions.flatMap((i) => i.encodings.filter(fits)));
  }
  #makeA32(): Buckets {
    const all = this.#ofSet("a32");
    this.#unconditional = new Buckets(
      "a32",
      all.filter((e) => !excludesNv(e.pattern)),
    );
    return new Buckets(
      "a32",
      all.filter((e) => !fixesNv(e.pattern)),
    );
  }

  /** The encoding of a word (16 bits for t16), or undefined: UNDEFINED. */
  find(set: InstructionSet, word: number): BoundEncoding | undefined {
    if (set === "t16") return (this.#t16 ??= new Buckets("t16", this.#ofSet("t16"))).find(word);
    if (set === "t32") return (this.#t32 ??= new Buckets("t32", this.#ofSet("t32"))).find(word);
    const conditional = (this.#a32 ??= this.#makeA32());
    return (word >>> 28 === 15 ? this.#unconditional! : conditional).find(word);
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
    const others = byName.get(e.instruction.name);
    if (others === undefined) byName.set(e.instruction.name, [e]);
    else others.push(e);
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
