/**
 * Nodes of instructions that were written once, to be written again in other blocks: kernels repeat few
 * instructions. A template is what an instruction's record wrote, so it has no meaning of its own.
 */

import { kindOf, NODE, NODE_WORDS, operandCount } from "./packed-block.js";

/** A template's first word: bits 15:0 number of entries, 23:16 outcome. The second is the syndrome. */
export const HEAD_WORDS = 2;
export const entriesIn = (first: number): number => first & 0xffff;
export const outcomeIn = (first: number): number => first >>> 16;
const MOST_ENTRIES = 256;
const ARRAY_WORDS = 32 * 1024;

/** Words of an entry by its kind: a packed node's without those that it does not use. */
const WORDS_OF_KIND = new Uint8Array(256).fill(NODE_WORDS);
for (const kind of [NODE.readCpsr, NODE.sysReadHigh]) WORDS_OF_KIND[kind] = 1;
for (const kind of [NODE.const, NODE.get, NODE.exitDispatch, NODE.exitJump, NODE.exitExchange])
  WORDS_OF_KIND[kind] = 2;
// An exitGoto may be one by an offset, which has a mask.
for (const kind of [
  NODE.put,
  NODE.load,
  NODE.writeCpsr,
  NODE.sysRead,
  NODE.exitGoto,
  NODE.exitReturn,
])
  WORDS_OF_KIND[kind] = 3;
/** Words of the entry that begins with a head. */
export const entryWords = (head: number): number => {
  const kind = kindOf(head);
  return kind === NODE.pure || kind === NODE.flags ? 1 + operandCount(head) : WORDS_OF_KIND[kind]!;
};

/**
 * Templates, each an array of entries in the form of packed nodes. They lie as close as they can: the memory that
 * many of them take is what replaying them costs. Operands are numbers of entries, and so is the
 * end of a guard. A constant is an entry at each place where the record asked for one that was not there yet.
 */
export class NodeTemplates {
  /** Arrays of ARRAY_WORDS words, so that none is ever copied into a larger one. A template lies in one of them. */
  readonly #arrays: Int32Array[] = [];
  #words = new Int32Array(0);
  /** Words of the last array that finished templates have. */
  #length = ARRAY_WORDS;
  /** Entries of the template that is being written, and where the next one goes. */
  #count = 0;
  #next = 0;

  /** Words that all templates have. */
  get length(): number {
    return this.#arrays.length * ARRAY_WORDS;
  }
  /** Begins a template, in place of one that was not finished. It may have MOST_ENTRIES. */
  begin(): void {
    this.#count = 0;
    if (this.#length + HEAD_WORDS + (MOST_ENTRIES + 1) * NODE_WORDS > ARRAY_WORDS) {
      this.#words = new Int32Array(ARRAY_WORDS);
      this.#arrays.push(this.#words);
      this.#length = 0;
    }
    this.#next = this.#length + HEAD_WORDS;
  }
  /** Whether another entry may be appended. */
  get full(): boolean {
    return this.#count === MOST_ENTRIES;
  }
  /** Where the next entry goes: what endGuard takes. */
  get next(): number {
    return this.#next;
  }
  /** Appends an entry and gives its number. */
  push(head: number, a: number, b: number, c: number): number {
    const words = this.#words;
    const at = this.#next;
    words[at] = head;
    // What the entry does not use is written over by the next one.
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    this.#next = at + entryWords(head);
    return this.#count++;
  }
  /** The body of the guard at `at` ends before the next entry. */
  endGuard(at: number): void {
    this.#words[at + 3] = this.#count;
  }
  /** Finishes a template. `outcome`, of eight bits, and `syndrome` are kept with it. Gives its number. */
  finish(outcome: number, syndrome: number): number {
    const at = this.#length;
    const words = this.#words;
    words[at] = this.#count | (outcome << 16);
    words[at + 1] = syndrome;
    this.#length = this.#next;
    return (this.#arrays.length - 1) * ARRAY_WORDS + at;
  }
  /** The words of a template: from `offsetOf` on. An entry's four words may be read, whatever it uses. */
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
