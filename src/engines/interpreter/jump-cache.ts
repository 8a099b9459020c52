/** Where jumps of one CPU lead: (PC, key) to code. Valid until the CPU's translation changes. */
import { JUMP_BASE, JUMP_ENTRIES, JUMP_WORDS } from "../../ir/index.js";

/** Entries, a power of two. */
export const JUMP_CACHE_ENTRIES = JUMP_ENTRIES;
/** Right shifts of a PC whose exclusive or, cut to the number of entries, is where its entry is. */
export const JUMP_SHIFTS = [2, 14] as const;
/** Number of the entry of an address. */
export const jumpIndex = (pc: number): number =>
  ((pc >>> JUMP_SHIFTS[0]) ^ (pc >>> JUMP_SHIFTS[1])) & (JUMP_CACHE_ENTRIES - 1);

export class JumpCache {
  readonly pc = new Int32Array(JUMP_CACHE_ENTRIES);
  readonly key = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);
  readonly code = new Int32Array(JUMP_CACHE_ENTRIES);
  #empty = true;
  /** The same for compiled code, in the CPU's region: key 0 is no key. */
  readonly #region: Int32Array;
  #noneCompiled = true;

  constructor(region: Int32Array) {
    this.#region = region;
  }

  remember(pc: number, key: number, code: number): void {
    const j = jumpIndex(pc);
    this.pc[j] = pc;
    this.key[j] = key;
    this.code[j] = code;
    this.#empty = false;
  }
  /** Offset of the code at (pc, key), or -1. */
  find(pc: number, key: number): number {
    const j = jumpIndex(pc);
    return this.pc[j] === pc && this.key[j] === key ? this.code[j]! : -1;
  }
  /** Drops what is at an address, whatever its key. */
  forget(pc: number): void {
    this.key[jumpIndex(pc)] = -1;
  }
  /** Compiled code at (pc, key) is function `fn`. */
  rememberCompiled(pc: number, key: number, fn: number): void {
    const at = compiledEntry(pc);
    this.#region[at] = pc;
    this.#region[at + 1] = key;
    this.#region[at + 2] = fn;
    this.#noneCompiled = false;
  }
  /** Drops compiled code at an address, whatever its key. */
  forgetCompiled(pc: number): void {
    this.#region[compiledEntry(pc) + 1] = 0;
  }
  flush(): void {
    if (!this.#noneCompiled) {
      this.#region.fill(0, JUMP_BASE, JUMP_BASE + JUMP_ENTRIES * JUMP_WORDS);
      this.#noneCompiled = true;
    }
    if (this.#empty) return;
    this.key.fill(-1);
    this.#empty = true;
  }
}
const compiledEntry = (pc: number): number =>
  JUMP_BASE + jumpIndex(pc) * JUMP_WORDS;
