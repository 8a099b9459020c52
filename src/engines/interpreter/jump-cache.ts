/** Where jumps of one CPU lead: (PC, key) to code. Valid until the CPU's translation changes. */

/** Entries, a power of two. */
export const JUMP_CACHE_ENTRIES = 4096;

export class JumpCache {
  readonly pc = new Int32Array(JUMP_CACHE_ENTRIES);
  readonly key = new Int32Array(JUMP_CACHE_ENTRIES).fill(-1);
  readonly code = new Int32Array(JUMP_CACHE_ENTRIES);
  #empty = true;

  remember(pc: number, key: number, code: number): void {
    const j = (pc >>> 1) & (JUMP_CACHE_ENTRIES - 1);
    this.pc[j] = pc;
    this.key[j] = key;
    this.code[j] = code;
    this.#empty = false;
  }
  /** Offset of the code at (pc, key), or -1. */
  find(pc: number, key: number): number {
    const j = (pc >>> 1) & (JUMP_CACHE_ENTRIES - 1);
    return this.pc[j] === pc && this.key[j] === key ? this.code[j]! : -1;
  }
  /** Drops what is at an address, whatever its key. */
  forget(pc: number): void {
    this.key[(pc >>> 1) & (JUMP_CACHE_ENTRIES - 1)] = -1;
  }
  flush(): void {
    if (this.#empty) return;
    this.key.fill(-1);
    this.#empty = true;
  }
}
