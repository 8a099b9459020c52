/** Translated code: the flat array of micro-ops, the blocks in it and the constants they use. */
import {
  CODE_WORDS,
  CONSTANT_BASE,
  CONSTANT_COUNT,
  type Block,
  type BlockSource,
  type EngineHost,
} from "../../ir/index.js";
import { BlockTable } from "./block-table.js";
import type { CachedBlock } from "./cached-block.js";
import { ConstantTable } from "./constant-table.js";
import { InstructionTable } from "./instruction-table.js";
import { lower, type CodeBuffer } from "./lower.js";
import { HEAD, MICRO } from "./micro-ops.js";

const NOWHERE: readonly number[] = Object.freeze([]);
/** The source of blocks that were not asked for their nodes. */
const NO_SOURCE: Block = Object.freeze({ pc: 0, nodes: [], marks: [] });

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
    return Math.ceil(this.countdown / block.length);
  }
  /** Whether any block was made of the page's code. */
  hasCode(page: number): boolean {
    return this.#table.hasPage(page);
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
    const id = this.blocks.length;
    const { entry, packed, markOffsets, calls } = lower(block, key, id, this);
    const made: CachedBlock = {
      id,
      pc: block.pc,
      key: storedKey,
      page,
      secondPage,
      entry,
      length: packed.markCount,
      first: this.instructions.add(packed, markOffsets),
      source: NO_SOURCE,
      calls,
      stale: false,
      led: NOWHERE,
      compiled: false,
    };
    // Blocks of one instruction, and those that depend on two pages, are not compiled.
    if (this.countdown > 0 && key === storedKey && secondPage < 0) {
      this.code[entry] = MICRO.HEAD_COUNTED;
      this.code[entry + HEAD.word] = this.runsOf(made);
    }
    this.blocks.push(made);
    this.#table.add(made);
    return made;
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
    this.generation++;
  }
}
