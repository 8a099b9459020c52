/** Where blocks are found: by page, PC and key, and all of a page. Holds numbers in arrays, no objects. */
import type { CachedBlock } from "./code-cache.js";

const FIRST_SLOTS = 1024;
/** End of a page's list. */
const NONE = -1;

export class BlockTable {
  /** All blocks by id. */
  readonly #blocks: readonly CachedBlock[];
  /** Ids plus one, by hash; 0 is empty. A power of two, at least half of them empty. */
  #slots = new Int32Array(FIRST_SLOTS);
  #used = 0;
  /** Page: the last entry of its list. */
  readonly #pages = new Map<number, number>();
  /** Entries of lists: a block's id, and the entry before or NONE. */
  #id = new Int32Array(FIRST_SLOTS);
  #before = new Int32Array(FIRST_SLOTS);
  #entries = 0;

  constructor(blocks: readonly CachedBlock[]) {
    this.#blocks = blocks;
  }

  /** The block of (page, pc, key) that is not stale, or undefined. */
  find(page: number, pc: number, key: number): CachedBlock | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = hash(pc, key) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const block = this.#blocks[slots[at]! - 1]!;
      if (block.pc === pc && block.key === key && block.page === page && !block.stale) return block;
    }
    return undefined;
  }
  /** Adds a block, of which there is no other that is not stale, to one page or two. */
  add(block: CachedBlock): void {
    if ((this.#used + 1) * 2 > this.#slots.length) this.#rehash();
    this.#enter(block);
    this.#list(block.page, block.id);
    if (block.secondPage >= 0) this.#list(block.secondPage, block.id);
  }
  #enter(block: CachedBlock): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash(block.pc, block.key) & mask;
    while (slots[at] !== 0 && !this.#blocks[slots[at]! - 1]!.stale) at = (at + 1) & mask;
    if (slots[at] === 0) this.#used++;
    slots[at] = block.id + 1;
  }
  /** Makes room: stale blocks go, and where that is not enough the table grows. */
  #rehash(): void {
    const old = this.#slots;
    let live = 0;
    for (const slot of old) if (slot !== 0 && !this.#blocks[slot - 1]!.stale) live++;
    this.#slots = new Int32Array(live * 4 > old.length ? old.length * 2 : old.length);
    this.#used = 0;
    for (const slot of old) {
      if (slot === 0) continue;
      const block = this.#blocks[slot - 1]!;
      if (!block.stale) this.#enter(block);
    }
  }
  #list(page: number, id: number): void {
    const entry = this.#entries++;
    if (entry === this.#id.length) {
      this.#id = grown(this.#id);
      this.#before = grown(this.#before);
    }
    this.#id[entry] = id;
    this.#before[entry] = this.#pages.get(page) ?? NONE;
    this.#pages.set(page, entry);
  }
  /** Whether any block was made of a page. */
  hasPage(page: number): boolean {
    return this.#pages.has(page);
  }
  /** Calls `drop` with the blocks of a page that are not stale, and forgets the page. */
  dropPage(page: number, drop: (block: CachedBlock) => void): void {
    let entry = this.#pages.get(page) ?? NONE;
    this.#pages.delete(page);
    for (; entry !== NONE; entry = this.#before[entry]!) {
      const block = this.#blocks[this.#id[entry]!]!;
      if (!block.stale) drop(block);
    }
  }
  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
    this.#pages.clear();
    this.#entries = 0;
  }
}

const grown = (words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
};
/** Pages are left out: a PC is mostly of one page alone. */
const hash = (pc: number, key: number): number => {
  const mixed = Math.imul(pc ^ (key << 20) ^ key, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};
