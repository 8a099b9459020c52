/**
 * Nodes of instructions that were written once, to be written again in other blocks: kernels repeat few
 * instructions. A template is what an instruction's record wrote, so it has no meaning of its own.
 */

/** Words of a template before its entries. */
const HEAD_WORDS = 3;

/**
 * Templates, each an array of entries in the form of packed nodes. Operands are numbers of entries, and so is the
 * end of a guard. A constant is an entry at each place where the record asked for one that was not there yet.
 */
export class NodeTemplates {
  #words = new Int32Array(16 * 1024);
  #length = 0;
  /** Where the template that is being written begins. */
  #from = 0;
  #count = 0;

  /** Words that all templates have. */
  get length(): number {
    return this.#length;
  }
  get words(): Int32Array {
    return this.#words;
  }
  /** Begins a template, in place of one that was not finished. */
  begin(): void {
    this.#from = this.#length;
    this.#count = 0;
  }
  /** Appends an entry and gives its number. */
  push(head: number, a: number, b: number, c: number): number {
    const at = this.#from + HEAD_WORDS + this.#count * 4;
    if (at + 4 > this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    const words = this.#words;
    words[at] = head;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    return this.#count++;
  }
  /** The body of a guard ends before the next entry. */
  endGuard(entry: number): void {
    this.#words[this.#from + HEAD_WORDS + entry * 4 + 3] = this.#count;
  }
  /** Finishes a template. `outcome` and `syndrome` are kept with it. Gives where it is. */
  finish(outcome: number, syndrome: number): number {
    const from = this.#from;
    if (from + HEAD_WORDS > this.#words.length) this.push(0, 0, 0, 0);
    const words = this.#words;
    words[from] = this.#count;
    words[from + 1] = outcome;
    words[from + 2] = syndrome;
    this.#length = from + HEAD_WORDS + this.#count * 4;
    return from;
  }
  countOf(template: number): number {
    return this.#words[template]!;
  }
  outcomeOf(template: number): number {
    return this.#words[template + 1]!;
  }
  syndromeOf(template: number): number {
    return this.#words[template + 2]!;
  }
  /** Where a template's first entry is in `words`. */
  entriesOf(template: number): number {
    return template + HEAD_WORDS;
  }
  clear(): void {
    this.#length = 0;
  }
}
