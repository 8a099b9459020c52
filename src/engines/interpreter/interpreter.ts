/**
 * Tier 0: runs pre-decoded micro-ops. It owns translated code and the way from a PC to a block; what
 * an access, an exception or a system register does is the host's.
 */
import { extract, SLOT } from "../../arch/index.js";
import {
  CONTROL,
  KEY,
  type Block,
  type EngineHost,
  type InstructionMark,
  type Node,
} from "../../ir/index.js";
import { CodeCache, type CachedBlock } from "./code-cache.js";
import {
  EXIT,
  JUMP_CACHE_ENTRIES,
  makeRunFunction,
  type CallTable,
  type Registers,
  type RunFunction,
} from "./generate.js";

/** One CPU as the interpreter sees it. */
export interface InterpreterCpu {
  /** The CPU's region of the machine memory. */
  readonly region: Int32Array;
  readonly host: EngineHost;
}

/** Instructions in a block at most. */
export const BLOCK_LIMIT = 48;

let sharedRun: RunFunction | undefined;

export class Interpreter implements CallTable {
  readonly cache: CodeCache;
  readonly #run: RunFunction;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #jumpPc = new Int32Array(JUMP_CACHE_ENTRIES);
  readonly #jumpKey = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);
  readonly #jumpCode = new Int32Array(JUMP_CACHE_ENTRIES);
  readonly #out: Registers = { offset: 0, block: 0, key: 0, index: 0, target: 0, psr: 0 };
  #host!: EngineHost;
  #region!: Int32Array;

  /** `memory`: the machine's one memory; `regions`: the regions of all its CPUs. */
  constructor(memory: ArrayBufferLike, regions: readonly Int32Array[]) {
    this.#words = new Int32Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.cache = new CodeCache(regions);
    this.#run = sharedRun ??= makeRunFunction();
  }

