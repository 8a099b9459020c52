/** Where blocks are found: by page, PC and key, and all of a page. Holds numbers in arrays, no objects. */
import type { CachedBlock } from "./cached-block.js";

const FIRST_SLOTS = 1024;
/** Words of a slot. */
const SLOT_WORDS = 4;
/** In place of an id: a block was here, and others that were entered behind it are to be found. */
const REMOVED = -1;
/** End of a page's list. */
const NONE = -1;

export class BlockTable {
  /** All blocks by id. */
  readonly #blocks: readonly CachedBlock[];
  /** By hash: page, PC, key, and id plus one, REMOVED or 0 where it is empty. A power of two, half of them empty. */
  #slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
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

  /** The block of (page, pc, key), or undefined. */
  find(page: number, pc: number, key: number): CachedBlock | undefined {
    const at = this.#find(page, pc | 0, key);
    return at < 0 ? undefined : this.#blocks[this.#slots[at + 3]! - 1];
  }
  /** Where the slot of (page, pc, key) is, or -1. */
  #find(page: number, pc: number, key: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (
      let at = (hash(pc, key) * SLOT_WORDS) & mask;
      slots[at + 3] !== 0;
      at = (at + SLOT_WORDS) & mask
    ) {
      if (
        slots[at + 1] === pc &&
        slots[at + 2] === key &&
        slots[at] === page &&
        slots[at + 3] !== REMOVED
      )
        return at;
    }
    return -1;
  }
  /** Adds a block, of which there is no other, to one page or two. */
  add(block: CachedBlock): void {
    if ((this.#used + 1) * 2 * SLOT_WORDS > this.#slots.length) this.#rehash();
    this.#enter(block.page, block.pc | 0, block.key, block.id + 1);
    this.#list(block.page, block.id);
    if (block.secondPage >= 0) this.#list(block.secondPage, block.id);
  }
  #enter(page: number, pc: number, key: number, id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = (hash(pc, key) * SLOT_WORDS) & mask;
    while (slots[at + 3]! > 0) at = (at + SLOT_WORDS) & mask;
    if (slots[at + 3] === 0) this.#used++;
    slots[at] = page;
    slots[at + 1] = pc;
    slots[at + 2] = key;
    slots[at + 3] = id;
  }
  /** Makes room: removed blocks go, and where that is not enough the table grows. */
  #rehash(): void {
    const old = this.#slots;
    let live = 0;
    for (let at = 3; at < old.length; at += SLOT_WORDS) if (old[at]! > 0) live++;
    this.#slots = new Int32Array(live * 4 * SLOT_WORDS > old.length ? old.length * 2 : old.length);
    this.#used = 0;
    for (let at = 0; at < old.length; at += SLOT_WORDS)
      if (old[at + 3]! > 0) this.#enter(old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!);
  }
  /** A block is not found any more. */
  remove({ page, pc, key, id }: CachedBlock): void {
    const at = this.#find(page, pc | 0, key);
    if (at >= 0 && this.#slots[at + 3] === id + 1) this.#slots[at + 3] = REMOVED;
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
