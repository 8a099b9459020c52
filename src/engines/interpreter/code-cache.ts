/** Translated code: the flat array of micro-ops, the blocks in it and the constants they use. */
import {
  CODE_WORDS,
  CONSTANT_BASE,
  CONSTANT_COUNT,
  type Block,
  type BlockSource,
  type Node,
} from "../../ir/index.js";
import { lower, type CodeBuffer } from "./lower.js";
import { MICRO } from "./micro-ops.js";

/** A block in the cache. */
export interface CachedBlock {
  readonly id: number;
  readonly pc: number;
  readonly key: number;
  /** Physical page number of its code. */
  readonly page: number;
  /** Page of its last halfword where that is another one, else -1. */
  readonly secondPage: number;
  readonly entry: number;
  /** Without its nodes, which are most of what a boot would keep, until they are asked for again to compile it. */
  source: Block;
  readonly markOffsets: readonly number[];
  readonly calls: readonly Node[];
  stale: boolean;
  /** Some addresses that its jumps led to and that had to be looked up. */
  readonly led: number[];
  /** Whether `onDrop` wants to hear of it: compiled code was made of the block. */
  compiled: boolean;
}

/** Room that one block is sure to fit in. */
const BLOCK_RESERVE = 64 * 1024;
/** Key bit of single-instruction blocks; no translation key has it. */
const SINGLE = 1 << 30;

export class CodeCache implements CodeBuffer {
  /** The code words of the machine's memory. */
  readonly code: Int32Array;
  /** Word 0 is never code, so that link 0 means "not linked". */
  length = 1;
  readonly blocks: CachedBlock[] = [];
  readonly #byPage = new Map<number, Map<number, CachedBlock[]>>();
  readonly #constants = new Map<number, number>();
  readonly #regions: readonly Int32Array[];
  /** Per page: addresses of instructions that end their block, because they access a device. */
  readonly #ends = new Map<number, Set<number>>();
  /** Counts emptyings; links and offsets of an older generation are void. */
  generation = 0;
  /** Counts what may make code stale that runs: blocks dropped. */
  drops = 0;
  /** Instructions that a block's HEAD_COUNTED lets pass before it goes back; 0: blocks are not counted. */
  countdown = 0;
  /** Told of each block with `compiled` set that is dropped. */
  onDrop: ((block: CachedBlock) => void) | undefined;

  /** `memory`: the machine's; `regions`: every CPU's region, which constants are written into. */
  constructor(memory: WebAssembly.Memory, regions: readonly Int32Array[]) {
    this.code = new Int32Array(memory.buffer, 0, CODE_WORDS);
    this.#regions = regions;
  }

  push(word: number): number {
    this.code[this.length] = word;
    return this.length++;
  }
  patch(offset: number, word: number): void {
    this.code[offset] = word;
  }
  constant(value: number): number {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const word = CONSTANT_BASE + this.#constants.size;
    this.#constants.set(value, word);
    for (const region of this.#regions) region[word] = value;
    return word;
  }

  /** The block of (page, pc, key), or undefined. */
  find(page: number, pc: number, key: number): CachedBlock | undefined {
    const list = this.#byPage.get(page)?.get(pc);
    if (list === undefined) return undefined;
    for (const b of list) if (b.key === key && b.page === page && !b.stale) return b;
    return undefined;
  }
  /** As find, for blocks of one instruction. */
  findSingle(page: number, pc: number, key: number): CachedBlock | undefined {
    return this.find(page, pc, key | SINGLE);
  }
  /** Adds a block of one instruction, kept apart from the blocks that are linked and jumped to. */
  addSingle(source: BlockSource, key: number): CachedBlock {
    return this.#add(source, key, key | SINGLE);
  }
  /** The same in runs of a block. */
  runsOf(block: CachedBlock): number {
    return Math.ceil(this.countdown / block.source.marks.length);
  }
  /** Whether any block was made of the page's code. */
  hasCode(page: number): boolean {
    return this.#byPage.has(page);
  }

  /** True when `add` needs an empty cache first. */
  get full(): boolean {
    return this.length + BLOCK_RESERVE > CODE_WORDS || this.#constants.size + 1024 > CONSTANT_COUNT;
  }
  /** Lowers a block into the cache. */
  add(source: BlockSource, key: number): CachedBlock {
    return this.#add(source, key, key);
  }
  #add({ block, page, secondPage }: BlockSource, key: number, storedKey: number): CachedBlock {
    const id = this.blocks.length;
    const { entry, markOffsets, calls } = lower(block, key, id, this);
    const made: CachedBlock = {
      id,
      pc: block.pc,
      key: storedKey,
      page,
      secondPage,
      entry,
      source: { pc: block.pc, marks: block.marks, nodes: [] },
      markOffsets,
      calls,
      stale: false,
      led: [],
      compiled: false,
    };
    // Blocks of one instruction, and those that depend on two pages, are not compiled.
    if (this.countdown > 0 && key === storedKey && secondPage < 0) {
      this.code[entry] = MICRO.HEAD_COUNTED;
      this.code[entry + 3] = this.runsOf(made);
    }
    this.blocks.push(made);
    this.#enter(page, made);
    if (secondPage >= 0) this.#enter(secondPage, made);
    return made;
  }
  #enter(page: number, block: CachedBlock): void {
    let byPc = this.#byPage.get(page);
    if (byPc === undefined) this.#byPage.set(page, (byPc = new Map()));
    const list = byPc.get(block.pc);
    if (list === undefined) byPc.set(block.pc, [block]);
    else {
      const stale = list.findIndex((b) => b.stale);
      if (stale < 0) list.push(block);
      else list[stale] = block;
    }
  }
  /** Whether a block has to end after the instruction at `pc`. */
  endsAfter(page: number, pc: number): boolean {
    return this.#ends.get(page)?.has(pc >>> 0) === true;
  }
  /** From now on blocks end after the instruction at `pc`; `block` goes on behind it and is dropped. */
  endAfter(block: CachedBlock, pc: number): void {
    const { page } = block;
    const known = this.#ends.get(page);
    if (known === undefined) this.#ends.set(page, new Set([pc >>> 0]));
    else known.add(pc >>> 0);
    this.drop(block);
  }
  /** Drops a block: whoever jumps or is linked to it comes back to look it up. */
  drop(block: CachedBlock): void {
    block.stale = true;
    this.drops++;
    this.code[block.entry] = MICRO.STALE;
    if (block.compiled) this.onDrop?.(block);
  }
  /** Drops the blocks of a page. */
  invalidatePage(page: number): void {
    for (const list of this.#byPage.get(page)?.values() ?? []) {
      for (const b of list) this.drop(b);
    }
    this.#byPage.delete(page);
    this.#ends.delete(page);
  }
  /** Drops everything. */
  clear(): void {
    this.length = 1;
    this.blocks.length = 0;
    this.#byPage.clear();
    this.#constants.clear();
    this.#ends.clear();
    this.generation++;
  }
}
