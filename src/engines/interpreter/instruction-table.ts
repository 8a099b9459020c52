/** The instructions of all cached blocks, four words each, one block's after the other. */
import { MARK_WORDS, type Packed } from "../../ir/index.js";

/** Words of an instruction: pc, syndrome, bits 7:0 size and 15:8 ITSTATE, code offset. */
const WORDS = 4;

export class InstructionTable {
  #words = new Int32Array(1024 * WORDS);
  #count = 0;

  /** Adds a block's instructions, whose code begins at `offsets`. Gives the number of the first. */
  add({ marks, markCount }: Packed, offsets: Int32Array): number {
    const first = this.#count;
    this.#count += markCount;
    if (this.#count * WORDS > this.#words.length) this.#grow();
    const own = this.#words;
    for (let n = 0; n < markCount; n++) {
      const from = n * MARK_WORDS;
      const to = (first + n) * WORDS;
      own[to] = marks[from + 1]!;
      own[to + 1] = marks[from + 2]!;
      own[to + 2] = marks[from + 3]!;
      own[to + 3] = offsets[n]!;
    }
    return first;
  }
  #grow(): void {
    const larger = new Int32Array(Math.max(this.#words.length * 2, this.#count * WORDS));
    larger.set(this.#words);
    this.#words = larger;
  }

  /** Address as a signed word. */
  pc(instruction: number): number {
    return this.#words[instruction * WORDS]!;
  }
  /** See InstructionMark.syndrome. */
  syndrome(instruction: number): number {
    return this.#words[instruction * WORDS + 1]!;
  }
  /** Length in bytes. */
  size(instruction: number): number {
    return this.#words[instruction * WORDS + 2]! & 0xff;
  }
  /** ITSTATE before the instruction. */
  it(instruction: number): number {
    return this.#words[instruction * WORDS + 2]! >>> 8;
  }
  /** Which of `count` instructions from `first` on a code offset is of: 0 is the first. */
  indexOf(first: number, count: number, offset: number): number {
    const words = this.#words;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (words[(first + middle) * WORDS + 3]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  clear(): void {
    this.#count = 0;
  }
}
