/**
 * Where jumps of one CPU lead: (PC, key) to code, in the CPU's region. Valid until the CPU's translation changes.
 * Key 0 is no key.
 */
import { JUMP_BASE, JUMP_ENTRIES, JUMP_WORDS, PAGE_SHIFT } from "../../ir/index.js";

/** Right shifts of a PC whose exclusive or, cut to the number of entries, is where its entry is. */
export const JUMP_SHIFTS = [2, 14] as const;
/** Number of the entry of an address. */
export const jumpIndex = (pc: number): number =>
  ((pc >>> JUMP_SHIFTS[0]) ^ (pc >>> JUMP_SHIFTS[1])) & (JUMP_ENTRIES - 1);

const entryOf = (pc: number): number => JUMP_BASE + jumpIndex(pc) * JUMP_WORDS;

export class JumpCache {
  readonly #region: Int32Array;
  /** Entries that were put in since the last flush; when it is full, any may have been. */
  readonly #put = new Int32Array(512);
  #count = 0;

  constructor(region: Int32Array) {
    this.#region = region;
  }

  /** The code at (pc, key) is at offset `code`. */
  remember(pc: number, key: number, code: number): void {
    const region = this.#region;
    const at = entryOf(pc);
    region[at] = pc;
    region[at + 1] = key;
    region[at + 2] = code;
    if (this.#count < this.#put.length) this.#put[this.#count++] = at;
  }
  /** Offset of the code at (pc, key), or -1. */
  find(pc: number, key: number): number {
    const region = this.#region;
    const at = entryOf(pc);
    return region[at] === pc && region[at + 1] === key ? region[at + 2]! : -1;
  }
  /** Drops what is at an address, whatever its key. */
  forget(pc: number): void {
    this.#region[entryOf(pc) + 1] = 0;
  }
  /** Drops what is in pages that are marked by the low bits of their numbers. `marks` has a power of two of them. */
  forgetPages(marks: Uint8Array): void {
    if (this.#count === 0) return;
    const region = this.#region;
    const low = marks.length - 1;
    for (let at = JUMP_BASE; at < JUMP_BASE + JUMP_ENTRIES * JUMP_WORDS; at += JUMP_WORDS)
      if (marks[(region[at]! >>> PAGE_SHIFT) & low] === 1) region[at + 1] = 0;
  }
  flush(): void {
    const region = this.#region;
    if (this.#count === this.#put.length)
      region.fill(0, JUMP_BASE, JUMP_BASE + JUMP_ENTRIES * JUMP_WORDS);
    else for (let i = 0; i < this.#count; i++) region[this.#put[i]! + 1] = 0;
    this.#count = 0;
  }
}
