/**
 * Nodes of instructions that were written once, to be written again in other blocks: kernels repeat few
 * instructions. A template is what an instruction's record wrote, so it has no meaning of its own.
 */

import { NODE_WORDS } from "./packed-block.js";

/** Words of a template before its entries. */
export const HEAD_WORDS = 3;
const MOST_ENTRIES = 256;
const ARRAY_WORDS = 32 * 1024;

/**
 * Templates, each an array of entries in the form of packed nodes. Operands are numbers of entries, and so is the
 * end of a guard. A constant is an entry at each place where the record asked for one that was not there yet.
 */
export class NodeTemplates {
  /** Arrays of ARRAY_WORDS words, so that none is ever copied into a larger one. A template lies in one of them. */
  readonly #arrays: Int32Array[] = [];
  #words = new Int32Array(0);
  /** Words of the last array that finished templates have. */
  #length = ARRAY_WORDS;
  /** Entries of the template that is being written. */
  #count = 0;

  /** Words that all templates have. */
  get length(): number {
    return this.#arrays.length * ARRAY_WORDS;
  }
  /** Begins a template, in place of one that was not finished. It may have MOST_ENTRIES. */
  begin(): void {
    this.#count = 0;
    if (this.#length + HEAD_WORDS + MOST_ENTRIES * NODE_WORDS <= ARRAY_WORDS) return;
    this.#words = new Int32Array(ARRAY_WORDS);
    this.#arrays.push(this.#words);
    this.#length = 0;
  }
  /** Whether another entry may be appended. */
  get full(): boolean {
    return this.#count === MOST_ENTRIES;
  }
  /** Appends an entry and gives its number. */
  push(head: number, a: number, b: number, c: number): number {
    const words = this.#words;
    const at = this.#length + HEAD_WORDS + this.#count * NODE_WORDS;
    words[at] = head;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    return this.#count++;
  }
  /** The body of a guard ends before the next entry. */
  endGuard(entry: number): void {
    this.#words[this.#length + HEAD_WORDS + entry * NODE_WORDS + 3] = this.#count;
  }
  /** Finishes a template. `outcome` and `syndrome` are kept with it. Gives its number. */
  finish(outcome: number, syndrome: number): number {
    const at = this.#length;
    const words = this.#words;
    words[at] = this.#count;
    words[at + 1] = outcome;
    words[at + 2] = syndrome;
    this.#length = at + HEAD_WORDS + this.#count * NODE_WORDS;
    return (this.#arrays.length - 1) * ARRAY_WORDS + at;
  }
  /** The words of a template: from `offsetOf` on, number of entries, outcome, syndrome, entries. */
  wordsOf(template: number): Int32Array {
    return this.#arrays[Math.floor(template / ARRAY_WORDS)]!;
  }
  offsetOf(template: number): number {
    return template % ARRAY_WORDS;
  }
  clear(): void {
    this.#arrays.length = 0;
    this.#length = ARRAY_WORDS;
  }
}