  /**
   * Runs until the budget in the CPU's control word is used up or the host says `interrupted`. The PC
   * slot then holds the address of the next instruction.
   */
  run(cpu: InterpreterCpu): void {
    const { host, region } = cpu;
    if (host !== this.#host) {
      this.#host = host;
      this.#region = region;
      this.flushJumps();
    }
    const out = this.#out;
    let key = host.translationKey();
    let linkAt = 0;
    let linkFrom: CachedBlock | undefined;
    let linkGeneration = 0;
    while (region[CONTROL.budget]! > 0 && !host.interrupted) {
      const found = this.#block(region[SLOT.PC]!, key);
      if (found === undefined) {
        host.takePending(0, 4);
        region[CONTROL.budget] = region[CONTROL.budget]! - 1;
        key = host.translationKey();
        linkFrom = undefined;
        continue;
      }
      // Only within a page: a link across pages would outlive a change of the mapping.
      if (
        linkFrom !== undefined &&
        linkGeneration === this.cache.generation &&
        !linkFrom.stale &&
        linkFrom.page === found.page &&
        linkFrom.pc >>> 12 === found.pc >>> 12
      ) {
        this.cache.code[linkAt + 1] = found.entry;
      }
      linkFrom = undefined;
      const exit = this.#run(
        found.entry,
        this.cache.code,
        region,
        this.#words,
        this.#halves,
        this.#bytes,
        this.#jumpPc,
        this.#jumpKey,
        this.#jumpCode,
        host,
        this,
        out,
      );
      switch (exit) {
        case EXIT.link:
          linkAt = out.offset;
          linkFrom = this.cache.blocks[out.block]!;
          linkGeneration = this.cache.generation;
          key = out.key;
          break;
        case EXIT.lookup:
          key = out.key;
          break;
        case EXIT.dispatch:
          key = host.translationKey();
          break;
        case EXIT.budget:
          key = this.#outOfBudget(out.block);
          break;
        default:
          this.#leave(exit);
          key = host.translationKey();
      }
    }
  }

  /** Forgets where jumps lead: after a change of translation. Code stays. */
  flushJumps(): void {
    this.#jumpKey.fill(-1);
  }

  /** Runs a node of a block that is a call into the machine. Called by the run function. */
  call(block: number, index: number): void {
    const node = this.cache.blocks[block]!.calls[index]!;
    const host = this.#host;
    switch (node.kind) {
      case "hint":
        return host.hint(node.hint);
      case "trapCheck":
        return host.trapCheck(node.trap);
      case "checkCoprocessor":
        return host.checkCoprocessor(node.coprocessor, node.advancedSimd);
      default:
        throw new Error(`interpreter: ${node.kind} is not a call`);
    }
  }

  /** The block at (pc, key), translated if need be; undefined when the fetch faults. */
  #block(pc: number, key: number): CachedBlock | undefined {
    const host = this.#host;
    const page = host.codePage(pc);
    if (page < 0) return undefined;
    const known = this.cache.find(page, pc, key);
    if (known !== undefined) return this.#remember(known);
    const source = host.translate(pc, key, BLOCK_LIMIT);
    if (source === undefined) return undefined;
    return this.#remember(this.#add(source.block, key, page));
  }
  #add(block: Block, key: number, page: number): CachedBlock {
    if (this.cache.full) {
      this.cache.clear();
      this.flushJumps();
    }
    return this.cache.add(block, key, page);
  }
  #remember(b: CachedBlock): CachedBlock {
    const j = (b.pc >>> 1) & (JUMP_CACHE_ENTRIES - 1);
    this.#jumpPc[j] = b.pc;
    this.#jumpKey[j] = b.key;
    this.#jumpCode[j] = b.entry;
    return b;
  }

  /** HEAD found too small a budget, or a stale block: run what fits one instruction at a time. */
  #outOfBudget(id: number): number {
    const host = this.#host;
    const region = this.#region;
    const block = this.cache.blocks[id]!;
    region[SLOT.PC] = block.pc | 0;
    if (block.stale) {
      this.flushJumps();
      return block.key;
    }
    const out = this.#out;
    let key = block.key;
    while (region[CONTROL.budget]! > 0 && !host.interrupted) {
      const source = host.translate(region[SLOT.PC]!, key, 1);
      if (source === undefined) {
        host.takePending(0, 4);
        region[CONTROL.budget] = region[CONTROL.budget]! - 1;
        key = host.translationKey();
        continue;
      }
      // Single instructions live only for this run: they are not entered into the look-up tables.
      const single = this.#single(source.block, key, source.page);
      const exit = this.#run(
        single.entry,
        this.cache.code,
        region,
        this.#words,
        this.#halves,
        this.#bytes,
        this.#jumpPc,
        EMPTY_KEYS,
        this.#jumpCode,
        host,
        this,
        out,
      );
      if (exit === EXIT.link || exit === EXIT.lookup) key = out.key;
      else {
        if (exit !== EXIT.dispatch) this.#leave(exit);
        key = host.translationKey();
      }
    }
    return key;
  }
  /** A block of one instruction outside of the look-up tables, found again by its place. */
  #single(block: Block, key: number, page: number): CachedBlock {
    const known = this.cache.findSingle(page, block.pc, key);
    if (known !== undefined) return known;
    if (this.cache.full) {
      this.cache.clear();
      this.flushJumps();
    }
    return this.cache.addSingle(block, key, page);
  }

  /** The instruction of a code offset within a block. */
  #mark(block: CachedBlock, offset: number): { mark: InstructionMark; index: number } {
    const { markOffsets } = block;
    let low = 0;
    let high = markOffsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (markOffsets[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { mark: block.source.marks[low]!, index: low };
  }

  /** Exits that name an instruction: gives back what it did not use, sets PC and IT, tells the host. */
  #leave(exit: number): void {
    const out = this.#out;
    const host = this.#host;
    const region = this.#region;
    const block = this.cache.blocks[out.block]!;
    const { mark, index } = this.#mark(block, out.offset);
    const unused = block.source.marks.length - (index + 1);
    region[CONTROL.budget] = region[CONTROL.budget]! + unused;
    region[SLOT.PC] = mark.pc | 0;
    region[SLOT.IT] = mark.it;
    if (exit === EXIT.fault) return host.takePending(mark.syndrome, mark.size);
    if (exit === EXIT.exceptionReturn) return host.exceptionReturn(out.target, out.psr);
    this.#exit(block.calls[out.index]!, mark);
  }
  #exit(node: Node, mark: InstructionMark): void {
    const host = this.#host;
    if (node.kind === "exitException") {
      const nextPc = (mark.pc + mark.size) >>> 0;
      host.takeException(node.exception, node.immediate, nextPc);
    } else if (node.kind === "exitStop") host.stop(node.reason, node.what);
    else throw new Error(`interpreter: ${node.kind} is not an exit`);
  }
}

/** A jump cache that never hits. */
const EMPTY_KEYS = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);

/** Whether a key is of a T32 block. */
export const isThumbKey = (key: number): boolean => extract(key, KEY.thumb) === 1;
