/** Translated code: the flat array of micro-ops, the blocks in it and the constants they use. */
import {
  CODE_WORDS,
  CONSTANT_BASE,
  CONSTANT_COUNT,
  type Block,
  type BlockSource,
  type EngineHost,
  type Node,
} from "../../ir/index.js";
import { BlockTable } from "./block-table.js";
import type { CachedBlock } from "./cached-block.js";
import { ConstantTable } from "./constant-table.js";
import { InstructionTable } from "./instruction-table.js";
import { keepPage, KeptPage, type KeptCode } from "./kept-code.js";
import { lower, pushHead, type CodeBuffer } from "./lower.js";
import { HEAD, MICRO } from "./micro-ops.js";

const NOWHERE: readonly number[] = Object.freeze([]);
/** The source of blocks that were not asked for their nodes. */
const NO_SOURCE: Block = Object.freeze({ pc: 0, nodes: [], marks: [] });

/** Instructions that take the interpreter as long as an op of the vector registers, which it calls. */
const VECTOR_WEIGHT = 16;
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
  readonly instructions = new InstructionTable();
  readonly #table = new BlockTable(this.blocks);
  readonly #constants = new ConstantTable();
  readonly #regions: readonly Int32Array[];
  /** Pages of kept code, by number: which of `#kept` they are, or what was read of them. */
  readonly #keptPages = new Map<number, number | KeptPage>();
  #kept: KeptCode | undefined;
  /** Per page: addresses of instructions that end their block, because they access a device. */
  readonly #ends = new Map<number, Set<number>>();
  plainRead: EngineHost["plainRead"] | undefined;
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
    const known = this.#constants.count;
    const number = this.#constants.number(value);
    const word = CONSTANT_BASE + number;
    if (number === known) for (const region of this.#regions) region[word] = value;
    return word;
  }

  /** The block of (page, pc, key), or undefined. */
  find(page: number, pc: number, key: number): CachedBlock | undefined {
    return this.#table.find(page, pc, key);
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
    return Math.ceil(this.countdown / block.weight);
  }
  /** Whether any block was made of the page's code, or is kept. */
  hasCode(page: number): boolean {
    return this.#table.hasPage(page) || this.#keptPages.has(page);
  }

  /** True when `add` needs an empty cache first. */
  get full(): boolean {
    return (
      this.length + BLOCK_RESERVE > CODE_WORDS || this.#constants.count + 1024 > CONSTANT_COUNT
    );
  }
  /** Lowers a block into the cache. */
  add(source: BlockSource, key: number): CachedBlock {
    return this.#add(source, key, key);
  }
  #add({ block, page, secondPage }: BlockSource, key: number, storedKey: number): CachedBlock {
    const { entry, packed, markOffsets, calls } = lower(block, key, this.blocks.length, this);
    const first = this.instructions.add(packed, markOffsets);
    const { markCount, others } = packed;
    let weight = markCount;
    for (const { kind } of others) if (kind === "vector") weight += VECTOR_WEIGHT;
    return this.#enter(
      block.pc,
      storedKey,
      page,
      secondPage,
      entry,
      markCount,
      first,
      calls,
      weight,
    );
  }
  /** Makes a block be found whose code and instructions are in their places. */
  #enter(
    pc: number,
    key: number,
    page: number,
    secondPage: number,
    entry: number,
    length: number,
    first: number,
    calls: readonly Node[],
    weight = length,
  ): CachedBlock {
    const made: CachedBlock = {
      id: this.blocks.length,
      pc,
      key,
      page,
      secondPage,
      entry,
      length,
      first,
      weight,
      source: NO_SOURCE,
      calls,
      stale: false,
      led: NOWHERE,
      missing: NOWHERE,
      compiled: false,
    };
    // Blocks of one instruction, and those that depend on two pages, are not compiled.
    if (this.countdown > 0 && (key & SINGLE) === 0 && secondPage < 0) {
      this.code[entry] = MICRO.HEAD_COUNTED;
      this.code[entry + HEAD.word] = this.runsOf(made);
    }
    this.blocks.push(made);
    this.#table.add(made);
    return made;
  }

  // ---- code that outlives the cache ----------------------------------------------------------------

  /** All code that does not depend on two pages, and that is no single instruction's. */
  keep(): KeptCode {
    const byPage = new Map<number, CachedBlock[]>();
    for (const block of this.blocks) {
      if (block.stale || block.secondPage >= 0 || (block.key & SINGLE) !== 0) continue;
      const others = byPage.get(block.page);
      if (others === undefined) byPage.set(block.page, [block]);
      else others.push(block);
    }
    const pages = [...byPage.keys()].toSorted((a, b) => a - b);
    const blocks = pages.map((page) =>
      keepPage(
        this.code,
        this.instructions,
        byPage.get(page)!.map(({ id, pc, key, entry, first, length, calls }) => {
          // Blocks lie one behind the other.
          const to = this.blocks[id + 1]?.entry ?? this.length;
          return { pc, key, from: entry, to, first, length, calls };
        }),
        [...(this.#ends.get(page) ?? [])],
      ),
    );
    return { constants: this.#constants.values(), pages, blocks: (n) => blocks[n]! };
  }
  /**
   * Kept code that is taken up as it is wanted, into an empty cache. Stores to its pages have to come here from now on.
   * Throws RangeError for more constants than there can be.
   */
  adopt(kept: KeptCode): void {
    if (kept.constants.length > CONSTANT_COUNT)
      throw new RangeError(`kept code: ${kept.constants.length} constants`);
    this.#constants.fill(kept.constants);
    for (const region of this.#regions) region.set(kept.constants, CONSTANT_BASE);
    this.#kept = kept;
    this.#keptPages.clear();
    kept.pages.forEach((page, n) => this.#keptPages.set(page, n));
  }
  /** Takes the block of (page, pc, key) up from kept code; undefined where that has none. Throws RangeError. */
  takeUp(page: number, pc: number, key: number): CachedBlock | undefined {
    const known = this.#keptPages.get(page);
    if (known === undefined) return undefined;
    const kept = typeof known === "number" ? this.#readPage(page, known) : known;
    const block = kept.find(pc, key);
    if (block === undefined) return undefined;
    const entry = this.length;
    const { codeCount, markCount } = block;
    pushHead(this, markCount, this.blocks.length);
    for (let n = 0; n < codeCount; n++) this.push(block.code[n]!);
    const first = this.instructions.add(block, block.offsets, entry);
    return this.#enter(pc >>> 0, key, page, -1, entry, markCount, first, block.calls);
  }
  #readPage(page: number, n: number): KeptPage {
    const read = new KeptPage(this.#kept!.blocks(n));
    this.#keptPages.set(page, read);
    if (read.ends.length > 0)
      this.#ends.set(page, new Set(read.ends.map((address) => address >>> 0)));
    return read;
  }
  /** Which of a block's instructions a code offset is of. */
  indexOf(block: CachedBlock, offset: number): number {
    return this.instructions.indexOf(block.first, block.length, offset);
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
    this.#table.remove(block);
    this.drops++;
    this.code[block.entry] = MICRO.STALE;
    if (block.compiled) this.onDrop?.(block);
  }
  /** Drops the blocks of a page. */
  invalidatePage(page: number): void {
    this.#table.dropPage(page, (block) => {
      this.drop(block);
    });
    this.#keptPages.delete(page);
    this.#ends.delete(page);
  }
  /** Drops everything. */
  clear(): void {
    this.length = 1;
    this.blocks.length = 0;
    this.#table.clear();
    this.instructions.clear();
    this.#constants.clear();
    this.#ends.clear();
    // Their words name constants that are gone.
    this.#keptPages.clear();
    this.#kept = undefined;
    this.generation++;
  }
}
