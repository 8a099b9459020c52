/** The instructions of all cached blocks, four words each, one block's after the other. */
import { MARK_WORDS, type Packed } from "../../ir/index.js";

/** Words of an instruction: pc, syndrome, bits 7:0 size and 15:8 ITSTATE, code offset. */
const WORDS = 4;
/** Instructions of an array, as a power of two: many arrays, so that none is ever copied into a larger one. */
const SHIFT = 12;
const MASK = (1 << SHIFT) - 1;

export class InstructionTable {
  readonly #arrays: Int32Array[] = [];
  #count = 0;

  /** Adds a block's instructions, whose code begins at `offsets` from `base` on. Gives the number of the first. */
  add(
    { marks, markCount }: Pick<Packed, "marks" | "markCount">,
    offsets: Int32Array,
    base = 0,
  ): number {
    const first = this.#count;
    this.#count += markCount;
    while (this.#arrays.length << SHIFT < this.#count)
      this.#arrays.push(new Int32Array(WORDS << SHIFT));
    for (let n = 0; n < markCount; n++) {
      const from = n * MARK_WORDS;
      const words = this.#arrays[(first + n) >> SHIFT]!;
      const to = ((first + n) & MASK) * WORDS;
      words[to] = marks[from + 1]!;
      words[to + 1] = marks[from + 2]!;
      words[to + 2] = marks[from + 3]!;
      words[to + 3] = base + offsets[n]!;
    }
    return first;
  }
  #word(instruction: number, word: number): number {
    return this.#arrays[instruction >> SHIFT]![(instruction & MASK) * WORDS + word]!;
  }

  /** Address as a signed word. */
  pc(instruction: number): number {
    return this.#word(instruction, 0);
  }
  /** See InstructionMark.syndrome. */
  syndrome(instruction: number): number {
    return this.#word(instruction, 1);
  }
  /** Length in bytes. */
  size(instruction: number): number {
    return this.#word(instruction, 2) & 0xff;
  }
  /** ITSTATE before the instruction. */
  it(instruction: number): number {
    return this.#word(instruction, 2) >>> 8;
  }
  /** Code offset. */
  offset(instruction: number): number {
    return this.#word(instruction, 3);
  }
  /** Which of `count` instructions from `first` on a code offset is of: 0 is the first. */
  indexOf(first: number, count: number, offset: number): number {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#word(first + middle, 3) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  clear(): void {
    this.#count = 0;
  }
}
