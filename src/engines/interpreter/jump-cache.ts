/**
 * Where jumps of one CPU lead: (PC, key) to code, in the CPU's region. Valid until the CPU's translation changes.
 * Key 0 is no key.
 */
import { CODE_JUMP_BASE, JUMP_BASE, JUMP_ENTRIES, JUMP_WORDS } from "../../ir/index.js";

/** Right shifts of a PC whose exclusive or, cut to the number of entries, is where its entry is. */
export const JUMP_SHIFTS = [2, 14] as const;
/** Number of the entry of an address. */
export const jumpIndex = (pc: number): number =>
  ((pc >>> JUMP_SHIFTS[0]) ^ (pc >>> JUMP_SHIFTS[1])) & (JUMP_ENTRIES - 1);

const entryOf = (base: number, pc: number): number => base + jumpIndex(pc) * JUMP_WORDS;

export class JumpCache {
  readonly #region: Int32Array;
  #empty = true;
  #noneCompiled = true;

  constructor(region: Int32Array) {
    this.#region = region;
  }

  /** The interpreter's code at (pc, key) is at offset `code`. */
  remember(pc: number, key: number, code: number): void {
    this.#put(entryOf(CODE_JUMP_BASE, pc), pc, key, code);
    this.#empty = false;
  }
  /** Offset of the interpreter's code at (pc, key), or -1. */
  find(pc: number, key: number): number {
    const region = this.#region;
    const at = entryOf(CODE_JUMP_BASE, pc);
    return region[at] === pc && region[at + 1] === key ? region[at + 2]! : -1;
  }
  /** Drops what is at an address, whatever its key. */
  forget(pc: number): void {
    this.#region[entryOf(CODE_JUMP_BASE, pc) + 1] = 0;
  }
  /** Compiled code at (pc, key) is function `fn`. */
  rememberCompiled(pc: number, key: number, fn: number): void {
    this.#put(entryOf(JUMP_BASE, pc), pc, key, fn);
    this.#noneCompiled = false;
  }
  /** Drops compiled code at an address, whatever its key. */
  forgetCompiled(pc: number): void {
    this.#region[entryOf(JUMP_BASE, pc) + 1] = 0;
  }
  #put(at: number, pc: number, key: number, to: number): void {
    const region = this.#region;
    region[at] = pc;
    region[at + 1] = key;
    region[at + 2] = to;
  }
  flush(): void {
    if (!this.#noneCompiled) this.#clear(JUMP_BASE);
    if (!this.#empty) this.#clear(CODE_JUMP_BASE);
    this.#noneCompiled = true;
    this.#empty = true;
  }
  #clear(base: number): void {
    this.#region.fill(0, base, base + JUMP_ENTRIES * JUMP_WORDS);
  }
}
